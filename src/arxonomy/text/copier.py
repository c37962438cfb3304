"""ChangedText copies of a paper, to be sorted in its place and averaged (test-time augmentation)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arxonomy.config import AugmentSettings
from arxonomy.text.augment import Augmenter
from arxonomy.text.synonyms import find_nearest_words
from arxonomy.text.vectors import WordVectors
from arxonomy.text.vocabulary import EncodedPaper, Ids

Synonyms = npt.NDArray[np.int32]


class Copier:
    """Makes copies of a paper, always the same: their random numbers are seeded by the paper's own words.

    Each copy's abstract is changed by one operation of easy data augmentation (Wei & Zou 2019,
    arXiv:1901.11196): synonyms, swaps or deletion. Titles stay as they are.

    Args:
        synonyms: (V, K) ids of near words of each word, and 0; see `find_near_words`.
        words: The vocabulary's V words.
        copies: Copies of a paper, >= 1.
        alpha: Share in 0..1 of an abstract's words that an operation touches.
    """

    def __init__(self, synonyms: Synonyms, words: Sequence[str], copies: int, alpha: float) -> None:
        self.copies = copies
        settings = AugmentSettings(share=1.0, alpha=alpha, operations=["synonym", "swap", "delete"])
        # Vectors of no width: the synonyms that would be computed from them are given.
        vectors = WordVectors(np.empty((len(words), 0), np.float32), np.zeros(len(words), np.bool_))
        self._augmenter = Augmenter(settings, vectors, words)
        self._augmenter.synonyms = synonyms

    def __call__(self, paper: EncodedPaper) -> list[EncodedPaper]:
        """Make the copies of a paper."""
        rng = np.random.default_rng(_make_seed(paper.title, paper.abstract))
        return [self._augmenter.change_paper(paper, rng) for _ in range(self.copies)]


def find_near_words(table: npt.NDArray[np.floating[npt.NBitBase]]) -> Synonyms:
    """Find the synonyms that a network's own word vectors imply.

    Args:
        table: (V, D) a network's word vectors, in the order of the vocabulary.

    Returns:
        (V, 5) ids of the nearest words of the 20,000 most frequent ones, 0 for none.
    """
    vectors = WordVectors(np.asarray(table, dtype=np.float32), np.ones(len(table), np.bool_))
    return find_nearest_words(vectors, AugmentSettings().min_similarity)


def _make_seed(title: Ids, abstract: Ids) -> int:
    """Hash the ids to 128 bits, the same on any machine; the length separates title and abstract."""
    ids = np.concatenate([[len(title)], title, abstract]).astype("<i4")
    return int.from_bytes(hashlib.sha256(ids.tobytes()).digest()[:16], "little")
