"""The words a model knows, and papers as arrays of their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np
import numpy.typing as npt

from arxonomy.config import TextSettings
from arxonomy.markup import FORMULA_WORDS
from arxonomy.records import PARTS, Paper
from arxonomy.text.characters import Words, cut_words
from arxonomy.text.tokens import tokenize, tokenize_and_count

PAD, UNK = 0, 1
Ids = npt.NDArray[np.int32]


class Vocabulary:
    """A fixed list of words; the id of a word is its position, `<PAD>`=0, `<UNK>`=1."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self.ids = {word: index for index, word in enumerate(self.words)}
        if self.words[:2] != ("<PAD>", "<UNK>") or len(self.ids) != len(self.words):
            raise ValueError("a vocabulary starts with <PAD>, <UNK> and names no word twice")

    def __len__(self) -> int:
        return len(self.words)

    @classmethod
    def build(cls, papers: Iterable[Paper], settings: TextSettings) -> Vocabulary:
        """Build the vocabulary of titles and abstracts: by frequency, ties in alphabetical order.

        Args:
            papers: The training papers, and no others.
            settings: `min_count` and `max_words` (`<PAD>` and `<UNK>` included) are read.
        """
        counts: Counter[str] = Counter()
        for paper in papers:
            counts.update(tokenize(paper.title))
            counts.update(tokenize(paper.abstract))
        kept = [(-count, word) for word, count in counts.items() if count >= settings.min_count]
        words = [word for _, word in sorted(kept)[: settings.max_words - 2]]
        return cls(["<PAD>", "<UNK>", *words])


@dataclass(frozen=True, slots=True)
class EncodedPaper:
    """A paper as a network reads it."""

    title: Ids
    """(T,) word ids, T at most `title_tokens`; may be empty."""
    abstract: Ids
    """(L,) word ids, L at most `abstract_tokens`; may be empty."""
    unknown_words: float
    """Share in 0..1 of the words that are not in the vocabulary; 1.0 when there are none.

    Signs of formulas that are not in it do not count.
    """
    title_words: Words | None = None
    """(T,) the words themselves, cut to M characters, for a network that reads characters."""
    abstract_words: Words | None = None
    """(L,) likewise."""

    @property
    def read(self) -> tuple[str, ...]:
        """The parts, out of `PARTS`, that have a word; as `find_read_parts` finds them."""
        if len(self.title) and len(self.abstract):
            return PARTS
        return tuple(part for part in PARTS if len(getattr(self, part)))

    def keep_part(self, part: str) -> EncodedPaper:
        """This paper with its `title` or its `abstract` alone; its share of unknown words stays."""
        if part == "title":
            return replace(self, abstract=self.abstract[:0], abstract_words=_empty(self.abstract_words))
        return replace(self, title=self.title[:0], title_words=_empty(self.title_words))


def _empty(words: Words | None) -> Words | None:
    return None if words is None else words[:0]


class Encoder:
    """Turns papers into ids, in the same way for training and for predictions."""

    def __init__(self, vocabulary: Vocabulary, settings: TextSettings) -> None:
        self.vocabulary = vocabulary
        self.settings = settings
        self.words = self._cut(vocabulary.words)
        """(V,) the vocabulary's words cut to M characters, if the network reads characters."""
        self._unknown_signs = FORMULA_WORDS - vocabulary.ids.keys()

    def encode(self, paper: Paper) -> EncodedPaper:
        """Tokenize, cut to the settings' lengths and look the words up."""
        settings = self.settings
        title_words, title_foreign = tokenize_and_count(paper.title)
        abstract_words, abstract_foreign = tokenize_and_count(paper.abstract)
        title_words = title_words[: settings.title_tokens]
        abstract_words = abstract_words[: settings.abstract_tokens]
        words = title_words + abstract_words
        ids = list(map(self.vocabulary.ids.get, words, repeat(UNK)))
        foreign = title_foreign + abstract_foreign
        # That a sign of a formula is not known says nothing of the paper's language.
        signs = 0
        if not self._unknown_signs.isdisjoint(words):
            signs = sum(map(self._unknown_signs.__contains__, words))
        count = len(ids) + foreign - signs
        row = np.array(ids, dtype=np.int32)
        return EncodedPaper(
            row[: len(title_words)],
            row[len(title_words) :],
            (ids.count(UNK) + foreign - signs) / count if count else 1.0,
            self._cut(title_words),
            self._cut(abstract_words),
        )

    def _cut(self, words: Sequence[str]) -> Words | None:
        return cut_words(words, self.settings.word_chars) if self.settings.word_chars else None
