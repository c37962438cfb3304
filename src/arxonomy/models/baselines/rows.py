"""Sparse rows of features, without SciPy, so that a plain install can classify with a baseline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class Row(NamedTuple):
    """The features of one paper that are not 0."""

    ids: npt.NDArray[np.int64]
    """(K,) their numbers, in 0..F-1; one may come again, and counts again."""
    values: npt.NDArray[np.floating[Any]]
    """(K,) their values."""


def decide_by_rows(
    rows: Iterable[Row], weights: npt.NDArray[np.floating[Any]], bias: npt.NDArray[np.floating[Any]]
) -> npt.NDArray[np.float64]:
    """Scores (N, C) of N >= 1 rows: the sums of their features, weighted by (F, C), and a bias (C,)."""
    return np.stack([row.values @ weights[row.ids] + bias for row in rows]).astype(np.float64)


def stack_rows(rows: Iterable[Row], width: int) -> Any:
    """SciPy's sparse matrix (N, F) of N >= 1 rows, which training works with."""
    from scipy.sparse import csr_matrix

    ids, values = zip(*rows, strict=True)
    starts = np.concatenate([[0], np.cumsum([len(row) for row in ids])])
    return csr_matrix((np.concatenate(values), np.concatenate(ids), starts), shape=(len(ids), width))
