"""Easy data augmentation on word ids (Wei & Zou 2019, arXiv:1901.11196, section 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from arxonomy.config import AugmentSettings
from arxonomy.text.characters import cut_words
from arxonomy.text.synonyms import NEIGHBORS, STOP_WORDS, find_nearest_words, find_wordnet, find_wordnet_words
from arxonomy.text.vectors import WordVectors
from arxonomy.text.vocabulary import EncodedPaper, Ids

_WITH_SYNONYMS = frozenset({"synonym", "insert"})


@dataclass(frozen=True, slots=True)
class ChangedText:
    """A changed text, and where its words come from."""

    ids: Ids
    """(L',) word ids; L' is 1 at least, and more than L after an insertion alone."""
    origins: npt.NDArray[np.int32]
    """(L',) place of each word in the original text, 0..L-1; -1 for an added word."""


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
        has_synonyms = self.wordnet is not None or vectors is not None
        self.operations: list[str] = [
            name for name in settings.operations if has_synonyms or name not in _WITH_SYNONYMS
        ]

    def describe_synonyms(self) -> str | None:
        """Describe in one line where synonyms come from; None if no operation needs any."""
        if _WITH_SYNONYMS.isdisjoint(self.settings.operations):
            return None
        if self.wordnet is not None:
            return "augmentation takes its synonyms from WordNet"
        if self.vectors is not None:
            return "augmentation takes its synonyms from the word vectors"
        return "note: there are no word vectors, so augmentation uses no synonyms"

    @cached_property
    def synonyms(self) -> npt.NDArray[np.int32]:
        """(V, K) synonyms of each word, and 0; made when first needed, since it takes seconds."""
        if self.wordnet is not None:
            return find_wordnet_words(self.wordnet, self.words)
        assert self.vectors is not None
        return find_nearest_words(self.vectors, self.settings.min_similarity)

    @cached_property
    def usable(self) -> npt.NDArray[np.bool_]:
        """(V,) the words that have a synonym and are not stop words."""
        usable: npt.NDArray[np.bool_] = self.synonyms.max(axis=1) > 0
        usable[[index for index, word in enumerate(self.words) if word in STOP_WORDS]] = False
        return usable

    def __call__(self, ids: Ids, rng: np.random.Generator) -> Ids:
        """Change (L,) ids to (L',) ids with probability `share`; never to none."""
        return self._change_sometimes(ids, rng).ids

    def change_paper(self, paper: EncodedPaper, rng: np.random.Generator) -> EncodedPaper:
        """Change a paper's abstract with probability `share`, and its characters with it."""
        changed = self._change_sometimes(paper.abstract, rng)
        words = paper.abstract_words
        if words is not None:
            added = changed.origins < 0
            words = words[changed.origins]
            words[added] = cut_words([self.words[i] for i in changed.ids[added]], words.dtype.itemsize)
        return replace(paper, abstract=changed.ids, abstract_words=words)

    def change(self, ids: Ids, rng: np.random.Generator) -> ChangedText:
        """Change (L,) ids by one operation, regardless of `share`; never to none."""
        if not self._can_change(ids):
            return _keep(ids)
        operation = self.operations[rng.integers(len(self.operations))]
        count = max(1, int(self.settings.alpha * len(ids)))
        if operation == "delete":
            kept = np.flatnonzero(rng.random(len(ids)) >= self.settings.alpha)
            return _select(ids, kept if len(kept) else np.arange(1))
        if operation == "swap":
            order = np.arange(len(ids))
            for first, second in rng.integers(len(ids), size=(count, 2)):
                order[[first, second]] = order[[second, first]]
            return _select(ids, order)
        return self._insert(ids, count, rng) if operation == "insert" else self._replace(ids, count, rng)

    def _can_change(self, ids: Ids) -> bool:
        return len(ids) > 1 and bool(self.operations)

    def _change_sometimes(self, ids: Ids, rng: np.random.Generator) -> ChangedText:
        if not self._can_change(ids) or rng.random() >= self.settings.share:
            return _keep(ids)
        return self.change(ids, rng)

    def _replace(self, ids: Ids, count: int, rng: np.random.Generator) -> ChangedText:
        if self.wordnet is None:
            # Frozen: the published results draw any word, stop words too, and one of five, which may be none.
            places = rng.choice(len(ids), size=count, replace=False)
            synonyms = self.synonyms[ids[places], rng.integers(NEIGHBORS, size=count)]
            places, synonyms = places[synonyms > 0], synonyms[synonyms > 0]
        else:
            places = np.flatnonzero(self.usable[ids])
            places = rng.choice(places, size=min(count, len(places)), replace=False)
            synonyms = self._draw_synonyms(ids[places], rng)
        result, origins = ids.copy(), _keep(ids).origins
        result[places], origins[places] = synonyms, -1
        return ChangedText(result, origins)

    def _insert(self, ids: Ids, count: int, rng: np.random.Generator) -> ChangedText:
        places = np.flatnonzero(self.usable[ids])
        if not len(places):
            return _keep(ids)
        synonyms = self._draw_synonyms(ids[rng.choice(places, size=count)], rng)
        gaps = rng.integers(len(ids) + 1, size=count)
        return ChangedText(np.insert(ids, gaps, synonyms), np.insert(_keep(ids).origins, gaps, -1))

    def _draw_synonyms(self, words: Ids, rng: np.random.Generator) -> Ids:
        """(N,) a synonym of each of N words, each synonym equally probable."""
        rows = self.synonyms[words]
        best = np.where(rows > 0, rng.random(rows.shape), -1.0).argmax(axis=1)
        synonyms: Ids = rows[np.arange(len(rows)), best]
        return synonyms


def _keep(ids: Ids) -> ChangedText:
    return ChangedText(ids, np.arange(len(ids), dtype=np.int32))


def _select(ids: Ids, places: npt.NDArray[np.int64]) -> ChangedText:
    return ChangedText(ids[places], places.astype(np.int32))
