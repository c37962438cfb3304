"""Honest probabilities: softmax with a temperature and biases, their fit, and its measure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.05, 20.0
"""Range of a fitted temperature. Separable data would drive it to 0, pure noise to infinity."""
TEMPERATURE_DEVIATION, BIAS_DEVIATION = 0.5, 1.0
"""Standard deviations of the priors on log T and on each bias, around 0."""


def softmax(
    logits: npt.ArrayLike, temperature: float = 1.0, biases: npt.ArrayLike = 0.0
) -> npt.NDArray[np.float64]:
    """Probabilities of logits over the last axis.

    Args:
        logits: Array (..., C) of finite numbers.
        temperature: Divides the logits, > 0; above 1 it makes the answer less sure.
        biases: Added to the quotients; (C,) or one number.

    Returns:
        Float64 array (..., C), each row in 0..1 with sum 1.
    """
    scaled = np.asarray(logits, dtype=np.float64) / temperature + np.asarray(biases, dtype=np.float64)
    # The largest logit becomes 0: exp cannot overflow, and the quotient stays the same.
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def undo_calibration(
    probabilities: npt.ArrayLike, temperature: float, biases: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """The probabilities before `softmax` was given a temperature and biases: softmax(logits).

    Args:
        probabilities: Array (N, C), `softmax(logits, temperature, biases)` of some logits.
        temperature: As it was given.
        biases: As they were given; (C,) or one number.

    Returns:
        Float64 array (N, C), rows in 0..1 with sum 1.
    """
    return softmax(vote_logits([probabilities]), 1 / temperature, -temperature * np.asarray(biases))


def vote_logits(members: Sequence[npt.ArrayLike]) -> npt.NDArray[np.float64]:
    """The soft vote of several models as logits: the logarithm of the mean of their probabilities.

    Args:
        members: M >= 1 arrays (N, C), rows in 0..1 with sum 1.

    Returns:
        Float64 (N, C), finite: their softmax is the mean, and `fit_calibration` can take them.
    """
    mean = np.mean(np.asarray(members, dtype=np.float64), axis=0)
    return np.asarray(np.log(np.maximum(mean, np.finfo(np.float32).tiny)))


def fit_calibration(logits: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[float, npt.NDArray[np.float64]]:
    """The temperature and biases that make held-out logits most probable.

    One temperature cures a network that is too sure or too modest. One bias per class cures a network
    that answers a class too seldom or too often: weights in the loss and classes learned by heart
    distort the mix of answers, and no temperature can mend that. Weak normal priors keep a handful of
    papers, which a network may all get right, from claiming certainty.

    Args:
        logits: Array (N, C) of finite numbers, N >= 1, of papers that the network was not trained on.
        truth: Integer array (N,), the right class of each paper in 0..C-1.

    Returns:
        The temperature, in 0.05..20, and the biases (C,): `softmax(logits, temperature, biases)` are the
        calibrated probabilities.

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.

    Source: Guo et al. 2017 (arXiv:1706.04599), section 4.2, for the temperature; Alexandari et al. 2020
    (arXiv:1901.06852), "bias-corrected temperature scaling", for the biases.
    """
    from scipy.optimize import minimize

    scores = np.asarray(logits, dtype=np.float64)
    labels = check_truth(truth, scores, "logits")
    right = np.zeros_like(scores)
    right[np.arange(len(labels)), labels] = 1.0
    # Only differences between a paper's logits count; around 0 they stay in range.
    scores = scores - (scores * right).sum(axis=1, keepdims=True)

    def loss(point: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        shrunk = scores / math.exp(point[0])
        scaled = shrunk + point[1:]
        largest = scaled.max(axis=1, keepdims=True)
        total = largest + np.log(np.exp(scaled - largest).sum(axis=1, keepdims=True))
        wrong = np.exp(scaled - total) - right  # the loss's slope over `scaled`
        doubt = (point[0] / TEMPERATURE_DEVIATION) ** 2 / 2 + ((point[1:] / BIAS_DEVIATION) ** 2).sum() / 2
        slope = np.concatenate(
            [
                [point[0] / TEMPERATURE_DEVIATION**2 - (wrong * shrunk).sum()],
                point[1:] / BIAS_DEVIATION**2 + wrong.sum(axis=0),
            ]
        )
        return float((total - (scaled * right).sum(axis=1, keepdims=True)).sum() + doubt), slope

    bounds = [(math.log(LOWEST_TEMPERATURE), math.log(HIGHEST_TEMPERATURE))] + [(None, None)] * scores.shape[
        1
    ]
    best = minimize(loss, np.zeros(1 + scores.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds)
    return math.exp(best.x[0]), best.x[1:]


def cross_fitted(logits: npt.ArrayLike, truth: npt.ArrayLike, seed: int = 0) -> npt.NDArray[np.float64]:
    """Probabilities of held-out papers, each calibrated without the paper itself.

    The papers fall into two halves by lot; each half gets the calibration that fits the other. So these
    probabilities show what to expect on new papers, where those of a calibration that has seen them flatter.

    Args:
        logits: Array (N, C), as for `fit_calibration`.
        truth: Integer array (N,), as for `fit_calibration`.
        seed: Of the lot.

    Returns:
        Float64 array (N, C), rows in 0..1 with sum 1, in the papers' order. A lone paper has no other half,
        and keeps softmax(logits).

    Raises:
        DataError: As for `fit_calibration`.
    """
    scores = np.asarray(logits, dtype=np.float64)
    labels = check_truth(truth, scores, "logits")
    second = np.random.default_rng(seed).permutation(len(labels)) % 2 == 1
    shares = softmax(scores)
    for half in (second, ~second):
        if half.any() and not half.all():
            shares[half] = softmax(scores[half], *fit_calibration(scores[~half], labels[~half]))
    return shares


def expected_calibration_error(truth: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy: 0 when 80% sure means right in 80% of the cases.

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
    interval, gap = confidence_gaps(labels, shares, bins)
    return float(np.abs(np.bincount(interval, weights=gap)).sum() / len(labels))


def confidence_gaps(
    labels: npt.NDArray[np.int64], shares: npt.NDArray[np.float64], bins: int = 15
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """What a calibration error is the sum of, for checked arrays.

    Args:
        labels: (N,) the right classes.
        shares: (N, C) probabilities.
        bins: Number of intervals (a, b] of equal width, >= 1.

    Returns:
        (N,) the interval of each paper's largest probability, from 0; and (N,) how much that probability is
        too low: 1 - p where the class that has it is right, else -p.
    """
    confidence = shares.max(axis=1)
    gap = (shares.argmax(axis=1) == labels) - confidence
    return np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1), np.asarray(gap)


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
            "expected at least one labeled paper to score, found none: check the file and its split"
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
