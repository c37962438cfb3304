"""From true classes and probabilities to the numbers of a report, typed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError, SettingsError, suggest_name
from arxonomy.evaluation.confidence import (
    CalibrationScores,
    CoverageRow,
    ReliabilityBin,
    RiskCoverage,
    calibration_scores,
    coverage_at,
    reliability,
    risk_coverage,
    sample_risk_coverage,
    wilson_interval,
)
from arxonomy.evaluation.groups import MANY, GroupScores, find_archives, score_groups
from arxonomy.evaluation.hierarchical_scores import HierarchicalScores
from arxonomy.evaluation.listed import find_several, mark_complete
from arxonomy.evaluation.listed_scores import ListedScores, score_listed
from arxonomy.evaluation.listed_slices import ListedAnswers
from arxonomy.evaluation.outcomes import Outcomes, measure_outcomes
from arxonomy.evaluation.results import Interval, Result
from arxonomy.evaluation.slices import Slices, slices

MONITORS = ("accuracy", "macro_f1", "balanced_accuracy")
"""The names that `monitor_score` knows."""


class ClassScores(Result):
    """Scores of one class; 0 where undefined."""

    precision: float
    """Of the papers predicted as the class, the share that is right."""
    recall: float
    """Of the papers of the class, the share that is predicted as such."""
    f1: float
    """The harmonic mean of both."""
    support: int
    """Papers of the class."""


class SeveralCategories(Result):
    """Scores of the papers that list two categories or more."""

    papers: int
    """How many there are."""
    accuracy: float
    """See `Scores`."""
    any_listed_accuracy: float
    """See `Scores`."""
    top2_accuracy: float
    """See `Scores`."""
    top5_accuracy: float | None = None
    """See `Scores`."""


class UncalibratedScores(CalibrationScores):
    """Calibration of the probabilities as they were before a calibration."""

    reliability: tuple[ReliabilityBin, ...] = ()
    """See `reliability`."""


class Scores(Result):
    """All scores of one set of papers. Shares are in 0..1, intervals have 95%.

    Those that have a default may be missing: `score` or an older version did not measure them.
    """

    papers: int
    """How many papers there are."""
    accuracy: Interval
    """Share right, with its Wilson interval."""
    macro_f1: float
    """Mean F1 over the classes; see `monitor_score`."""
    balanced_accuracy: float
    """Mean recall over the classes; see `monitor_score`."""
    top2_accuracy: float
    """Share of papers whose class is among the two most probable."""
    top5_accuracy: float | None = None
    """Share of papers whose class is among the five most probable; None for ten classes or fewer."""
    log_loss: float | None = None
    """Mean negative log-likelihood in nats."""
    brier: Interval | None = None
    """See `brier_score`."""
    expected_calibration_error: Interval | None = None
    """See there."""
    aurc: float | None = None
    """Area under the risk-coverage curve; see `risk_coverage`."""
    answers: tuple[CoverageRow, ...] = ()
    """Accuracy and coverage where only confident predictions count; see `coverage_at`."""
    any_listed_accuracy: float | None = None
    """Share of papers whose predicted class is among their listed categories or is their label, so that it is
    never below `accuracy`; None when no paper lists any."""
    several_categories: SeveralCategories | None = None
    """Scores of the papers that list two categories or more; None when none does."""
    per_class: dict[str, ClassScores]
    """Label -> its scores, in the order of the classes."""
    confusion: tuple[tuple[int, ...], ...]
    """C x C counts, rows = truth, columns = prediction."""
    groups: GroupScores | None = None
    """Scores of the groups of the classes, such as archives; None for `MANY` classes or fewer, or where no
    groups are known."""
    hierarchy: HierarchicalScores | None = None
    """Scores in the hierarchy of the classes; None where there is none, or where it says nothing new."""
    reliability: tuple[ReliabilityBin, ...] = ()
    """See `reliability`."""
    risk_coverage: RiskCoverage | None = None
    """See `sample_risk_coverage`."""
    listed: ListedScores | None = None
    """Scores of the probabilities of being listed; None for a model that knows nothing of lists, or papers
    without any."""
    slices: Slices | None = None
    """Scores by month and by length."""
    before_calibration: UncalibratedScores | None = None
    """What the calibration changed; None where there is none."""

    def to_text(self, notes: Sequence[str] = ()) -> str:
        """A readable report; see `text_report.format_scores`."""
        from arxonomy.evaluation.text_report import format_scores

        return format_scores(self, notes)


def score(
    truth: npt.ArrayLike | Outcomes,
    probabilities: npt.ArrayLike | None,
    labels: Sequence[str],
    listed: Sequence[Collection[str]] | None = None,
) -> Scores:
    """All scores of one set of papers, but for those that `score_in_detail` adds.

    Args:
        truth: Integer array (N,), the true class of each paper in 0..C-1, N >= 1; or outcomes.
        probabilities: Array (N, C), rows in 0..1 with sum 1; None with outcomes.
        labels: The C class names, in the order of the columns.
        listed: For each paper all categories it lists, in the words of `labels` (that is, after
            merging); empty for a paper whose file does not have them.

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    answers = measure_outcomes(truth, probabilities)
    papers, classes = len(answers), answers.classes
    if len(labels) != classes or (listed is not None and len(listed) != papers):
        raise DataError(
            f"expected {classes} labels and {papers} lists of categories, as the probabilities have; found "
            f"{len(labels)} and {'none' if listed is None else len(listed)}: pass one label per column, "
            "one list per paper"
        )
    right, predicted, every_class = answers.labels, answers.predicted, np.arange(classes)
    any_listed, several_categories = None, None
    if listed is not None:
        among = mark_complete(right, labels, listed)[np.arange(papers), predicted]
        if any(listed):
            any_listed = float(among.mean())
        if (several := find_several(listed)).any():
            those = answers.select(several)
            several_categories = SeveralCategories(
                papers=len(those),
                accuracy=float(those.right.mean()),
                any_listed_accuracy=float(among[several].mean()),
                top2_accuracy=float((those.rank < 2).mean()),
                top5_accuracy=those.top5,
            )
    columns = precision_recall_fscore_support(right, predicted, labels=every_class, zero_division=0)
    per_class = {
        label: ClassScores(precision=float(p), recall=float(r), f1=float(f), support=int(n))
        for label, p, r, f, n in zip(labels, *columns, strict=True)
    }
    calibration = calibration_scores(answers)
    tiny = np.finfo(np.float64).eps  # as scikit-learn's log_loss, which would hold N x C numbers
    return Scores(
        papers=papers,
        accuracy=wilson_interval(int(answers.right.sum()), papers),
        macro_f1=monitor_score("macro_f1", right, predicted),
        balanced_accuracy=monitor_score("balanced_accuracy", right, predicted),
        top2_accuracy=float((answers.rank < 2).mean()),
        top5_accuracy=answers.top5,
        log_loss=float(-np.log(np.clip(answers.share, tiny, 1 - tiny)).mean()),
        brier=calibration.brier,
        expected_calibration_error=calibration.expected_calibration_error,
        aurc=risk_coverage(answers)[1],
        answers=coverage_at(answers),
        any_listed_accuracy=any_listed,
        several_categories=several_categories,
        per_class=per_class,
        confusion=confusion_matrix(right, predicted, labels=every_class).tolist(),
    )


