"""Finds copies of one paper: listed twice, in two versions, or under two ids with the same text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from arxonomy.records import Paper

# 2501.00001, arXiv:2501.00001v2, http://arxiv.org/abs/2501.00001v1, math.GT/0309136, hep-th/9901001v3
_ARXIV_ID = re.compile(
    r"(?:arxiv:|https?://(?:www\.)?arxiv\.org/(?:abs|pdf)/)?"
    r"(?:(?P<new>\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})|(?P<archive>[a-z-]+)(?:\.[a-z]{2})?/(?P<old>\d{7}))"
    r"(?:v\d+)?",
    re.IGNORECASE,
)
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def group_copies(papers: Sequence[Paper]) -> np.ndarray:
    """Number the groups of papers that are copies of each other.

    Two papers are copies when they share an arXiv id (the version apart) or a text (title and abstract;
    case and everything but letters and digits apart), or when a chain of such copies joins them.

    Args:
        papers: Any papers.

    Returns:
        int64 (N,), the group of each paper: the position of the group's first paper.
    """
    first: dict[bytes | str, int] = {}
    parent = list(range(len(papers)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for index, paper in enumerate(papers):
        for key in (arxiv_id(paper.id), _text_key(paper)):
            if key is not None:
                # The smaller root stays, so that a group is called after its first paper.
                low, high = sorted((root(index), root(first.setdefault(key, index))))
                parent[high] = low
    return np.fromiter((root(index) for index in range(len(papers))), dtype=np.int64, count=len(papers))


def arxiv_id(text: str) -> str | None:
    """An arXiv id without prefix, address and version; None for anything else.

    >>> arxiv_id("arXiv:2501.00001v2")
    '2501.00001'
    """
    match = _ARXIV_ID.fullmatch(text)
    if match is None:
        return None
    return match["new"] or f"{match['archive'].lower()}/{match['old']}"


def _text_key(paper: Paper) -> bytes | None:
    text = _NOT_ALPHANUMERIC.sub(" ", f"{paper.title} {paper.abstract}".lower()).strip()
    # A digest in place of the text: the keys of millions of papers fit in memory.
    return hashlib.blake2b(text.encode(), digest_size=16).digest() if text else None
