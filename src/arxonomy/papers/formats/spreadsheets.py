"""Spreadsheets (.xlsx, .xls, .ods) as a stream of records; a line number is a row of the sheet, from 1."""

from __future__ import annotations

import contextlib
import datetime
import logging
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any

from arxonomy.errors import InputError, needs_extra
from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.formats.headers import SEARCHED, is_row_of_values, number_repeats
from arxonomy.papers.sources.archives import is_spreadsheet, open_on_disk
from arxonomy.papers.sources.layout import Layout
from arxonomy.papers.sources.lines import STREAM_ERRORS, Raw
from arxonomy.papers.sources.source import Source

MAX_UNPACKED = 1_000_000_000
"""Most bytes that a spreadsheet may unpack to; its reader holds them all."""

MAX_CELLS = 20_000_000
"""Most cells of a sheet, empty ones between filled ones included; the reader holds a place for each."""

_CELL = re.compile(rb'<(?:\w{1,20}:)?c r="([A-Z]{1,3})(\d{1,7})"')
_REPEATED_CELL = re.compile(
    rb'<table:table-cell(?=[^>]{0,1000}office:value-type)[^>]{0,1000}columns-repeated="(\d{1,7})"'
)
_REPEATED_ROW = re.compile(
    rb'rows-repeated="(\d{1,7})"[^>]{0,1000}>\s{0,100}<table:table-cell[^>]{0,1000}office:value-type'
)
_OVERLAP = 2200  # bytes; longer than what these expressions match

_LOG = logging.getLogger(__name__)


def read_spreadsheet(source: Source, columns: Columns, report: Callable[[Layout], None]) -> Iterator[Raw]:
    """Read the rows of a workbook's first sheet with a title or an abstract; log the names of others.

    Args:
        source: The open source.
        columns: Checks the column names.
        report: Called with the form of the sheet.

    Raises:
        InputError: It is no spreadsheet, is too large, or lacks the columns.
        MissingExtraError: The extra `formats` is not installed.
    """
    advice = "or save the sheet as CSV UTF-8, which is read without it"
    with needs_extra("formats", f"reading the spreadsheet {source.name}", advice):
        import python_calamine
    with open_on_disk(source) as file:
        is_packed = file.read(2) == b"PK"
        file.seek(0)
        if is_packed:
            _check_size(file, source.name)
        try:
            workbook = python_calamine.load_workbook(file)
        except (python_calamine.CalamineError, *STREAM_ERRORS, ValueError) as error:
            raise InputError(
                f"{source.name} is no spreadsheet that can be read ({error}); save it as .xlsx or CSV UTF-8"
            ) from None
        with contextlib.closing(workbook):
            yield from _read_workbook(workbook, source, columns, report)


def _check_size(file: IO[bytes], name: str) -> None:
    """Check that a workbook unpacks to a bounded size, and that no sheet has far more places than cells.

    Raises:
        InputError: It does not, or is no whole workbook.
    """
    size = 0
    try:
        with zipfile.ZipFile(file) as archive:
            if not is_spreadsheet(archive, name):
                raise InputError(f"{name} is an archive, but no spreadsheet")
            for member in archive.infolist():
                columns = rows = width = height = 0
                before = b""
                with archive.open(member) as stream:
                    while piece := stream.read(1 << 20):
                        size += len(piece)
                        if size > MAX_UNPACKED:
                            raise InputError(
                                f"{name} unpacks to more than {MAX_UNPACKED / 1e9:g} GB; save it as CSV UTF-8"
                            )
                        text = before + piece
                        for letters, row in _CELL.findall(text) if "sheet" in member.filename else ():
                            columns, rows = max(columns, _count_columns(letters)), max(rows, int(row))
                        if member.filename == "content.xml":
                            width = max(width, *map(int, _REPEATED_CELL.findall(text)), 0)
                            height += sum(map(int, _REPEATED_ROW.findall(text)))
                        before = piece[-_OVERLAP:]
                if max(columns * rows, width * height) > MAX_CELLS:
                    raise InputError(
                        f"{name}: the cells of a sheet lie too far apart; delete what is far right or "
                        "below, or save it as CSV UTF-8"
                    )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, *STREAM_ERRORS) as error:
        raise InputError(f"{name} is not a whole spreadsheet: {error}") from None
    file.seek(0)


def _count_columns(letters: bytes) -> int:
    """The number of a column, from 1.

    >>> _count_columns(b"A"), _count_columns(b"XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _read_workbook(
    workbook: Any, source: Source, columns: Columns, report: Callable[[Layout], None]
) -> Iterator[Raw]:
    names = list(workbook.sheet_names)
    best: tuple[int, int, list[str], int] | None = None  # known fields, sheet, header, its row
    for index in range(len(names)):
        found = _find_header(workbook.get_sheet_by_index(index).iter_rows(), columns)
        if found is not None and (best is None or found[0] > best[0]):
            best = found[0], index, found[1], found[2]
        if best is not None and best[0] > 1:
            break
    if best is None:
        return
    _, index, header, start = best
    columns.require(header)
    report(Layout("xlsx", header=tuple(header)))
    others = [name for name in names if name != names[index]]
    if others:
        shown = ", ".join(f"`{name[:40]}`" for name in others[:5]) + (", ..." if len(others) > 5 else "")
        _LOG.info("%s: read the sheet `%s`, not %s", source.name, names[index][:40], shown)
    for row, cells in enumerate(workbook.get_sheet_by_index(index).iter_rows(), 1):
        texts = [_format_cell(cell) for cell in cells[: len(header)]]
        if row > start and any(texts):
            yield Raw(row, dict(zip(header, texts, strict=True)))


def _find_header(rows: Iterator[list[Any]], columns: Columns) -> tuple[int, list[str], int] | None:
    """The best header among a sheet's first rows: its known fields, names and row; None without cells."""
    best: tuple[int, list[str], int] | None = None
    above: list[list[str]] = []
    filled = 0
    for row, cells in enumerate(rows, 1):
        names = [_format_cell(cell).strip() for cell in cells]
        while names and not names[-1]:
            names.pop()
        if not names:
            continue
        filled += 1
        fields = columns.recognize(names)
        known = len(fields) if fields & {"title", "abstract"} else 0
        is_header = not is_row_of_values(names, known, above)
        above.append(names)
        if is_header and (best is None or known > best[0]):
            best = known, number_repeats(names), row
        if known > 1 or filled == SEARCHED:
            break
    return best


def _format_cell(value: Any) -> str:
    """Format a cell as a CSV file would have it."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return "" if value is None else str(value)
