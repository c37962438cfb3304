"""What is harvested as a file that every command reads, with what is known of its completeness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from arxonomy.atomic import replace_file, write_atomic
from arxonomy.errors import SettingsError
from arxonomy.harvest.report import Report
from arxonomy.output import check_parquet

if TYPE_CHECKING:
    import pyarrow as pa

METADATA = "arxonomy_harvest"
"""Key of the metadata of Parquet that holds the report."""
REPORT_SUFFIX = ".report.json"
"""Of the file that holds the report, behind the whole name of the output."""

_ROWS = 1000
"""Rows of a row group."""


def check_name(path: Path) -> None:
    """Make sure that a file's name says in which form it is written, and that it can be.

    Raises:
        SettingsError: It does not.
        MissingExtraError: It is Parquet, and the extra `parquet` is not installed.
    """
    if path.suffix.lower() not in (".jsonl", ".parquet"):
        raise SettingsError(f"expected a name that ends in .jsonl or .parquet, found {path.name}")
    if path.suffix.lower() == ".parquet":
        check_parquet(f"writing {path.name}", "or name a file that ends in .jsonl")


def write_papers(path: Path, lines: Iterable[bytes], report: Report) -> None:
    """Write papers atomically, as JSON lines or Parquet, by the file's name; and the report.

    Args:
        path: The file.
        lines: Papers as JSON.
        report: In the metadata of Parquet, and in a file next to either.

    Raises:
        ArxonomyError: It cannot be written.
    """
    text = orjson.dumps(report.to_dict())
    with replace_file(path) as temporary:
        if path.suffix.lower() == ".parquet":
            _write_parquet(temporary, iter(lines), text)
        else:
            with temporary.open("wb") as file:
                file.writelines(line + b"\n" for line in lines)
    write_atomic(
        Path(f"{path}{REPORT_SUFFIX}"), orjson.dumps(report.to_dict(), option=orjson.OPT_INDENT_2) + b"\n"
    )


def _write_parquet(path: Path, lines: Iterator[bytes], report: bytes) -> None:
    import pyarrow as pa
    import pyarrow.json
    import pyarrow.parquet as pq

    schema = _make_schema()
    parsing = pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    with pq.ParquetWriter(path, schema.with_metadata({METADATA: report}), compression="zstd") as writer:
        while rows := b"\n".join(islice(lines, _ROWS)):
            reading = pyarrow.json.ReadOptions(use_threads=False, block_size=len(rows) + 1)
            writer.write_table(pyarrow.json.read_json(pa.BufferReader(rows), reading, parsing))


def _make_schema() -> pa.Schema:
    import pyarrow as pa

    kinds = {"categories": pa.list_(pa.string()), "version": pa.int32()}
    names = (
        *("id", "title", "abstract", "authors", "category", "categories", "version", "published", "updated"),
        *("announced", "announce_type", "doi", "journal_ref", "comment", "license"),
    )
    return pa.schema([(name, kinds.get(name, pa.string())) for name in names])
