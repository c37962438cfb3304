"""CSV, JSON lines, BibTeX and Parquet as one stream of records, in which a bad record is only a fault.

Each reader yields `Raw` records in file order. A line number is a physical line of a text file
(from 1), or the row of a Parquet file (from 1).
"""

from __future__ import annotations

import contextlib
import csv
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

import orjson

from arxonomy.errors import InputError
from arxonomy.papers.bibtex import read_bibtex
from arxonomy.papers.columns import Columns
from arxonomy.papers.layout import Layout, find_line_end
from arxonomy.papers.lines import MAX_LINE, MAX_RECORD_LINES, STREAM_ERRORS, Fault, Line, Lines, Raw, Record
from arxonomy.papers.sources import Source, make_format_error


def read_records(
    source: Source,
    columns: Columns,
    every_column: bool,
    on_layout: Callable[[Layout], None] | None = None,
) -> Iterator[Raw]:
    """Read the records of an open source in any format.

    Args:
        source: The open source.
        columns: Checks the header, if there is one.
        every_column: False allows leaving out columns that `columns` does not use.
        on_layout: Called once, with the form in which the source writes its records.

    Yields:
        The records, bad ones included, in file order.

    Raises:
        InputError: The header, or the file as a whole, cannot be understood.
    """
    report = on_layout or (lambda layout: None)
    if source.format == "parquet":
        return _read_parquet(source, columns, every_column, report)
    lines = Lines(source.stream)
    if source.format in ("csv", "tsv"):
        return _read_csv(lines, columns, source, report)
    report(Layout(source.format, has_bom=source.has_bom))
    if source.format == "jsonl":
        return read_json_lines(lines, columns)
    return read_bibtex(lines)


def read_json_lines(lines: Iterable[Line], columns: Columns) -> Iterator[Raw]:
    """Read records of JSON, one on each line; blank lines are skipped."""
    for line in lines:
        if line.fault:
            yield Raw(line.number, {}, line.fault)
        elif line.text.strip():
            try:
                yield Raw(line.number, _parse_object(line.text, columns))
            except Fault as fault:
                yield Raw(line.number, {}, str(fault))


def _parse_object(text: str, columns: Columns) -> Record:
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "NaN" not in text and "Infinity" not in text:
            raise Fault(f"not valid JSON: {error.msg} at character {error.pos + 1}") from None
        record = _parse_with_nan(text)
    if not isinstance(record, dict):
        raise Fault('expected a JSON object, as in {"title": ..., "abstract": ...}')
    for key in columns.locate(record).id:
        if isinstance(record[key], int | float):
            # An id written as a number keeps its digits: 704.0010 is not 704.001.
            try:
                record[key] = json.loads(text, parse_float=str, parse_int=str)[key]
            except RecursionError:
                raise Fault("not valid JSON: nested too deeply") from None
        if record[key] is not None:
            break
    return record


def _parse_with_nan(text: str) -> Any:
    """Parse JSON as Python writes it, with NaN and Infinity for values that are missing.

    Raises:
        Fault: It is not valid apart from these.
    """
    try:
        # orjson writes NaN as null, and no half of a surrogate pair.
        return orjson.loads(orjson.dumps(json.loads(text)))
    except json.JSONDecodeError as error:
        raise Fault(f"not valid JSON: {error.msg} at character {error.pos + 1}") from None
    except (RecursionError, TypeError) as error:
        raise Fault(f"not valid JSON: {error}") from None


def _read_csv(
    lines: Lines, columns: Columns, source: Source, report: Callable[[Layout], None]
) -> Iterator[Raw]:
    # csv's own limit (131,072 characters) would reject a paper's full text; the setting is global, so it
    # is only raised, and stays bounded.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE))
    header = _read_header(lines, source)
    if header is None:
        return
    layout, names = header
    report(layout)
    columns.require(names)
    while used := _find_record_start(lines):
        try:
            values = _parse_csv(used, layout.delimiter, lines)
        except Fault as fault:
            # A stray quote takes in the lines after it: put them back, they may be good.
            lines.read_again(used[1:])
            yield Raw(used[0].number, {}, str(fault))
            continue
        if len(values) == len(names):
            yield Raw(used[0].number, dict(zip(names, values, strict=True)))
        else:  # its quotes are in order, so its lines belong to it and hold no other records
            yield Raw(used[0].number, {}, f"expected {len(names)} columns, found {len(values)}")