def score_in_detail(
    truth: npt.ArrayLike | Outcomes,
    probabilities: npt.ArrayLike | None,
    labels: Sequence[str],
    listed: Sequence[Collection[str]] | None,
    *,
    published: Sequence[str | None],
    words: Sequence[int],
    uncalibrated: npt.ArrayLike | Outcomes | None = None,
    listed_probabilities: npt.NDArray[np.floating[Any]] | None = None,
    listed_threshold: float | None = None,
    groups: Sequence[str] | None = None,
    level: str = "archive",
) -> Scores:
    """The scores of `score`, and with them curves, slices, groups and the effect of the calibration.

    Args:
        truth: As for `score`.
        probabilities: As for `score`.
        labels: As for `score`.
        listed: As for `score`.
        published: The date of each paper; see `slices`.
        words: Number of words of each paper; see `slices`.
        uncalibrated: The probabilities (N, C) before the calibration, or their outcomes; None where there is
            none.
        listed_probabilities: The probabilities (N, C) of being listed; None where there are none.
        listed_threshold: See `score_listed`.
        groups: The group of each of the C classes; None: the part of a label before its dot.
        level: What the groups are.

    Raises:
        DataError: As for `score`.
    """
    answers = measure_outcomes(truth, probabilities)
    scores = score(answers, None, labels, listed)
    before, lists, of_papers = None, None, None
    if uncalibrated is not None:
        without = measure_outcomes(
            *((uncalibrated,) if isinstance(uncalibrated, Outcomes) else (answers.labels, uncalibrated))
        )
        before = UncalibratedScores(**dict(calibration_scores(without)), reliability=reliability(without))
    if listed is not None and any(listed):
        if listed_probabilities is not None:
            lists = score_listed(answers.labels, listed_probabilities, labels, listed, listed_threshold)
        of_papers = ListedAnswers(
            mark_complete(answers.labels, labels, listed),
            np.array([bool(names) for names in listed]),
            listed_probabilities,
            listed_threshold,
        )
    of_groups = None
    if len(labels) > MANY:
        of_groups = score_groups(scores.confusion, groups or find_archives(labels), level)
    details = {
        "listed": lists,
        "reliability": reliability(answers),
        "risk_coverage": sample_risk_coverage(answers),
        "slices": slices(answers, None, published, words, of_papers),
        "before_calibration": before,
        "groups": of_groups,
    }
    return scores.model_copy(update=details)


def monitor_score(name: str, truth: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """One score of predicted classes: the score that chooses the best epoch.

    Args:
        name: `accuracy`; `macro_f1`, the mean F1 over the classes that occur in either array; or
            `balanced_accuracy`, the mean recall over the classes that occur in `truth`.
        truth: Integer array (N,), the right class of each paper, N >= 1.
        predicted: Integer array (N,), the predicted class of each paper.

    Returns:
        The score in 0..1, higher is better.

    Raises:
        SettingsError: No score has this name.
        DataError: There are no papers, or the arrays differ in length.
    """
    from sklearn.metrics import accuracy_score, f1_score, recall_score

    if name not in MONITORS:
        raise SettingsError(f"no validation score is called `{name}`: {suggest_name(name, MONITORS)}")
    right, answers = np.asarray(truth), np.asarray(predicted)
    if right.ndim != 1 or right.shape != answers.shape or not len(right):
        raise DataError(
            "expected one true and one predicted class for each of at least one paper; "
            f"found shapes {right.shape} and {answers.shape}: check the split"
        )
    if name == "accuracy":
        return float(accuracy_score(right, answers))
    if name == "macro_f1":
        return float(f1_score(right, answers, average="macro", zero_division=0))
    # As scikit-learn's balanced_accuracy_score, but silent when a predicted class has no true papers.
    return float(recall_score(right, answers, labels=np.unique(right), average="macro", zero_division=0))
