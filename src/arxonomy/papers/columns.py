"""Which column of a file is which field of a paper; one record -> `Paper`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson

from arxonomy.errors import InputError, SettingsError, suggest_name
from arxonomy.papers.lines import Fault, Record
from arxonomy.records import Paper

SYNONYMS = {
    "id": ("id", "arxiv_id", "paper_id"),
    "title": ("title", "titles", "paper_title"),
    "abstract": ("abstract", "abstracts", "summary", "summaries"),
    "category": ("category", "label", "primary_category", "primary"),
    "categories": ("all_categories", "categories"),
    "published": ("published", "update_date", "date"),
}
"""Field of a paper -> the column names it is found under, the preferred one first; case is ignored."""

CACHED_NAMES, CACHED_CHARACTERS = 100, 10_000
"""Column names of a record, and characters of all of them, up to which they are cached: records of JSON lines
may each have others, and untrusted input may have millions."""

_HINT = "; name its column, as in --column title=NAME"


class Columns:
    """Finds the fields of a paper in the records of one file.

    Args:
        file: The file's name, for messages.
        mapping: Field -> column name, where the file's names are not among `SYNONYMS`.
        labeled: A paper must have a category.

    Raises:
        SettingsError: The mapping names an unknown field.
    """

    def __init__(self, file: str, mapping: Mapping[str, str], labeled: bool) -> None:
        for field in mapping:
            if field not in SYNONYMS:
                raise SettingsError(f"a paper has no field `{field}` to map: {suggest_name(field, SYNONYMS)}")
        self._file = file
        self._mapping = mapping
        self._labeled = labeled
        self._unseen = set(mapping)
        self._first: tuple[str, ...] = ()
        self._cached = lru_cache(maxsize=16)(self._find)

    def find(self, names: Iterable[str]) -> Mapping[str, str]:
        """Find the columns of the fields that are there: field -> column.

        Args:
            names: The column names of a file or of one record.
        """
        names = tuple(names)
        few = len(names) <= CACHED_NAMES and sum(map(len, names)) <= CACHED_CHARACTERS
        return self._cached(names) if few else self._find(names)

    def _find(self, names: tuple[str, ...]) -> Mapping[str, str]:
        self._first = self._first or names
        folded = {name.strip().casefold(): name for name in reversed(names)}
        columns = {}
        for field, synonyms in SYNONYMS.items():
            if field in self._mapping:
                wanted = self._mapping[field]
                column = wanted if wanted in names else folded.get(wanted.strip().casefold())
                if column is not None:
                    self._unseen.discard(field)
            else:
                column = next((folded[name] for name in synonyms if name in folded), None)
            if column is not None:
                columns[field] = column
        return columns

    def require(self, names: Iterable[str]) -> None:
        """Check the header of a table.

        Raises:
            InputError: A mapped column, both title and abstract, or a needed label is not there.
        """
        columns = self.find(names)
        self.require_mapped()
        if "title" not in columns and "abstract" not in columns:
            raise InputError(
                f"{self._file}: expected a column `title` or `abstract`, "
                f"found {_list_names(self._first)}{_HINT}"
            )
        if self._labeled and not columns.keys() & {"category", "categories"}:
            raise InputError(
                f"{self._file}: expected a column `category` with the labels, "
                f"found {_list_names(self._first)}; name their column, as in --column category=NAME"
            )

    def require_mapped(self) -> None:
        """Check that every mapped column has been seen.

        Raises:
            InputError: One has not.
        """
        for field in sorted(self._unseen if self._first else ()):
            wanted = self._mapping[field]
            hint = suggest_name(wanted, self._first)
            raise InputError(
                f"{self._file}: expected a column `{wanted}` for `{field}`, found {_list_names(self._first)}"
                + (f"; {hint}" if hint.startswith("did") else "; give one of these")
            )

    def make_paper(self, values: Record, row: int, keep_columns: bool) -> Paper:
        """Make a paper of one record.

        Args:
            values: Column name -> value.
            row: Position of the record in its file, from 0.
            keep_columns: Fill `Paper.columns`.

        Raises:
            Fault: The record is no usable paper.
        """
        columns = self.find(values)
        title, abstract = (_get_text(values, columns.get(field), field) for field in ("title", "abstract"))
        if not title.strip() and not abstract.strip():
            hint = (
                ""
                if columns.keys() & {"title", "abstract"}
                else f" among {_list_names(tuple(values))}{_HINT}"
            )
            raise Fault(f"expected a title or an abstract, found neither{hint}")
        try:
            kept = {name: _format_value(value) for name, value in values.items()} if keep_columns else {}
        except (RecursionError, TypeError):  # Python's error, or orjson's
            raise Fault("a column is nested too deeply to be kept") from None
        categories = _split_categories(values.get(columns.get("categories", "")))
        if "category" in columns:
            category = _format_word(values[columns["category"]])
        else:
            category = categories[0] if categories else ""
        if self._labeled and not category:
            raise Fault("expected a category, found none")
        return Paper(
            id=_format_word(values.get(columns.get("id", ""))) or str(row + 1),
            title=title,
            abstract=abstract,
            category=category or None,
            categories=categories,
            published=_format_word(values.get(columns.get("published", ""))) or None,
            row=row,
            columns=kept,
        )


def _list_names(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{name[:40]}`" for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def _get_text(values: Record, column: str | None, field: str) -> str:
    value = values[column] if column is not None else None
    if value is None:
        return ""
    if not isinstance(value, str):
        kinds = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}
        raise Fault(f"expected {field} to be text, found {kinds.get(type(value), type(value).__name__)}")
    return value


def _format_word(value: Any) -> str:
    """Format a short value such as an id, a label or a date; empty for what cannot be one."""
    return "" if value is None or isinstance(value, list | dict | bytes) else str(value).strip()


def _split_categories(value: Any) -> tuple[str, ...]:
    """Split categories: a list, `cs.CL,cs.AI`, or as arXiv writes them: `cs.CL cs.AI`."""
    if isinstance(value, str):
        value = re.split(r"[,;]" if "," in value or ";" in value else r"\s", value)
    names = (_format_word(name) for name in value) if isinstance(value, list) else ()
    return tuple(name for name in names if name)


def _format_value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(_format_value(item) for item in value)
    if isinstance(value, dict | bool):
        return orjson.dumps(value, default=str).decode()
    return str(value)
