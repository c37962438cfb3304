"""Changed copies of a paper, to be sorted in its place and averaged (test-time augmentation)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arxonomy.config import AugmentSettings
from arxonomy.text.augment import Augmenter
from arxonomy.text.synonyms import nearest_words
from arxonomy.text.vectors import WordVectors
from arxonomy.text.vocabulary import EncodedPaper, Ids

Synonyms = npt.NDArray[np.int32]


class Copier:
    """Makes the same copies of a paper always: their random numbers are made of the paper's own words.

    Each copy's abstract is changed by one operation of easy data augmentation (Wei & Zou 2019,
    arXiv:1901.11196): synonyms, swaps or deletion. Titles stay as they are.

    Args:
        synonyms: (V, K) ids of near words of each word, and 0; see `near_words`.
        words: The vocabulary's V words.
        copies: Copies of a paper, >= 1.
        alpha: Share in 0..1 of an abstract's words that an operation touches.
    """

    def __init__(self, synonyms: Synonyms, words: Sequence[str], copies: int, alpha: float) -> None:
        self.copies = copies
        settings = AugmentSettings(share=1.0, alpha=alpha, operations=["synonym", "swap", "delete"])
        # Vectors of no width: the synonyms that would be sought among them are given.
        vectors = WordVectors(np.empty((len(words), 0), np.float32), np.zeros(len(words), np.bool_))
        self._augmenter = Augmenter(settings, vectors, words)
        self._augmenter.synonyms = synonyms

    def __call__(self, paper: EncodedPaper) -> list[EncodedPaper]:
        """The copies of a paper."""
        rng = np.random.default_rng(_seed(paper.title, paper.abstract))
        return [self._augmenter.paper(paper, rng) for _ in range(self.copies)]


def near_words(table: npt.NDArray[np.floating[npt.NBitBase]]) -> Synonyms:
    """The synonyms that a network's own word vectors know.

    Args:
        table: (V, D) a network's word vectors, in the order of the vocabulary.

    Returns:
        (V, 5) ids of the nearest words of the 20,000 most frequent ones, 0 for none.
    """
    vectors = WordVectors(np.asarray(table, dtype=np.float32), np.ones(len(table), np.bool_))
    return nearest_words(vectors, AugmentSettings().min_similarity)


def _seed(title: Ids, abstract: Ids) -> int:
    """128 bits of a hash of the ids, on any machine the same; the lengths tell a title from an abstract."""
    ids = np.concatenate([[len(title)], title, abstract]).astype("<i4")
    return int.from_bytes(hashlib.sha256(ids.tobytes()).digest()[:16], "little")
