"""What taking a word away changes in the prediction; for any model, since it needs predictions alone.

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
from arxonomy.explain.words import PaperWords, Scores, Word, drop_markup
from arxonomy.inference import Classifier
from arxonomy.records import Paper

_AT_ONCE = 32  # texts held at a time, since each may be long


class Occlusion(NamedTuple):
    """The log-odds of a paper, and by how much they fall when something is taken away."""

    log_odds: float
    """Log-odds of the whole paper."""
    branches: tuple[float, float]
    """Without the title, and without the abstract."""
    title: Scores
    """(T,) without each word of the title."""
    abstract: Scores
    """(L,) without each word of the abstract."""


def occlude(
    classifier: Classifier, paper: Paper, target: Target, words: PaperWords, *, each_word: bool = True
) -> Occlusion:
    """Take away the title, the abstract, and each word in turn, and classify what is left.

    Args:
        classifier: Any.
        paper: The paper.
        target: What is explained.
        words: Its T and L words.
        each_word: Whether to take words away; else only the texts, and no word has a score.
    """
    paper, words = drop_markup(paper, words)
    base = cut_unread(paper, words)
    variants = [iter([base, replace(base, title=""), replace(base, abstract="")])]
    if each_word:
        variants += [
            (replace(base, title=remove_words(base.title, [word])) for word in words.title),
            (replace(base, abstract=remove_words(base.abstract, [word])) for word in words.abstract),
        ]
    source, parts = chain(*variants), []
    while group := list(islice(source, _AT_ONCE)):
        parts.append(target.compute_log_odds(classifier.plain_probabilities(group)))
    log_odds = np.concatenate(parts)
    falls, first = log_odds[0] - log_odds[1:], 2 + len(words.title)
    return Occlusion(float(log_odds[0]), (float(falls[0]), float(falls[1])), falls[2:first], falls[first:])


def cut_unread(paper: Paper, words: PaperWords) -> Paper:
    """Cut the paper after the last words that are read; else a word taken away would bring in another."""
    title, abstract = (
        text[: read[-1].end] if unread else text
        for text, read, unread in zip((paper.title, paper.abstract), words[:2], words.unread, strict=True)
    )
    return replace(paper, title=title, abstract=abstract)


def remove_words(text: str, words: Iterable[Word]) -> str:
    """Remove these words, which are in the order of the text."""
    pieces, at = [], 0
    for word in words:
        pieces.append(text[at : word.start])
        at = word.end
    return "".join([*pieces, text[at:]])
