"""Which column of a file, or key of an object, is which field of a paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from arxonomy.advice import Interface, advise_column, get_interface
from arxonomy.errors import InputError, SettingsError, suggest_name
from arxonomy.papers.fields.field_names import (
    FIELDS,
    SYNONYMS,
    find_lookalike,
    find_near_field,
    fold_name,
)
from arxonomy.records import PARTS

CACHED_NAMES, CACHED_CHARACTERS = 100, 10_000
"""Column names of a record, and characters of all of them, up to which they are cached: records of JSON lines
may each have others, and untrusted input may have millions."""


@dataclass(frozen=True, slots=True)
class Found:
    """The columns of one record or of a table."""

    title: tuple[str, ...]
    """The columns that may hold the title, the preferred one first; so with the next ones."""
    abstract: tuple[str, ...]
    id: tuple[str, ...]
    category: tuple[str, ...]
    categories: tuple[str, ...]
    published: tuple[str, ...]
    near: tuple[tuple[str, str, str], ...]
    """Columns that are not read and nearly have the name of a field that is not there: the column, the field
    and the name that was meant."""
    repeated: tuple[tuple[str, str], ...] = ()
    """Further columns of a title or an abstract of the same name, as tables number them, where no mapping
    chose one: the column, and the field."""


class FieldColumns:
    """Finds the fields of a paper among the columns of one source.

    Args:
        file: The source's name, for messages.
        mapping: Field -> column name, where the source's names are not among `SYNONYMS`.
        labeled: A table must have a column of labels.
        interface: What the advice in messages may propose; None: that of `use_interface`.

    Raises:
        SettingsError: The mapping names an unknown field.
    """

    def __init__(
        self,
        file: str,
        mapping: Mapping[str, str],
        labeled: bool,
        interface: Interface | None = None,
    ) -> None:
        for field in mapping:
            if field not in SYNONYMS:
                raise SettingsError(f"a paper has no field `{field}` to map: {suggest_name(field, SYNONYMS)}")
        self._file = file
        self._mapping = mapping
        self._labeled = labeled
        self._interface = interface or get_interface()
        self._unseen = set(mapping)
        self._first: tuple[str, ...] = ()
        self._last: tuple[tuple[str, ...], Found] | None = None
        self._cached = lru_cache(maxsize=16)(self._find)

    def find(self, names: Iterable[str]) -> Mapping[str, str]:
        """Find the preferred columns of the fields that are there: field -> column.

        Args:
            names: The column names of a file or of one record.
        """
        found = self.locate(names)
        return {field: columns[0] for field in SYNONYMS if (columns := getattr(found, field))}

    def find_all(self, names: Iterable[str], texts: Iterable[str] = ()) -> list[str]:
        """Find all columns of a table that are read, so that no others need be.

        Args:
            names: The column names of the table.
            texts: Those of them that hold text; needed as well where no column of a title or an abstract is
                found, since one of them may be that.
        """
        found = self.locate(names)
        needed = dict.fromkeys(column for field in SYNONYMS for column in getattr(found, field))
        if not (found.title and found.abstract):
            needed |= dict.fromkeys(texts)
        return list(needed)

    def locate(self, names: Iterable[str]) -> Found:
        """Find every column that may hold a field, and those whose names come near."""
        names = tuple(names)
        if self._last is not None and self._last[0] == names:
            return self._last[1]
        if len(names) > CACHED_NAMES or sum(map(len, names)) > CACHED_CHARACTERS:
            return self._find(names)
        found = self._cached(names)
        self._last = names, found
        return found

    def recognize(self, names: Iterable[str]) -> set[str]:
        """Recognize which fields a table with these columns would have; nothing is remembered."""
        return set(FieldColumns(self._file, self._mapping, self._labeled, self._interface).find(names))

    def _find(self, names: tuple[str, ...]) -> Found:
        self._first = self._first or names
        folded: dict[str, list[str]] = {}
        for name in names:
            folded.setdefault(fold_name(name), []).append(name)
        folded.pop("", None)
        fields: dict[str, tuple[str, ...]] = {}
        for field, ranks in FIELDS.items():
            if field in self._mapping:
                fields[field] = self._find_mapped(field, names, folded)
            else:
                ranked = sorted((name for name in folded if name in ranks), key=ranks.__getitem__)
                fields[field] = tuple(name for key in ranked for name in folded[key])
        repeated: list[tuple[str, str]] = []
        known = frozenset(names)
        for field in PARTS:
            again = tuple(name for column in fields[field] for name in _find_repeats(column, known))
            if field not in self._mapping:
                fields[field] += again
                repeated += [(name, field) for name in again]
        taken = {name for columns in fields.values() for name in columns}
        near = []
        for key, (name, *_) in list(folded.items())[:CACHED_NAMES]:
            meant = find_near_field(key)
            if meant is None or name in taken or self._has(meant[0], fields):
                continue
            if self._labeled or meant[0] in PARTS:  # what is not asked for is not missed
                near.append((name, *meant))
        return Found(**fields, near=tuple(near), repeated=tuple(repeated))

    def _find_mapped(
        self, field: str, names: tuple[str, ...], folded: Mapping[str, list[str]]
    ) -> tuple[str, ...]:
        wanted = self._mapping[field]
        columns = (wanted,) if wanted in names else tuple(folded.get(fold_name(wanted), ())[:1])
        if columns:
            self._unseen.discard(field)
        return columns

    @staticmethod
    def _has(field: str, fields: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether there is a column of the field; the label may come from either of two."""
        if field in ("category", "categories"):
            return bool(fields["category"] or fields["categories"])
        return bool(fields[field])

    def require(self, names: Iterable[str]) -> None:
        """Check the header of a table.

        Raises:
            InputError: A mapped column, both title and abstract, or a needed label is not there.
        """
        found = self.locate(names)
        self.require_mapped()
        if not (found.title or found.abstract):
            raise InputError(
                f"{self._file}: expected a column `title` or `abstract`, "
                f"found {list_names(self._first)}; {self.advise(PARTS, self._first)}{self._advise_header()}"
            )
        if self._labeled and not (found.category or found.categories):
            raise InputError(
                f"{self._file}: expected a column `category` with the labels, "
                f"found {list_names(self._first)}; {self.advise(('category',), self._first)}"
            )

    def _advise_header(self) -> str:
        """Advise what to do where the first line seems to hold no column names."""
        advice = ""
        if any(len(name.split()) > 4 for name in self._first[:CACHED_NAMES]):
            advice = "; if its first line is a paper already, write column names above it: `title,abstract`"
        if len(self._first) == 1:
            advice += "; if it is no table, export the papers as RIS, BibTeX or CSV"
        return advice

    def require_mapped(self) -> None:
        """Check that every mapped column has been seen.

        Raises:
            InputError: One has not.
        """
        for field in sorted(self._unseen if self._first else ()):
            wanted = self._mapping[field]
            hint = suggest_name(wanted, self._first)
            raise InputError(
                f"{self._file}: expected a column `{wanted}` for `{field}`, found {list_names(self._first)}"
                + (f"; {hint}" if hint.startswith("did") else "; give one of these")
            )

    def advise(self, fields: tuple[str, ...], names: tuple[str, ...]) -> str:
        """Advise which of the columns to name for fields: those that look like them, else any."""
        likely: dict[str, tuple[str, str]] = {}
        for name in names[:CACHED_NAMES]:
            folded = fold_name(name)
            near = find_near_field(folded)
            field = near[0] if near else find_lookalike(folded)
            if field in fields:
                likely.setdefault(field, (name, near[1] if near else ""))
        if likely:
            shown = " and ".join(f"`{name[:40]}`" for name, _ in likely.values())
            join = " " if self._interface is Interface.COMMAND_LINE else ", "
            advice = join.join(
                advise_column(self._interface, field, name, meant) for field, (name, meant) in likely.items()
            )
            return f"did you mean {shown}? {'Then ' if self._interface is Interface.KEYS else 'Say '}{advice}"
        if self._interface is Interface.KEYS:
            return f"give its column that name, `{fields[0]}`"
        return f"name its column, as in {advise_column(self._interface, fields[0], 'NAME')}"


def _find_repeats(column: str, names: frozenset[str]) -> Iterator[str]:
    """Find the further columns of a name that a table has several times: `title.1`, `title.2`."""
    number = 1
    while f"{column}.{number}" in names:
        yield f"{column}.{number}"
        number += 1


def list_names(names: tuple[str, ...]) -> str:
    """List column names for a message, the first of very many."""
    shown = ", ".join(f"`{name[:40]}`" for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")
