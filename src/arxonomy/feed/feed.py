"""Candidates -> the papers that one reader is shown, in order, each with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from arxonomy.advice import name_option
from arxonomy.artifacts.bundle import find_packaged_bundle
from arxonomy.artifacts.network_features import open_features
from arxonomy.errors import InputError, SettingsError
from arxonomy.explain import explain_prediction
from arxonomy.explain.words import find_top_words
from arxonomy.feed.candidates import Candidate, Wish, is_within
from arxonomy.feed.likes import find_liked
from arxonomy.feed.ranker import Features, Precision, Ranker
from arxonomy.inference import Classifier
from arxonomy.records import DECIMALS, TOP_K, Paper, Prediction

TOP = 20
"""Papers that a feed shows where nobody says how many."""

_WORDS = 6


@dataclass(frozen=True)
class Entry:
    """A paper that is shown."""

    candidate: Candidate
    prediction: Prediction
    """As `classify` gives it."""
    probability: float | None
    """Probability in 0..1 that its primary category is one of those asked for; None where none were."""
    score: float
    """By which it is ranked: that of the `Ranker`, or the probability."""
    words: tuple[str, ...]
    """Why: those that it shares with the likes, or those that drove the prediction, the foremost first."""
    nearest: str | None = None
    """Title of the like that is nearest in words; None without likes, or where no word is shared."""

    def to_dict(self) -> dict[str, Any]:
        """The entry as JSON can hold it."""
        paper, candidate = self.candidate.paper, self.candidate
        return {
            "id": paper.id,
            "title": paper.title,
            "authors": list(candidate.authors),
            "abstract": paper.abstract,
            "url": candidate.url,
            "kind": candidate.kind.value,
            "categories": list(candidate.codes),
            "published": paper.published,
            "announced": candidate.announced,
            "score": round(self.score, DECIMALS),
            "probability": None if self.probability is None else round(self.probability, DECIMALS),
            "words": list(self.words),
            "nearest_like": self.nearest,
            "prediction": self.prediction.to_dict(),
        }


@dataclass(frozen=True)
class Feed:
    """The papers that one reader is shown."""

    entries: tuple[Entry, ...]
    """In order, the best first."""
    wish: Wish
    ranked: int
    """Papers that were ranked: all that the reader wants, shown before or not."""
    left_out: dict[str, int]
    """Reason -> papers that are not shown for it."""
    likes: int
    """Papers by which they were ranked; 0: by the probability of the categories."""
    precision: Precision | None
    """Of the ranking by likes; None without them, and where nothing was ranked."""
    made_at: datetime
    announced_on: str | None = None
    """Day of the newest announcement among them."""
    completeness: str | None = None
    """What is known of what was harvested; None for files."""

    @property
    def title(self) -> str:
        """Such as `cs.CL without cs.AI, 2026-10-02`."""
        names = ", ".join(self.wish.categories) or "arXiv"
        without = f" without {', '.join(self.wish.excluded)}" if self.wish.excluded else ""
        return f"{names}{without}, {self.announced_on or f'{self.made_at:%Y-%m-%d}'}"

    def to_dict(self) -> dict[str, Any]:
        """The feed as JSON can hold it."""
        precision = self.precision
        return {
            "title": self.title,
            "made_at": self.made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "announced_on": self.announced_on,
            "categories": list(self.wish.categories),
            "excluded": list(self.wish.excluded),
            "completeness": self.completeness,
            "ranked": self.ranked,
            "left_out": self.left_out,
            "likes": self.likes,
            "precision_at_10": None
            if precision is None
            else {
                "value": round(precision.value, DECIMALS),
                "best": precision.best,
                "chance": round(precision.chance, DECIMALS),
                "held_out": precision.held_out,
                "papers": precision.papers,
            },
            "papers": [entry.to_dict() for entry in self.entries],
        }


def make_feed(
    candidates: Sequence[Candidate],
    classifier: Classifier,
    wish: Wish,
    likes: Sequence[Paper] = (),
    network: Features | None = None,
    *,
    shown: Container[object] = (),
    top: int = TOP,
    completeness: str | None = None,
) -> Feed:
    """Make a feed: choose, classify, rank, leave out what was shown before, and say why.

    Args:
        candidates: The papers, each once.
        classifier: Predicts their categories.
        wish: Which of them the reader wants.
        likes: The papers to rank by; none: by the probability of the categories that are asked for.
        network: Computes the features by which papers are compared with likes; None: the one in the package.
        shown: Names of the candidates that were shown before. They are ranked with the others, so that the
            history changes no score.
        top: Papers to show, >= 1.
        completeness: What is known of the harvest.

    Raises:
        SettingsError: There is nothing to rank by, or the model knows none of the categories.
    """
    if not (likes or wish.categories):
        raise SettingsError("expected categories or likes to rank the papers by, found neither")
    asked = _find_labels(classifier, wish)
    left_out: Counter[str] = Counter()
    chosen = _choose(candidates, wish, likes, left_out)
    wanted = _classify(chosen, classifier, asked, wish.min_confidence, left_out)
    ranker = None
    if likes and wanted:
        papers = [one.candidate.paper for one in wanted]
        ranker = Ranker(papers, likes, network or open_features(find_packaged_bundle()))
    scores = [one.probability or 0.0 for one in wanted] if ranker is None else ranker.scores.tolist()
    order = np.argsort(-np.array(scores), kind="stable").tolist()
    fresh = [row for row in order if wanted[row].candidate.name not in shown]
    left_out["shown before"] = len(order) - len(fresh)
    left_out[f"below the first {top:,}"] = max(0, len(fresh) - top)
    entries = []
    for row in fresh[:top]:
        one, nearest = wanted[row], None
        if ranker is None:
            words = _explain(classifier, one)
        else:
            words = ranker.find_words(row, _WORDS)
            if (place := ranker.find_nearest(row)) is not None:
                nearest = likes[place].title or likes[place].id
        entries.append(
            Entry(one.candidate, one.prediction, one.probability, scores[row], tuple(words), nearest)
        )
    return Feed(
        entries=tuple(entries),
        wish=wish,
        ranked=len(wanted),
        left_out=+left_out,
        likes=len(likes),
        precision=None if ranker is None else ranker.measure_precision(),
        made_at=datetime.now(UTC),
        announced_on=max((one.announced for one in candidates if one.announced), default=None),
        completeness=completeness,
    )


class _Ranked(NamedTuple):
    """A paper that the reader wants."""

    candidate: Candidate
    prediction: Prediction
    probability: float | None
    best: str | None
    """The most probable category of those asked for."""


def _find_labels(classifier: Classifier, wish: Wish) -> list[str]:
    """The labels of the model that are categories asked for, or within archives asked for."""
    for name in wish.categories:
        if not any(is_within(label, [name]) for label in classifier.labels):
            raise SettingsError(
                f"the model has no category {name}; leave out {name_option('--model')}: the packaged one has "
                "all of arXiv's"
            )
    return [label for label in classifier.labels if is_within(label, wish.categories)]


def _choose(
    candidates: Sequence[Candidate], wish: Wish, likes: Sequence[Paper], left_out: Counter[str]
) -> list[Candidate]:
    """The candidates that are to be classified; those left out are counted by the reason."""
    liked = find_liked([candidate.paper for candidate in candidates], likes) if likes else set()
    chosen = []
    for place, candidate in enumerate(candidates):
        fault = wish.find_fault(candidate) or ("among the likes" if place in liked else None)
        if fault is None:
            chosen.append(candidate)
        else:
            left_out[fault] += 1
    return chosen


def _classify(
    candidates: Sequence[Candidate],
    classifier: Classifier,
    asked: Sequence[str],
    min_confidence: float,
    left_out: Counter[str],
) -> list[_Ranked]:
    """The candidates with their predictions, but for those that are too improbable, which are counted."""
    wanted = []
    predictions = classifier.stream((candidate.paper for candidate in candidates), None)
    for candidate, prediction in zip(candidates, predictions, strict=True):
        shares = dict(prediction.categories)
        probability = min(1.0, sum(shares[label] for label in asked)) if asked else None
        if probability is not None and probability < min_confidence:
            left_out[f"less probable than {min_confidence:g}"] += 1
            continue
        kept = replace(prediction, categories=prediction.categories[:TOP_K])
        best = max(asked, key=lambda label: shares[label], default=None)
        wanted.append(_Ranked(candidate, kept, probability, best))
    return wanted


def _explain(classifier: Classifier, ranked: _Ranked) -> list[str]:
    """The words that drove the most probable category of those asked for; none for a text without an end."""
    try:
        explanation = explain_prediction(classifier, ranked.candidate.paper, category=ranked.best)
    except InputError:
        return []
    words = explanation.words
    best = find_top_words(words, explanation.scores, len(words))
    return [words[place].text for place in best if words[place].text not in ENGLISH_STOP_WORDS][:_WORDS]