def _read_header(lines: Lines, source: Source) -> tuple[Layout, list[str]] | None:
    used = _find_record_start(lines)
    if not used:
        return None
    first = used[0]
    if first.fault is not None:
        if first.fault.startswith(("expected UTF-8", "found a NUL")):
            raise make_format_error(source.name)
        raise InputError(f"{source.name}:{first.number}: {first.fault}")
    delimiter = "\t" if source.format == "tsv" else max(",;\t", key=first.text.count)
    try:
        names = _parse_csv(used, delimiter, lines)
    except Fault as fault:
        raise InputError(
            f"{source.name}:{first.number}: expected a header of column names; {fault}"
        ) from None
    text = "".join(line.text for line in used)
    layout = Layout(
        source.format,
        header=tuple(names),
        delimiter=delimiter,
        quotes_all=text.count('"') >= 2 * len(names) and text.startswith('"'),
        line_end=find_line_end(text),
        has_bom=source.has_bom,
    )
    return layout, _number_repeats(names)


def _number_repeats(names: Sequence[str]) -> list[str]:
    """Number repeated column names as pandas does, so that none is lost."""
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        distinct.append(f"{name}.{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return distinct


def _find_record_start(lines: Lines) -> list[Line]:
    """Find the first line of the next record, as a list to be added to; empty at the end of the file."""
    for line in lines:
        if line.fault or line.text.strip():
            return [line]
    return []


def _parse_csv(used: list[Line], delimiter: str, lines: Lines) -> list[str]:
    """Parse one record that starts with `used[0]`; its further lines are added to `used`."""

    def feed() -> Iterator[str]:
        size = 0
        line: Line | None = used[0]
        while line is not None:
            if line.fault is not None:
                raise Fault(line.fault if len(used) == 1 else f"its line {line.number} is bad: {line.fault}")
            size += len(line.text)
            if size > MAX_LINE or len(used) > MAX_RECORD_LINES:
                limit = f"{MAX_RECORD_LINES:,} lines and {MAX_LINE // 1_000_000} MB"
                raise Fault(f"expected a record of at most {limit}; is a quote never closed?")
            yield line.text
            if (line := next(lines, None)) is not None:
                used.append(line)

    try:
        return next(csv.reader(feed(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Fault(_explain_csv(str(error))) from None


def _explain_csv(error: str) -> str:
    if "end of data" in error:
        return "a quoted field is never closed"
    if "expected after" in error:
        return 'stray quote: expected the field to end after the closing quote (a quote inside is written "")'
    if "new-line character" in error:
        return "found a carriage return in a field without quotes"
    return error


def _read_parquet(
    source: Source, columns: Columns, every_column: bool, report: Callable[[Layout], None]
) -> Iterator[Raw]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with contextlib.ExitStack() as stack:
        try:
            file = source.path or stack.enter_context(_copy_to_disk(source.stream))
            table = stack.enter_context(pq.ParquetFile(file))
        except (pa.ArrowException, *STREAM_ERRORS) as error:
            raise InputError(f"{source.name} is not a whole Parquet file: {error}") from None
        columns.require(table.schema_arrow.names)
        report(Layout("parquet", header=tuple(table.schema_arrow.names)))
        schema = table.schema_arrow
        texts = [
            field.name
            for field in schema
            if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        ]
        wanted = None if every_column else columns.find_all(schema.names, texts)
        line = 0
        try:
            for batch in table.iter_batches(batch_size=1000, columns=wanted):
                yield from _read_rows(batch, line)
                line += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            yield Raw(line + 1, {}, f"the file is damaged from here on: {error}")


def _read_rows(batch: Any, line: int) -> Iterator[Raw]:
    try:
        records = batch.to_pylist()
    except ValueError:  # text that is not UTF-8, dates that Python cannot hold: look row by row
        for index in range(batch.num_rows):
            try:
                yield Raw(line + index + 1, batch.slice(index, 1).to_pylist()[0])
            except ValueError as error:
                yield Raw(line + index + 1, {}, str(error))
    else:
        for index, record in enumerate(records):
            yield Raw(line + index + 1, record)


def _copy_to_disk(stream: IO[bytes]) -> IO[bytes]:
    """Copy a stream to a temporary file: Parquet is read from its end."""
    file = tempfile.TemporaryFile()
    shutil.copyfileobj(stream, file, 1 << 20)
    file.seek(0)
    return file
