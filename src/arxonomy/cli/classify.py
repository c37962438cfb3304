"""`arxonomy classify`: papers in, predictions out."""

from __future__ import annotations

import sys
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.answer_counts import AnswerCounts
from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.inputs import AbstractOption, FileArgument, InputFormatOption, TitleOption, read_input
from arxonomy.cli.levels import (
    BackOffOption,
    LevelOption,
    check_back_off,
    find_asked_levels,
)
from arxonomy.cli.options import (
    Backend,
    BackendOption,
    ColumnOption,
    Device,
    DeviceOption,
    EncodingOption,
    MinConfidenceOption,
    ModelOption,
    StrictOption,
    ThreadsOption,
    ViewOption,
    parse_columns,
    parse_labels,
)
from arxonomy.cli.priors import PriorOption, PriorOutputOption, apply_prior, suggest_prior, write_prior
from arxonomy.messages import format_count, say
from arxonomy.output import check_parquet
from arxonomy.records import OUTSIDE_FIELD, TOP_K
from arxonomy.writing.forms import (
    BIBLIOGRAPHIES,
    SUFFIXES,
    WHOLE,
    WITH_PRIOR,
    guess_form,
    make_writer,
    open_scratch,
)
from arxonomy.writing.writer import PLACE, Writer, open_output

if TYPE_CHECKING:
    from arxonomy.papers import Layout

EXAMPLES = """
Example: arxonomy classify papers.csv -o predictions.csv
Example: cat papers.jsonl | arxonomy classify --top-k 3
Example: arxonomy classify --title "Parsing sentences with pixels"
Example: arxonomy classify papers.csv --min-confidence 0.9 --prior cs.CL=0.7
Example: arxonomy classify papers.csv --level archive
Example: arxonomy classify papers.csv --back-off 0.8
Example: arxonomy classify papers.csv --among cs.CL,cs.CV
"""


class Format(StrEnum):
    """Forms of predictions."""

    table = "table"
    jsonl = "jsonl"
    csv = "csv"
    tsv = "tsv"
    parquet = "parquet"
    ris = "ris"
    csl_json = "csl-json"
    bibtex = "bibtex"


