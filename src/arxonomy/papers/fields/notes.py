"""Notes on a source of papers, one for all of its records of a kind."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from arxonomy.advice import Interface, advise_column
from arxonomy.messages import format_count
from arxonomy.papers.fields.field_names import find_lookalike, fold_name

SAMPLED = 200
"""Papers without a title or an abstract whose other columns are looked at, for one that may hold it."""

MAX_COUNTED = 50
"""Different names or words that are counted; untrusted input may have any number."""

_LONG = {"title": 15, "abstract": 80}
"""Mean characters from which an unread column may hold the missing text."""

_LOG = logging.getLogger(__name__)


class Note(NamedTuple):
    """What is odd about a source as a whole."""

    text: str
    """One line, with the source's name."""
    is_warning: bool
    """Whether text or labels are probably lost."""


class Notes:
    """Counts what is odd while papers are read, to be reported in the end.

    Args:
        source: What the notes call the source.
        interface: What the advice may propose.
    """

    def __init__(self, source: str, interface: Interface) -> None:
        self._source = source
        self._interface = interface
        self._near: Counter[tuple[str, str, str]] = Counter()
        self._missing: Counter[tuple[str, str]] = Counter()
        self._texts: dict[str, list[int]] = {}
        self._sampled = 0
        self._columns: dict[str, dict[str, None]] = {"title": {}, "abstract": {}}
        self.papers = 0
        self.both = False
        self.repeating = 0
        self._repeated: dict[tuple[str, str], None] = {}

    def count_near(self, name: str, field: str, target: str) -> None:
        """Count a record whose column `name` holds something, is not read, and nearly has a field's name."""
        _count(self._near, (name, field, target))

    def count_missing(self, field: str, text: str) -> None:
        """Count a record whose field only says that there is nothing."""
        _count(self._missing, (field, " ".join(text.split())[:60]))

    def note_repeated(self, columns: Iterable[tuple[str, str]]) -> None:
        """Remember columns of a title or an abstract whose name stands several times, and their field."""
        if len(self._repeated) < MAX_COUNTED:
            self._repeated |= dict.fromkeys(columns)

    def note_column(self, field: str, column: str) -> None:
        """Remember a column that a title or an abstract was read from."""
        if len(self._columns[field]) < MAX_COUNTED:
            self._columns[field].setdefault(column)
        self.both = all(self._columns.values())

    def sample(self, values: Mapping[str, Any], read: Sequence[str]) -> None:
        """Look at the columns that are not read of a paper without a title or an abstract."""
        if self._sampled >= SAMPLED:
            return
        self._sampled += 1
        for number, (name, value) in enumerate(values.items()):
            if number >= MAX_COUNTED:
                break
            if (
                name not in read
                and isinstance(value, str)
                and (len(self._texts) < MAX_COUNTED or name in self._texts)
            ):
                self._texts.setdefault(name, []).append(len(value))

    def tell(self, on_note: Callable[[Note], None] | None = None) -> None:
        """Tell the notes to `on_note`, or log them."""
        for is_warning, line in self._make_lines():
            note = Note(f"{self._source}: {line}", is_warning)
            if on_note is not None:
                on_note(note)
            else:
                _LOG.log(logging.WARNING if is_warning else logging.INFO, note.text)

    def _make_lines(self) -> Iterator[tuple[bool, str]]:
        for (name, field, target), count in self._near.most_common(5):
            records = "" if count == self.papers else f" of {format_count(count, 'record')}"
            yield (
                True,
                f"column `{name[:40]}`{records} is not read; did you mean `{target}`? "
                f"{_say(self._interface, field, name, target)}",
            )
        if self.papers and not self.both:
            yield self._describe_half()
        for name, field in list(self._repeated)[:5]:
            first = name.rpartition(".")[0]
            yield (
                True,
                f"column `{first[:40]}` is there several times; the first one that holds something is read"
                + (
                    f": {advise_column(self._interface, field, name)} reads this one"
                    if self._interface is not Interface.KEYS
                    else ""
                ),
            )
        if self.repeating:
            says = (
                "abstract only repeats its title"
                if self.repeating == 1
                else "abstracts only repeat their titles"
            )
            yield False, f"{self.repeating:,} {says}; taken as missing"
        for field, plural in (("title", "titles"), ("abstract", "abstracts"), ("category", "categories")):
            words = {text: count for (name, text), count in self._missing.items() if name == field}
            if words:
                total = sum(words.values())
                shown = " or ".join(f"`{text}`" for text in list(words)[:3]) + (
                    ", ..." if len(words) > 3 else ""
                )
                says = f"{field} says" if total == 1 else f"{plural} say"
                yield False, f"{total:,} {says} {shown}; taken as missing"

    def _describe_half(self) -> tuple[bool, str]:
        found, lost = ("title", "abstract") if self._columns["title"] else ("abstract", "title")
        columns = " and ".join(f"`{name[:40]}`" for name in list(self._columns[found])[:3])
        line = f"{found}s from {columns}, no {lost}s found"
        name = self.find_lookalike(lost)
        if name is None or any(field == lost for _, field, _ in self._near):
            return False, line
        advice = advise_column(self._interface, lost, name)
        return True, f"{line}; `{name[:40]}` looks like them: {advice}"

    def find_lookalike(self, field: str) -> str | None:
        """Find the unread column that may hold a title or an abstract: by its name, else by its texts."""
        means = {name: sum(sizes) / len(sizes) for name, sizes in self._texts.items()}
        for name, mean in means.items():
            if mean > 1 and find_lookalike(fold_name(name)) == field:
                return name
        if field == "title":  # many columns hold as much as a title, so only its name shows it
            return None
        longest = max(means, key=lambda name: means[name], default=None)
        return longest if longest is not None and means[longest] >= _LONG[field] else None


def _say(interface: Interface, field: str, name: str, target: str) -> str:
    advice = advise_column(interface, field, name, target)
    return f"then {advice}" if interface is Interface.KEYS else f"say {advice}"


def _count(counter: Counter[Any], key: Any) -> None:
    if key in counter or len(counter) < MAX_COUNTED:
        counter[key] += 1
