"""Readers of words and runs of words, and of nothing at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from arxonomy.config.baselines import MajoritySettings, NgramSettings
from arxonomy.errors import DataError
from arxonomy.markup import FORMULA_WORDS, clean_markup
from arxonomy.models.baselines.reader import Facts, Tensors
from arxonomy.records import Paper


class EmptyReader:
    """Reads nothing of a paper, so no word is unknown to it."""

    @classmethod
    def fit(cls, settings: MajoritySettings, papers: Sequence[Paper]) -> Self:
        """A reader; there is nothing to learn."""
        return cls()

    @classmethod
    def restore(cls, settings: MajoritySettings, tensors: Tensors, facts: Facts) -> Self:
        """The reader of a saved baseline."""
        return cls()

    def compute_features(self, papers: Sequence[Paper]) -> npt.NDArray[np.float64]:
        """(N, 0)."""
        return np.zeros((len(papers), 0))

    def compute_unknown_shares(self, papers: Sequence[Paper]) -> list[float]:
        """0.0 for each paper."""
        return [0.0] * len(papers)

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
        self._vectorizer = _make_vectorizer(settings, vocabulary={word: i for i, word in enumerate(words)})
        if rarity is not None:
            self._vectorizer.idf_ = rarity
        self._known = {word for word in words if " " not in word}
        self._split = self._vectorizer.build_tokenizer()

    @classmethod
    def fit(cls, settings: NgramSettings, papers: Sequence[Paper]) -> Self:
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
        """The reader of a saved baseline."""
        return cls(settings, facts["words"], tensors.get("rarity"))

    def compute_features(self, papers: Sequence[Paper]) -> Any:
        """(N, F) sparse float64."""
        return self._vectorizer.transform(join_texts(papers))

    def compute_unknown_shares(self, papers: Sequence[Paper]) -> list[float]:
        """Share of the single words that are not known."""
        return [
            compute_unknown_share(
                [
                    word in self._known
                    for word in self._split(text.lower())
                    # That a sign of a formula is not known says nothing of the paper's language.
                    if word in self._known or word not in FORMULA_WORDS
                ]
            )
            for text in join_texts(papers)
        ]

    def get_state(self) -> tuple[Tensors, Facts]:
        """The words, and how rare each is."""
        return {} if self.rarity is None else {"rarity": self.rarity}, {"words": self.words}


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