def command(
    file: FileArgument = None,
    title: TitleOption = None,
    abstract: AbstractOption = None,
    model: ModelOption = None,
    top_k: Annotated[
        int | None,
        typer.Option(min=1, metavar="K", help=f"Number of categories in a prediction (default: {TOP_K})."),
    ] = None,
    min_confidence: MinConfidenceOption = None,
    level: LevelOption = None,
    back_off: BackOffOption = None,
    among: ViewOption = None,
    prior: PriorOption = None,
    prior_output: PriorOutputOption = None,
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
    keyword: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="Keyword of a bibliography's entries, as in 'arxiv:{category}'; RIS, CSL-JSON and BibTeX.",
        ),
    ] = PLACE,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    input_format: InputFormatOption = None,
    strict: StrictOption = False,
    backend: BackendOption = Backend.auto,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Classify papers with calibrated probabilities.

    JSON lines give id, category, probability, all categories, what was read, the share of unknown words and
    warnings of each paper, in the order of the input. CSV gives your own columns, then predicted_category,
    predicted_probability, read, unknown_words, warnings and abstained. RIS, CSL-JSON and BibTeX give your
    own entries with the category as a keyword. Bad records are reported on stderr; the exit status is then 1.

    A model that has learned which categories papers list also says which ones yours may list, each with its
    own probability: `listed`, in a table `predicted_listed`.

    A paper may have a title alone, or an abstract alone: less is known of it, and its probabilities are
    calibrated for such papers. `read` says which parts a paper had.

    With --among answers are among some of the model's labels, and labels can be merged: probabilities of
    merged labels add up, and those of all categories asked for are divided by their sum. `outside` is the
    probability of all others before that. Above one half the paper is of none of these: it gets no category,
    and a warning that says where the probability is. --prior is then that of these categories.

    --level answers at a broader level of the categories' hierarchy, such as archive, with the sum of the
    probabilities below; --back-off at the deepest level at which the answer is that sure. `level` says at
    which, and `within` what is likely within it.

    Probabilities are calibrated: of the papers predicted with 0.8, about 80% are right, if your papers have
    the class prior of the training papers; --prior states another one. The model's card and
    `arxonomy evaluate` give the accuracy and coverage of --min-confidence.
    """
    check_back_off(back_off, min_confidence)
    mapping, view = parse_columns(column), parse_labels(among)
    output = None if str(output) == "-" else output
    form = format.value if format else _choose_format(output)
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise typer.BadParameter(
            "Parquet is no text for a terminal; name a file with -o", param_hint="--format"
        )
    if form == "parquet":
        check_parquet("writing Parquet", "or name a file of another form, such as .jsonl")
    if PLACE not in keyword or (keyword != PLACE and form not in BIBLIOGRAPHIES):
        raise typer.BadParameter(
            f"expected a text with {PLACE}, for --format {', '.join(BIBLIOGRAPHIES)}; found {keyword}",
            param_hint="--keyword",
        )
    if prior_output is not None and prior is None:
        raise typer.BadParameter(
            "expected it with --prior, since it keeps what that states or estimates",
            param_hint="--prior-output",
        )
    bad = BadRecords(file or "-")
    layouts: list[Layout] = []

    from arxonomy.inference import load
    from arxonomy.inference.pairs import pair_with_predictions
    from arxonomy.inference.prior_estimate import PriorTally
    from arxonomy.papers import Layout

    with open_scratch(form) as scratch:
        papers = read_input(
            file,
            title,
            abstract,
            input_format=input_format,
            encoding=encoding,
            columns=mapping,
            strict=strict,
            on_bad=bad,
            on_layout=layouts.append,
            copy=scratch if form in BIBLIOGRAPHIES else None,
            keep_columns=form in WHOLE,
        )

        classifier = load(model, among=view, backend=backend.value, threads=threads, device=device.value)
        levels = find_asked_levels(classifier, level, back_off)
        counts = AnswerCounts(
            has_view=view is not None, min_confidence=min_confidence, back_off=back_off, levels=levels
        )
        if prior == "auto":
            papers = list(papers)  # they are classified twice
        classifier = apply_prior(classifier, prior, papers)
        shares = dict(zip(classifier.labels, classifier.prior, strict=True)) if classifier.prior else None
        if shares is not None and prior_output is not None:
            write_prior(prior_output, shares)
        elif shares is not None and prior == "auto" and form not in WITH_PRIOR:
            say(f"note: {form} has no room for the class prior; --prior-output FILE.json keeps it")
        # Only a file is a whole of which a prior can be said; an answer of a stream never depends on others.
        tally = None
        if prior is None and file not in (None, "-") and classifier.training_prior is not None:
            tally = PriorTally(classifier)
        # A table shows progress to its reader; larger windows are faster.
        window = 64 if form == "table" else 2048
        pairs = pair_with_predictions(
            classifier, papers, top_k or TOP_K, window, min_confidence, level, back_off, tally
        )
        first = next(pairs)  # by then the form of the input is known
        layout = layouts[0] if layouts else Layout("", header=tuple(first[0].columns))
        with open_output(output) as stream:
            if form == "table":
                from arxonomy.cli.output import TableLines

                others = [OUTSIDE_FIELD] if classifier.knows_typicality else []
                writer: Writer = TableLines(
                    stream,
                    [*classifier.labels, *chain.from_iterable(levels.values()), *others],
                    width=110 if output is not None else None,
                    names=classifier.names,
                    prior=shares if prior == "auto" else None,
                )
            else:
                shown = (top_k or 1) > 1
                writer = make_writer(
                    form,
                    stream,
                    layout,
                    mapping,
                    scratch=scratch,
                    keyword=keyword,
                    with_categories=shown,
                    with_listed=classifier.knows_lists,
                    with_outside=classifier.view is not None,
                    with_typicality=classifier.knows_typicality,
                    with_level=bool(levels),
                    prior=shares if prior == "auto" else None,
                )
            for paper, prediction in chain([first], pairs):
                writer.write(paper, prediction)
                counts.count(prediction)
            writer.finish()
    bad.sum_up()
    counts.sum_up()
    if tally is not None:
        suggest_prior(tally)
    if output is not None:
        say(f"classified {format_count(counts.papers, 'paper')}: {output}")
    if bad.count:
        raise typer.Exit(1)


def _choose_format(output: Path | None) -> str:
    if output is None:
        return "table" if sys.stdout.isatty() else "jsonl"
    form = "table" if output.suffix.lower() == ".txt" else guess_form(output.name)
    if form is None:
        known = ", ".join((".txt", *SUFFIXES))
        if output.suffix.lower() == ".json":
            known += "; for .json, --format jsonl or csl-json"
        raise typer.BadParameter(
            f"expected a name that ends in {known}, or --format; found {output.name}", param_hint="--output"
        )
    return form
