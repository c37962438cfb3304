"""`arxonomy evaluate`: labeled papers and a model in, scores out."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
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
    PriorOption,
    StrictOption,
    ThreadsOption,
    apply_prior,
    format_columns,
    parse_columns,
)
from arxonomy.studies.selection import Part, known_papers, of_bundle, of_run, warn_if_seen

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from arxonomy.artifacts.run import Run
    from arxonomy.inference import Classifier
    from arxonomy.records import Paper

EXAMPLES = """
Example: arxonomy evaluate runs/v1-seed42 papers.csv
Example: arxonomy evaluate my-bundle others.csv --json
Example: arxonomy evaluate runs/v1-seed42 papers.csv --report report.html
Example: arxonomy evaluate my-bundle papers.csv --split-file split.csv --split test
Example: arxonomy evaluate my-bundle others.csv --prior cs.CL=0.7
"""


@dataclass(frozen=True)
class Answers:
    """What a classifier says of N papers whose label it knows."""

    papers: list[Paper]
    """The papers."""
    truth: list[int]
    """The number of each paper's label."""
    labels: tuple[str, ...]
    """The C labels, in the order of the columns of probabilities."""
    before: npt.NDArray[np.float64]
    """(N, C) probabilities before the calibration."""
    probabilities: npt.NDArray[np.float64]
    """(N, C) probabilities."""


def command(
    model: Annotated[
        Path, typer.Argument(metavar="RUN|BUNDLE", show_default=False, help="Run folder or bundle.")
    ],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", show_default=False, help="Labeled papers; for a run, its own.")
    ],
    split: Annotated[
        Part | None,
        typer.Option(help="Papers to score: test, if not said; of a bundle without --split-file, all."),
    ] = None,
    split_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For a bundle: CSV with the columns split and row or id."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT", help="Also write the scores as JSON to this file."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.html", help="Also write a page for people, with a baseline beside the model."
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN|BUNDLE",
            help="The report's baseline, instead of one that is trained on a run's training papers.",
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

    A run is scored on its own split of the very file it was trained on; the scores are added to its
    metrics.json, and pictures of the confusion matrix, of the reliability and of risk against coverage are
    drawn beside it. Under a --prior the scores are printed, and nothing is kept.

    Right answers are counted in three ways: exact, any category that the paper lists, and the exact one among
    the two most probable. The table of sure answers tells what classify --min-confidence gives.

    A report is one HTML file that opens anywhere. In it, and in the scores, there is a baseline beside the model:
    for a run, a support vector machine over TF-IDF, trained on the run's own training papers; for a bundle,
    whose training papers are not at hand, the commonest category, unless a --baseline is named.
    """
    from arxonomy.artifacts.run import Run
    from arxonomy.atomic import sha256_file, write_atomic
    from arxonomy.evaluation import format_scores, report_page
    from arxonomy.inference import load
    from arxonomy.papers import check_readable_twice
    from arxonomy.studies.evidence import evidence, examples, training

    if baseline is not None and report is None:
        raise typer.BadParameter(
            "is for a --report; to compare models, see arxonomy compare", param_hint="--baseline"
        )
    mapping, bad = parse_columns(column), BadRecords(data)
    check_readable_twice(data)
    run = Run(model)
    if run.exists():
        if split_file is not None:
            raise typer.BadParameter("a run has its own split", param_hint="--split-file")
        selection = of_run(run, data, split or Part.test, mapping, strict, bad)
        classifier = load(model, backend=backend.value, threads=threads, device=device.value)
    else:
        if split_file is None and split not in (None, Part.all):
            raise typer.BadParameter("a bundle has no split; give --split-file", param_hint="--split")
        classifier = load(model, backend=backend.value, threads=threads, device=device.value)
        selection = of_bundle(model, data, split, split_file, mapping, strict, bad)
    bad.sum_up()
    sha256 = sha256_file(data)
    warn_if_seen(selection, classifier, data, sha256)
    classifier = apply_prior(classifier, prior, selection.papers)
    answers = answers_of(classifier, selection.papers, data)
    scores = scores_of(classifier, answers)
    scores["model"] = model.resolve().name
    scores["data"], scores["part"] = {"name": data.name, "sha256": sha256}, selection.part.value
    scores["command"] = _command(model, data, split_file, selection.part, report, baseline, prior, column)
    if report is not None:
        scores |= evidence(
            model,
            classifier,
            answers,
            selection,
            data,
            sha256,
            named_baseline=baseline,
            columns=mapping,
            bad_records=bad.count,
            load=lambda path: load(path, threads=threads),
        )
        write_atomic(report, report_page(scores, examples(scores, answers), training(model)))
        say(f"report: {report}")
    if run.exists() and prior is None:
        _keep(run, selection.part, scores)
    text = json.dumps(scores, ensure_ascii=False, indent=2)
    if output is not None:
        write_atomic(output, text + "\n")
    print(text if as_json else format_scores(scores))
    if bad.count:
        raise typer.Exit(1)


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


def answers_of(classifier: Classifier, papers: Sequence[Paper], data: Path) -> Answers:
    """Let a classifier sort papers; those whose label it does not know are left out and counted."""
    known, truth = known_papers(classifier.labels, papers, data)
    return Answers(known, truth, classifier.labels, *classifier.before_and_after(known))


def scores_of(classifier: Classifier, answers: Answers) -> dict[str, Any]:
    """The scores of a classifier's answers.

    Returns:
        What `score` and `confidence_curves` say; `slices`, see there; `before_calibration`, what
        `calibration_scores` and `reliability` say of the probabilities before it, where there is one; and
        the `prior`, if one was stated.
    """
    from arxonomy.evaluation import (
        Calibration,
        calibration_scores,
        confidence_curves,
        reliability,
        score,
        slices,
    )

    papers, truth, before, after = answers.papers, answers.truth, answers.before, answers.probabilities
    scores = score(truth, after, answers.labels, [paper.categories for paper in papers])
    scores |= confidence_curves(truth, after)
    words = [len(f"{paper.title} {paper.abstract}".split()) for paper in papers]
    scores["slices"] = slices(truth, after, [paper.published for paper in papers], words)
    if classifier.calibration != Calibration.identity(len(classifier.labels)):
        scores["before_calibration"] = calibration_scores(truth, before) | {
            "reliability": reliability(truth, before)
        }
    if classifier.prior is not None:
        scores["prior"] = dict(zip(classifier.labels, classifier.prior, strict=True))
    return scores


def _keep(run: Run, part: Part, scores: dict[str, Any]) -> None:
    from arxonomy.evaluation import save_confusion, save_reliability, save_risk_coverage

    run.write_metrics({**run.metrics(), part.value: scores})
    for name, save in (
        ("confusion", save_confusion),
        ("reliability", save_reliability),
        ("risk-coverage", save_risk_coverage),
    ):
        save(scores, run.folder / f"{name}-{part}.png")
    pictures = f"confusion-{part}.png, reliability-{part}.png and risk-coverage-{part}.png"
    say(f"kept in {run.folder / 'metrics.json'}, with {pictures} beside it")
