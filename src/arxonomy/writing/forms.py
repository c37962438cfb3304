"""The forms of output, and which one a file's name asks for."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, BinaryIO

from arxonomy.writing.writer import PLACE, Writer

if TYPE_CHECKING:
    from arxonomy.papers.sources.layout import Layout

FORMS = ("jsonl", "csv", "tsv", "parquet", "ris", "csl-json", "bibtex")
"""Forms of output; docs/formats.md describes them."""

BIBLIOGRAPHIES = ("ris", "csl-json", "bibtex")
"""Forms of bibliographies."""

WHOLE = ("csv", "tsv", *BIBLIOGRAPHIES)
"""Forms that hold all that the user's file has, so that papers must be read with all their columns."""

WITH_PRIOR = ("table", "jsonl", "parquet")
"""Forms of output that say which class prior was stated or estimated; others have no room for it."""

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".ris": "ris",
    ".bib": "bibtex",
    ".bibtex": "bibtex",
    ".csl.json": "csl-json",
}
"""End of a file's name -> the form that it asks for."""


def guess_form(name: str) -> str | None:
    """Guess the form from the end of a file's name; None where it says nothing.

    >>> guess_form("out.tsv")
    'tsv'
    """
    return next((form for suffix, form in SUFFIXES.items() if name.lower().endswith(suffix)), None)


def open_scratch(form: str) -> IO[bytes]:
    """Open a file for what can be written only at the end; in memory where the form waits for nothing."""
    return tempfile.TemporaryFile() if form in ("parquet", *WHOLE) else io.BytesIO()


def make_writer(
    form: str,
    stream: BinaryIO,
    layout: Layout,
    mapping: Mapping[str, str],
    *,
    scratch: IO[bytes],
    keyword: str = PLACE,
    with_categories: bool = False,
    with_listed: bool = False,
    with_outside: bool = False,
    with_typicality: bool = False,
    with_level: bool = False,
    prior: Mapping[str, float] | None = None,
) -> Writer:
    """Make the writer of a form.

    Args:
        form: One of `FORMS`.
        stream: Where to write.
        layout: The form of the input.
        mapping: Field of a paper -> the user's column, where that was stated.
        scratch: What `open_scratch` opened; where a bibliography is to be given back, the input's bytes are
            in it when the last paper has been read.
        keyword: What a bibliography says of a paper, with `{category}` for the category.
        with_categories: Whether a table gets a column of the most probable categories.
        with_listed: Whether a table, or Parquet, gets one of the categories that a paper may list.
        with_outside: Whether a table, or Parquet, gets one of the probability outside of a view.
        with_typicality: Whether a table, or Parquet, gets one of the share of papers no more typical.
        with_level: Whether a table, or Parquet, gets the level of each answer and what is within it.
        prior: Category -> share of the class prior that was stated or estimated, for `WITH_PRIOR`.
    """
    from arxonomy.writing.bibliography import BibliographyWriter
    from arxonomy.writing.records import JsonLinesWriter, ParquetWriter
    from arxonomy.writing.table import TableWriter

    if form == "jsonl":
        return JsonLinesWriter(stream, prior)
    if form == "parquet":
        return ParquetWriter(
            stream,
            scratch,
            with_listed=with_listed,
            with_outside=with_outside,
            with_typicality=with_typicality,
            with_level=with_level,
            prior=prior,
        )
    if form in BIBLIOGRAPHIES:
        return BibliographyWriter(stream, form, layout, scratch, keyword)
    return TableWriter(
        stream,
        form,
        layout,
        mapping,
        scratch,
        with_categories=with_categories,
        with_listed=with_listed,
        with_outside=with_outside,
        with_typicality=with_typicality,
        with_level=with_level,
    )
