"""Probabilities under another class prior than the one that a classifier was calibrated on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

GROUP_PAPERS, CLASS_PAPERS = 3.0, 5.0
"""Pseudo-papers per group of classes, and per class, that hold an estimate back."""
DRIFT = 0.3
"""Pseudo-papers per paper that hold back the shares of classes within their groups."""

_STEPS, _SETTLED = 1000, 1e-7
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


def estimate_prior(
    probabilities: npt.ArrayLike, training_prior: npt.ArrayLike, groups: Sequence[str] | None = None
) -> Floats:
    """The class prior that makes unlabeled papers most probable, held back where they say little.

    Of many classes first the shares of groups are estimated, then those of the classes, starting from there.
    Pseudo-papers hold back: `GROUP_PAPERS` per group of the training prior, then `CLASS_PAPERS` per class of
    the groups' estimate. So a handful of papers rules nothing out, and rare classes, whose probabilities are
    calibrated on few papers, are not driven to 0 or to 1. And as many as `DRIFT` of the papers: more papers
    do not make up for classes whose papers are no more quite those of training.

    Args:
        probabilities: Array (N, C), rows in 0..1 with sum 1, calibrated on papers of the training prior.
        training_prior: (C,) their mean over papers of that prior: shares > 0 with sum 1.
        groups: (C,) name of the group of each class; None: each class stands for itself.

    Returns:
        (C,) shares > 0 with sum 1; the training prior itself for no papers.
    """
    shares, start = np.asarray(probabilities, dtype=np.float64), np.asarray(training_prior, dtype=np.float64)
    names = [str(place) for place in range(len(start))] if groups is None else list(groups)
    count = len(set(names))
    coarse = estimate_group_prior(shares, start, names, GROUP_PAPERS * count)
    if count == len(start):
        return coarse
    return _maximize(shares, start, coarse, CLASS_PAPERS * len(start) + DRIFT * len(shares))


def estimate_group_prior(
    probabilities: npt.ArrayLike,
    training_prior: npt.ArrayLike,
    groups: Sequence[str],
    pseudo_papers: float,
) -> Floats:
    """The shares of groups that make papers most probable; within each group the training prior stays.

    Args:
        probabilities: As for `estimate_prior`, as is the next.
        training_prior: See there.
        groups: (C,) name of the group of each class.
        pseudo_papers: > 0, of the training prior.

    Returns:
        (C,) shares > 0 with sum 1.
    """
    start = np.asarray(training_prior, dtype=np.float64)
    names, places = np.unique(np.asarray(groups), return_inverse=True)
    members = np.eye(len(names))[places]
    known = start @ members
    found = _maximize(np.asarray(probabilities, dtype=np.float64) @ members, known, known, pseudo_papers)
    return start * (found / known)[places]


def _maximize(probabilities: Floats, training_prior: Floats, center: Floats, pseudo_papers: float) -> Floats:
    """Expectation maximization: shift the probabilities to the estimate, take their mean as the next one.

    Source: Saerens, Latinne and Decaestecker 2002, section 2.3, which has no pseudo-papers, those of a
    Dirichlet prior with the mode `center`; Alexandari et al. 2020 (arXiv:1901.06852) for its use with
    calibrations that have a bias for each class.
    """
    # A probability may have been rounded to 0.
    shares = np.maximum(probabilities, np.finfo(np.float32).tiny)
    estimate = center
    for _ in range(_STEPS):
        before, weights = estimate, estimate / training_prior
        # The sum over papers of `shift_prior`, without an array (N, C) in every step.
        counts = weights * ((1 / (shares @ weights)) @ shares)
        estimate = (counts + pseudo_papers * center) / (len(shares) + pseudo_papers)
        if np.abs(estimate - before).max() < _SETTLED:
            break
    return np.asarray(estimate)


def expect_gain(
    probabilities: npt.ArrayLike, training_prior: npt.ArrayLike, stated_prior: npt.ArrayLike
) -> float:
    """How much more often answers are expected to be right, by the shifted probabilities themselves.

    Args:
        probabilities: As for `shift_prior`, as are the next two; of N >= 1 papers.
        training_prior: See there.
        stated_prior: See there.

    Returns:
        In 0..1: the mean probability of the answers after the shift, less that of those before it.
    """
    before = np.asarray(probabilities)
    after = shift_prior(before, training_prior, stated_prior)
    chosen = after[np.arange(len(after)), before.argmax(axis=1)]
    return float((after.max(axis=1) - chosen).mean())
