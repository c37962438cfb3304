"""A baseline on the papers that a model classifies, so that no number of a report stands alone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.label_names import normalize_label, settle_among
from arxonomy.studies.answers import compute_outcomes
from arxonomy.studies.provenance import Origin, describe_origin, format_settings
from arxonomy.studies.results import BaselineDifference, BaselineScores

if TYPE_CHECKING:
    from arxonomy.artifacts.saved_model import SavedModel
    from arxonomy.evaluation import Outcomes
    from arxonomy.inference import Classifier
    from arxonomy.studies.answers import Answers
    from arxonomy.studies.selection import Selection

BASELINE, OTHER_BASELINE = "linear-svm", "nb-svm"
"""The recipe that is trained as a baseline, and the one for a model that is the first itself."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Baseline:
    """A baseline that classifies the papers that the model classifies."""

    name: str
    """As it is shown."""
    description: str
    """What it is, as the end of a sentence."""
    outcomes: Outcomes
    """What it answers to the papers."""
    seen: int
    """How many of the papers it was trained on or chosen by."""
    made: Origin
    """Where it is from."""
    competes: bool = True
    """Whether a difference from it means anything: not where it knows the very labels that are scored."""


def make_majority_baseline(answers: Answers) -> Baseline:
    """A floor where no baseline can be trained: the shares of the categories among the very papers scored."""
    import numpy as np

    from arxonomy.evaluation import measure_outcomes

    shares = np.bincount(answers.truth, minlength=len(answers.labels)) / len(answers.truth)
    return Baseline(
        "the most frequent category",
        f"no model: it always answers {answers.labels[int(shares.argmax())]}, the most frequent category of "
        "these papers, a floor that any model must pass. A real baseline cannot be trained here, since the "
        "papers that the model was trained on are not available; another model can be named as the baseline",
        measure_outcomes(answers.truth, np.broadcast_to(shares, (len(answers.truth), len(shares)))),
        0,
        Origin(kind="the shares of the categories among the papers scored"),
        competes=False,
    )


def train_baseline(run: SavedModel, model: Classifier, answers: Answers, selection: Selection) -> Baseline:
    """A baseline of a run, fitted on the run's own training papers and tuned on its validation papers.

    Args:
        run: The run.
        model: Its classifier.
        answers: Its answers to the papers.
        selection: How those were chosen.

    Raises:
        DataError: The papers have no words.
    """
    from arxonomy.config import load_recipe
    from arxonomy.inference import Classifier
    from arxonomy.inference.members import BaselineMember
    from arxonomy.training.baselines import tune_baseline

    assert selection.parts is not None  # a run has a split
    settings, dataset = run.recipe.baseline, selection.dataset
    name = OTHER_BASELINE if settings is not None and settings.kind == BASELINE else BASELINE
    _LOG.info("report: training the baseline %s on the run's own training papers", name)
    recipe = load_recipe(name, [f"training.seed={run.recipe.training.seed}"])
    tuned = tune_baseline(dataset, selection.parts, recipe)
    calibrations = tuned.validation.fit()
    prior = tuned.validation.compute_prior(calibrations)
    member = BaselineMember(tuned.baseline, calibrations)
    classifier = _with_view_of(model, Classifier([member], dataset.labels, training_prior=prior))
    description = recipe.short_description
    return Baseline(
        name,
        f"{description}; trained on the training papers of the model, and tuned on its validation papers",
        compute_outcomes(_with_prior_of(model, classifier), answers.papers, answers.truth),
        selection.seen,  # as the run itself
        Origin(
            kind="trained for this report",
            recipe=name,
            seed=recipe.training.seed,
            chosen=format_settings(tuned.chosen),
        ),
    )


def load_baseline(
    baseline: Path,
    model: Classifier,
    answers: Answers,
    selection: Selection,
    load: Callable[[Path], Classifier],
) -> Baseline:
    """A run or bundle that was named as the baseline.

    Args:
        baseline: The run or bundle.
        model: The model that it is compared with.
        answers: The model's answers to the papers.
        selection: How those were chosen.
        load: Loads the baseline.

    Raises:
        SettingsError: Its labels are others.
        RunError: The run is damaged.
        BundleError: It is neither, or damaged.
    """
    from arxonomy.artifacts.run import Run
    from arxonomy.artifacts.saved_model import open_model
    from arxonomy.inference.calibration import check_labels
    from arxonomy.papers import read_split

    saved, dataset = open_model(baseline), selection.dataset
    classifier = _with_view_of(model, load(baseline))
    check_labels([("the model", answers.labels), (str(baseline), classifier.labels)])
    if saved.kind == "bundle" or saved.data is None or saved.data.sha256 != dataset.sha256:
        seen = saved.trained_on(answers.papers)
    else:
        parts = read_split(Run(baseline).split, answers.papers).tolist()
        seen = sum(part in ("train", "validation") for part in parts)
    if seen:
        _LOG.warning(
            "%s of these %s papers were used to train or to choose the baseline %s",
            f"{seen:,}",
            f"{len(answers.papers):,}",
            baseline,
        )
    made, name = describe_origin(saved), baseline.resolve().name
    return Baseline(
        name,
        " ".join(f"the {made.kind} {name}: {made.description}".split()).rstrip(" :"),
        compute_outcomes(_with_prior_of(model, classifier), answers.papers, answers.truth),
        seen,
        made,
    )


def score_baseline(name: str, answers: Answers, baseline: Baseline) -> BaselineScores:
    """Score a baseline, and compare it with the model called `name`."""
    from arxonomy.evaluation import score

    listed = [paper.categories for paper in answers.papers]
    scores = score(baseline.outcomes, None, answers.labels, listed)
    return BaselineScores(
        name=baseline.name,
        description=baseline.description,
        seen=baseline.seen,
        made=baseline.made,
        accuracy=scores.accuracy,
        any_listed_accuracy=scores.any_listed_accuracy,
        top2_accuracy=scores.top2_accuracy,
        top5_accuracy=scores.top5_accuracy,
        macro_f1=scores.macro_f1,
        balanced_accuracy=scores.balanced_accuracy,
        log_loss=scores.log_loss,
        expected_calibration_error=scores.expected_calibration_error,
        comparison=_compare_with_model(name, answers, baseline),
    )


def _compare_with_model(name: str, answers: Answers, baseline: Baseline) -> BaselineDifference | None:
    """Compare the model with its baseline; None where a difference means nothing."""
    from arxonomy.evaluation.comparison import compare
    from arxonomy.papers import group_copies

    if len(answers.papers) < 2 or not baseline.competes:
        return None
    systems = {name: [answers.outcomes], f"{name} (baseline)": [baseline.outcomes]}
    listed, groups = [paper.categories for paper in answers.papers], group_copies(answers.papers)
    (pair,) = compare(answers.truth, systems, answers.labels, listed, groups=groups).pairs
    return BaselineDifference(
        accuracy=pair.accuracy,
        only_first_right=pair.only_first_right,
        only_second_right=pair.only_second_right,
        test=pair.test,
        p_value=pair.p_value,
        better=pair.better is not None,
    )


def _with_view_of(model: Classifier, baseline: Classifier) -> Classifier:
    """The baseline with the view of the model, as far as it has its labels."""
    if model.view is None:
        return baseline
    known = set(map(normalize_label, baseline.model_labels))
    return baseline.with_view(settle_among(model.view.to_among(), known))


def _with_prior_of(model: Classifier, baseline: Classifier) -> Classifier:
    """The baseline under the class prior that was stated for the model."""
    if model.prior is None:
        return baseline
    return baseline.with_prior(dict(zip(model.labels, model.prior, strict=True)))
