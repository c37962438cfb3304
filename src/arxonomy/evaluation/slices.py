"""Scores of parts of the papers: by month of publication, with the trend over time, and by length."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError
from arxonomy.evaluation.calibration import check_probabilities, check_truth
from arxonomy.evaluation.confidence import calibration_scores, wilson_interval

FEW_PAPERS = 50
"""A slice of fewer papers says little: at an accuracy of 80% its interval is wider than 21 points."""
LENGTHS = 5
"""Slices by length, of nearly equal numbers of papers."""

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NUMBERS = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2\d{1,2}(?!\d)|(?![-/.\d]))")
_NAMES = re.compile(
    r"\b(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?(?: \d{1,2})?,? (\d{4})\b",
    re.IGNORECASE,
)

Floats = npt.NDArray[np.float64]


def month_of(published: str | None) -> str | None:
    """The month of a date as a file may write it; None where it says none, or not clearly.

    Understood are a year, a month and perhaps a day, in this order, with whatever time behind; and names of
    months before a year. Not understood are numbers in another order, since 03/04/2025 has two readings.

    >>> [month_of(text) for text in ("2025-06", "2025/6/1", "Mon, 2 Jun 2025 19:18:42 GMT", "June", None)]
    ['2025-06', '2025-06', '2025-06', None, None]
    """
    text = (published or "").strip()
    if found := _NUMBERS.match(text):
        year, month = int(found[1]), int(found[3])
    elif found := _NAMES.search(text):
        year, month = int(found[2]), 1 + _MONTHS.index(found[1][:3].lower())
    else:
        return None
    return f"{year:04}-{month:02}" if 1 <= month <= 12 and year > 0 else None


def slices(
    truth: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    published: Sequence[str | None],
    words: Sequence[int],
) -> dict[str, Any]:
    """Scores by month and by length.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 1.
        probabilities: Array (N, C), rows in 0..1 with sum 1.
        published: The date or month of each paper, as its file gives it; see `month_of`.
        words: Number of words of each paper, title and abstract.

    Returns:
        A dict that JSON can hold. Shares are in 0..1.

        - `by_month`: one dict per month that has papers, in order: `month`, as in `2025-06`, and the scores
          below; empty if no paper tells its month
        - `undated`: papers that do not
        - `trend`: see `trend`; None where that is None
        - `by_length`: one dict for each of `LENGTHS` slices of nearly equal numbers of papers (fewer where
          many papers are of one length), in order: `words`, the least and the greatest number of words in
          it, and the scores below

        Each slice has `papers`; `few`, whether they are fewer than `FEW_PAPERS`; `accuracy` with its 95%
        Wilson interval `accuracy_interval`; `confidence`, the mean probability of the answers; and
        `expected_calibration_error` with its interval, see `calibration_scores`. That error is the greater
        the fewer the papers, by chance alone; its interval allows for that.

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.
    """
    shares = check_probabilities(probabilities)
    labels = check_truth(truth, shares, "probabilities")
    if not len(published) == len(words) == len(labels):
        raise DataError(
            f"expected a date and a number of words for each of {len(labels)} papers, found "
            f"{len(published)} and {len(words)}: pass one of each per paper"
        )
    months = np.array([month_of(date) or "" for date in published])
    dated = months != ""
    lengths = np.asarray(words, dtype=np.int64)
    # A slice begins where a share of the papers is shorter; equal lengths stay together.
    starts = np.unique(np.quantile(lengths, np.arange(LENGTHS) / LENGTHS, method="higher"))
    place = np.searchsorted(starts, lengths, side="right")

    def scores(chosen: npt.NDArray[np.bool_]) -> dict[str, Any]:
        return _scores(labels[chosen], shares[chosen])

    by_month = [{"month": month, **scores(months == month)} for month in np.unique(months[dated]).tolist()]
    by_length = [
        {"words": [int(edge(lengths[place == number])) for edge in (np.min, np.max)]}
        | scores(place == number)
        for number in np.unique(place)
    ]
    right = shares.argmax(axis=1) == labels
    return {
        "by_month": by_month,
        "undated": int((~dated).sum()),
        "trend": trend(right[dated], months[dated].tolist(), labels[dated]),
        "by_length": by_length,
    }


def trend(
    right: npt.ArrayLike, months: Sequence[str], labels: npt.ArrayLike, level: float = 0.95
) -> dict[str, Any] | None:
    """How accuracy changes with time, as a straight line through the papers.

    The line is fitted by least squares to whether each paper's answer is right, 0 or 1. Such numbers spread
    the less the nearer the accuracy is to 1, so that the interval and the p-value take the variance of each
    paper from its own residual. Papers count as independent: that those of one month may share their luck is
    not in the interval. A second slope is the same within classes: where hard classes become more
    frequent, accuracy falls though the classifier is as good as ever on each.

    Args:
        right: (N,) whether the answer for each paper is right.
        months: The month of each paper, as `month_of` gives it.
        labels: (N,) integers, the class of each paper.
        level: Of the intervals.

    Returns:
        `first` and `last`, the months that the papers span, and `months`, how many of them have papers;
        `change_per_year`, the slope in -1..1 and beyond (-0.02: two points of accuracy lost in a year), with
        `interval` [low, high] and the two-sided `p_value` of there being none; and the same three under
        `within_classes`, None where no class has
        papers enough. None where the papers are of one month, too few, or all right or all wrong.

    Source: White 1980, Econometrica 48, 817-838; the variant HC3, for few papers, and Student's t: Long &
    Ervin 2000, The American Statistician 54, 217-224. Slopes within classes are those of a regression with
    a constant for each class: Frisch & Waugh 1933, Econometrica 1, 387-401.
    """
    hits = np.asarray(right, dtype=np.float64)
    years = np.array([int(month[:4]) + (int(month[5:]) - 1) / 12 for month in months])
    whole = _slope(years, hits, np.zeros(len(hits), dtype=np.int64), level)
    if whole is None:
        return None
    return {
        "first": min(months),
        "last": max(months),
        "months": len(set(months)),
        **whole,
        "within_classes": _slope(years, hits, np.asarray(labels), level),
    }


def _slope(
    years: Floats, hits: Floats, classes: npt.NDArray[np.int64], level: float
) -> dict[str, Any] | None:
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
    # A paper that the line must pass through has no residual, and says nothing of the variance.
    free = leverage < 1 - 1e-9
    residual = np.where(free, outcome - slope * time, 0) / np.where(free, 1 - leverage, 1)
    error = float(np.sqrt(((time * residual) ** 2).sum())) / total
    if error < 1e-9:  # the line passes through every paper
        return None
    half = float(t.ppf((1 + level) / 2, freedom)) * error
    return {
        "change_per_year": slope,
        "interval": [slope - half, slope + half],
        "p_value": 2 * float(t.sf(abs(slope) / error, freedom)),
    }


def _scores(labels: npt.NDArray[np.int64], shares: Floats) -> dict[str, Any]:
    papers, hits = len(labels), int((shares.argmax(axis=1) == labels).sum())
    calibration = calibration_scores(labels, shares)
    return {
        "papers": papers,
        "few": papers < FEW_PAPERS,
        "accuracy": hits / papers,
        "accuracy_interval": wilson_interval(hits, papers),
        "confidence": float(shares.max(axis=1).mean()),
        **{
            key: calibration[key]
            for key in ("expected_calibration_error", "expected_calibration_error_interval")
        },
    }
