"""`arxonomy classify`: papers in, predictions out."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.options import (
    AbstractOption,
    Backend,
    BackendOption,
    ColumnOption,
    Device,
    DeviceOption,
    FileArgument,
    InputFormatOption,
    ModelOption,
    PriorOption,
    StrictOption,
    ThreadsOption,
    TitleOption,
    apply_prior,
    parse_columns,
    read_input,
)
from arxonomy.messages import say
from arxonomy.records import Paper, Prediction

if TYPE_CHECKING:
    from arxonomy.cli.output import Writer
    from arxonomy.inference import Classifier

EXAMPLES = """
Example: arxonomy classify papers.csv -o predictions.csv
Example: cat papers.jsonl | arxonomy classify --top-k 3
Example: arxonomy classify --title "Parsing sentences with pixels"
Example: arxonomy classify papers.csv --min-confidence 0.9 --prior cs.CL=0.7
"""


class Format(StrEnum):
    """Formats of predictions."""

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
        int | None,
        typer.Option(min=1, metavar="K", help="Number of categories in a prediction (default: all)."),
    ] = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            "--min-confidence",
            min=0,
            max=1,
            metavar="P",
            help="Give no category where the best one is less probable than this (default: 0).",
        ),
    ] = None,
    prior: PriorOption = None,
    format: Annotated[
        Format | None,
        typer.Option(
            help="Format of the output (default: by the name of --output; table on a terminal, else jsonl)."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT", help="Output file, written atomically (default: stdout, as `-`)."
        ),
    ] = None,
    column: ColumnOption = None,
    input_format: InputFormatOption = None,
    strict: StrictOption = False,
    backend: BackendOption = Backend.auto,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Classify papers with calibrated probabilities.

    JSON lines give id, category, probability, all categories, what was read, the share of unknown words and
    warnings of each paper, in the order of the input. CSV gives your own columns, then predicted_category,
    predicted_probability, read, unknown_words, warnings and abstained. Bad records are reported on stderr
    and left out; the exit status is then 1.

    Probabilities are calibrated: of the papers predicted with 0.8, about 80% are right, if your papers have
    the class prior of the training papers; --prior states another one. The model's card and
    `arxonomy evaluate` give the accuracy and coverage of --min-confidence.
    """
    mapping = parse_columns(column)
    output = None if str(output) == "-" else output
    output_format = format or _choose_format(output)
    bad = BadRecords(file or "-")
    papers = read_input(
        file,
        title,
        abstract,
        input_format=input_format,
        columns=mapping,
        strict=strict,
        on_bad=bad,
        keep_columns=output_format is Format.csv,
    )

    from arxonomy.cli.output import open_output
    from arxonomy.inference import load

    classifier = load(model, backend=backend.value, threads=threads, device=device.value)
    if prior == "auto":
        papers = list(papers)  # they are classified twice
    classifier = apply_prior(classifier, prior, papers)
    count = abstained = 0
    with open_output(output) as stream:
        to_file = output is not None
        writer = _make_writer(output_format, stream, classifier, mapping.get("id"), to_file)
        # A table shows progress to its reader; larger windows are faster.
        window = 64 if output_format is Format.table else 2048
        for paper, prediction in pair_with_predictions(classifier, papers, top_k, window, min_confidence):
            writer.write(paper, prediction)
            count += 1
            abstained += prediction.abstained
    bad.sum_up()
    if min_confidence is not None:
        of_all = f"{abstained:,} of {count:,} {'paper' if count == 1 else 'papers'}"
        say(f"no category for {of_all}: the best one is less probable than {min_confidence:.4g}")
    if output is not None:
        say(f"classified {count:,} {'paper' if count == 1 else 'papers'}: {output}")
    if bad.count:
        raise typer.Exit(1)


def pair_with_predictions(
    classifier: Classifier,
    papers: Iterable[Paper],
    top_k: int | None,
    window: int,
    min_confidence: float | None = None,
) -> Iterator[tuple[Paper, Prediction]]:
    """Pair each paper with its prediction; holds no more papers than the classifier's window."""
    waiting: deque[Paper] = deque()

    def remember() -> Iterator[Paper]:
        for paper in papers:
            waiting.append(paper)
            yield paper

    for prediction in classifier.stream(remember(), top_k, window, min_confidence=min_confidence):
        yield waiting.popleft(), prediction


def _choose_format(output: Path | None) -> Format:
    if output is None:
        return Format.table if sys.stdout.isatty() else Format.jsonl
    by_suffix = _FORMAT_OF_SUFFIX.get(output.suffix.lower())
    if by_suffix is None:
        known = ", ".join(_FORMAT_OF_SUFFIX)
        raise typer.BadParameter(
            f"expected a name that ends in {known}, or --format; found {output.name}", param_hint="--output"
        )
    return by_suffix


def _make_writer(
    output_format: Format, stream: BinaryIO, classifier: Classifier, id_column: str | None, to_file: bool
) -> Writer:
    from arxonomy.cli.output import CsvLines, JsonLines, TableLines
    from arxonomy.papers.field_names import SYNONYMS

    if output_format is Format.jsonl:
        return JsonLines(stream)
    if output_format is Format.csv:
        return CsvLines(stream, {id_column.strip().casefold()} if id_column else SYNONYMS["id"])
    return TableLines(stream, classifier.labels, width=110 if to_file else None)
