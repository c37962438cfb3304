"""What a stated confidence is worth: Brier score, intervals, reliability, and what abstaining gains.

Everywhere, a paper's confidence is its largest probability, and its answer the class that has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.evaluation.calibration import (
    check_probabilities,
    check_truth,
    confidence_gaps,
    expected_calibration_error,
)

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Confidences for which `coverage_at` says what to expect, unless others are asked for."""

_DRAWN = 4_000_000
"""Papers drawn at a time, so that resampling takes no more than some 100 MB."""

Floats = npt.NDArray[np.float64]


def wilson_interval(hits: int, papers: int) -> list[float]:
    """The 95% interval [low, high] of a share, `hits` out of `papers` >= 1.

    Source: Wilson 1927, J. Am. Stat. Assoc. 22, 209-212.
    """
    from scipy.stats import binomtest

    interval = binomtest(hits, papers).proportion_ci(confidence_level=0.95, method="wilson")
    return [float(interval.low), float(interval.high)]


def brier_score(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """Mean squared distance between the probabilities and the truth, summed over the classes.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 1.
        probabilities: Array (N, C), rows in 0..1 with sum 1.

    Returns:
        The score in 0..2: 0 when every paper's class has probability 1, 2 when another one has, 1 - 1/C
        for equal probabilities. For two classes it is twice the score of one class alone.

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.

    Source: Brier 1950, Monthly Weather Review 78, 1-3, equation 2.
    """
    return float(_squared_distances(*_checked(truth, probabilities)).mean())


def calibration_scores(
    truth: npt.ArrayLike, probabilities: npt.ArrayLike, replicates: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """Brier score and expected calibration error with bootstrap intervals.

    The papers are drawn anew `replicates` times. The Brier score's interval holds the middle 95% of its
    replicates. The calibration error takes absolute values, so that chance alone raises it, in a replicate
    once more: its interval is therefore mirrored at the estimate (the basic bootstrap; Davison and Hinkley
    1997, section 5.2), is widened to hold the estimate, and begins at 0 where probabilities without any
    fault would show as large an error in 2.5% of such samples. On simulated papers (100 to 1,800, three
    classes, true errors from 0 to 9%) it held the true error in 84 to 98% of the cases, where the plain
    interval of the replicates never held an error of 0.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 1.
        probabilities: Array (N, C), rows in 0..1 with sum 1.
        replicates: How often the papers are drawn, >= 1.
        seed: Of the draws; the same seed gives the same intervals.

    Returns:
        `brier` (see `brier_score`) and `expected_calibration_error` (see there), and under the same names
        with `_interval` their 95% intervals [low, high].

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.
    """
    labels, shares = _checked(truth, probabilities)
    papers, rng = len(labels), np.random.default_rng(seed)
    interval, gap = confidence_gaps(labels, shares)
    bins = np.eye(interval.max() + 1)[interval]  # (N, bins)
    # One column per sum that the scores are made of, so that all of them share the draws.
    columns = np.column_stack([_squared_distances(labels, shares), bins * gap[:, None]])
    sums = _resampled_sums(columns, replicates, rng)
    brier, error = sums[:, 0] / papers, np.abs(sums[:, 1:]).sum(axis=1) / papers
    # Without any fault a bin's gap is a sum of coins, each with its paper's confidence: nearly normal.
    confidence = shares.max(axis=1)
    deviation = np.sqrt(bins.T @ (confidence * (1 - confidence)))
    chance = np.abs(rng.normal(size=(replicates, len(deviation))) * deviation).sum(axis=1) / papers
    found = expected_calibration_error(labels, shares)
    low, high = np.quantile(error, (0.025, 0.975))
    faultless = found <= np.quantile(chance, 0.975)
    return {
        "brier": float(columns[:, 0].mean()),
        "brier_interval": [float(edge) for edge in np.quantile(brier, (0.025, 0.975))],
        "expected_calibration_error": found,
        "expected_calibration_error_interval": [
            0.0 if faultless else float(np.clip(2 * found - high, 0, found)),
            float(np.clip(2 * found - low, found, 1)),
        ],
    }


def coverage_at(
    truth: npt.ArrayLike, probabilities: npt.ArrayLike, thresholds: Sequence[float] = THRESHOLDS
) -> list[dict[str, Any]]:
    """What to expect of a classifier that answers only when it is sure enough.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 1.
        probabilities: Array (N, C), rows in 0..1 with sum 1.
        thresholds: Least confidences, each in 0..1.

    Returns:
        One dict per threshold: `at_least`, the threshold; `papers`, how many are answered; `coverage`,
        their share, and `accuracy`, the share of them that is right, with the 95% Wilson intervals
        `coverage_interval` and `accuracy_interval`. The last two are None where no paper is answered.

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.
    """
    labels, shares = _checked(truth, probabilities)
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == labels
    rows = []
    for threshold in thresholds:
        sure = confidence >= threshold
        answered, hits = int(sure.sum()), int(right[sure].sum())
        rows.append(
            {
                "at_least": threshold,
                "papers": answered,
                "coverage": answered / len(labels),
                "coverage_interval": wilson_interval(answered, len(labels)),
                "accuracy": hits / answered if answered else None,
                "accuracy_interval": wilson_interval(hits, answered) if answered else None,
            }
        )
    return rows


def risk_coverage(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> tuple[Floats, float]:
    """How the share of wrong answers grows as the less sure papers are answered too.

    Papers of equal confidence are answered together: each counts with the mean error of all of them, so
    that the papers' order has no influence.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 1.
        probabilities: Array (N, C), rows in 0..1 with sum 1.

    Returns:
        The risks (N,), in 0..1: the share of wrong answers among the 1, 2, ..., N surest papers; and the
        area under the curve (AURC), their mean, in 0..1, lower is better.

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.

    Source: Geifman and El-Yaniv 2017 (arXiv:1705.08500), section 2; for the area, Geifman, Uziel and
    El-Yaniv 2019 (arXiv:1805.08206), section 2.
    """
    labels, shares = _checked(truth, probabilities)
    _, tie, size = np.unique(-shares.max(axis=1), return_inverse=True, return_counts=True)
    wrong = np.bincount(tie, weights=shares.argmax(axis=1) != labels)
    risks = np.repeat(wrong / size, size).cumsum() / np.arange(1, len(labels) + 1)
    return risks, float(risks.mean())


def reliability(truth: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = 10) -> list[dict[str, Any]]:
    """Confidence against accuracy, in bins of nearly equal numbers of papers.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 1.
        probabilities: Array (N, C), rows in 0..1 with sum 1.
        bins: Number of bins, >= 1; there are fewer when many papers have one confidence, or N < bins.

    Returns:
        One dict per bin, by rising confidence: `papers`; `confidence`, their mean; `accuracy`, the share
        that is right, and its 95% Wilson interval `accuracy_interval`.

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.

    Source: DeGroot and Fienberg 1983, The Statistician 32, 12-22, for the diagram.
    """
    labels, shares = _checked(truth, probabilities)
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == labels
    _, tie, size = np.unique(confidence, return_inverse=True, return_counts=True)
    middle = size.cumsum() - size / 2  # of each confidence's ranks, so that equal ones stay together
    place = (middle / len(labels) * bins).astype(np.int64)[tie]
    rows = []
    for number in np.unique(place):
        chosen = place == number
        papers, hits = int(chosen.sum()), int(right[chosen].sum())
        rows.append(
            {
                "papers": papers,
                "confidence": float(confidence[chosen].mean()),
                "accuracy": hits / papers,
                "accuracy_interval": wilson_interval(hits, papers),
            }
        )
    return rows


def confidence_curves(truth: npt.ArrayLike, probabilities: npt.ArrayLike, points: int = 50) -> dict[str, Any]:
    """What is drawn of the confidences, ready for JSON.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 1.
        probabilities: Array (N, C), rows in 0..1 with sum 1.
        points: Points of the curve at most, >= 1.

    Returns:
        `reliability`, see there; and `risk_coverage`, two lists: the `risk` of answering the surest papers,
        at each `coverage`, the share of the papers that they are.

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.
    """
    risks, _ = risk_coverage(truth, probabilities)
    answered = np.unique(np.ceil(len(risks) * np.arange(1, points + 1) / points).astype(np.int64))
    return {
        "reliability": reliability(truth, probabilities),
        "risk_coverage": {
            "coverage": (answered / len(risks)).tolist(),
            "risk": risks[answered - 1].tolist(),
        },
    }


def _checked(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], Floats]:
    shares = check_probabilities(probabilities)
    return check_truth(truth, shares, "probabilities"), shares


def _squared_distances(labels: npt.NDArray[np.int64], shares: Floats) -> Floats:
    """(N,) the Brier score of each paper."""
    return np.asarray((shares**2).sum(axis=1) + 1 - 2 * shares[np.arange(len(labels)), labels])


def _resampled_sums(columns: Floats, replicates: int, rng: np.random.Generator) -> Floats:
    """(replicates, K) sums of the columns (N, K) over papers drawn with replacement."""
    papers = len(columns)
    group = max(1, _DRAWN // papers)
    parts = []
    for start in range(0, replicates, group):
        rows = min(group, replicates - start)
        drawn = rng.integers(0, papers, (rows, papers)) + papers * np.arange(rows)[:, None]
        parts.append(np.bincount(drawn.ravel(), minlength=rows * papers).reshape(rows, papers) @ columns)
    return np.concatenate(parts)
