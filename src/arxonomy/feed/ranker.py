"""Candidates ranked by the papers that a reader likes.

    score = z(mean TF-IDF cosine to the likes) + weight * z(mean cosine of the network's features to them)

z standardizes over the candidates. The features are centered and whitened, as in linear discriminant analysis
with one class against all. Both parts are linear in the likes, so that each like can be left out in closed
form; that chooses the weight, and measures the precision. `experiments/feed.py` compares it with nearest
neighbors.

Document frequencies, the mean and the covariance are those of candidates and likes together. If they were of
the candidates alone, a like that is left out would differ from these: its rare words would not count, which
would bring it nearer to everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer

from arxonomy.errors import InputError
from arxonomy.markup import clean_markup
from arxonomy.records import Paper

WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Weights of the network's part to choose from."""
PLACES = 10
"""The places of which the precision is measured."""

_SHRINKAGE = 1.0
"""What is added to the covariance's diagonal, in units of its mean."""
_LEFT_OUT = 50
"""Likes that are left out in turn, at most, to choose the weight."""
_HALVES = 20
"""Halves of the likes on which the precision is measured."""
_SEED = 0

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class Features(Protocol):
    """Reads papers by a network, as `FeatureReader` does."""

    def compute_features(self, papers: Sequence[Paper]) -> npt.NDArray[np.float32]:
        """(N, F) features of N >= 1 papers."""
        ...


@dataclass(frozen=True)
class Precision:
    """What ranking by one half of the likes makes of the other half among the candidates, over many halves.

    The candidates themselves count as not liked, so that it is too low where some are.
    """

    value: float
    """Mean share in 0..1 of the first `PLACES` places that held-out likes take."""
    best: float
    """Share that a perfect ranking reaches: below 1 where fewer likes are held out than there are places."""
    chance: float
    """Share that an order by chance reaches."""
    held_out: int
    """Likes that are held out at a time."""
    papers: int
    """Papers among which they are: the candidates and they themselves."""


class Ranker:
    """Ranks N >= 1 candidates by L >= 3 likes.

    Args:
        candidates: The papers to rank.
        likes: The papers that a reader likes, none of which is a candidate.
        network: Computes the features.

    Attributes:
        weight: The one of `WEIGHTS` with which likes that were left out came first among the candidates.
        scores: (N,) the candidates' scores, higher for what is more like the likes.

    Raises:
        InputError: No paper has a word.
    """

    def __init__(self, candidates: Sequence[Paper], likes: Sequence[Paper], network: Features) -> None:
        self._count = len(candidates)
        texts = [clean_markup(f"{paper.title} {paper.abstract}") for paper in (*candidates, *likes)]
        vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
        try:
            self._text = vectorizer.fit_transform(texts)  # (N+L, V), rows of length 1
        except ValueError:
            raise InputError("the papers have no words by which they could be compared with likes") from None
        self._words = vectorizer.get_feature_names_out()
        self._features = _whiten(network.compute_features([*candidates, *likes]))
        likes_rows = np.arange(self._count, len(texts))
        self.weight = self._choose_weight(likes_rows)
        self.scores: Floats = self._score(likes_rows, self.weight)[: self._count]
        self._likes = likes_rows

    def find_words(self, row: int, most: int = 6) -> list[str]:
        """Find the words that a candidate shares with the likes, the largest parts of the cosine first."""
        shared = self._text[row].multiply(self._text[self._likes].mean(axis=0)).tocoo()
        best = np.argsort(-shared.data, kind="stable")[:most]
        return [str(self._words[shared.col[place]]) for place in best if shared.data[place] > 0]

    def find_nearest(self, row: int) -> int | None:
        """Find the like with the largest TF-IDF cosine to a candidate; None if they share no word."""
        cosines = (self._text[self._likes] @ self._text[row].T).toarray().ravel()
        return int(cosines.argmax()) if cosines.any() else None

    def measure_precision(self) -> Precision:
        """Measure the precision on random halves of the likes, always the same ones."""
        rng = np.random.default_rng(_SEED)
        held_out, hits = len(self._likes) // 2, []
        for _ in range(_HALVES):
            order = rng.permutation(self._likes)
            held, kept = order[:held_out], order[held_out:]
            scores = self._score(kept, self._choose_weight(kept))
            ranked = np.concatenate([np.arange(self._count), held])
            first = ranked[np.argsort(-scores[ranked], kind="stable")[:PLACES]]
            hits.append(np.count_nonzero(first >= self._count) / PLACES)
        papers = self._count + held_out
        return Precision(
            value=float(np.mean(hits)),
            best=min(PLACES, held_out) / PLACES,
            chance=min(PLACES, papers) / PLACES * held_out / papers,
            held_out=held_out,
            papers=papers,
        )

    def _choose_weight(self, likes: Rows) -> float:
        """The weight with the least mean logarithm of the ranks of likes left out in turn."""
        ranks = []
        for left_out in likes[np.linspace(0, len(likes) - 1, min(len(likes), _LEFT_OUT)).astype(np.intp)]:
            text, network = self._compare(likes[likes != left_out])
            scores = text + np.multiply.outer(WEIGHTS, network)  # (W, N+L)
            ranks.append((scores[:, : self._count] > scores[:, [left_out]]).sum(axis=1))
        return WEIGHTS[int(np.log1p(ranks).mean(axis=0).argmin())]

    def _score(self, likes: Rows, weight: float) -> Floats:
        """(N+L,) scores by some of the likes."""
        text, network = self._compare(likes)
        return text + weight * network

    def _compare(self, likes: Rows) -> tuple[Floats, Floats]:
        """(N+L,) the standardized mean cosines to some of the likes, by TF-IDF and by features."""
        text = self._text @ np.asarray(self._text[likes].mean(axis=0)).ravel()
        network = self._features @ self._features[likes].mean(axis=0)
        return self._standardize(text), self._standardize(network)

    def _standardize(self, values: Floats) -> Floats:
        own = values[: self._count]
        return np.asarray((values - own.mean()) / (own.std() or 1.0), dtype=np.float64)


def _whiten(features: npt.NDArray[np.float32]) -> Floats:
    """(M, F) features, centered and whitened, then scaled to length 1."""
    centered = features - features.mean(axis=0, dtype=np.float64)
    covariance = centered.T @ centered / len(centered)
    width = len(covariance)
    covariance += (_SHRINKAGE * np.trace(covariance) / width or 1.0) * np.eye(width)
    # x' S^-1 y = (L' x)' (L' y), where S^-1 = L L'
    whitened = centered @ np.linalg.cholesky(np.linalg.inv(covariance))
    lengths = np.linalg.norm(whitened, axis=1, keepdims=True)
    return np.asarray(whitened / np.where(lengths > 0, lengths, 1.0), dtype=np.float64)
