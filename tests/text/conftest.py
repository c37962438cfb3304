from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arxonomy.text.vectors import WordVectors


def make_vectors(rows: npt.ArrayLike, in_file: npt.ArrayLike | None = None) -> WordVectors:
    matrix = np.array(rows, dtype=np.float32)
    known = np.ones(len(matrix), dtype=np.bool_) if in_file is None else np.array(in_file, dtype=np.bool_)
    known[:2] = False
    return WordVectors(matrix, known)


def make_clusters() -> WordVectors:
    """40 words in four directions; ids 2-11 are near one another, 12-21, and so on."""
    rng = np.random.default_rng(0)
    rows = np.zeros((42, 4), dtype=np.float32)
    rows[2:] = np.repeat(np.eye(4), 10, axis=0) + rng.normal(0, 0.05, (40, 4))
    return make_vectors(rows)
