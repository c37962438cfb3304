"""Probabilities of papers -> their predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from arxonomy.errors import InputError
from arxonomy.inference.answers import Answers, Probabilities
from arxonomy.records import LISTED_FROM, Paper, Prediction

Ranking = tuple[tuple[str, float], ...]
"""(category, probability) pairs, most probable first."""


def check_options(top_k: int | None, min_confidence: float | None) -> None:
    """Make sure that the options of a prediction are in range.

    Raises:
        InputError: One is not.
    """
    if top_k is not None and top_k < 1:
        raise InputError(f"top_k: expected at least 1, found {top_k}")
    if min_confidence is not None and not 0 <= min_confidence <= 1:
        raise InputError(f"min_confidence: expected 0..1, found {min_confidence}; 90% is 0.9")


def make_predictions(
    papers: Sequence[Paper],
    answers: Answers,
    labels: Sequence[str],
    *,
    top_k: int | None,
    min_confidence: float | None,
    unknown_words_limit: float,
) -> Iterator[Prediction]:
    """Make the prediction of each of N papers.

    Args:
        papers: The papers.
        answers: What is said of them in the end.
        labels: The C categories.
        top_k: Categories that are kept of each, >= 1; None: all.
        min_confidence: Probability in 0..1 below which no category is given; None: any is.
        unknown_words_limit: Share of unknown words above which a prediction carries a warning.
    """
    names = np.array(labels, dtype=np.object_)
    least = 0.0 if min_confidence is None else min_confidence
    kept = np.full(len(papers), len(labels) if top_k is None else top_k)
    rankings = _rank(answers.probabilities, names, kept)
    lists: Sequence[Ranking | None] = [None] * len(papers)
    if answers.listed is not None:
        lists = _rank(answers.listed, names, (answers.listed >= LISTED_FROM).sum(axis=1))
    for paper, unknown, read, ranking, listed in zip(
        papers, answers.unknown, answers.reads, rankings, lists, strict=True
    ):
        warnings = _list_warnings(unknown, unknown_words_limit)
        yield Prediction(paper.id, ranking, unknown, read, warnings, ranking[0][1] < least, listed)


def _rank(probabilities: Probabilities, names: np.ndarray, kept: np.ndarray) -> list[Ranking]:
    """The most probable categories of each paper, as many of them as `kept` (N,) says."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, : kept.max(initial=0)]
    best, shares = names[order].tolist(), np.take_along_axis(probabilities, order, axis=1).tolist()
    return [
        tuple(zip(some[:count], own[:count], strict=True))
        for some, own, count in zip(best, shares, kept.tolist(), strict=True)
    ]


def _list_warnings(unknown: float, limit: float) -> tuple[str, ...]:
    if unknown <= limit:
        return ()
    share = f"{100 * unknown:.0f}%"
    return (f"{share} of the words are unknown to this model: another language, another field, or noise",)
