"""CSV and its relatives as a stream of records: any delimiter, a header below other lines, odd quotes."""

from __future__ import annotations

import csv
import logging
import re
from collections.abc import Callable, Iterator
from functools import partial

from arxonomy.messages import format_count
from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.formats.headers import Header, find_header, is_same_header, number_repeats
from arxonomy.papers.sources.layout import Layout, find_line_end
from arxonomy.papers.sources.lines import MAX_LINE, MAX_RECORD_LINES, Fault, Line, Lines, Raw
from arxonomy.papers.sources.source import Source

MAX_HEADER_LINES = 50
"""Most lines of a header; a quote in a line above it may never be closed."""

_LOG = logging.getLogger(__name__)

LOOKED_AT = 10
"""Rows that are looked at to see how rows end."""

_BACKSLASHES = re.compile(r'(\\+)"')


def read_table(source: Source, columns: Columns, report: Callable[[Layout], None]) -> Iterator[Raw]:
    r"""Read the rows of a table.

    A quote within quotes is written `""`, or `\"` as Spark and MySQL do; `\N` is nothing. Rows may end in a
    delimiter that the header lacks.

    Args:
        source: The open source.
        columns: Checks the header.
        report: Called before the first good row, with the form of the table.

    Raises:
        InputError: There is no usable header.
    """
    # csv's own limit (131,072 characters) would reject a paper's full text; the setting is global, so it
    # is only raised, and stays bounded.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE))
    lines = source.read_lines()
    parse = partial(parse_row, limit=MAX_HEADER_LINES)
    header = find_header(lines, columns, source.name, parse, tabs=source.format == "tsv")
    if header is None:
        return
    names = number_repeats(header.names)
    columns.require(names)
    ends_in_delimiter: bool | None = None  # until a row has shown it
    escaped = is_reported = False
    repeated = 0
    while used := _find_row_start(lines):
        try:
            values, escaped = _read_row(used, header.delimiter, lines, len(names), escaped)
        except Fault as fault:
            # A stray quote takes in the lines after it: put them back, they may be good.
            lines.read_again(used[1:])
            yield Raw(used[0].number, {}, str(fault))
            continue
        extra = len(values) == len(names) + 1 and not values[-1].strip()
        if ends_in_delimiter is None:
            ends_in_delimiter = extra and _do_rows_end_so(len(values), header.delimiter, lines)
        if extra and ends_in_delimiter:
            values.pop()
        if is_same_header(values, header.names):
            repeated += 1
        elif len(values) == len(names):
            if not is_reported:
                is_reported = True
                report(_describe_layout(header, source, escaped))
            cells = ("" if value == "\\N" else value for value in values)
            yield Raw(used[0].number, dict(zip(names, cells, strict=True)))
        else:  # its quotes are in order, so its lines belong to it and hold no other records
            yield Raw(used[0].number, {}, f"expected {len(names)} columns, found {len(values)}")
    if repeated:
        rows = format_count(repeated, "row") + (" that repeats" if repeated == 1 else " that repeat")
        _LOG.info("%s: passed over %s the column names", source.name, rows)


def _describe_layout(header: Header, source: Source, escaped: bool) -> Layout:
    return Layout(
        source.format,
        header=tuple(header.names),
        delimiter=header.delimiter,
        escape="\\" if escaped else "",
        quotes_all=header.text.count('"') >= 2 * len(header.names) and header.text.lstrip().startswith('"'),
        line_end=find_line_end(header.text),
        has_bom=source.has_bom,
        encoding=source.encoding,
        names_delimiter=header.names_delimiter,
    )


def parse_row(
    used: list[Line], delimiter: str, lines: Lines, *, limit: int | None = None, escaped: bool = False
) -> list[str]:
    r"""Parse one row that starts with `used[0]`; its further lines are added to `used`.

    Args:
        used: The row's first line.
        delimiter: What stands between two cells.
        lines: The lines after it.
        limit: Most lines of a row (default: `MAX_RECORD_LINES`).
        escaped: A quote within quotes is written `\"`.

    Raises:
        Fault: It is not in order.
    """
    most = MAX_RECORD_LINES if limit is None else limit

    def feed() -> Iterator[str]:
        size = 0
        line: Line | None = used[0]
        while line is not None:
            if line.fault is not None:
                raise Fault(line.fault if len(used) == 1 else f"its line {line.number} is bad: {line.fault}")
            size += len(line.text)
            if size > MAX_LINE or len(used) > most:
                raise Fault(
                    f"expected a record of at most {most:,} lines and {MAX_LINE // 1_000_000} MB; "
                    "is a quote never closed?"
                )
            yield _BACKSLASHES.sub(_double_quote, line.text) if escaped else line.text
            if (line := next(lines, None)) is not None:
                used.append(line)

    try:
        return next(csv.reader(feed(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Fault(_explain_csv(str(error))) from None


def _read_row(
    used: list[Line], delimiter: str, lines: Lines, width: int, escaped: bool
) -> tuple[list[str], bool]:
    r"""The cells of a row, and whether it writes a quote as `\"`; rows before it show what to try first."""
    values: list[str] = []
    reason: Fault | None = None
    try:
        values = parse_row(used, delimiter, lines, escaped=escaped)
    except Fault as fault:
        reason = fault
    if len(values) != width and any('\\"' in line.text for line in used):
        lines.read_again(used[1:])
        again = used[:1]
        try:
            others = parse_row(again, delimiter, lines, escaped=not escaped)
        except Fault:
            others = []
        if width <= len(others) <= width + 1:
            used[:] = again
            return others, not escaped
        lines.read_again(again[1:])
        used[1:] = [next(lines) for _ in used[1:]]
    if reason is not None:
        raise reason
    return values, escaped


def _do_rows_end_so(width: int, delimiter: str, lines: Lines) -> bool:
    """Whether the next row in order has `width` cells, the last one empty; True of none. None is taken."""
    taken: list[Line] = []
    try:
        for _ in range(LOOKED_AT):
            if not (used := _find_row_start(lines)):
                break
            try:
                values = parse_row(used, delimiter, lines, limit=MAX_HEADER_LINES)
            except Fault:
                values = []
            taken += used
            if len(values) in (width, width - 1):
                return len(values) == width and not values[-1].strip()
        return True
    finally:
        lines.read_again(taken)


def _find_row_start(lines: Lines) -> list[Line]:
    """Find the first line of the next row, as a list to be added to; empty at the end of the file."""
    for line in lines:
        if line.fault or line.text.strip():
            return [line]
    return []


def _double_quote(match: re.Match[str]) -> str:
    """Write a quote behind an odd number of backslashes as two quotes; an even number escapes itself."""
    return match[1][:-1] + '""' if len(match[1]) % 2 else match[0]


def _explain_csv(error: str) -> str:
    if "end of data" in error:
        return "a quoted field is never closed"
    if "expected after" in error:
        return 'stray quote: expected the field to end after the closing quote (a quote inside is written "")'
    if "new-line character" in error:
        return "found a carriage return in a field without quotes"
    return error
