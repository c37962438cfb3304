"""Parquet as a stream of records; a line number is a row, from 1."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from arxonomy.errors import InputError
from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.sources.archives import open_on_disk
from arxonomy.papers.sources.layout import Layout
from arxonomy.papers.sources.lines import STREAM_ERRORS, Raw
from arxonomy.papers.sources.source import Source


def read_parquet(
    source: Source, columns: Columns, every_column: bool, report: Callable[[Layout], None]
) -> Iterator[Raw]:
    """Read the rows of an open Parquet file in batches; a damaged one ends with a fault.

    Args:
        source: The open source.
        columns: Checks the column names.
        every_column: False leaves out columns that `columns` does not use.
        report: Called with the form of the file.

    Raises:
        InputError: It is no Parquet file, or lacks the columns.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with contextlib.ExitStack() as stack:
        try:
            file = source.path or stack.enter_context(open_on_disk(source))
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
