"""Near-duplicates: one paper in two wordings, found by MinHash and checked word pair by word pair.

    words that are not everywhere -> 200 minima (signature) -> 50 bands of 4 -> buckets -> candidates
    candidates -> signatures agree -> the texts share enough word pairs -> near-duplicates

Two sets of words whose Jaccard similarity is J agree in each place of their signatures with probability J,
and become candidates with probability 1 - (1 - J^4)^50 (Broder 1997, "On the resemblance and containment
of documents"; bands: Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets", section 3.4). The sets are
of single words, since an edit breaks one of them, but two word pairs and three word triples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from arxonomy.auditing.words import WordSets, split_words
from arxonomy.records import Paper

RESEMBLANCE = 0.25
"""Least Jaccard similarity of the word pairs of near-duplicates.

With a fifth of the words edited it stays above this, and unrelated papers lie below 0.1;
`bench/near_duplicates.py` prints both."""

LEAST_WORDS = 15
"""Words of a paper below which it is not compared: titles of a few words resemble each other by chance."""

_BANDS, _ROWS = 50, 4
# Agreement of the signatures from which the texts themselves are compared; its standard error is 0.03.
_SCREEN = 0.3
# Words in more papers than both are left out: almost all papers share them.
_FREQUENT_SHARE, _FREQUENT_PAPERS = 0.1, 500
_FEW = 8  # but a paper that would keep fewer words keeps all
# Papers of its bucket that each is compared with, so that a thousand similar papers make no million pairs.
_NEIGHBORS = 10
_SEED = 0

Pairs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class NearDuplicates:
    """Pairs of papers that are near-duplicates."""

    pairs: Pairs
    """(M, 2) positions of the papers, the earlier first, sorted."""
    resemblance: npt.NDArray[np.float64]
    """(M,) Jaccard similarity of their word pairs, `RESEMBLANCE`..1."""


def find_near_duplicates(
    papers: Sequence[Paper], words: WordSets, groups: npt.NDArray[np.int64]
) -> NearDuplicates:
    """Find near-duplicates among papers of at least `LEAST_WORDS` words, one of each group of copies.

    Args:
        papers: N papers.
        words: Their words.
        groups: (N,) the group of copies of each, as `group_copies` numbers them.
    """

    @lru_cache(maxsize=4096)
    def word_pairs(index: int) -> set[tuple[str, str]]:
        return set(pairwise(split_words(papers[index])))

    def compare(first: int, second: int) -> float:
        first_pairs, second_pairs = word_pairs(first), word_pairs(second)
        shared = len(first_pairs & second_pairs)
        return shared / max(1, len(first_pairs) + len(second_pairs) - shared)

    comparable = (groups == np.arange(len(papers))) & (words.lengths >= LEAST_WORDS)
    pairs = _find_candidates(words, comparable)
    resemblance = np.array([compare(first, second) for first, second in pairs.tolist()], dtype=np.float64)
    kept = resemblance >= RESEMBLANCE
    return NearDuplicates(pairs[kept], resemblance[kept])


def _find_candidates(words: WordSets, chosen: npt.NDArray[np.bool_]) -> Pairs:
    """(M, 2) pairs of the chosen papers whose signatures agree well, each once."""
    papers, ids, first = _select_words(words, chosen)
    agreeing = [np.empty((0, 2), dtype=np.int64)]
    if len(papers) > 1:
        signatures = compute_signatures(ids, first, len(words.papers_with))
        for start in range(0, _BANDS * _ROWS, _ROWS):
            pairs = _pair_buckets(signatures[:, start : start + _ROWS])
            agreeing.extend(
                part[(signatures[part[:, 0]] == signatures[part[:, 1]]).mean(axis=1) >= _SCREEN]
                for part in np.array_split(pairs, 1 + len(pairs) // 100_000)  # in parts, for the memory
            )
    return papers[np.unique(np.concatenate(agreeing), axis=0)]


def _select_words(
    words: WordSets, chosen: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """The papers that have words, the words that distinguish them, and where each paper's words begin."""
    rare = words.papers_with <= max(_FREQUENT_SHARE * chosen.sum(), _FREQUENT_PAPERS)
    enough = words.count(rare) >= _FEW
    kept = rare[words.ids] | ~np.repeat(enough, words.sizes)
    kept &= np.repeat(chosen, words.sizes)
    papers, first = np.unique(np.repeat(np.arange(len(chosen)), words.sizes)[kept], return_index=True)
    return papers, words.ids[kept], first


def compute_signatures(
    ids: npt.NDArray[np.int32], first: npt.NDArray[np.int64], vocabulary: int
) -> npt.NDArray[np.int32]:
    """(N, 200) the least number of each paper's words, in 200 random orders of the vocabulary."""
    rng = np.random.default_rng(_SEED)
    signatures = np.empty((len(first), _BANDS * _ROWS), dtype=np.int32)
    for place in range(signatures.shape[1]):
        order = rng.permutation(vocabulary).astype(np.int32)
        signatures[:, place] = np.minimum.reduceat(order[ids], first)
    return signatures


def _pair_buckets(band: npt.NDArray[np.int32]) -> Pairs:
    """Pairs of papers that agree in a whole band; in a large bucket each paper with the next ones."""
    order = np.lexsort(band.T)
    changes = (band[order[1:]] != band[order[:-1]]).any(axis=1)
    bucket = np.concatenate([[0], np.cumsum(changes)])
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for step in range(1, min(_NEIGHBORS, len(order) - 1) + 1):
        place = np.flatnonzero(bucket[step:] == bucket[:-step])
        pairs.append(np.stack([order[place], order[place + step]], axis=1))
    return np.sort(np.concatenate(pairs), axis=1)
