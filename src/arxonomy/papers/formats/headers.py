"""Where a table's column names are: often, but not always, in its first line."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from arxonomy.errors import InputError
from arxonomy.messages import format_count
from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.sources.lines import NUL_FAULT, Fault, Line, Lines
from arxonomy.papers.sources.recognition import make_format_error
from arxonomy.sanitize import shorten

SEARCHED = 25
"""Lines, blank ones aside, among which the column names are looked for."""

DELIMITERS = ",;\t|"

_SEPARATOR = re.compile(r"\"?sep=(.)\"?[,;\t|]*\s*", re.IGNORECASE)

Parse = Callable[[list[Line], str, Lines], list[str]]
"""Parses one record that starts with the given line; adds its further lines to the list."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Header:
    """A line that may be a table's column names."""

    names: list[str]
    """As the file has them."""
    delimiter: str
    """What stands between two cells."""
    known: int
    """How many are fields of a paper; 0 without a title and an abstract."""
    start: int
    """The number of lines before it."""
    end: int
    """The number of lines up to its end."""
    text: str
    """As it is written."""
    names_delimiter: bool = False
    """Whether the first line states the delimiter, as in `sep=;`."""


def find_header(lines: Lines, columns: Columns, name: str, parse: Parse, tabs: bool) -> Header | None:
    """Find the column names in a table's first lines, and tell what was passed over before them.

    They are in the first line with the most known names, a title or an abstract among them. The search ends
    at a line with two known names, or at a column of titles alone. A first line `sep=;` states the delimiter.

    Args:
        lines: The table's lines; afterwards those behind the header.
        columns: Which names are known.
        name: The file's name, for messages.
        parse: How a record is parsed.
        tabs: Tabs are the likeliest delimiter.

    Returns:
        The header, the first line where no name is known; None of an empty table.

    Raises:
        InputError: The first line cannot be read, and no other one can be the header.
    """
    delimiters = "\t,;|" if tabs else DELIMITERS
    seen: list[Line] = []
    found: list[Header] = []
    problem = ""
    stated: re.Match[str] | None = None
    filled = 0
    for line in lines:
        seen.append(line)
        if line.fault is None and not line.text.strip():
            continue
        filled += 1
        if filled == 1 and (stated := _SEPARATOR.fullmatch(line.text)):
            delimiters = stated[1]
            continue
        try:
            header = _read_header(line, len(seen) - 1, lines, delimiters, columns, parse)
        except Fault as fault:
            problem = problem or _explain_first_line(line, str(fault), name)
        else:
            if not is_row_of_values(header.names, header.known, [other.names for other in found]):
                found.append(header)
            if header.known > 1 or (found[-1].known and len(found[-1].names) == 1):
                break
        if filled == SEARCHED:
            break
    if not found or (problem and not any(header.known for header in found)):
        if problem:
            raise (make_format_error(name) if problem == NUL_FAULT else InputError(problem))
        return None
    best = max(found, key=lambda header: header.known)  # the first of these
    while len(seen) < best.end:
        seen.append(next(lines))
    lines.read_again(seen[best.end :])
    _tell_passed_over(seen[: best.start], name)
    return replace(best, names_delimiter=stated is not None)


def is_row_of_values(names: Sequence[str], known: int, above: Sequence[Sequence[str]]) -> bool:
    """Whether a line with one known name holds values under that name: an author may be called `AB`.

    Args:
        names: Its cells.
        known: How many of them are fields of a paper.
        above: The cells of the lines above it; one that is as wide and full is the header.
    """
    return known == 1 and any(
        # The column of row numbers, the first, often has no name.
        len(names) > 2 and len(cells) == len(names) and all(cell.strip() for cell in cells[1:])
        for cells in above
    )


def is_same_header(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row is the column names once more, as where one file was put behind another."""
    return len(cells) == len(names) and all(
        cell == name or cell.strip("\ufeff ") == name.strip() for cell, name in zip(cells, names, strict=True)
    )


def number_repeats(names: Sequence[str]) -> list[str]:
    """Number repeated column names as pandas does, so that none is lost."""
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        distinct.append(f"{name}.{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return distinct


def _read_header(
    line: Line, start: int, lines: Lines, delimiters: str, columns: Columns, parse: Parse
) -> Header:
    """Read a line as a header, with the delimiter by which most names are known, else most are found.

    Raises:
        Fault: It cannot be parsed with any delimiter.
    """
    options: list[Header] = []
    reason = Fault("")
    for delimiter in delimiters:
        used = [line]
        try:
            names = parse(used, delimiter, lines)
        except Fault as fault:
            reason = fault
        else:
            fields = columns.recognize(names)
            text = "".join(line.text for line in used)
            known = len(fields) if fields & {"title", "abstract"} else 0
            options.append(Header(names, delimiter, known, start, start + len(used), text))
        lines.read_again(used[1:])
    if not options:
        raise reason
    # Without its delimiter `a,b` would be one name, which is read as `ab`.
    return max(options, key=lambda header: (len(header.names) > 1, header.known, len(header.names)))


def _explain_first_line(line: Line, fault: str, name: str) -> str:
    if line.fault == NUL_FAULT:
        return NUL_FAULT
    return f"{name}:{line.number}: {line.fault or f'expected a header of column names; {fault}'}"


def _tell_passed_over(lines: Sequence[Line], name: str) -> None:
    kept = [
        line for line in lines if not _SEPARATOR.fullmatch(line.text) and (line.fault or line.text.strip())
    ]
    if kept:
        count = format_count(len(kept), "line")
        fault = next((line.fault for line in kept if line.fault), None)
        shown = fault or f"`{shorten(kept[0].text.strip(), 60)}`"
        logger.info("%s: passed over %s before the column names: %s", name, count, shown)
