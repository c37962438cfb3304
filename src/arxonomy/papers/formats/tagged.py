"""Formats with a tag on each line as a stream of records: RIS, PubMed's nbib, Web of Science, EndNote's enw.

A record is a run of lines; a line without a tag continues the field before it. Whatever is wrong with one
record ends with it, since the next one begins at a tag of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from arxonomy.papers.formats.tags import Tags, name_fields
from arxonomy.papers.sources.lines import MAX_LINE, Line, Raw

MAX_TAGGED_LINES = 200_000
"""Most lines of a record: a paper of particle physics lists three thousand authors with their addresses."""

_TOO_LONG = f"expected a record of at most {MAX_TAGGED_LINES:,} lines and {MAX_LINE // 1_000_000} MB"


@dataclass(frozen=True)
class _Grammar:
    """How a format writes its records."""

    tag: re.Pattern[str]
    """A tag, and the text behind it."""
    start: str
    """The tag of a record's first line."""
    end: str = ""
    """The tag of its last line; empty where a blank line ends it."""
    outside: frozenset[str] = frozenset()
    """Tags that stand outside records."""
    loose: re.Pattern[str] | None = None
    """Tags as careless programs write them."""
    joined: re.Pattern[str] | None = None
    """The end of a line into which the first line of the next record has run."""
    once: frozenset[str] = frozenset()
    """Tags that a record has once; with several of them twice it is two records in one."""

    def begins_anew(self, line: str, tag: str) -> bool:
        """Whether a line behind a blank one begins a record, if only with a start that is damaged."""
        if self.end:
            return False
        return bool(tag) or (not line.startswith(" " * 6) if self.start == "PMID" else "%" in line[:4])

    def split(self, line: str) -> tuple[str, str]:
        """Split a line into its tag, empty where it continues a field, and its text."""
        line = line.rstrip()
        match = self.tag.fullmatch(line) or (self.loose and self.loose.fullmatch(line))
        return (match[1], (match[2] or "").strip()) if match else ("", line.strip())


_GRAMMARS = {
    "ris": _Grammar(
        re.compile(r"([A-Z][A-Z0-9])  -(?: (.*))?"),
        start="TY",
        end="ER",
        outside=frozenset({"ER", "EF"}),
        joined=re.compile(r"TY {2}- [A-Z]{3,8}\s*\Z"),
        once=frozenset({"TI", "T1", "AB", "N2", "PY", "Y1", "ID"}),
        # With one blank, the usual tags alone: text may continue as in `AI - based`.
        loose=re.compile(
            r"(TY|ER|T[I12]|AB|N[12]|A[U12]|PY|Y1|DA|DO|KW|UR|J[OFA]|SP|EP|VL|SN|ID|AN|LA|PB) ?-(?:\s+(.*))?"
        ),
    ),
    "nbib": _Grammar(
        re.compile(r"(?=[A-Z ]{4}-|PMID)([A-Z]{2,4}) *-(?: (.*))?"),
        start="PMID",
        joined=re.compile(r"PMID ?- ?\d+\s*\Z"),
        once=frozenset({"TI", "AB", "DP", "OWN", "STAT"}),
    ),
    "wos": _Grammar(
        re.compile(r"([A-Z][A-Z0-9])(?: (.*))?"),
        start="PT",
        end="ER",
        outside=frozenset({"FN", "VR", "ER", "EF"}),
        joined=re.compile(r"[^\w\s]PT [JBSCP]\s*\Z"),
        once=frozenset({"TI", "AB", "AU", "PY", "UT", "SO"}),
    ),
    "enw": _Grammar(
        re.compile(r"%([0-9A-Z@!#$&()*+<=>?\[\]^~])(?:\s+(.*))?"),
        start="0",
        joined=re.compile(r"%0 [A-Z][a-z]+(?: [A-Z][a-z]+)*\s*\Z"),
        once=frozenset("TXDMR"),
    ),
}


class _Record:
    """The lines of one record."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.fault: str | None = None
        self._tags: Tags = {}
        self._last: list[str] | None = None
        self._lines = self._size = 0

    def add(self, line: Line, tag: str, text: str) -> None:
        """Add a line: a field, or more text of the field before."""
        self._lines += 1
        self._size += len(line.text)
        if line.fault is not None:
            where = "" if line.number == self.line else f"its line {line.number} is bad: "
            self.fault = self.fault or where + line.fault
        elif self._size > MAX_LINE or self._lines > MAX_TAGGED_LINES:
            self.fault = self.fault or _TOO_LONG
        if self.fault is not None:
            self._tags.clear()
        elif tag:
            self._last = [text]
            self._tags.setdefault(tag, []).append(self._last)
        elif self._last is not None:
            self._last.append(text)

    def finish(self, format: str) -> Raw:
        """Make the record of the lines."""
        twice = [tag for tag in sorted(_GRAMMARS[format].once) if len(self._tags.get(tag, ())) > 1]
        if len(twice) > 1:
            named = " and ".join(f"`{tag}`" for tag in twice[:2])
            self.fault = f"found {named} twice; is the first line of the next record damaged?"
        return Raw(self.line, {} if self.fault else name_fields(format, self._tags), self.fault)


def read_tagged(lines: Iterable[Line], format: str) -> Iterator[Raw]:
    """Read the records of a tagged format; text before the first one and between two is passed over.

    Args:
        lines: The file's lines.
        format: `ris`, `nbib`, `wos` or `enw`.

    Yields:
        Records under plain names, as `tags.name_fields` makes them.
    """
    grammar = _GRAMMARS[format]
    record: _Record | None = None
    was_blank = False
    for line in lines:
        if line.fault is None and not line.text.strip():
            was_blank = True
            continue
        tag, text = grammar.split(line.text)
        has_joined = grammar.joined is not None and grammar.joined.search(line.text) is not None
        if record is not None and has_joined and tag != grammar.start:
            if not was_blank:
                record.fault = record.fault or f"the next record begins within its line {line.number}"
            yield record.finish(format)
            record, was_blank = _Record(line.number), False
            continue
        begins = tag == grammar.start or (was_blank and grammar.begins_anew(line.text, tag))
        was_blank = False
        if record is not None and (begins or (tag and tag == grammar.end)):
            yield record.finish(format)
            record = None
        if record is None and (line.fault or (tag and tag not in grammar.outside)):
            record = _Record(line.number)
        if record is not None:
            record.add(line, tag, text)
    if record is not None:
        yield record.finish(format)
