"""`arxonomy evaluate`: a model and labeled papers in, scores out."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arxonomy.cli.messages import BadRecords, say
from arxonomy.cli.options import (
    Backend,
    BackendOption,
    ColumnOption,
    Device,
    DeviceOption,
    JsonOption,
    NumbersOption,
    PriorOption,
    StrictOption,
    ThreadsOption,
    apply_prior,
    format_columns,
    parse_columns,
)
from arxonomy.cli.shared import publish, usage_error
from arxonomy.studies.selection import LabeledFile, Part, check_split

if TYPE_CHECKING:
    from arxonomy.artifacts.run import Run

EXAMPLES = """
Example: arxonomy evaluate runs/v1-seed42 papers.csv
Example: arxonomy evaluate my-bundle others.csv --json
Example: arxonomy evaluate runs/v1-seed42 papers.csv --report report.html
Example: arxonomy evaluate my-bundle papers.csv --split-file split.csv --split test
Example: arxonomy evaluate my-bundle others.csv --prior cs.CL=0.7
"""


def command(
    model: Annotated[
        Path, typer.Argument(metavar="RUN|BUNDLE", show_default=False, help="Run folder or bundle.")
    ],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", show_default=False, help="Labeled papers; for a run, its own.")
    ],
    split: Annotated[
        Part | None,
        typer.Option(help="Split to evaluate (default: test; all for a bundle without --split-file)."),
    ] = None,
    split_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For a bundle: CSV with the columns split and row or id."),
    ] = None,
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
    prior: PriorOption = None,
    column: ColumnOption = None,
    strict: StrictOption = False,
    backend: BackendOption = Backend.auto,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Evaluate a model on labeled papers.

    A run is evaluated on its own split of the very file it was trained on; the scores are added to its
    metrics.json, and pictures of the confusion matrix, of the reliability and of risk against coverage are
    drawn next to it. Under a --prior the scores are printed, and nothing is kept.

    Right answers are counted in three ways: exact, any category that the paper lists, and the exact one among
    the two most probable. The table of confident answers shows what classify --min-confidence gives.

    A report is one HTML file that opens anywhere. It compares the model with a baseline: for a run, a support
    vector machine over TF-IDF, trained on the run's own training papers; for a bundle, whose training papers
    are not at hand, the most frequent category, unless a --baseline is named.
    """
    from arxonomy.artifacts.run import Run
    from arxonomy.atomic import write_atomic
    from arxonomy.inference import load
    from arxonomy.papers import check_readable_twice
    from arxonomy.studies.answers import compute_answers, format_answer_scores, score_answers
    from arxonomy.studies.evidence import choose_examples, gather_evidence, read_training
    from arxonomy.studies.report import report_page
    from arxonomy.studies.selection import select_for_bundle, select_of_run, warn_if_seen

    if baseline is not None and report is None:
        raise typer.BadParameter(
            "is for a --report; to compare models, see arxonomy compare", param_hint="--baseline"
        )
    bad, run = BadRecords(data), Run(model)
    check_readable_twice(data)
    with usage_error("--split" if split_file is None else "--split-file"):
        check_split([model] if run.exists() else [], split, split_file)
    file = LabeledFile(data, parse_columns(column), strict=strict, on_bad=bad)
    if run.exists():
        selection = select_of_run(run, file, split or Part.test)
        classifier = load(model, backend=backend.value, threads=threads, device=device.value)
    else:
        classifier = load(model, backend=backend.value, threads=threads, device=device.value)
        selection = select_for_bundle(model, file, split, split_file)
    warn_if_seen(selection, classifier)
    classifier = apply_prior(classifier, prior, selection.papers)
    answers = compute_answers(classifier, selection.papers, str(data))
    scores = score_answers(classifier, answers)
    scores["model"] = model.resolve().name
    scores["data"], scores["part"] = {"name": data.name, "sha256": file.sha256}, selection.part.value
    scores["command"] = _command(model, data, split_file, selection.part, report, baseline, prior, column)
    if report is not None:
        scores |= gather_evidence(
            model,
            classifier,
            answers,
            selection,
            named_baseline=baseline,
            load=lambda path: load(path, threads=threads),
        )
        write_atomic(report, report_page(scores, choose_examples(scores, answers), read_training(model)))
        say(f"report: {report}")
    if run.exists() and prior is None:
        _keep(run, selection.part, scores)
    publish(scores, format_answer_scores, as_json=as_json, output=output, bad=bad)


def _command(
    model: Path,
    data: Path,
    split_file: Path | None,
    part: Part,
    report: Path | None,
    baseline: Path | None,
    prior: str | None,
    columns: Sequence[str] | None,
) -> str:
    """The command that gives these scores, with file names alone: folders differ from machine to machine."""
    words = [
        *([] if split_file is None else ["--split-file", split_file.name]),
        *("--split", part.value),
        *([] if report is None else ["--report", report.name]),
        *([] if baseline is None else ["--baseline", baseline.name]),
        *([] if prior is None else ["--prior", prior]),
    ]
    return f"arxonomy evaluate {shlex.join([model.name, data.name, *words])}{format_columns(columns)}"


def _keep(run: Run, part: Part, scores: Mapping[str, Any]) -> None:
    from arxonomy.evaluation import save_confusion, save_reliability, save_risk_coverage

    run.write_metrics({**run.metrics(), part.value: scores})
    for name, save in (
        ("confusion", save_confusion),
        ("reliability", save_reliability),
        ("risk-coverage", save_risk_coverage),
    ):
        save(scores, run.folder / f"{name}-{part}.png")
    pictures = f"confusion-{part}.png, reliability-{part}.png and risk-coverage-{part}.png"
    say(f"kept in {run.folder / 'metrics.json'}, with {pictures} next to it")
