"""Probabilities under another class prior than the one that a classifier was calibrated on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_STEPS, _SETTLED = 1000, 1e-8
"""Most steps of the estimate, and the change in a share below which it has settled."""

Floats = npt.NDArray[np.float64]


def shift_prior(
    probabilities: npt.ArrayLike, training_prior: npt.ArrayLike, stated_prior: npt.ArrayLike
) -> Floats:
    """Probabilities p'(c | paper) proportional to p(c | paper) * stated(c) / training(c).

    This is right when only the shares of the classes differ, and the papers of one class do not.

    Args:
        probabilities: Array (N, C), rows in 0..1 with sum 1, calibrated on papers of the training prior.
        training_prior: (C,) that of the papers of the calibration: shares > 0 with sum 1.
        stated_prior: (C,) the prior of the papers: shares >= 0 with sum 1; a class of share 0 gets
            probability 0.

    Returns:
        Float64 array (N, C), rows in 0..1 with sum 1.

    Source: Saerens, Latinne and Decaestecker 2002, Neural Computation 14, 21-41, equation 2.4; Elkan 2001,
    IJCAI, section 3.
    """
    # A probability may have been rounded to 0; then the other classes might have no probability left.
    shares = np.maximum(np.asarray(probabilities, dtype=np.float64), np.finfo(np.float64).tiny)
    weights = np.asarray(stated_prior, dtype=np.float64) / np.asarray(training_prior, dtype=np.float64)
    # The largest product becomes 1 before the division: tiny ones do not vanish together.
    shifted = shares / np.where(weights > 0, shares, 0).max(axis=-1, keepdims=True) * weights
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def estimate_prior(probabilities: npt.ArrayLike, training_prior: npt.ArrayLike) -> Floats:
    """The class prior that makes unlabeled papers most probable.

    Expectation maximization: shift the probabilities to the present estimate, take their mean as the next
    one. C pseudo-papers of the training prior keep a handful of papers from ruling a class out.

    Args:
        probabilities: Array (N, C), rows in 0..1 with sum 1, calibrated on papers of the training prior.
        training_prior: (C,) that of the papers of the calibration: shares > 0 with sum 1.

    Returns:
        (C,) shares > 0 with sum 1; the training prior itself for no papers.

    Source: Saerens, Latinne and Decaestecker 2002, section 2.3, which has no pseudo-papers; Alexandari et
    al. 2020 (arXiv:1901.06852) for its use with bias-corrected temperatures.
    """
    shares, start = np.asarray(probabilities, dtype=np.float64), np.asarray(training_prior, dtype=np.float64)
    classes = len(start)
    estimate = start
    for _ in range(_STEPS):
        before = estimate
        estimate = (shift_prior(shares, start, before).sum(axis=0) + classes * start) / (
            len(shares) + classes
        )
        if np.abs(estimate - before).max() < _SETTLED:
            break
    return estimate
