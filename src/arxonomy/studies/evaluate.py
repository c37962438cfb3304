"""A model and labeled papers -> an `Evaluation`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.errors import needs_extra
from arxonomy.label_names import read_among
from arxonomy.records import AnyPath, Paper
from arxonomy.studies.answers import Answers, compute_answers, score_answers, score_atypical
from arxonomy.studies.baselines import (
    Baseline,
    load_baseline,
    make_majority_baseline,
    score_baseline,
    train_baseline,
)
from arxonomy.studies.evidence import choose_examples, describe_measurement, read_trainings
from arxonomy.studies.parts import score_by_part
from arxonomy.studies.provenance import DataSource
from arxonomy.studies.results import Evaluation
from arxonomy.studies.selection import Selection, parse_part, select_papers, warn_if_seen
from arxonomy.studies.source import Source, open_papers
from arxonomy.studies.views import choose_paper_labels, choose_view, score_view

if TYPE_CHECKING:
    from arxonomy.artifacts.run import Run
    from arxonomy.artifacts.saved_model import SavedModel
    from arxonomy.inference import Classifier
    from arxonomy.inference.class_prior import Prior
    from arxonomy.papers import AnyFiles


_LOG = logging.getLogger(__name__)


@needs_extra("train")
def evaluate(
    model: AnyPath | SavedModel | Classifier,
    papers: AnyFiles | Source | Sequence[Paper],
    *,
    split: str | None = None,
    split_file: AnyPath | None = None,
    among: str | Mapping[str, Sequence[str]] | None = None,
    prior: Prior | None = None,
    by_part: bool = False,
    report: bool = False,
    baseline: AnyPath | None = None,
) -> Evaluation:
    """Evaluate a model on labeled papers: scores, confidence intervals, calibration, slices.

    >>> evaluation = arxonomy.evaluate("runs/v1-seed42", "papers.csv", report=True)  # doctest: +SKIP
    >>> evaluation.scores.accuracy.value  # doctest: +SKIP
    0.822
    >>> Path("report.html").write_text(evaluation.to_html())  # doctest: +SKIP

    Args:
        model: A run folder, a bundle, or one of them opened or loaded.
        papers: A labeled file, several, or papers with a category. For a run the files that it was trained
            on, in the same order, or others with `split="all"` or a `split_file`.
        split: The part to score: test, validation, train, all, or another name in the split. None: test for a
            run, all for another model without `split_file`. Papers in memory are scored whole.
        split_file: CSV with the columns split and row or id, in place of a run's own split.
        among: Which labels are kept, and which are merged, as in `cs.AI-LG=cs.AI+cs.LG,cs.CL` or
            `{"cs.AI-LG": ["cs.AI", "cs.LG"], "cs.CL": ["cs.CL"]}`. Papers of other labels are left out and
            counted; the model answers among these alone (`Classifier.with_view`), and `Evaluation.view` says
            how often it would say none of these. None: what the model was trained to merge is merged, and a
            classifier keeps its view.
        prior: The class prior among the papers; see `Classifier.with_prior`.
        by_part: Also score titles alone and abstracts alone, which takes twice as long again.
        report: Also train or take a baseline and audit the labels, for a complete `Evaluation.to_html()`.
        baseline: A run or bundle for the report. None: for a run one is trained on its own training papers;
            else the most frequent category.

    Raises:
        ArxonomyError: The model or the papers cannot be read, or do not belong together.
    """
    from arxonomy.artifacts.saved_model import SavedModel, open_model
    from arxonomy.inference import Classifier, load

    saved: SavedModel | None
    if isinstance(model, Classifier):
        saved, classifier = model.source, model
    else:
        saved = model if isinstance(model, SavedModel) else open_model(model)
        classifier = load(saved.path)
    chosen, view = None if among is None else read_among(among), classifier.view
    if chosen is not None:
        view = choose_view(chosen, classifier.model_labels)
        classifier = classifier.with_view(view.to_among() if view else None)
    elif view is not None:
        chosen = view.to_among()
    selection = select_papers(
        saved,
        open_papers(papers),
        parse_part(split),
        None if split_file is None else Path(split_file),
        choose_paper_labels(chosen, saved.recipe.data.among if saved else {}),
        view,
    )
    if prior is not None:
        classifier = classifier.with_prior(prior)
    if saved is not None:
        warn_if_seen(selection, saved)
    return evaluate_selection(
        classifier,
        selection,
        saved,
        by_part=by_part,
        report=report,
        baseline=None if baseline is None else Path(baseline),
    )


def evaluate_selection(
    classifier: Classifier,
    selection: Selection,
    model: SavedModel | None,
    *,
    by_part: bool = False,
    report: bool = False,
    baseline: Path | None = None,
    load: Callable[[Path], Classifier] | None = None,
) -> Evaluation:
    """Evaluate a classifier on selected papers.

    Args:
        classifier: What answers.
        selection: The papers.
        model: The run or bundle of the classifier; None if only the classifier is known.
        by_part: Also score titles alone and abstracts alone.
        report: Also make what a report shows: a baseline and an audit.
        baseline: A run or bundle for the report; None: see `evaluate`.
        load: Loads the baseline; None: `arxonomy.load`.

    Raises:
        ArxonomyError: The named baseline has other labels, was trained on other papers, or is damaged; or one
            cannot be trained.
    """
    from arxonomy.artifacts.facts import describe_files
    from arxonomy.auditing import audit

    dataset = selection.dataset
    answers = compute_answers(classifier, selection.papers, dataset.source)
    scores = score_answers(classifier, answers)
    evaluation = Evaluation(
        scores,
        model="model" if model is None else model.path.resolve().name,
        part=str(selection.part),
        data=DataSource(name=dataset.name, sha256=dataset.sha256, files=describe_files(dataset.files)),
        prior=dict(zip(classifier.labels, classifier.prior, strict=True)) if classifier.prior else None,
        view=score_view(classifier.view, answers) if classifier.view else None,
        atypical=score_atypical(answers),
        by_part=score_by_part(classifier, answers) if by_part else (),
        examples=choose_examples(scores, answers),
        trainings=read_trainings(model),
        names=classifier.names,
    )
    if not report:
        return evaluation
    compared = _get_baseline(classifier, answers, selection, model, baseline, load)
    _LOG.info("report: auditing the labels")
    return replace(
        evaluation,
        baseline=score_baseline(evaluation.model, answers, compared),
        audit=audit(dataset, selection.parts, noise=False),
        about=describe_measurement(model, answers, selection),
    )


def _get_baseline(
    classifier: Classifier,
    answers: Answers,
    selection: Selection,
    model: SavedModel | None,
    baseline: Path | None,
    load: Callable[[Path], Classifier] | None,
) -> Baseline:
    import arxonomy.inference

    if baseline is not None:
        return load_baseline(baseline, classifier, answers, selection, load or arxonomy.inference.load)
    if model is not None and selection.is_own:
        return train_baseline(model, classifier, answers, selection)
    return make_majority_baseline(answers)


def keep_in_run(evaluation: Evaluation, run: Run) -> Path:
    """Add an evaluation to a run's `metrics.json`, and write its report next to it.

    Returns:
        The report.
    """
    from arxonomy.artifacts.facts import RunMetrics
    from arxonomy.atomic import write_atomic

    metrics = run.metrics() or RunMetrics()
    run.write_metrics(metrics.add_scores(evaluation.part, evaluation.to_dict()))
    report = run.folder / f"report-{evaluation.part}.html"
    write_atomic(report, evaluation.to_html())
    return report
