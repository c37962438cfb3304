"""Scores of slices of the papers: by month of publication, with the trend, by length, by what is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError
from arxonomy.evaluation.confidence import calibration_scores, wilson_interval
from arxonomy.evaluation.listed_slices import ListedAnswers, ListedSlice
from arxonomy.evaluation.outcomes import Outcomes, measure_outcomes
from arxonomy.evaluation.results import Interval, Result
from arxonomy.papers.dates import month_of

FEW_PAPERS = 50
"""A slice of fewer papers is noisy: at an accuracy of 80% its interval is wider than 21 points."""
LENGTHS = 5
"""Slices by length, of nearly equal numbers of papers."""

Floats = npt.NDArray[np.float64]


class Slice(Result):
    """Scores of the papers of one month, or of about the same length, or read in part."""

    month: str | None = None
    """As in `2025-06`; None of another slice."""
    words: tuple[int, int] | None = None
    """The least and the greatest number of words; None of another slice."""
    given: tuple[str, ...] | None = None
    """The parts that were given of each paper, out of `records.PARTS`; None of another slice."""
    papers: int
    """How many there are."""
    few: bool
    """Whether they are fewer than `FEW_PAPERS`."""
    accuracy: Interval
    """Their share that is right, with its 95% Wilson interval."""
    confidence: float
    """The mean probability of their predictions."""
    expected_calibration_error: Interval
    """See `calibration_scores`. It is the greater the fewer the papers, by chance alone; its interval allows
    for that."""
    top5_accuracy: float | None = None
    """See `Scores`."""
    any_listed_accuracy: float | None = None
    """See `Scores`; of a month alone, as the next."""
    listed: ListedSlice | None = None
    """Scores of the probabilities of being listed; None where there are none."""


class Slope(Result):
    """How accuracy changes with time."""

    change_per_year: float
    """In -1..1 and beyond; -0.02: two points of accuracy are lost in a year."""
    interval: tuple[float, float]
    """Its 95% interval."""
    p_value: float
    """Two-sided, of there being no change."""


class Trend(Result):
    """How accuracy changes over the months of the papers."""

    first: str
    """The first month."""
    last: str
    """The last month."""
    months: int
    """How many months have papers."""
    change_per_year: float
    """See `Slope`."""
    interval: tuple[float, float]
    """See `Slope`."""
    p_value: float
    """See `Slope`."""
    within_classes: Slope | None
    """The change within classes; None where no class has papers enough."""

    @property
    def slope(self) -> Slope:
        """The change over all classes."""
        return Slope(change_per_year=self.change_per_year, interval=self.interval, p_value=self.p_value)


class Slices(Result):
    """Scores by month and by length."""

    by_month: tuple[Slice, ...]
    """The months that have papers, in order; empty if no paper has a readable date."""
    undated: int
    """Papers without a readable date."""
    trend: Trend | None
    """The trend over the months; see `trend`."""
    by_length: tuple[Slice, ...]
    """`LENGTHS` slices of nearly equal numbers of papers, by rising length; fewer where many papers have the
    same length."""


def slices(
    truth: npt.ArrayLike | Outcomes,
    probabilities: npt.ArrayLike | None,
    published: Sequence[str | None],
    words: Sequence[int],
    lists: ListedAnswers | None = None,
) -> Slices:
    """Scores by month and by length.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 1; or outcomes.
        probabilities: Array (N, C), rows in 0..1 with sum 1; None with outcomes.
        published: The date or month of each paper, as its file gives it; see `month_of`.
        words: Number of words of each paper, title and abstract.
        lists: What the papers list, and its probabilities; None where they list nothing.

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.
    """
    answers = measure_outcomes(truth, probabilities)
    if not len(published) == len(words) == len(answers):
        raise DataError(
            f"expected a date and a number of words for each of {len(answers)} papers, found "
            f"{len(published)} and {len(words)}: pass one of each per paper"
        )
    months = np.array([month_of(date) or "" for date in published])
    dated = months != ""
    lengths = np.asarray(words, dtype=np.int64)
    # A slice begins where a share of the papers is shorter; equal lengths stay together.
    starts = np.unique(np.quantile(lengths, np.arange(LENGTHS) / LENGTHS, method="higher"))
    place = np.searchsorted(starts, lengths, side="right")

    by_month = []
    for month in np.unique(months[dated]).tolist():
        rows = np.flatnonzero(months == month)
        scores = score_slice(answers.select(rows), month=month)
        if lists is not None:
            any_listed, listed = lists.score(rows, answers.predicted[rows])
            scores = scores.model_copy(update={"any_listed_accuracy": any_listed, "listed": listed})
        by_month.append(scores)
    by_length = []
    for number in np.unique(place):
        chosen = place == number
        edges = int(lengths[chosen].min()), int(lengths[chosen].max())
        by_length.append(score_slice(answers.select(chosen), words=edges))
    return Slices(
        by_month=tuple(by_month),
        undated=int((~dated).sum()),
        trend=trend(answers.right[dated], months[dated].tolist(), answers.labels[dated]),
        by_length=tuple(by_length),
    )


def trend(
    right: npt.ArrayLike, months: Sequence[str], labels: npt.ArrayLike, level: float = 0.95
) -> Trend | None:
    """How accuracy changes with time, as a straight line through the papers.

    The line is fitted by least squares to whether each paper's answer is right, 0 or 1. Such numbers spread
    the less the nearer the accuracy is to 1, so that the interval and the p-value take the variance of each
    paper from its own residual. Papers count as independent: correlation among those of one month is
    not in the interval. A second slope is the same within classes: where hard classes become more
    frequent, accuracy falls though the classifier is as good as ever on each.

    Args:
        right: (N,) whether the answer for each paper is right.
        months: The month of each paper, as `month_of` gives it.
        labels: (N,) integers, the class of each paper.
        level: Confidence level of the intervals.

    Returns:
        None where the papers are of one month, too few, or all right or all wrong.

    Source: White 1980, Econometrica 48, 817-838; the variant HC3, for few papers, and Student's t: Long &
    Ervin 2000, The American Statistician 54, 217-224. Slopes within classes are those of a regression with
    a constant for each class: Frisch & Waugh 1933, Econometrica 1, 387-401.
    """
    hits = np.asarray(right, dtype=np.float64)
    years = np.array([int(month[:4]) + (int(month[5:]) - 1) / 12 for month in months])
    whole = _fit_slope(years, hits, np.zeros(len(hits), dtype=np.int64), level)
    if whole is None:
        return None
    return Trend(
        first=min(months),
        last=max(months),
        months=len(set(months)),
        **dict(whole),
        within_classes=_fit_slope(years, hits, np.asarray(labels), level),
    )


def _fit_slope(years: Floats, hits: Floats, classes: npt.NDArray[np.int64], level: float) -> Slope | None:
    """Slope of `hits` over `years`, with a constant for each class."""
    from scipy.stats import t

    _, number, sizes = np.unique(classes, return_inverse=True, return_counts=True)
    freedom = len(hits) - len(sizes) - 1
    if freedom < 1:
        return None
    time, outcome = (
        values - (np.bincount(number, weights=values) / sizes)[number] for values in (years, hits)
    )
    total = float((time**2).sum())
    if total < 1e-9 or not np.abs(outcome).max() > 1e-9:
        return None
    slope = float((time * outcome).sum()) / total
    leverage = 1 / sizes[number] + time**2 / total
    # A paper that the line must pass through has no residual, and is no evidence of the variance.
    free = leverage < 1 - 1e-9
    residual = np.where(free, outcome - slope * time, 0) / np.where(free, 1 - leverage, 1)
    error = float(np.sqrt(((time * residual) ** 2).sum())) / total
    if error < 1e-9:  # the line passes through every paper
        return None
    half = float(t.ppf((1 + level) / 2, freedom)) * error
    return Slope(
        change_per_year=slope,
        interval=(slope - half, slope + half),
        p_value=2 * float(t.sf(abs(slope) / error, freedom)),
    )


def score_slice(
    answers: Outcomes,
    month: str | None = None,
    words: tuple[int, int] | None = None,
    given: tuple[str, ...] | None = None,
) -> Slice:
    """Score the papers of one slice.

    Args:
        answers: What came out of N >= 1 papers.
        month: See `Slice`, as for the others.
        words: See there.
        given: See there.
    """
    papers = len(answers)
    return Slice(
        month=month,
        words=words,
        given=given,
        papers=papers,
        few=papers < FEW_PAPERS,
        accuracy=wilson_interval(int(answers.right.sum()), papers),
        confidence=float(answers.confidence.mean()),
        expected_calibration_error=calibration_scores(answers).expected_calibration_error,
        top5_accuracy=answers.top5,
    )
