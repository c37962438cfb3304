"""The threshold above which a category counts as listed, chosen on held-out papers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_GRID = np.arange(1, 100) / 100  # the thresholds that are tried


def choose_threshold(listed: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating[Any]]) -> float:
    """Choose the probability from which a category is found, so that the F1 of what is found is highest.

    F1 is over all pairs of a paper and a category. Where several thresholds are as good, the nearest to 50%
    is taken.

    Args:
        listed: (N, C) whether each paper lists each category.
        probabilities: (N, C) in 0..1, of being listed.

    Returns:
        A threshold of 1% to 99%, in whole percent; 50% where nothing is listed.
    """
    reached = np.searchsorted(_GRID, probabilities.ravel(), side="right")  # how many thresholds
    found = _count_reaching(reached)
    right = _count_reaching(reached[listed.ravel()])
    f1 = 2 * right / np.maximum(found + listed.sum(), 1)
    best = np.flatnonzero(f1 >= f1.max() - 1e-12)
    return float(_GRID[best[np.abs(_GRID[best] - 0.5).argmin()]])


def _count_reaching(reached: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many pairs reach each threshold, given how many thresholds each pair reaches."""
    counts = np.bincount(reached, minlength=len(_GRID) + 1)
    return counts[::-1].cumsum()[::-1][1:]
