"""The words of a paper as a model reads them, and what all renderings of them share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from arxonomy.inference import Classifier
from arxonomy.markup import clean_markup
from arxonomy.records import Paper
from arxonomy.text import find_token_spans, tokenize

Scores = npt.NDArray[np.float64]


class Word(NamedTuple):
    """A word as a model reads it."""

    text: str
    """A token of `text.tokenize`."""
    known: bool
    """Whether the model has seen it in training; of several models, whether any of them has."""
    start: int
    """Where it begins in the title or abstract as written, in characters."""
    end: int
    """Where it ends there: it is `text[start:end]`, but for lower case."""


class PaperWords(NamedTuple):
    """The words of one paper that a model reads."""

    title: tuple[Word, ...]
    """(T,) those of the title; may be empty."""
    abstract: tuple[Word, ...]
    """(L,) those of the abstract; may be empty."""
    unread: tuple[int, int]
    """How many words of title and abstract come after those, and are not read."""


def read_words(classifier: Classifier, paper: Paper) -> PaperWords:
    """Read the words of a paper as a classifier does; if several models, as the one that reads furthest."""
    texts = (paper.title, paper.abstract)
    spans = [find_token_spans(text) for text in texts]
    tokens = [tokenize(text) for text in texts]
    known = _find_known(classifier, sorted({token for text_tokens in tokens for token in text_tokens}))
    read, unread = [], []
    limits = zip(*(member.reads for member in classifier.members), strict=True)
    for text_tokens, places, member_limits in zip(tokens, spans, limits, strict=True):
        limit = max(len(text_tokens) if most is None else most for most in member_limits)
        words = (
            Word(token, token in known, *place) for token, place in zip(text_tokens, places, strict=True)
        )
        read.append(tuple(islice(words, limit)))
        unread.append(max(0, len(text_tokens) - limit))
    return PaperWords(read[0], read[1], (unread[0], unread[1]))


def drop_markup(paper: Paper, words: PaperWords) -> tuple[Paper, PaperWords]:
    """Write a paper without markup, so that a word can be taken away and leave no half of a tag or formula.

    Args:
        paper: A paper.
        words: Its words.

    Returns:
        The paper, and its words with the places where they stand in it.
    """
    title, title_words = _drop_markup(paper.title, words.title)
    abstract, abstract_words = _drop_markup(paper.abstract, words.abstract)
    return replace(paper, title=title, abstract=abstract), PaperWords(
        title_words, abstract_words, words.unread
    )


def _drop_markup(text: str, words: tuple[Word, ...]) -> tuple[str, tuple[Word, ...]]:
    clean, tokens = clean_markup(text), tokenize(text)
    if clean == text:
        return text, words
    if tokenize(clean) != tokens:  # what was escaped many times over
        clean = " ".join(tokens)
    places = find_token_spans(clean)
    return clean, tuple(
        word._replace(start=start, end=end) for word, (start, end) in zip(words, places, strict=False)
    )


def _find_known(classifier: Classifier, tokens: Sequence[str]) -> set[str]:
    known = np.zeros(len(tokens), dtype=np.bool_)
    for member in classifier.members if tokens else ():
        known |= np.asarray(member.knows(tokens))
    return {token for token, seen in zip(tokens, known.tolist(), strict=True) if seen}


def find_top_words(words: Sequence[Word], scores: Scores, count: int) -> list[int]:
    """Find where the `count` different words with the largest scores stand, each where its score is largest.

    Only what is above zero counts.
    """
    best: dict[str, int] = {}
    for place in np.argsort(-scores, kind="stable").tolist():
        if scores[place] > 0:
            best.setdefault(words[place].text, place)
    return list(best.values())[:count]


def compute_shades(weights: Scores) -> Scores:
    """Compute weights as depths of color in 0..1; any shape of at least one dimension.

    Proportional to the weights. The deepest is the largest weight, or twice an even share of the last
    dimension where all weights are smaller: nearly even weights look nearly even, and none looks important.
    """
    return weights / max(weights.max(), 2 / weights.shape[-1]) if weights.size else weights


class Piece(NamedTuple):
    """A piece of a text that is shown as it was written."""

    text: str
    """What to show."""
    place: int | None
    """The place of the word that it is; None: what stands between words."""
    read: bool
    """Whether the model reads so far."""


def split_text(text: str, words: Sequence[Word], unread: int, clean: Callable[[str], str]) -> list[Piece]:
    """Split a text into its words and what stands between them.

    Args:
        text: A title or abstract.
        words: Its words that are read.
        unread: How many come after those.
        clean: Makes a text harmless where it is shown; it may strip it and make one space of many.
    """
    pieces, at = [], 0

    def add(end: int, place: int | None, read: bool) -> None:
        # Between two letters nothing is stripped.
        if shown := clean(f"x{text[at:end]}x")[1:-1]:
            pieces.append(Piece(shown, place, read))

    for place, word in enumerate(words):
        add(word.start, None, True)
        at = word.start
        add(word.end, place, True)
        at = word.end
    add(len(text), None, not unread)
    return pieces
