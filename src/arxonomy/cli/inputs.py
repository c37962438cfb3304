"""What `classify` and `explain` read: a file, stdin, or one paper in options."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from arxonomy.records import Paper

if TYPE_CHECKING:
    from arxonomy.papers import BadRecord, Layout


class InputFormat(StrEnum):
    """Formats of a file of papers."""

    csv = "csv"
    tsv = "tsv"
    jsonl = "jsonl"
    json = "json"
    bibtex = "bibtex"
    ris = "ris"
    nbib = "nbib"
    wos = "wos"
    enw = "enw"
    xml = "xml"
    xlsx = "xlsx"
    parquet = "parquet"


FileArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE|-|ID",
        show_default=False,
        help="CSV, JSON, RIS, BibTeX, PubMed, Web of Science, EndNote, Atom (each also compressed), .zip, "
        ".xlsx or Parquet (default: stdin, as `-`); or the id or address of a paper on arXiv.",
    ),
]
TitleOption = Annotated[
    str | None, typer.Option("--title", help="Title of a single paper, instead of a file.")
]
AbstractOption = Annotated[str | None, typer.Option("--abstract", help="Abstract of a single paper.")]
InputFormatOption = Annotated[
    InputFormat | None,
    typer.Option(
        "--input-format",
        help="Format of the input: jsonl is one object on each line, json any other JSON, xml that of "
        "PubMed, EndNote or Atom, xlsx any spreadsheet (default: by the first bytes and the file's name).",
    ),
]


def read_input(
    file: str | None,
    title: str | None,
    abstract: str | None,
    *,
    input_format: InputFormat | None,
    encoding: str | None = None,
    columns: Mapping[str, str],
    strict: bool,
    on_bad: Callable[[BadRecord], None],
    on_layout: Callable[[Layout], None] | None = None,
    copy: IO[bytes] | None = None,
    keep_columns: bool = False,
) -> Iterable[Paper]:
    """Read the papers of a file or of stdin lazily, or make one of `--title` and `--abstract`.

    An id or an address of arXiv's that is the name of no file is fetched from there.

    Raises:
        typer.BadParameter: Both are given, or neither while stdin is a terminal.
    """
    if title is not None or abstract is not None:
        if file is not None:
            raise typer.BadParameter("give a FILE or --title and --abstract, not both")
        fields = {"title": title or "", "abstract": abstract or ""}
        return [Paper("1", fields["title"], fields["abstract"], columns=fields)]
    if file is None and sys.stdin.isatty():
        raise typer.BadParameter("give a FILE, papers on stdin, or --title and --abstract")
    from arxonomy.papers import read_papers

    format, stream = None if input_format is None else input_format.value, None
    if file is not None and format is None and (fetched := _fetch(file)) is not None:
        format, stream = "jsonl", fetched
    return read_papers(
        file or "-",
        format=format,
        stream=stream,
        encoding=encoding,
        columns=columns,
        keep_columns=keep_columns,
        strict=strict,
        on_bad=on_bad,
        on_layout=on_layout,
        copy=copy,
    )


def _fetch(name: str) -> io.BytesIO | None:
    """Fetch the record of a paper on arXiv, as a line of JSON; None if this is the name of no such paper."""
    from arxonomy.papers.identifiers import parse_identifier

    identifier = None if Path(name).exists() else parse_identifier(name)
    if identifier is None:
        return None
    from arxonomy.harvest import Client, fetch_record, find_services

    with Client(find_services()) as client:
        return io.BytesIO(fetch_record(client, identifier).to_json() + b"\n")
