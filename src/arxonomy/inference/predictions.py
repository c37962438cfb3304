"""Probabilities of papers -> their predictions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from arxonomy.errors import InputError
from arxonomy.inference.answers import Answers, Probabilities
from arxonomy.records import LISTED_FROM, Paper, Prediction

_NAMED, _NAMED_FROM = 3, 0.05
"""Most labels outside of a view that a warning names, and their least probability."""

_UNKNOWN_WORDS = "{share} of the words are unknown to this model: another language, another field, or noise"
_ATYPICAL = (
    "less typical of this model's field than {share} of the papers that it was calibrated on: another field, "
    "another language, or no paper"
)

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
    outside_labels: Sequence[str] = (),
) -> Iterator[Prediction]:
    """Make the prediction of each of N papers.

    Args:
        papers: The papers.
        answers: What is said of them in the end.
        labels: The C categories.
        top_k: Categories that are kept of each, >= 1; None: all.
        min_confidence: Probability in 0..1 below which no category is given; None: any is.
        unknown_words_limit: Share of unknown words above which a prediction carries a warning.
        outside_labels: The O labels of `answers.outside`.
    """
    least = 0.0 if min_confidence is None else min_confidence
    kept = np.full(len(papers), len(labels) if top_k is None else top_k)
    rankings = rank(answers.probabilities, labels, kept)
    lists: Sequence[Ranking | None] = [None] * len(papers)
    if answers.listed is not None:
        lists = rank(answers.listed, labels, (answers.listed >= LISTED_FROM).sum(axis=1))
    elsewhere = np.zeros((len(papers), 0)) if answers.outside is None else answers.outside
    typicality = np.full(len(papers), np.nan) if answers.typicality is None else answers.typicality
    for row, (paper, unknown, read, ranking, listed) in enumerate(
        zip(papers, answers.unknown, answers.reads, rankings, lists, strict=True)
    ):
        outside = None if answers.outside is None else min(1.0, float(elsewhere[row].sum()))
        typical = None if math.isnan(typicality[row]) else float(typicality[row])
        prediction = Prediction(
            paper.id, ranking, unknown, read, listed=listed, outside=outside, typicality=typical
        )
        warnings = _list_warnings(unknown, unknown_words_limit)
        if prediction.is_atypical:
            warnings += (_describe_atypical(prediction),)
        if prediction.is_outside:
            warnings += (_describe_outside(elsewhere[row], outside_labels),)
        abstained = prediction.is_refused or ranking[0][1] < least
        yield replace(prediction, warnings=warnings, abstained=abstained)


def rank(probabilities: Probabilities, labels: Sequence[str], kept: np.ndarray) -> list[Ranking]:
    """Rank the most probable of the C categories of each paper, as many of them as `kept` (N,) says."""
    names = np.array(labels, dtype=np.object_)
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, : kept.max(initial=0)]
    best, shares = names[order].tolist(), np.take_along_axis(probabilities, order, axis=1).tolist()
    return [
        tuple(zip(some[:count], own[:count], strict=True))
        for some, own, count in zip(best, shares, kept.tolist(), strict=True)
    ]


def _list_warnings(unknown: float, limit: float) -> tuple[str, ...]:
    if unknown <= limit:
        return ()
    return (_UNKNOWN_WORDS.format(share=f"{100 * unknown:.0f}%"),)


def _describe_atypical(prediction: Prediction) -> str:
    share = min(0.999, 1.0 - (prediction.typicality or 0.0))
    return _ATYPICAL.format(share=f"{share:.1%}")


def _describe_outside(shares: Probabilities, labels: Sequence[str]) -> str:
    """Say where the probability is, of the O labels outside of a view."""
    best = np.argsort(-shares, kind="stable")[:_NAMED].tolist()
    named = [place for place in best if shares[place] >= _NAMED_FROM]
    where = ", ".join(f"{labels[place]} {shares[place]:.0%}" for place in named)
    if shares[best[0]] < _NAMED_FROM:
        where = f"spread over {len(labels):,} others"
    whole = min(1.0, float(shares.sum()))
    return f"none of these categories: {whole:.0%} of the probability is outside of them ({where})"
