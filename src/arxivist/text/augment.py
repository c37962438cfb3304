"""Easy data augmentation on word ids (Wei & Zou 2019, arXiv:1901.11196, section 2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arxivist.config import AugmentSettings
from arxivist.text.vectors import WordVectors
from arxivist.text.vocabulary import Ids

NEIGHBOURS = 5
_FREQUENT = 20_000  # synonyms are sought among the most frequent words: rare words' vectors are noise


def nearest_words(vectors: WordVectors, min_similarity: float) -> npt.NDArray[np.int32]:
    """The nearest words of each word by cosine similarity.

    Returns:
        (V, 5) word ids, 0 where fewer than five words are at least `min_similarity` near.
    """
    nearest = np.zeros((len(vectors.found), NEIGHBOURS), dtype=np.int32)
    rows = np.flatnonzero(vectors.found[:_FREQUENT])
    if len(rows) <= NEIGHBOURS:
        return nearest
    unit = vectors.matrix[rows]
    unit = unit / np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
    for start in range(0, len(rows), 1000):
        similar = unit[start : start + 1000] @ unit.T
        own = np.arange(len(similar))
        similar[own, start + own] = -1.0
        top = np.argpartition(-similar, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        near = np.take_along_axis(similar, top, axis=1) >= min_similarity
        nearest[rows[start : start + 1000]] = np.where(near, rows[top], 0)
    return nearest


class Augmenter:
    """Changes a share of the abstracts by one operation each."""

    def __init__(self, settings: AugmentSettings, vectors: WordVectors | None) -> None:
        self.settings = settings
        self.operations: list[str] = [
            name for name in settings.operations if vectors is not None or name != "synonym"
        ]
        self.nearest = (
            nearest_words(vectors, settings.min_similarity)
            if vectors is not None and settings.share > 0 and "synonym" in self.operations
            else None
        )

    def __call__(self, ids: Ids, rng: np.random.Generator) -> Ids:
        """(L,) ids to (L',) ids, changed with probability `share`; never emptied."""
        if len(ids) < 2 or not self.operations or rng.random() >= self.settings.share:
            return ids
        operation = self.operations[rng.integers(len(self.operations))]
        if operation == "delete":
            kept = ids[rng.random(len(ids)) >= self.settings.alpha]
            return kept if len(kept) else ids[:1]
        changed = ids.copy()
        count = max(1, int(self.settings.alpha * len(ids)))
        if operation == "swap":
            for one, other in rng.integers(len(ids), size=(count, 2)):
                changed[[one, other]] = changed[[other, one]]
            return changed
        assert self.nearest is not None
        places = rng.choice(len(ids), size=count, replace=False)
        synonyms = self.nearest[ids[places], rng.integers(NEIGHBOURS, size=count)]
        changed[places] = np.where(synonyms > 0, synonyms, ids[places])
        return changed
