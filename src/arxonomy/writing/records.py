"""Predictions alone, each a `PredictionRecord`: as JSON lines and as Parquet."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from typing import IO, Any, BinaryIO

from arxonomy.output import check_parquet, make_arrow_schema
from arxonomy.records import Paper, Prediction

PRIOR_KEY = "arxonomy.prior"
"""Key of the class prior, as JSON, in the metadata of a Parquet file."""

BATCH = 2_000
"""Predictions that are held before they are written to Parquet."""


class JsonLinesWriter:
    """One JSON object per line, in UTF-8; the first also says which class prior they all have.

    Args:
        stream: Where to write.
        prior: Category -> share of the class prior that was stated or estimated.
    """

    def __init__(self, stream: BinaryIO, prior: Mapping[str, float] | None = None) -> None:
        self._stream = stream
        # In the first prediction, since a line of its own would be taken for one.
        self._header = {} if prior is None else {"prior": prior}

    def write(self, paper: Paper, prediction: Prediction) -> None:
        """Write the prediction of one paper at once."""
        import orjson

        line = {**prediction.to_dict(), **self._header}
        self._header = {}
        self._stream.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        self._stream.flush()

    def finish(self) -> None:
        """Write nothing more."""


class ParquetWriter:
    """A row per prediction, kept in another file until the end, since a pipe has no places.

    Args:
        stream: Where to write.
        scratch: An empty file.
        with_listed: Whether predictions have the categories that papers may list.
        with_outside: Whether they have the probability outside of a view.
        with_typicality: Whether they have the share of papers that are no more typical.
        with_level: Whether they have the level of the answer and what is within it.
        prior: Category -> share of the class prior that was stated or estimated, for the file's metadata.
        file: The file that the papers are of, for a column `file`; None: no such column.
        own: Name of a further column of text -> the column of the papers that it holds.

    Raises:
        MissingExtraError: The extra `parquet` is not installed.
    """

    def __init__(
        self,
        stream: BinaryIO,
        scratch: IO[bytes],
        *,
        with_listed: bool = False,
        with_outside: bool = False,
        with_typicality: bool = False,
        with_level: bool = False,
        prior: Mapping[str, float] | None = None,
        file: str | None = None,
        own: Mapping[str, str] | None = None,
    ) -> None:
        check_parquet("writing Parquet")
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._own = dict(own or {})
        self._constant = {} if file is None else {"file": file}
        self._stream = stream
        self._schema = make_arrow_schema(
            with_listed=with_listed,
            with_outside=with_outside,
            with_typicality=with_typicality,
            with_level=with_level,
        )
        for name in (*self._constant, *self._own):
            self._schema = self._schema.append(pa.field(name, pa.string(), nullable=name in self._own))
        if prior is not None:
            self._schema = self._schema.with_metadata({PRIOR_KEY: json.dumps(prior)})
        self._file = scratch
        self._parquet = pq.ParquetWriter(self._file, self._schema)
        self._rows: list[dict[str, Any]] = []

    def write(self, paper: Paper, prediction: Prediction) -> None:
        """Take the prediction of one paper."""
        own = {name: paper.columns.get(column) for name, column in self._own.items()}
        self._rows.append({**prediction.to_dict(), **self._constant, **own})
        if len(self._rows) >= BATCH:
            self._write_rows()

    def finish(self) -> None:
        """Write the file."""
        self._write_rows()
        self._parquet.close()
        self._file.seek(0)
        shutil.copyfileobj(self._file, self._stream, 1 << 20)

    def _write_rows(self) -> None:
        import pyarrow as pa

        self._parquet.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows.clear()
