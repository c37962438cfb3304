"""The forms of output, and which one a file's name asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from arxonomy.writing.writer import Writer

if TYPE_CHECKING:
    from arxonomy.papers.layout import Layout

FORMS = ("jsonl", "csv", "tsv", "parquet")
"""Forms of output; docs/formats.md describes them."""

WHOLE = ("csv", "tsv")
"""Forms that hold all that the user's file has, so that papers must be read with all their columns."""

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
"""End of a file's name -> the form that it asks for."""


def guess_form(name: str) -> str | None:
    """Guess the form from the end of a file's name; None where it says nothing.

    >>> guess_form("out.tsv")
    'tsv'
    """
    return SUFFIXES.get(Path(name.lower()).suffix)


def make_writer(
    form: str,
    stream: BinaryIO,
    layout: Layout,
    mapping: Mapping[str, str],
    *,
    with_categories: bool = False,
) -> Writer:
    """Make the writer of a form.

    Args:
        form: One of `FORMS`.
        stream: Where to write.
        layout: The form of the input.
        mapping: Field of a paper -> the user's column, where that was stated.
        with_categories: Whether a table gets a column of the most probable categories.
    """
    from arxonomy.writing.records import JsonLinesWriter, ParquetWriter
    from arxonomy.writing.table import TableWriter

    if form == "jsonl":
        return JsonLinesWriter(stream)
    if form == "parquet":
        return ParquetWriter(stream)
    return TableWriter(stream, form, layout, mapping, with_categories=with_categories)
