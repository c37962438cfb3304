"""Calibrated probabilities of the second head: how probable it is that a paper lists a category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError
from arxonomy.evaluation.calibration import Calibration

SCALE_DEVIATION, BIAS_DEVIATION = 1.0, 1.0
"""Standard deviations of the normal priors on 1 / temperature, around 1, and on each bias, around 0."""
LEAST_SCALE = 0.01
"""Least 1 / temperature: a smaller one would say that logits mean nothing, or the opposite."""
_STEPS = 50
_TINY = 1e-12  # probabilities stay that far from 0 and 1

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ListedCalibration(Calibration):
    """Makes each category's probability of being listed as large as its share: sigmoid(logits / T + biases).

    A paper may list several categories, so that the probabilities of a paper are independent of one another
    and have no sum. One temperature and one bias per category are fitted by binary cross-entropy. A weak
    prior on these keeps a category that few papers list, or none, near what the network says.
    """

    @classmethod
    def fit(cls, logits: npt.ArrayLike, truth: npt.ArrayLike) -> Self:
        """The calibration that makes the lists of held-out papers most probable.

        Args:
            logits: Array (N, C) of finite numbers, N >= 1, of papers that the model was not trained on.
            truth: (N, C), 1 for each category that a paper lists, its own included, else 0.

        Raises:
            DataError: There are no papers, the shapes disagree, or a number is out of range.
        """
        scores, listed = np.asarray(logits, dtype=np.float64), np.asarray(truth, dtype=np.float64)
        if scores.ndim != 2 or scores.shape != listed.shape or not len(scores):
            raise DataError(
                "expected logits and lists of one shape (N, C), N at least 1; found "
                f"{scores.shape} and {listed.shape}: pass one row per paper"
            )
        if not np.isfinite(scores).all():
            raise DataError("expected finite logits, found NaN or infinity: did training diverge?")
        scale, biases = _fit_scale_and_biases(scores, listed)
        return cls(float(1 / scale), tuple(biases.tolist()))

    def apply(self, logits: npt.ArrayLike) -> Floats:
        """The calibrated probabilities.

        Args:
            logits: Array (..., C) of finite numbers.

        Returns:
            Float64 array (..., C), each in 0..1; they need not sum to 1.
        """
        return _sigmoid(np.asarray(logits, dtype=np.float64) / self.temperature + np.asarray(self.biases))

    def undo(self, probabilities: npt.ArrayLike) -> Floats:
        """The logits (N, C) that `apply` turned into probabilities (N, C)."""
        return np.asarray((vote_listed([probabilities]) - np.asarray(self.biases)) * self.temperature)


def vote_listed(members: Sequence[npt.ArrayLike]) -> Floats:
    """The soft vote of several models as logits: ln(p / (1 - p)) of the mean p of their probabilities.

    Args:
        members: M >= 1 arrays (N, C) in 0..1.

    Returns:
        Float64 (N, C), finite where the probabilities are.
    """
    mean = np.clip(np.mean(np.asarray(members, dtype=np.float64), axis=0), _TINY, 1 - _TINY)
    return np.asarray(np.log(mean) - np.log1p(-mean))


def _sigmoid(scores: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(scores, -500, 500))))  # exp overflows at 710


def _fit_scale_and_biases(scores: Floats, listed: Floats) -> tuple[float, Floats]:
    """The likeliest 1 / temperature and biases (C,), by Newton's method.

    The negative log-posterior is convex. Given the scale, the biases do not depend on one another: all that
    its second derivatives have besides a diagonal is one row, and a step costs no more than a gradient.

    Args:
        scores: Logits (N, C).
        listed: (N, C) of 0 and 1.
    """
    scale, biases = 1.0, np.zeros(scores.shape[1])
    loss = _compute_loss(scores, listed, scale, biases)
    for _ in range(_STEPS):
        shares = _sigmoid(scores * scale + biases)
        wrong, curves = shares - listed, shares * (1 - shares)
        slope = (wrong * scores).sum() + (scale - 1) / SCALE_DEVIATION**2
        slopes = wrong.sum(axis=0) + biases / BIAS_DEVIATION**2  # (C,)
        bends = curves.sum(axis=0) + 1 / BIAS_DEVIATION**2  # (C,)
        curves *= scores
        mixed = curves.sum(axis=0)  # (C,)
        bend = (curves * scores).sum() + 1 / SCALE_DEVIATION**2 - (mixed**2 / bends).sum()
        step = (slope - (mixed * slopes / bends).sum()) / bend
        steps = (slopes - mixed * step) / bends
        size = 1.0
        while size > 1e-6:  # far from the minimum a whole step may lead beyond it
            tried = max(scale - size * step, LEAST_SCALE), biases - size * steps
            new_loss = _compute_loss(scores, listed, *tried)
            if new_loss < loss:
                break
            size /= 2
        else:
            break
        gain, (scale, biases), loss = loss - new_loss, tried, new_loss
        if gain < 1e-9 * max(1.0, loss):
            break
    return scale, biases


def _compute_loss(scores: Floats, listed: Floats, scale: float, biases: Floats) -> float:
    """The negative log-posterior."""
    logits = scores * scale + biases
    penalty = ((scale - 1) / SCALE_DEVIATION) ** 2 / 2 + ((biases / BIAS_DEVIATION) ** 2).sum() / 2
    return float(penalty + (np.logaddexp(0.0, logits) - listed * logits).sum())
