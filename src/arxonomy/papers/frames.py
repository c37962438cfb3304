"""Tables in memory (pandas, polars, PyArrow, a mapping of columns) -> records, row by row.

They are recognized by what they offer, since none of the libraries need be installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any

from arxonomy.errors import InputError
from arxonomy.papers.formats.headers import number_repeats

_NO_COLUMNS = (str, bytes, Mapping)

ROWS = 1000
"""Rows that are made into records at a time."""


def find_column_names(table: Any) -> list[str] | None:
    """Find the names of a table's columns; None for what is no table.

    Names that repeat are numbered as pandas does when it reads a file: `title`, `title.1`.

    Raises:
        InputError: It is a polars LazyFrame, whose rows are not there yet.
    """
    if isinstance(table, Mapping):
        return list(map(str, table)) if _is_columns(table) else None
    if hasattr(table, "collect_schema") and not hasattr(table, "iter_rows"):
        raise InputError("found a LazyFrame, whose rows are not there yet; give its `.collect()`")
    names = getattr(table, "column_names", None)  # PyArrow's; its `columns` are the data
    if names is None and hasattr(table, "schema") and hasattr(table, "to_pylist"):
        names = table.schema.names
    if names is None and hasattr(table, "shape") and len(table.shape) == 2:
        names = getattr(table, "columns", None)
    if names is None or not _find_reader(table):
        return None
    return number_repeats([str(name) for name in names])


def iterate_rows(table: Any) -> Iterator[dict[str, Any]]:
    """Make records of a table's rows: column name -> value.

    Raises:
        InputError: It is no table, or its columns are not equally long.
    """
    names = find_column_names(table)
    if names is None:
        raise InputError(f"expected a table, found {type(table).__name__}")
    if isinstance(table, Mapping):
        columns = [_list_values(column) for column in table.values()]
        lengths = {len(column) for column in columns}
        if len(lengths) > 1:
            raise InputError(
                f"expected columns of one length, found {[len(column) for column in columns]} for "
                + ", ".join(f"`{name}`" for name in names[:10])
            )
        rows: Iterable[Sequence[Any]] = zip(*columns, strict=True)
    else:
        rows = _READERS[_find_reader(table)](table)
    for row in rows:
        yield dict(zip(names, row, strict=True))


def _is_columns(table: Mapping[Any, Any]) -> bool:
    """Whether a mapping is of columns, and not one paper."""
    return bool(table) and all(
        isinstance(column, Iterable) and isinstance(column, Sized) and not isinstance(column, _NO_COLUMNS)
        for column in table.values()
    )


def _list_values(column: Any) -> Sequence[Any]:
    for method in ("to_pylist", "to_list", "tolist"):
        if callable(convert := getattr(column, method, None)):
            return list(convert())
    return list(column)


def _find_reader(table: Any) -> str:
    return next((method for method in _READERS if callable(getattr(table, method, None))), "")


def _read_polars(table: Any) -> Iterator[Sequence[Any]]:
    yield from table.iter_rows()


def _read_pandas(table: Any) -> Iterator[Sequence[Any]]:
    yield from table.itertuples(index=False, name=None)


def _read_arrow(table: Any) -> Iterator[Sequence[Any]]:
    for batch in table.to_batches(max_chunksize=ROWS):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _read_arrow_batch(table: Any) -> Iterator[Sequence[Any]]:
    yield from zip(*(column.to_pylist() for column in table.columns), strict=True)


_READERS = {
    "iter_rows": _read_polars,
    "itertuples": _read_pandas,
    "to_batches": _read_arrow,
    "to_pylist": _read_arrow_batch,
}
"""What a table of each library offers, and none of the others -> its reader."""
