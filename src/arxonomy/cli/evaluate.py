"""`arxonomy evaluate`: a model and labeled papers in, scores out."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.options import (
    AmongOption,
    Backend,
    BackendOption,
    ColumnOption,
    Device,
    DeviceOption,
    EncodingOption,
    JsonOption,
    NumbersOption,
    StrictOption,
    ThreadsOption,
    convert_to_usage_error,
    format_columns,
    parse_columns,
    parse_labels,
)
from arxonomy.cli.priors import PriorOption, apply_prior, is_file
from arxonomy.cli.shared import publish
from arxonomy.messages import say
from arxonomy.studies.selection import Part, check_split, parse_part, select_papers, warn_if_seen
from arxonomy.studies.source import LabeledFiles
from arxonomy.studies.views import choose_paper_labels, choose_view

EXAMPLES = """
Example: arxonomy evaluate runs/v1-seed42 papers.csv
Example: arxonomy evaluate my-bundle others.csv --json
Example: arxonomy evaluate runs/v1-seed42 others.csv --split all
Example: arxonomy evaluate runs/v1-seed42 papers.csv --report report.html
Example: arxonomy evaluate my-bundle papers.csv --split-file split.csv --split test
Example: arxonomy evaluate my-bundle old.parquet new.parquet --split-file split.csv --split validation
Example: arxonomy evaluate my-bundle others.csv --prior cs.CL=0.7
Example: arxonomy evaluate my-bundle others.csv --by-part
Example: arxonomy evaluate my-bundle others.csv --among 'cs.CL=NLP+linguistics,cs.CV=vision'
"""


def command(
    model: Annotated[
        Path, typer.Argument(metavar="RUN|BUNDLE", show_default=False, help="Run folder or bundle.")
    ],
    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA",
            show_default=False,
            help="Labeled papers; several files are read as one, in this order. For a run its own, or "
            "others with --split all or --split-file.",
        ),
    ],
    split: Annotated[
        str | None,
        typer.Option(
            metavar="PART",
            help="Part to evaluate: test, validation, train, all, or another name in --split-file (default: "
            "test; all for a bundle without --split-file).",
        ),
    ] = None,
    split_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV with the columns split and row or id (default: a run's own)."),
    ] = None,
    by_part: Annotated[
        bool,
        typer.Option(
            "--by-part",
            help="Also score titles alone and abstracts alone (takes three times as long).",
        ),
    ] = False,
    as_json: JsonOption = False,
    output: NumbersOption = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="OUT.html", help="Also write a report, with a baseline and an audit."),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN|BUNDLE",
            help="Baseline of the report (default: trained on a run's own training papers; for a bundle the "
            "most frequent category).",
        ),
    ] = None,
    among: AmongOption = None,
    prior: PriorOption = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    strict: StrictOption = False,
    backend: BackendOption = Backend.auto,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Evaluate a model on labeled papers.

    A run is evaluated on its own split of the files it was trained on; the scores are added to its
    metrics.json, and a report is written next to it. With --prior or --among the scores are printed but not
    saved; so are those on other papers, which are all of another file (--split all) or a part of a
    --split-file.

    Labels that the model was trained to merge are merged here too, which is said; --among says otherwise.
    Papers without a label, and those of labels that the model does not know, are counted and left out. With
    --among so are those of labels that it does not name; the model then answers among the named ones alone,
    and the scores say how many papers it would answer with none of these.

    Papers without an abstract, or without a title, have a calibration of their own; --by-part shows how good
    the model is for them, on the same papers cut down to one part.

    Accuracy is given in three ways: exact, any category that the paper lists, and top 2; of more than ten
    categories also top 5. The table of confident answers shows the coverage and accuracy of classify
    --min-confidence. Of more than twenty categories the text shows the worst, their archives and the most
    confused pairs; --json and --report have all.

    A model that has learned lists is also scored on these: what it finds at 50%, and at the threshold that
    was chosen on validation papers and is kept with the model.

    A report is one HTML file that opens anywhere. It compares the model with a baseline: for a run, a support
    vector machine over TF-IDF, trained on the run's own training papers; for a bundle, whose training papers
    are not available, the most frequent category, unless a --baseline is named.
    """
    from arxonomy.artifacts.run import Run
    from arxonomy.artifacts.saved_model import open_model
    from arxonomy.atomic import write_atomic
    from arxonomy.inference import load
    from arxonomy.papers import check_readable_twice
    from arxonomy.studies.evaluate import evaluate_selection, keep_in_run

    if baseline is not None and report is None:
        raise typer.BadParameter(
            "is for a --report; to compare models, see arxonomy compare", param_hint="--baseline"
        )
    bad = BadRecords(data)
    check_readable_twice(data)
    saved = open_model(model)
    split = parse_part(split)
    with convert_to_usage_error("--split"):
        check_split([saved], split, split_file)
    file = LabeledFiles(
        data, parse_columns(column), encoding=encoding, strict=strict, on_bad=bad, on_read=bad.sum_up
    )
    chosen = parse_labels(among)
    view = choose_view(chosen, saved.labels)
    labels = choose_paper_labels(chosen, saved.recipe.data.among)
    selection = select_papers(saved, file, split, split_file, labels, view)
    classifier = load(
        model,
        among=view.to_among() if view else None,
        backend=backend.value,
        threads=threads,
        device=device.value,
    )
    warn_if_seen(selection, saved)
    classifier = apply_prior(classifier, prior, selection.papers)
    evaluation = evaluate_selection(
        classifier,
        selection,
        saved,
        by_part=by_part,
        report=report is not None,
        baseline=baseline,
        load=lambda path: load(path, threads=threads),
    )
    options: dict[str, Path | str | bool | None] = {
        "--split-file": split_file,
        "--split": str(selection.part),
        "--by-part": by_part,
        "--report": report,
        "--baseline": baseline,
        "--among": among,
        "--prior": Path(prior) if prior and is_file(prior) else prior,
    }
    command_line = _format_command(model, data, options, format_columns(column, encoding))
    evaluation = replace(evaluation, command=command_line)
    if report is not None:
        write_atomic(report, evaluation.to_html())
        say(f"report: {report}")
    if selection.is_own and prior is None and among is None and selection.part in list(Part):
        page = keep_in_run(evaluation, Run(model))
        say(f"scores and report saved: {Run(model).folder / 'metrics.json'}, {page.name}")
    publish(evaluation.to_dict(), evaluation.to_text, as_json=as_json, output=output, bad=bad)


def _format_command(
    model: Path, data: Sequence[Path], options: Mapping[str, Path | str | bool | None], columns: str
) -> str:
    """Format the command with file names alone, since folders differ between machines."""
    words = [model.name, *(path.name for path in data)]
    for name, value in options.items():
        if value is True:
            words.append(name)
        elif value:
            words += [name, value.name if isinstance(value, Path) else value]
    return f"arxonomy evaluate {shlex.join(words)}{columns}"
