"""An explanation of one prediction, in one shape for all methods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from arxonomy.explain.words import Scores, Word, compute_shades
from arxonomy.records import DECIMALS, Paper, Prediction

Method = Literal["occlusion", "gradients", "attention"]
METHODS: tuple[Method, ...] = ("occlusion", "gradients", "attention")

GATES = ("title", "abstract", "bag of words")
"""What a gate is for, in the order of `Explanation.gates`."""

FAINT = 0.1
"""A change of log-odds that is drawn in the deepest color only where none is larger: of a probability of
50%, it takes two and a half points."""


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """The words that drove one prediction: T of the title, L of the abstract, as many as the model reads.

    What is explained is a number F of the paper: the log-odds of a category, ln(p / (1 - p)), or of one
    category against another, ln(p / q), with the calibrated probabilities of the models. Where many words
    are unknown, `prediction` is less confident than they are.
    """

    paper: Paper
    """The paper, whose texts the words point into."""
    prediction: Prediction
    """The answer, as `classify` gives it."""
    method: Method
    """How the scores of words were computed."""
    category: str
    """The category that is explained."""
    against: str | None
    """The category that it is compared with; None: all others."""
    log_odds: float
    """F of the paper; positive when the category is more probable than the other, or than all others."""
    title_words: tuple[Word, ...]
    """The T words of the title; may be empty."""
    abstract_words: tuple[Word, ...]
    """The L words of the abstract; may be empty."""
    title: Scores
    """(T,) the score of each word. By occlusion: how much F falls when the word is taken away, so that
    positive words support the category. By gradients: the word's share in the rise of F from a paper of
    the same length without meaning; all words together have the whole. By attention: the share in 0..1 of
    the attention that the word gets, which belongs to no category; those of a text sum to 1."""
    abstract: Scores
    """(L,) likewise. In the attention of the `baseline` a weight belongs to the place where a window of words
    begins."""
    branches: tuple[float, float]
    """How much F falls when the whole title, or the whole abstract, is taken away; with every method."""
    gates: tuple[float, ...] | None
    """How much of each of `GATES` the network lets through to the answer, each in 0..1: of title, abstract,
    and a bag of words where it has one; of several networks, the first. None for a baseline."""
    unread: tuple[int, int]
    """How many words of the title and of the abstract the model does not read, after those that it does."""
    title_map: Scores | None = None
    """(T, T) by attention, where the network has self-attention: row i holds how word i spreads its attention
    over the title, and sums to 1."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The human names of categories that have one."""

    @property
    def words(self) -> tuple[Word, ...]:
        """(T+L,) the words of title and abstract."""
        return self.title_words + self.abstract_words

    @property
    def scores(self) -> Scores:
        """(T+L,) their scores."""
        return np.concatenate([self.title, self.abstract])

    @property
    def depths(self) -> tuple[Scores, Scores]:
        """(T,) and (L,) the scores as depths of color in -1..1, for all renderings.

        Attention as `compute_shades` says. Others are proportional to the scores, whose unit is the same in
        both texts; the deepest is the largest score of the paper, or `FAINT` where all are smaller.
        """
        if self.method == "attention":
            return compute_shades(self.title), compute_shades(self.abstract)
        most = max(FAINT, float(np.abs(self.scores).max(initial=0.0)))
        return self.title / most, self.abstract / most

    @property
    def heat_map(self) -> Scores:
        """`title_map`, or (1, T) the scores of the title where there is none."""
        return self.title[None] if self.title_map is None else self.title_map

    def list_gates(self) -> list[tuple[str, float]]:
        """List the gates, 2 or 3 of them, each with its name; none for a baseline."""
        return list(zip(GATES, self.gates or (), strict=False))

    def to_dict(self) -> dict[str, Any]:
        """The explanation in the shape of one line of JSON: that of the prediction, and `explanation`.

        Offsets count characters (Unicode code points), from 0, in the title and abstract as they were passed.
        """
        explanation = {
            "method": self.method,
            "category": self.category,
            "against": self.against,
            "log_odds": round(self.log_odds, DECIMALS),
            "title": _scores_to_dicts(self.title_words, self.title),
            "abstract": _scores_to_dicts(self.abstract_words, self.abstract),
            "branches": _round_all(zip(GATES, self.branches, strict=False)),
            "gates": None if self.gates is None else _round_all(self.list_gates()),
            "unread": dict(zip(("title", "abstract"), self.unread, strict=True)),
        }
        return {**self.prediction.to_dict(), "explanation": explanation}


def _scores_to_dicts(words: Sequence[Word], scores: Scores) -> list[dict[str, Any]]:
    return [
        {
            "word": word.text,
            "start": word.start,
            "end": word.end,
            "score": round(score, DECIMALS),
            "known": word.known,
        }
        for word, score in zip(words, scores.tolist(), strict=True)
    ]


def _round_all(named: Iterable[tuple[str, float]]) -> dict[str, float]:
    return {name.replace(" ", "_"): round(number, DECIMALS) for name, number in named}
