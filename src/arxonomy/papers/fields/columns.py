"""One record of any source -> `Paper`.

Whatever becomes a paper passes through here: records of files, of requests and of Python's objects.
"""

from __future__ import annotations

from collections.abc import Mapping

from arxonomy.advice import Interface, advise_column
from arxonomy.papers.fields.field_columns import FieldColumns, Found, list_names
from arxonomy.papers.fields.missing import MAX_MISSING, is_missing, is_missing_text
from arxonomy.papers.fields.notes import Notes
from arxonomy.papers.fields.values import (
    ORIENT,
    check_is_one_paper,
    format_value,
    is_same_text,
    read_categories,
    read_date,
    read_label,
    read_text,
    read_word,
)
from arxonomy.papers.labels import clean_label
from arxonomy.papers.sources.lines import Fault, Record
from arxonomy.records import PARTS, Paper

CACHED_VALUES, CACHED_LENGTH = 50_000, 200
"""Labels and lists of categories that are remembered, and their longest text: most papers share few."""

_PACKED = ("[", "{")
_NO_COLUMNS: Mapping[str, str] = {}  # one for all papers
_Key = str | tuple[str, ...]


class Columns(FieldColumns):
    """Reads the records of one source.

    Args:
        file: The source's name, for messages.
        mapping: Field -> column name, where the source's names are not among `SYNONYMS`.
        labeled: A table must have a column of labels.
        interface: What the advice in messages may propose; None: that of `use_interface`.
        strict: A key that nearly has a field's name is a fault of its record, and so is a fraction as an id:
            what a program sends it can send again.

    Attributes:
        notes: What to report in the end.

    Raises:
        SettingsError: The mapping names an unknown field.
    """

    def __init__(
        self,
        file: str,
        mapping: Mapping[str, str],
        labeled: bool,
        *,
        interface: Interface | None = None,
        strict: bool = False,
    ) -> None:
        super().__init__(file, mapping, labeled, interface)
        self._strict = strict
        self._told: dict[str, str] = {}
        self._known: dict[tuple[_Key, _Key], tuple[str, tuple[str, ...]]] = {}
        self.notes = Notes(file, self._interface)

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
        title, abstract = self._read_texts(values, found)
        if not title and not abstract:
            raise Fault(self._explain_no_text(values, found))
        try:
            kept = (
                {name: format_value(value) for name, value in values.items()} if keep_columns else _NO_COLUMNS
            )
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
            id=self._read_id(values, found) or str(row + 1),
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
        return self._read_texts(values, self.locate(values))

    def _read_texts(self, values: Record, found: Found) -> tuple[str, str]:
        if found.near:
            self._count_near(values, found)
        if found.repeated:
            self.notes.note_repeated(found.repeated)
        check_is_one_paper(values, (*found.title[:1], *found.abstract[:1]))
        title = self._read_text(values, found.title, "title")
        abstract = self._read_text(values, found.abstract, "abstract")
        if abstract and title and is_same_text(title, abstract):
            self.notes.repeating += 1
            abstract = ""
        return title, abstract

    def read_id(self, values: Record) -> str:
        """Read the id of a record; empty where it has none.

        Raises:
            Fault: It is true or false, or a fraction, whose digits may be lost, where that is strict.
        """
        return self._read_id(values, self.locate(values))

    def _read_id(self, values: Record, found: Found) -> str:
        for column in found.id:
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
        if not names:
            return "expected a title or an abstract, found neither"
        is_wrapped = not self._strict and all(isinstance(value, list | dict) for value in values.values())
        hint = ORIENT if is_wrapped else self.advise(PARTS, names)
        return f"expected a title or an abstract, found neither among {list_names(names)}; {hint}"

    def _read_categories(self, values: Record, found: Found) -> tuple[str, tuple[str, ...]]:
        """The label, empty where there is none, and the listed categories, all in the form to compare.

        Raises:
            Fault: A label is needed, and what is there is none.
        """
        one = values[found.category[0]] if found.category else None
        several = values[found.categories[0]] if found.categories else None
        first, second = _make_key(one), _make_key(several)
        if first is None or second is None:
            return self._parse_categories(one, several, found.category)
        if known := self._known.get((first, second)):
            return known
        read = self._parse_categories(one, several, found.category)
        if len(self._known) < CACHED_VALUES and len(f"{first}{second}") < CACHED_LENGTH:
            self._known[first, second] = read
        return read

    def _parse_categories(
        self, one: object, several: object, columns: tuple[str, ...]
    ) -> tuple[str, tuple[str, ...]]:
        label, column = "", columns[0] if columns else ""
        try:
            label = read_label(one, self._choose_label())
        except Fault as fault:
            if self._labeled:
                raise Fault(str(fault), column) from None
        label = clean_label(label)
        listed = tuple(name for name in map(clean_label, read_categories(several, label)) if name)
        if not columns and listed:
            label = listed[0]
        return label, listed

    def _choose_label(self) -> str:
        return f"name a column of one, as in {advise_column(self._interface, 'category', 'NAME')}"


def _make_key(value: object) -> _Key | None:
    """Make a key of nothing, of text, or of a list of texts; None for anything else."""
    if value is None:
        return ""
    if type(value) is str:
        return value
    if type(value) is list and all(type(item) is str for item in value):
        return tuple(value)
    return None
