from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arxonomy.text.vectors import WordVectors


def vectors_of(rows: npt.ArrayLike, found: npt.ArrayLike | None = None) -> WordVectors:
    matrix = np.array(rows, dtype=np.float32)
    known = np.ones(len(matrix), dtype=np.bool_) if found is None else np.array(found, dtype=np.bool_)
    known[:2] = False
    return WordVectors(matrix, known)


def clusters() -> WordVectors:
    """40 words in four directions; ids 2-11 are near one another, 12-21, and so on."""
    rng = np.random.default_rng(0)
    rows = np.zeros((42, 4), dtype=np.float32)
    rows[2:] = np.repeat(np.eye(4), 10, axis=0) + rng.normal(0, 0.05, (40, 4))
    return vectors_of(rows)
