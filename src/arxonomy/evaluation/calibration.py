"""Calibrated probabilities: a temperature and biases, cross-fitting, and the calibration error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError
from arxonomy.evaluation.calibration_fit import fit_temperature_and_biases


@dataclass(frozen=True)
class Calibration:
    """Makes a model's probabilities as large as its accuracy: softmax(logits / temperature + biases).

    Networks trained to the end are over-confident: what they call 90% is right less often. One temperature
    corrects over- and under-confidence (Guo et al. 2017, arXiv:1706.04599, section 4.2). One bias per class
    corrects a model that predicts a class too rarely or too often: class weights in the loss and memorized
    classes distort the class prior, and no temperature can fix that (Alexandari et al. 2020,
    arXiv:1901.06852, "bias-corrected temperature scaling").
    """

    temperature: float
    """Divides the logits, > 0; above 1 it lowers the confidence."""
    biases: tuple[float, ...]
    """Added to the quotients, one per class."""

    @classmethod
    def identity(cls, classes: int) -> Self:
        """The calibration of `classes` classes that changes nothing."""
        return cls(1.0, (0.0,) * classes)

    @classmethod
    def fit(cls, logits: npt.ArrayLike, truth: npt.ArrayLike) -> Self:
        """The calibration that makes the true classes of held-out papers most probable.

        Few papers turn no answer of the model unless that is shown to help; see
        `calibration_fit.fit_temperature_and_biases`.

        Args:
            logits: Array (N, C) of finite numbers, N >= 1, of papers that the model was not trained on.
            truth: Integer array (N,), the true class of each paper in 0..C-1.

        Raises:
            DataError: There are no papers, the shapes disagree, or a number is out of range.
        """
        scores = np.asarray(logits, dtype=np.float64)
        temperature, biases = fit_temperature_and_biases(scores, check_truth(truth, scores, "logits"))
        return cls(temperature, tuple(biases.tolist()))

    def apply(self, logits: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The calibrated probabilities.

        Args:
            logits: Array (..., C) of finite numbers.

        Returns:
            Float64 array (..., C), each row in 0..1 with sum 1.
        """
        return softmax(np.asarray(logits, dtype=np.float64) / self.temperature + np.asarray(self.biases))

    def undo(self, probabilities: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The logits, up to a constant per row, that `apply` turned into probabilities.

        Args:
            probabilities: Array (N, C), the result of `apply`.

        Returns:
            Float64 array (N, C); its softmax are the probabilities before the calibration.
        """
        return np.asarray(
            vote_logits([probabilities]) / (1 / self.temperature) - self.temperature * np.asarray(self.biases)
        )


def softmax(logits: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Probabilities of logits over the last axis, without any calibration.

    Args:
        logits: Array (..., C) of finite numbers.

    Returns:
        Float64 array (..., C), each row in 0..1 with sum 1.
    """
    scores = np.asarray(logits, dtype=np.float64)
    # The largest logit becomes 0: exp cannot overflow, and the quotient stays the same.
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def vote_logits(members: Sequence[npt.ArrayLike]) -> npt.NDArray[np.float64]:
    """The soft vote of several models as logits: the logarithm of the mean of their probabilities.

    Args:
        members: M >= 1 arrays (N, C), rows in 0..1 with sum 1.

    Returns:
        Float64 (N, C), finite: their softmax is the mean, and `Calibration.fit` can take them.
    """
    mean = np.mean(np.asarray(members, dtype=np.float64), axis=0)
    return np.asarray(np.log(np.maximum(mean, np.finfo(np.float32).tiny)))


def cross_fit(logits: npt.ArrayLike, truth: npt.ArrayLike, seed: int = 0) -> npt.NDArray[np.float64]:
    """Probabilities of held-out papers, each calibrated without the paper itself.

    The papers are split into two random halves; each half gets the calibration that fits the other. So these
    probabilities show what to expect on new papers, where those of a calibration that has seen them are
    optimistic.

    Args:
        logits: Array (N, C), as for `Calibration.fit`.
        truth: Integer array (N,), as for `Calibration.fit`.
        seed: Random seed of the split.

    Returns:
        Float64 array (N, C), rows in 0..1 with sum 1, in the papers' order. A lone paper has no other half,
        and keeps softmax(logits).

    Raises:
        DataError: As for `Calibration.fit`.
    """
    scores = np.asarray(logits, dtype=np.float64)
    labels = check_truth(truth, scores, "logits")
    second = np.random.default_rng(seed).permutation(len(labels)) % 2 == 1
    shares = softmax(scores)
    for half in (second, ~second):
        if half.any() and not half.all():
            shares[half] = Calibration.fit(scores[~half], labels[~half]).apply(scores[half])
    return shares


def expected_calibration_error(truth: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy: 0 when a confidence of 80% means right in 80% of the cases.

    Papers fall into `bins` equal intervals (a, b] of the largest probability; each interval
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
    interval, gap = confidence_gaps(shares.argmax(axis=1) == labels, shares.max(axis=1), bins)
    return float(np.abs(np.bincount(interval, weights=gap)).sum() / len(labels))


def confidence_gaps(
    right: npt.NDArray[np.bool_], confidence: npt.NDArray[np.float64], bins: int = 15
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """What a calibration error is the sum of.

    Args:
        right: (N,) whether the most probable class is the right one.
        confidence: (N,) its probability.
        bins: Number of intervals (a, b] of equal width, >= 1.

    Returns:
        (N,) the interval of each paper's largest probability, from 0; and (N,) how much that probability is
        too low: 1 - p where the class that has it is right, else -p.
    """
    gap = right - confidence
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
