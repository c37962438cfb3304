"""What taking a word away changes in the answer: true of any model, since it only asks for answers.

Source: Zeiler & Fergus 2014 (arXiv:1311.2901), section 4.2, of pictures; Li, Monroe & Jurafsky 2016
(arXiv:1612.08220), "Understanding Neural Networks through Representation Erasure", section 3, of words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, islice
from typing import NamedTuple

import numpy as np

from arxonomy.explain.target import Target
from arxonomy.explain.words import PaperWords, Scores, Word
from arxonomy.inference import Classifier
from arxonomy.records import Paper

_AT_ONCE = 32  # texts held at a time, since each may be long


class Occlusion(NamedTuple):
    """The log-odds of a paper, and by how much they fall when something is taken away."""

    log_odds: float
    """Of the paper."""
    branches: tuple[float, float]
    """Without the title, and without the abstract."""
    title: Scores
    """(T,) without each word of the title."""
    abstract: Scores
    """(L,) without each word of the abstract."""


def occlude(
    classifier: Classifier, paper: Paper, target: Target, words: PaperWords, *, each: bool = True
) -> Occlusion:
    """Take away the title, the abstract, and each word in turn, and sort what is left.

    Args:
        classifier: Any.
        paper: The paper.
        target: What is explained.
        words: Its T and L words.
        each: Whether to take words away; else only the texts, and no word has a score.
    """
    whole = as_read(paper, words)
    variants = [iter([whole, replace(whole, title=""), replace(whole, abstract="")])]
    if each:
        variants += [
            (replace(whole, title=without(whole.title, [word])) for word in words.title),
            (replace(whole, abstract=without(whole.abstract, [word])) for word in words.abstract),
        ]
    source, parts = chain(*variants), []
    while group := list(islice(source, _AT_ONCE)):
        parts.append(target.log_odds(classifier.plain_probabilities(group)))
    found = np.concatenate(parts)
    falls, first = found[0] - found[1:], 2 + len(words.title)
    return Occlusion(float(found[0]), (float(falls[0]), float(falls[1])), falls[2:first], falls[first:])


def as_read(paper: Paper, words: PaperWords) -> Paper:
    """The paper cut after the last words that are read; else a word taken away would bring in another."""
    title, abstract = (
        text[: read[-1].end] if unread else text
        for text, read, unread in zip((paper.title, paper.abstract), words[:2], words.unread, strict=True)
    )
    return replace(paper, title=title, abstract=abstract)


def without(text: str, words: Iterable[Word]) -> str:
    """The text without these words of it, which are in its order."""
    pieces, at = [], 0
    for word in words:
        pieces.append(text[at : word.start])
        at = word.end
    return "".join([*pieces, text[at:]])
