"""Text that many different papers share, such as a journal's standard sentence: it makes no two papers alike.

An abstract, or a sentence of one, is boilerplate when it stands under many different titles. A paper that is
listed again under a changed title shares its abstract rightly, so a few titles are not enough.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from arxonomy.papers.copies import MANY, find_generic_rows
from arxonomy.records import Paper

MANY_TITLES = 5
"""Different titles over the same sentence, or long abstract, from which it is boilerplate."""

SHORT_ABSTRACT = 60
"""Words up to which an abstract is short: `MANY` different titles suffice."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_SHOWN = 120  # characters of a text


@dataclass(frozen=True)
class SharedText:
    """A text that many papers share."""

    text: str
    """The text, cut where it is long."""
    papers: int
    """Papers with it."""


@dataclass(frozen=True)
class Boilerplate:
    """Texts that many different papers share."""

    texts: tuple[SharedText, ...]
    """The texts, the most frequent first."""
    with_any: int
    """Papers with any of them."""
    papers: tuple[Paper, ...]
    """All N papers, their abstracts without these texts."""


@dataclass(frozen=True)
class _Piece:
    """An abstract, or one sentence of it."""

    key: int
    """Hash of its words."""
    least: int
    """Different titles from which it is boilerplate."""
    text: str
    """The text as written."""


def find_boilerplate(papers: Sequence[Paper]) -> Boilerplate:
    """Find abstracts, and sentences of them, that many different papers share, and papers of such text alone.

    Args:
        papers: Any papers.
    """
    shared = _find_shared(papers)
    generic = set(np.flatnonzero(find_generic_rows(papers)).tolist())
    counts: Counter[int] = Counter()
    examples: dict[int, str] = {}
    kept, with_any = [], 0
    for row, paper in enumerate(papers):
        rest, cut = _cut(paper, shared) if shared else (paper, [])
        if row in generic and not cut:
            whole = f"{paper.title} {paper.abstract}"
            cut = [_Piece(_hash(_fold(whole)), 0, whole)]
        for piece in cut:
            counts[piece.key] += 1
            examples.setdefault(piece.key, " ".join(piece.text.split()))
        with_any += bool(cut)
        kept.append(rest)
    texts = [SharedText(_shorten(examples[key]), count) for key, count in counts.most_common()]
    return Boilerplate(tuple(texts), with_any, tuple(kept))


def _find_shared(papers: Sequence[Paper]) -> set[int]:
    """The keys of abstracts and sentences under many different titles."""
    keys, titles, leasts = array("Q"), array("Q"), array("b")
    for paper in papers:
        if title := _fold(paper.title):
            number = _hash(title)
            for piece in {piece.key: piece for piece in _split(paper.abstract)}.values():
                keys.append(piece.key)
                titles.append(number)
                leasts.append(piece.least)
    pairs = np.stack([np.array(keys, dtype=np.uint64), np.array(titles, dtype=np.uint64)])
    order = np.lexsort(pairs[::-1])
    pairs, least = pairs[:, order], np.array(leasts)[order]
    new = np.ones(len(order), dtype=bool)  # each title counts once for a key
    new[1:] = (pairs[:, 1:] != pairs[:, :-1]).any(axis=0)
    found, first, count = np.unique(pairs[0, new], return_index=True, return_counts=True)
    return set(found[count >= least[new][first]].tolist())


def _cut(paper: Paper, shared: set[int]) -> tuple[Paper, list[_Piece]]:
    """The paper without what is shared, and what that was."""
    pieces = list(_split(paper.abstract))
    if not pieces:
        return paper, []
    whole, *sentences = pieces
    if whole.key in shared:
        return replace(paper, abstract=""), [whole]
    cut = [piece for piece in sentences if piece.key in shared]
    if not cut:
        return paper, []
    own = " ".join(piece.text for piece in sentences if piece.key not in shared)
    return replace(paper, abstract=own), cut


def _split(abstract: str) -> Iterator[_Piece]:
    """The abstract, and its sentences where it has several; nothing where it is empty."""
    sentences = [(_fold(sentence), sentence) for sentence in _SENTENCE_END.split(abstract)]
    sentences = [(words, sentence) for words, sentence in sentences if words]
    if not sentences:
        return
    folded = " ".join(words for words, _ in sentences)
    short = folded.count(" ") < SHORT_ABSTRACT
    yield _Piece(_hash(f"whole {folded}"), MANY if short else MANY_TITLES, abstract)
    if len(sentences) > 1:
        for words, sentence in sentences:
            yield _Piece(_hash(words), MANY_TITLES, sentence)


def _fold(text: str) -> str:
    # Markup and punctuation stay: they are the same wherever the same text is put in.
    return " ".join(text.lower().split())


def _hash(text: str) -> int:
    return hash(text) % 2**64


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
