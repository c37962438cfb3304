"""Readers of words and runs of words, and of nothing at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from arxonomy.config.baselines import MajoritySettings, NgramSettings
from arxonomy.errors import DataError
from arxonomy.markup import FORMULA_WORDS, clean_markup
from arxonomy.models.baselines.reader import Facts, Floats, Tensors
from arxonomy.models.baselines.rows import Row, decide_by_rows, stack_rows
from arxonomy.records import Paper

_WORD = re.compile(r"\b\w\w+\b")


class EmptyReader:
    """Reads nothing of a paper, so no word is unknown to it."""

    @classmethod
    def fit(
        cls,
        settings: MajoritySettings,
        papers: Sequence[Paper],
        labels: npt.NDArray[np.int64] | None,
        seed: int,
    ) -> Self:
        """A reader; there is nothing to learn."""
        return cls()

    @classmethod
    def restore(cls, settings: MajoritySettings, tensors: Tensors, facts: Facts) -> Self:
        """The reader of a saved baseline."""
        return cls()

    @property
    def width(self) -> int:
        """0."""
        return 0

    def compute_features(self, papers: Sequence[Paper]) -> npt.NDArray[np.float64]:
        """(N, 0)."""
        return np.zeros((len(papers), 0))

    def compute_unknown_shares(self, papers: Sequence[Paper]) -> list[float]:
        """0.0 for each paper."""
        return [0.0] * len(papers)

    def compute_decision(self, papers: Sequence[Paper], weights: Floats, bias: Floats) -> Floats:
        """See `Reader.compute_decision`."""
        return np.tile(np.asarray(bias, dtype=np.float64), (len(papers), 1))

    def get_state(self) -> tuple[Tensors, Facts]:
        """Nothing."""
        return {}, {}


class NgramReader:
    """Counts lower-cased words of two letters and more, and runs of them, over title and abstract.

    Args:
        settings: What is counted, and how.
        words: The F words and runs that are known, a run with spaces; the features in their order.
        rarity: (F,) the factor of each (scikit-learn's smoothed inverse document frequency) where
            the settings weigh by it; None elsewhere.
    """

    def __init__(
        self,
        settings: NgramSettings,
        words: Sequence[str],
        rarity: npt.NDArray[np.float64] | None = None,
    ) -> None:
        self.words = list(words)
        self.rarity = rarity
        self._settings = settings
        self._ids = {word: i for i, word in enumerate(words)}

    @classmethod
    def fit(
        cls, settings: NgramSettings, papers: Sequence[Paper], labels: npt.NDArray[np.int64] | None, seed: int
    ) -> Self:
        """The reader that knows the words of enough training papers.

        Raises:
            DataError: There are no such words.
        """
        vectorizer = _make_vectorizer(settings, min_df=min(settings.min_papers, len(papers)))
        try:
            vectorizer.fit(join_texts(papers))
        except ValueError as error:  # how scikit-learn says that no word is left
            raise DataError(
                f"expected words that occur in {settings.min_papers} training papers or more, found none in "
                f"{len(papers)} papers; give more papers, or a smaller baseline.min_papers"
            ) from error
        words = vectorizer.get_feature_names_out().tolist()
        return cls(settings, words, vectorizer.idf_ if "tf-idf" in settings.weighting else None)

    @classmethod
    def restore(cls, settings: NgramSettings, tensors: Tensors, facts: Facts) -> Self:
        """The reader of a saved baseline.

        Raises:
            KeyError: There is no `rarity` of the words, where they are weighed by it.
            ValueError: There is another number of them.
        """
        rarity = tensors["rarity"] if "tf-idf" in settings.weighting else None
        if rarity is not None and rarity.shape != (len(facts["words"]),):
            raise ValueError(f"the rarity {rarity.shape} of {len(facts['words'])} words")
        return cls(settings, facts["words"], rarity)

    @property
    def width(self) -> int:
        """F."""
        return len(self.words)

    def compute_features(self, papers: Sequence[Paper]) -> Any:
        """(N, F) sparse float64."""
        return stack_rows(self._compute_rows(papers), len(self.words))

    def compute_decision(self, papers: Sequence[Paper], weights: Floats, bias: Floats) -> Floats:
        """See `Reader.compute_decision`."""
        return decide_by_rows(self._compute_rows(papers), weights, bias)

    def compute_unknown_shares(self, papers: Sequence[Paper]) -> list[float]:
        """Share of the single words that are not known."""
        return [
            compute_unknown_share(
                [
                    word in self._ids
                    for word in _WORD.findall(text.lower())
                    # That a sign of a formula is not known says nothing of the paper's language.
                    if word in self._ids or word not in FORMULA_WORDS
                ]
            )
            for text in join_texts(papers)
        ]

    def get_state(self) -> tuple[Tensors, Facts]:
        """The words, and how rare each is."""
        return {} if self.rarity is None else {"rarity": self.rarity}, {"words": self.words}

    def _compute_rows(self, papers: Sequence[Paper]) -> Iterator[Row]:
        """Each paper's features, as scikit-learn's vectorizers compute them."""
        for text in join_texts(papers):
            words = _WORD.findall(text.lower())
            counts: Counter[int] = Counter()
            for length in range(1, self._settings.ngrams + 1):
                runs = (" ".join(words[start : start + length]) for start in range(len(words) - length + 1))
                counts.update(self._ids[run] for run in runs if run in self._ids)
            ids = np.array(sorted(counts), dtype=np.int64)
            yield Row(ids, self._weigh(ids, np.array([counts[i] for i in ids.tolist()], dtype=np.float64)))

    def _weigh(self, ids: npt.NDArray[np.int64], counts: Floats) -> Floats:
        """The values of features with these counts."""
        weighting = self._settings.weighting
        if self.rarity is None:
            return np.ones_like(counts) if weighting == "presence" else counts
        values = (1.0 + np.log(counts) if weighting == "sublinear-tf-idf" else counts) * self.rarity[ids]
        return np.asarray(values / max(float(np.sqrt((values**2).sum())), np.finfo(np.float64).tiny))


def join_texts(papers: Sequence[Paper]) -> list[str]:
    """Each paper as one text, without markup."""
    return [f"{clean_markup(paper.title)}\n{clean_markup(paper.abstract)}" for paper in papers]


def compute_unknown_share(known: Sequence[bool]) -> float:
    """Share in 0..1 of the words that are not known; 1.0 if there are none."""
    return 1.0 - sum(known) / len(known) if known else 1.0


def _make_vectorizer(settings: NgramSettings, **options: Any) -> Any:
    """Scikit-learn's vectorizer of these settings."""
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    options |= {"ngram_range": (1, settings.ngrams), "lowercase": True, "dtype": np.float64}
    if "tf-idf" in settings.weighting:
        return TfidfVectorizer(sublinear_tf=settings.weighting == "sublinear-tf-idf", **options)
    return CountVectorizer(binary=settings.weighting == "presence", **options)
