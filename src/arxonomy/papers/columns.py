"""Which column of a file, or key of an object, is which field of a paper; one record -> `Paper`.

Whatever becomes a paper passes through here: records of files, of requests and of Python's objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from arxonomy.advice import Door, advise_column, get_door
from arxonomy.errors import InputError, SettingsError, suggest_name
from arxonomy.papers.field_names import (
    FIELDS,
    SYNONYMS,
    find_lookalike,
    find_near_field,
    fold_name,
)
from arxonomy.papers.labels import clean_label
from arxonomy.papers.lines import Fault, Record
from arxonomy.papers.missing import MAX_MISSING, is_missing, is_missing_text
from arxonomy.papers.notes import Notes
from arxonomy.papers.values import (
    format_value,
    read_categories,
    read_date,
    read_label,
    read_text,
    read_word,
)
from arxonomy.records import Paper

CACHED_NAMES, CACHED_CHARACTERS = 100, 10_000
"""Column names of a record, and characters of all of them, up to which they are cached: records of JSON lines
may each have others, and untrusted input may have millions."""

_NONE: tuple[str, ...] = ()
_PACKED = ("[", "{")


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


class Columns:
    """Finds the fields of a paper in the records of one source.

    Args:
        file: The source's name, for messages.
        mapping: Field -> column name, where the source's names are not among `SYNONYMS`.
        labeled: A table must have a column of labels.
        door: What the advice in messages may propose; None: that of `open_door`.
        strict: A key that nearly has a field's name is a fault of its record, and so is a fraction as an id:
            what a program sends it can send again.

    Attributes:
        notes: What is to be told in the end.

    Raises:
        SettingsError: The mapping names an unknown field.
    """

    def __init__(
        self,
        file: str,
        mapping: Mapping[str, str],
        labeled: bool,
        *,
        door: Door | None = None,
        strict: bool = False,
    ) -> None:
        for field in mapping:
            if field not in SYNONYMS:
                raise SettingsError(f"a paper has no field `{field}` to map: {suggest_name(field, SYNONYMS)}")
        self._file = file
        self._mapping = mapping
        self._labeled = labeled
        self._door = door or get_door()
        self._strict = strict
        self._unseen = set(mapping)
        self._first: tuple[str, ...] = ()
        self._told: dict[str, str] = {}
        self._last: tuple[tuple[str, ...], Found] | None = None
        self._cached = lru_cache(maxsize=16)(self._find)
        self.notes = Notes(file, self._door)

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
        return set(Columns(self._file, self._mapping, self._labeled, door=self._door).find(names))

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
        taken = {name for columns in fields.values() for name in columns}
        near = []
        for key, (name, *_) in list(folded.items())[:CACHED_NAMES]:
            meant = find_near_field(key)
            if meant is not None and name not in taken and not self._has(meant[0], fields):
                near.append((name, *meant))
        return Found(**fields, near=tuple(near))

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
                f"found {_list_names(self._first)}; {self._advise(('title', 'abstract'), self._first)}"
            )
        if self._labeled and not (found.category or found.categories):
            raise InputError(
                f"{self._file}: expected a column `category` with the labels, "
                f"found {_list_names(self._first)}; {self._advise(('category',), self._first)}"
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

    def _advise(self, fields: tuple[str, ...], names: tuple[str, ...]) -> str:
        """Advise which columns to name: those that look like the fields, else any."""
        likely: dict[str, tuple[str, str]] = {}
        for name in names[:CACHED_NAMES]:
            folded = fold_name(name)
            near = find_near_field(folded)
            field = near[0] if near else find_lookalike(folded)
            if field in fields:
                likely.setdefault(field, (name, near[1] if near else ""))
        if likely:
            shown = " and ".join(f"`{name[:40]}`" for name, _ in likely.values())
            join = " " if self._door is Door.COMMAND_LINE else ", "
            advice = join.join(
                advise_column(self._door, field, name, meant) for field, (name, meant) in likely.items()
            )
            return f"did you mean {shown}? {'Then ' if self._door is Door.KEYS else 'Say '}{advice}"
        if self._door is Door.KEYS:
            return f"give its column that name, `{fields[0]}`"
        return f"name its column, as in {advise_column(self._door, fields[0], 'NAME')}"

    def make_paper(self, values: Record, row: int, keep_columns: bool, line: int = 0) -> Paper:
        """Make a paper of one record.

        Args:
            values: Column name -> value.
            row: Position of the record in its file, from 0.
            keep_columns: Fill `Paper.columns`.
            line: Where the record begins in its file, from 1.

        Raises:
            Fault: The record is no usable paper.
        """
        found = self.locate(values)
        notes = self.notes
        title, abstract = self.read_texts(values)
        if not title and not abstract:
            raise Fault(self._explain_no_text(values, found))
        try:
            kept = {name: format_value(value) for name, value in values.items()} if keep_columns else {}
        except (RecursionError, TypeError):  # Python's error, or orjson's
            raise Fault("a column is nested too deeply to be kept") from None
        category, categories = self._read_categories(values, found)
        published = ""
        for column in found.published:
            if published := read_date(values[column]):
                break
        notes.papers += 1
        if not notes.both:
            notes.sample(values, (*found.title, *found.abstract, *found.id))
        return Paper(
            id=self.read_id(values) or str(row + 1),
            title=title,
            abstract=abstract,
            category=category or None,
            categories=categories,
            published=published or None,
            row=row,
            line=line,
            columns=kept,
        )

    def read_texts(self, values: Record) -> tuple[str, str]:
        """Read title and abstract of a record; one that is not there, or only says so, is empty.

        Raises:
            Fault: One of them is no text, or a key comes near a field's name where that is strict.
        """
        found = self.locate(values)
        if found.near:
            self._count_near(values, found)
        return self._read_text(values, found.title, "title"), self._read_text(
            values, found.abstract, "abstract"
        )

    def read_id(self, values: Record) -> str:
        """Read the id of a record; empty where it has none.

        Raises:
            Fault: It is true or false, or a fraction, whose digits may be lost, where that is strict.
        """
        for column in self.locate(values).id:
            value = values[column]
            if self._strict and isinstance(value, bool | float) and not is_missing(value):
                raise Fault("expected text or a whole number; quotes make text of a number", column)
            if name := read_word(value):
                return name
        return ""

    def _count_near(self, values: Record, found: Found) -> None:
        for name, field, target in found.near:
            value = values[name]
            if is_missing(value) or (isinstance(value, str) and not value.strip()):
                continue
            if self._strict:
                raise Fault(f"`{name[:40]}` is not read; did you mean `{target}`?", name)
            self.notes.count_near(name, field, target)

    def _read_text(self, values: Record, columns: tuple[str, ...], field: str) -> str:
        for column in columns:
            text = values[column]
            if type(text) is not str or text[:1] in _PACKED:
                try:
                    text = read_text(text, field)
                except Fault as fault:
                    raise Fault(str(fault), column) from None
            if len(text) > MAX_MISSING or not is_missing_text(text):
                if column is not self._told.get(field):
                    self._told[field] = column
                    self.notes.note_column(field, column)
                return str(text)
            if text and not text.isspace():
                self.notes.count_missing(field, text)
        return ""

    def _explain_no_text(self, values: Record, found: Found) -> str:
        if found.title or found.abstract:
            said = [
                f"`{str(values[column])[:40]}`"
                for column in (*found.title, *found.abstract)
                if isinstance(values[column], str) and values[column].strip()
            ]
            return "expected a title or an abstract, found " + (" and ".join(said) or "neither")
        names = tuple(values)
        hint = self._advise(("title", "abstract"), names)
        return f"expected a title or an abstract, found neither among {_list_names(names)}; {hint}"

    def _read_categories(self, values: Record, found: Found) -> tuple[str, tuple[str, ...]]:
        """The label, empty where there is none, and the listed categories, all in the form to compare.

        Raises:
            Fault: A label is needed, and what is there is none.
        """
        label = ""
        if found.category:
            column = found.category[0]
            try:
                label = read_label(values[column], self._choose_label())
            except Fault as fault:
                if self._labeled:
                    raise Fault(str(fault), column) from None
            label = clean_label(label)
        listed = read_categories(values[found.categories[0]], label) if found.categories else _NONE
        listed = tuple(name for name in map(clean_label, listed) if name)
        if not found.category and listed:
            label = listed[0]
        return label, listed

    def _choose_label(self) -> str:
        return f"name a column of one, as in {advise_column(self._door, 'category', 'NAME')}"


def _list_names(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{name[:40]}`" for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")
