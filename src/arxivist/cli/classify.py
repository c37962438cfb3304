"""`arxivist classify`: papers in, answers out."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from arxivist.cli.options import (
    AbstractOption,
    Backend,
    BackendOption,
    ColumnOption,
    Device,
    DeviceOption,
    FileArgument,
    InputFormatOption,
    ModelOption,
    StrictOption,
    ThreadsOption,
    TitleOption,
    column_mapping,
    given_papers,
)
from arxivist.cli.talk import BadRecords, say
from arxivist.records import Paper, Prediction

if TYPE_CHECKING:
    from arxivist.cli.output import Writer
    from arxivist.inference import Classifier

EXAMPLES = """
Example: arxivist classify papers.csv -o sorted.csv
Example: cat papers.jsonl | arxivist classify --top-k 3
Example: arxivist classify --title "Attention is all you need"
"""


class Format(StrEnum):
    """How answers are written."""

    table = "table"
    jsonl = "jsonl"
    csv = "csv"


_FORMAT_OF_SUFFIX = {
    ".csv": Format.csv,
    ".jsonl": Format.jsonl,
    ".ndjson": Format.jsonl,
    ".txt": Format.table,
}


def command(
    file: FileArgument = None,
    title: TitleOption = None,
    abstract: AbstractOption = None,
    model: ModelOption = None,
    top_k: Annotated[
        int | None, typer.Option(min=1, metavar="K", help="Categories in an answer; all, if not said.")
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(help="If not said: by the name of --output, a table on a terminal, else jsonl."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT", help="Write here instead of stdout (`-`), whole or not at all."
        ),
    ] = None,
    column: ColumnOption = None,
    input_format: InputFormatOption = None,
    strict: StrictOption = False,
    backend: BackendOption = Backend.auto,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Sort papers: the category, its probability, and a warning where the answer deserves little trust.

    JSON lines give id, category, probability, all categories and the share of unknown words of each
    paper, in the papers' order. CSV gives your own columns, then predicted_category,
    predicted_probability, unknown_words and warning. Bad records are named on stderr and left out; the
    exit status is then 1.
    """
    mapping = column_mapping(column)
    output = None if str(output) == "-" else output
    chosen = format or _format_of(output)
    bad = BadRecords(file or "-")
    papers = given_papers(
        file,
        title,
        abstract,
        input_format=input_format,
        columns=mapping,
        strict=strict,
        on_bad=bad,
        keep_columns=chosen is Format.csv,
    )

    from arxivist.cli.output import destination
    from arxivist.inference import load

    classifier = load(model, backend=backend.value, threads=threads, device=device.value)
    count = 0
    with destination(output) as stream:
        writer = _writer(chosen, stream, classifier, mapping.get("id"), to_file=output is not None)
        # A table is for someone who waits; larger windows are faster.
        window = 64 if chosen is Format.table else 2048
        for paper, prediction in answered(classifier, papers, top_k, window):
            writer.write(paper, prediction)
            count += 1
    bad.sum_up()
    if output is not None:
        say(f"{count:,} {'paper' if count == 1 else 'papers'} sorted into {output}")
    if bad.count:
        raise typer.Exit(1)


def answered(
    classifier: Classifier, papers: Iterable[Paper], top_k: int | None, window: int
) -> Iterator[tuple[Paper, Prediction]]:
    """Each paper with its answer; holds no more papers than the classifier's window."""
    waiting: deque[Paper] = deque()

    def noted() -> Iterator[Paper]:
        for paper in papers:
            waiting.append(paper)
            yield paper

    for prediction in classifier.stream(noted(), top_k, window):
        yield waiting.popleft(), prediction


def _format_of(output: Path | None) -> Format:
    if output is None:
        return Format.table if sys.stdout.isatty() else Format.jsonl
    found = _FORMAT_OF_SUFFIX.get(output.suffix.lower())
    if found is None:
        known = ", ".join(_FORMAT_OF_SUFFIX)
        raise typer.BadParameter(
            f"expected a name that ends in {known}, or --format; found {output.name}", param_hint="--output"
        )
    return found


def _writer(
    chosen: Format, stream: BinaryIO, classifier: Classifier, id_column: str | None, to_file: bool
) -> Writer:
    from arxivist.cli.output import CsvLines, JsonLines, TableLines
    from arxivist.papers.columns import SYNONYMS

    if chosen is Format.jsonl:
        return JsonLines(stream)
    if chosen is Format.csv:
        return CsvLines(stream, {id_column.strip().casefold()} if id_column else SYNONYMS["id"])
    return TableLines(stream, classifier.labels, width=110 if to_file else None)
