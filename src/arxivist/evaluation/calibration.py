"""Honest probabilities: softmax with a temperature, the fit of that temperature, and its measure."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from arxivist.errors import DataError

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.05, 20.0
"""Range of a fitted temperature. Separable data would drive it to 0, pure noise to infinity."""
PRIOR_DEVIATION = 0.5
"""Standard deviation of the prior on log T around 0."""


def softmax(logits: npt.ArrayLike, temperature: float = 1.0) -> npt.NDArray[np.float64]:
    """Probabilities of logits over the last axis.

    Args:
        logits: Array (..., C) of finite numbers.
        temperature: Divides the logits, > 0; above 1 it makes the answer less sure.

    Returns:
        Float64 array (..., C), each row in 0..1 with sum 1.
    """
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    # The largest logit becomes 0: exp cannot overflow, and the quotient stays the same.
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def fit_temperature(
    logits: npt.ArrayLike, truth: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
) -> float:
    """The temperature that makes held-out logits most likely: temperature scaling.

    One number, fitted on papers that the model was not trained on. It changes no predicted
    category, only the probabilities. A normal prior on log T keeps a handful of papers, which a network
    may all get right, from claiming certainty; beside a hundred papers it hardly counts.

    Args:
        logits: Array (N, C) of finite numbers, N >= 1.
        truth: Integer array (N,), the right class of each paper in 0..C-1.
        sample_weight: Array (N,) of weights >= 0, not all 0, in papers: a 2 counts as two papers; None: ones.

    Returns:
        The most probable temperature, in 0.05..20;
        1.0 when no other temperature is better.

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks (arXiv:1706.04599), section 4.2.
    """
    from scipy.optimize import minimize_scalar

    scores = np.asarray(logits, dtype=np.float64)
    labels = check_truth(truth, scores, "logits")
    weights = np.ones(len(labels)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    if (
        weights.shape != labels.shape
        or not np.isfinite(weights).all()
        or weights.min() < 0
        or not weights.any()
    ):
        raise DataError(
            f"expected one weight >= 0 for each of the {len(labels)} papers, not all 0; "
            f"found an array of shape {weights.shape}: pass one finite weight per paper"
        )
    margins = scores - scores[np.arange(len(labels)), labels][:, None]

    def loss(log_temperature: float) -> float:
        scaled = margins / math.exp(log_temperature)
        largest = scaled.max(axis=1)
        doubt = (log_temperature / PRIOR_DEVIATION) ** 2 / 2
        return float(weights @ (largest + np.log(np.exp(scaled - largest[:, None]).sum(axis=1)))) + doubt

    # Over log T the loss has one minimum (it is convex in 1/T), and both directions are searched alike.
    bounds = (math.log(LOWEST_TEMPERATURE), math.log(HIGHEST_TEMPERATURE))
    best = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return math.exp(best.x) if best.fun < loss(0.0) else 1.0


def expected_calibration_error(truth: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy: 0 when 80 % sure means right in 80 % of the cases.

    Papers are sorted into `bins` equal intervals (a, b] of the largest probability; each interval
    counts by its number of papers.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 1.
        probabilities: Array (N, C), rows in 0..1 with sum 1.
        bins: Number of intervals, >= 1.

    Returns:
        The error in 0..1.

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.

    Source: Guo et al. 2017 (arXiv:1706.04599), section 2, equation 3, with their 15 bins.
    """
    shares = check_probabilities(probabilities)
    labels = check_truth(truth, shares, "probabilities")
    confidence = shares.max(axis=1)
    gap = (shares.argmax(axis=1) == labels) - confidence
    interval = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return float(np.abs(np.bincount(interval, weights=gap, minlength=bins)).sum() / len(labels))


def check_truth(truth: npt.ArrayLike, scores: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.int64]:
    """`truth` as an integer array (N,) that fits finite `scores` (N, C), called `name` in messages.

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.
    """
    labels = np.asarray(truth)
    if scores.ndim != 2 or labels.shape != scores.shape[:1]:
        raise DataError(
            f"expected true classes of shape (N,) and {name} of shape (N, C); "
            f"found {labels.shape} and {scores.shape}: pass one row per paper"
        )
    if len(labels) == 0:
        raise DataError(
            "expected at least one labelled paper to score, found none: check the file and its split"
        )
    if not np.isfinite(scores).all():
        raise DataError(f"expected finite {name}, found NaN or infinity: did training diverge?")
    classes = scores.shape[1]
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= classes:
        raise DataError(
            f"expected true classes as integers in 0..{classes - 1}, found {labels.min()}..{labels.max()} "
            f"({labels.dtype}): number them by the model's own labels"
        )
    return labels.astype(np.int64)


def check_probabilities(probabilities: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """`probabilities` as float64, rows summing to 1 within rounding (float32 rows are rescaled).

    Raises:
        DataError: A row does not hold probabilities.
    """
    shares = np.asarray(probabilities, dtype=np.float64)
    totals = shares.sum(axis=-1, keepdims=True)
    if shares.size and not (shares.min() >= 0 and np.abs(totals - 1).max() < 1e-3):
        raise DataError(
            "expected rows of probabilities in 0..1 with sum 1, found others: "
            "pass softmax(logits), not the logits themselves"
        )
    return np.asarray(shares / totals)
