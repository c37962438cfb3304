"""Easy data augmentation on word ids (Wei & Zou 2019, arXiv:1901.11196, section 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from arxonomy.config import AugmentSettings
from arxonomy.text.characters import cut_words
from arxonomy.text.synonyms import NEIGHBORS, STOP_WORDS, find_wordnet, nearest_words, wordnet_words
from arxonomy.text.vectors import WordVectors
from arxonomy.text.vocabulary import EncodedPaper, Ids

_WITH_SYNONYMS = frozenset({"synonym", "insert"})


@dataclass(frozen=True, slots=True)
class Changed:
    """A changed text, and where its words come from."""

    ids: Ids
    """(L',) word ids; L' is 1 at least, and more than L after an insertion alone."""
    origins: npt.NDArray[np.int32]
    """(L',) place of each word in the text before, 0..L-1; -1 for a word that was put in."""


class Augmenter:
    """Changes a share of the texts by one operation each.

    Args:
        settings: Which operations, how strong, how often.
        vectors: Vectors of the vocabulary's V words, of any width: a file's, or a trained embedding's.
        words: The vocabulary's V words, needed for WordNet and for papers with characters; without them no
            stop words are known.

    Raises:
        SettingsError: WordNet was asked for and is missing or damaged.
        ValueError: WordNet without `words`.
    """

    def __init__(
        self, settings: AugmentSettings, vectors: WordVectors | None, words: Sequence[str] = ()
    ) -> None:
        self.settings = settings
        self.vectors = vectors
        self.words = words
        self.wordnet = None
        if settings.synonyms != "vectors" and not _WITH_SYNONYMS.isdisjoint(settings.operations):
            self.wordnet = find_wordnet(required=settings.synonyms == "wordnet")
        if self.wordnet is not None and not words:
            raise ValueError("WordNet needs the vocabulary's words")
        known = self.wordnet is not None or vectors is not None
        self.operations: list[str] = [
            name for name in settings.operations if known or name not in _WITH_SYNONYMS
        ]

    def note(self) -> str | None:
        """One line on where synonyms come from, or none if no operation needs any."""
        if _WITH_SYNONYMS.isdisjoint(self.settings.operations):
            return None
        if self.wordnet is not None:
            return "augmentation takes its synonyms from WordNet"
        if self.vectors is not None:
            return "augmentation takes its synonyms from the word vectors"
        return "note: without word vectors no synonyms are known; augmentation goes without them"

    @cached_property
    def synonyms(self) -> npt.NDArray[np.int32]:
        """(V, K) synonyms of each word, and 0; made when first needed, for it takes seconds."""
        if self.wordnet is not None:
            return wordnet_words(self.wordnet, self.words)
        assert self.vectors is not None
        return nearest_words(self.vectors, self.settings.min_similarity)

    @cached_property
    def usable(self) -> npt.NDArray[np.bool_]:
        """(V,) the words that have a synonym and are no stop words."""
        usable: npt.NDArray[np.bool_] = self.synonyms.max(axis=1) > 0
        usable[[index for index, word in enumerate(self.words) if word in STOP_WORDS]] = False
        return usable

    def __call__(self, ids: Ids, rng: np.random.Generator) -> Ids:
        """(L,) ids to (L',) ids, changed with probability `share`; never emptied."""
        return self._sometimes(ids, rng).ids

    def paper(self, paper: EncodedPaper, rng: np.random.Generator) -> EncodedPaper:
        """The paper with its abstract changed with probability `share`, and its characters with it."""
        changed = self._sometimes(paper.abstract, rng)
        words = paper.abstract_words
        if words is not None:
            put_in = changed.origins < 0
            words = words[changed.origins]
            words[put_in] = cut_words([self.words[i] for i in changed.ids[put_in]], words.dtype.itemsize)
        return replace(paper, abstract=changed.ids, abstract_words=words)

    def changed(self, ids: Ids, rng: np.random.Generator) -> Changed:
        """(L,) ids changed by one operation, whatever `share` says; never emptied."""
        if not self._can_change(ids):
            return _unchanged(ids)
        operation = self.operations[rng.integers(len(self.operations))]
        count = max(1, int(self.settings.alpha * len(ids)))
        if operation == "delete":
            kept = np.flatnonzero(rng.random(len(ids)) >= self.settings.alpha)
            return _chosen(ids, kept if len(kept) else np.arange(1))
        if operation == "swap":
            order = np.arange(len(ids))
            for one, other in rng.integers(len(ids), size=(count, 2)):
                order[[one, other]] = order[[other, one]]
            return _chosen(ids, order)
        return self._insert(ids, count, rng) if operation == "insert" else self._replace(ids, count, rng)

    def _can_change(self, ids: Ids) -> bool:
        return len(ids) > 1 and bool(self.operations)

    def _sometimes(self, ids: Ids, rng: np.random.Generator) -> Changed:
        if not self._can_change(ids) or rng.random() >= self.settings.share:
            return _unchanged(ids)
        return self.changed(ids, rng)

    def _replace(self, ids: Ids, count: int, rng: np.random.Generator) -> Changed:
        if self.wordnet is None:
            # Frozen: the published results draw any word, stop words too, and one of five, which may be none.
            places = rng.choice(len(ids), size=count, replace=False)
            synonyms = self.synonyms[ids[places], rng.integers(NEIGHBORS, size=count)]
            places, synonyms = places[synonyms > 0], synonyms[synonyms > 0]
        else:
            places = np.flatnonzero(self.usable[ids])
            places = rng.choice(places, size=min(count, len(places)), replace=False)
            synonyms = self._any_synonyms(ids[places], rng)
        result, origins = ids.copy(), _unchanged(ids).origins
        result[places], origins[places] = synonyms, -1
        return Changed(result, origins)

    def _insert(self, ids: Ids, count: int, rng: np.random.Generator) -> Changed:
        places = np.flatnonzero(self.usable[ids])
        if not len(places):
            return _unchanged(ids)
        synonyms = self._any_synonyms(ids[rng.choice(places, size=count)], rng)
        gaps = rng.integers(len(ids) + 1, size=count)
        return Changed(np.insert(ids, gaps, synonyms), np.insert(_unchanged(ids).origins, gaps, -1))

    def _any_synonyms(self, words: Ids, rng: np.random.Generator) -> Ids:
        """(N,) a synonym of each of N words, all of a word's alike probable."""
        rows = self.synonyms[words]
        best = np.where(rows > 0, rng.random(rows.shape), -1.0).argmax(axis=1)
        chosen: Ids = rows[np.arange(len(rows)), best]
        return chosen


def _unchanged(ids: Ids) -> Changed:
    return Changed(ids, np.arange(len(ids), dtype=np.int32))


def _chosen(ids: Ids, places: npt.NDArray[np.int64]) -> Changed:
    return Changed(ids[places], places.astype(np.int32))
