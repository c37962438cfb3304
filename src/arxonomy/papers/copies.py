"""Copies of one paper: listed twice, in two versions, or under two ids with the same text."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arxonomy.markup import clean_markup
from arxonomy.papers.identifiers import parse_identifier
from arxonomy.records import Paper

# 2501.00001, arXiv:2501.00001v2, http://arxiv.org/abs/2501.00001v1, math.GT/0309136, hep-th/9901001v3
MANY = 3
"""Different papers with the same short text from which it is nothing of their own."""

_SHORT_TITLE, _SHORT_TEXT = 4, 40  # words
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_ASCII_FOLDED = "".join(sign.lower() if sign.isalnum() else " " for sign in map(chr, range(128)))


def group_copies(papers: Sequence[Paper]) -> npt.NDArray[np.int64]:
    """Number the groups of papers that are copies of each other.

    Two papers are copies when they share an arXiv id (the version apart) or a text (title and abstract;
    markup, case and everything but letters and digits apart), or when a chain of such copies joins them. A
    text that says nothing of a paper of its own, such as "Editorial", makes no copies: `find_generic_rows`.

    Args:
        papers: Any papers.

    Returns:
        int64 (N,), the group of each paper: the position of the group's first paper.
    """
    texts = [digest_text(paper) for paper in papers]
    names = [parse_arxiv_id(paper.id) for paper in papers]
    generic = _find_generic_texts(papers, texts, names)
    first: dict[bytes | str, int] = {}
    links = (
        (first.setdefault(key, index), index)
        for index, keys in enumerate(zip(names, texts, strict=True))
        for key in keys
        if key is not None and key not in generic
    )
    pairs = np.array([link for link in links if link[0] != link[1]], dtype=np.int64).reshape(-1, 2)
    return merge_groups(np.arange(len(papers), dtype=np.int64), pairs)


def find_generic_rows(papers: Sequence[Paper]) -> npt.NDArray[np.bool_]:
    """Find the papers whose whole text is short and shared by many papers, such as "Editorial".

    Args:
        papers: Any papers.

    Returns:
        (N,) truth values.
    """
    texts = [digest_text(paper) for paper in papers]
    generic = _find_generic_texts(papers, texts, [parse_arxiv_id(paper.id) for paper in papers])
    return np.array([text in generic for text in texts], dtype=np.bool_)


def _find_generic_texts(
    papers: Sequence[Paper], texts: Sequence[bytes | None], names: Sequence[str | None]
) -> set[bytes]:
    """The texts of a short title, or none, and a short abstract, or none, that are under many ids."""
    rows: dict[bytes, list[int]] = {}
    often = {text for text, count in Counter(texts).items() if text is not None and count >= MANY}
    for row, text in enumerate(texts if often else ()):
        if text in often:
            rows.setdefault(text, []).append(row)
    return {
        text
        for text, same in rows.items()
        if _is_generic(papers[same[0]]) and len({names[row] or papers[row].id for row in same}) >= MANY
    }


def _is_generic(paper: Paper) -> bool:
    title, abstract = len(paper.title.split()), len(paper.abstract.split())
    return title <= _SHORT_TITLE and title + abstract <= _SHORT_TEXT


def merge_groups(groups: npt.NDArray[np.int64], pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Join the groups that pairs of papers connect (union-find).

    Args:
        groups: (N,) the group of each paper: the position of the group's first paper.
        pairs: (M, 2) positions of papers whose groups become one.

    Returns:
        (N,) the new group of each paper, again the position of its first paper.
    """
    parent = groups.tolist()

    def find_root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for first, second in pairs.tolist():
        # The smaller root stays, so that a group is named after its first paper.
        low, high = sorted((find_root(first), find_root(second)))
        parent[high] = low
    return np.fromiter((find_root(index) for index in range(len(parent))), dtype=np.int64, count=len(parent))


def parse_arxiv_id(text: str) -> str | None:
    """Get an arXiv id without prefix, address and version; None for anything else.

    >>> parse_arxiv_id("arXiv:2501.00001v2")
    '2501.00001'
    """
    found = parse_identifier(text)
    return None if found is None else found.id


def fold_text(text: str) -> str:
    """Reduce a text to what counts when texts are compared: its letters and digits in lower case.

    >>> fold_text("<i>Deep</i>-Nets!")
    'deep nets'
    """
    text = clean_markup(text)
    if text.isascii():  # the same as below, five times as fast
        return " ".join(text.translate(_ASCII_FOLDED).split())
    return _NOT_ALPHANUMERIC.sub(" ", text.lower()).strip()


def digest_text(paper: Paper) -> bytes | None:
    """Compute 16 bytes that stand for a paper's folded text; None where nothing of it counts."""
    text = f"{fold_text(paper.title)} {fold_text(paper.abstract)}".strip()
    return hashlib.blake2b(text.encode(), digest_size=16).digest() if text else None
