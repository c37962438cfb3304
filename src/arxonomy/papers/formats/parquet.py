"""Parquet as a stream of records; a line number is a row, from 1."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from arxonomy.errors import InputError, needs_extra
from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.sources.archives import open_on_disk
from arxonomy.papers.sources.file_slice import FileSlice
from arxonomy.papers.sources.layout import Layout
from arxonomy.papers.sources.lines import STREAM_ERRORS, Raw
from arxonomy.papers.sources.source import Source

_BATCH = 1000  # rows
_BUFFER = 1 << 20  # bytes of a column that are read at a time: else a row group is read into memory first


def read_parquet(
    source: Source, columns: Columns, every_column: bool, report: Callable[[Layout], None]
) -> Iterator[Raw]:
    """Read the rows of an open Parquet file in batches; a damaged row group ends with a fault.

    Args:
        source: The open source.
        columns: Checks the column names.
        every_column: False leaves out columns that `columns` does not use.
        report: Called with the form of the file.

    Raises:
        InputError: It is no Parquet file, or lacks the columns.
        MissingExtraError: The extra `parquet` is not installed.
    """
    with needs_extra("parquet", f"reading the Parquet file {source.name}"):
        import pyarrow as pa
        import pyarrow.parquet as pq

    with contextlib.ExitStack() as stack:
        try:
            file = source.path or stack.enter_context(open_on_disk(source))
            table = stack.enter_context(pq.ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER))
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
        part = source.slice or FileSlice(0, table.metadata.num_rows, 0, 0)
        first = 0
        for group in range(table.num_row_groups):
            count = table.metadata.row_group(group).num_rows
            rows = range(max(first, part.start), min(first + count, part.stop))
            if rows:
                yield from _read_row_group(table, group, first, rows, wanted)
            first += count


def _read_row_group(
    table: Any, group: int, first: int, rows: range, wanted: list[str] | None
) -> Iterator[Raw]:
    """Read the asked rows of a row group, whose first row is `first`; damage ends it with a fault."""
    import pyarrow as pa

    line = first
    try:
        for batch in table.iter_batches(batch_size=_BATCH, row_groups=[group], columns=wanted):
            start, stop = max(line, rows.start), min(line + batch.num_rows, rows.stop)
            if start < stop:
                yield from _read_rows(batch.slice(start - line, stop - start), start)
            line += batch.num_rows
            if line >= rows.stop:
                return
    except (pa.ArrowException, OSError) as error:
        lost = max(line, rows.start)
        yield Raw(
            lost + 1,
            {},
            f"row group {group} is damaged; rows {lost + 1:,} to {rows.stop:,} are lost: {error}",
            rows.stop - lost,
        )


def _read_rows(batch: Any, line: int) -> Iterator[Raw]:
    try:
        records = batch.to_pylist()
    except (ValueError, OverflowError):  # text that is not UTF-8, dates that Python cannot hold
        batch = _write_dates_as_text(batch)
        for index in range(batch.num_rows):
            try:
                yield Raw(line + index + 1, batch.slice(index, 1).to_pylist()[0])
            except (ValueError, OverflowError) as error:
                yield Raw(line + index + 1, {}, str(error))
    else:
        for index, record in enumerate(records):
            yield Raw(line + index + 1, record)


def _write_dates_as_text(batch: Any) -> Any:
    import pyarrow as pa

    for index, column in enumerate(batch.columns):
        if pa.types.is_temporal(column.type):
            with contextlib.suppress(pa.ArrowException):
                batch = batch.set_column(index, batch.schema.names[index], column.cast(pa.string()))
    return batch
