"""Exact repeats: how rows repeat a paper, and which of them leak across a split."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arxonomy.papers.copies import parse_arxiv_id
from arxonomy.records import Paper

_VERSION = re.compile(r"v\d+$", re.IGNORECASE)


@dataclass(frozen=True)
class Repeats:
    """How rows repeat papers; the three kinds add up to the rows that are not the first of their paper."""

    same_id: int
    """Rows whose id, version included, another row of the same paper has too."""
    other_version: int
    """Rows that share an arXiv id with another row, but not the version."""
    same_text: int
    """Rows that share only the text with other rows."""
    ids_of_several_papers: int
    """Ids, not arXiv's, under which there are different texts."""


@dataclass(frozen=True)
class Leakage:
    """How many papers of one part of a split the training part has too."""

    papers: int
    """Papers of the part."""
    copies: int
    """Papers with a copy in training."""
    near_duplicates: int
    """Papers with only a near-duplicate in training."""


def find_repeats(papers: Sequence[Paper], groups: npt.NDArray[np.int64]) -> Repeats:
    """Count the rows that repeat a paper, by what they repeat.

    Args:
        papers: N papers.
        groups: (N,) the group of copies of each, as `group_copies` numbers them.
    """
    members = groups.tolist()
    names = [parse_arxiv_id(paper.id) for paper in papers]
    exact = [
        paper.id if name is None else name + "".join(_VERSION.findall(paper.id)).lower()
        for name, paper in zip(names, papers, strict=True)
    ]
    rows_of_id, rows_of_name = Counter(zip(members, exact, strict=True)), Counter(names)
    kinds: Counter[str] = Counter()
    for row in np.flatnonzero(groups != np.arange(len(papers))).tolist():
        if rows_of_id[members[row], exact[row]] > 1:
            kinds["same_id"] += 1
        elif names[row] is not None and rows_of_name[names[row]] > 1:
            kinds["other_version"] += 1
        else:
            kinds["same_text"] += 1
    texts = defaultdict(set)
    for row, name in enumerate(names):
        if name is None:
            texts[papers[row].id].add(members[row])
    several = sum(len(groups_of_id) > 1 for groups_of_id in texts.values())
    return Repeats(kinds["same_id"], kinds["other_version"], kinds["same_text"], several)


def find_leaked(
    groups: npt.NDArray[np.int64], parts: npt.NDArray[np.str_], part: str = "test"
) -> npt.NDArray[np.bool_]:
    """Find the papers in `part` that have a copy in the training part.

    Args:
        groups: (N,) groups of copies.
        parts: (N,) the part that each paper is in.
        part: `test` or `validation`.

    Returns:
        (N,) truth values.
    """
    leaked: npt.NDArray[np.bool_] = (parts == part) & np.isin(groups, groups[parts == "train"])
    return leaked


def count_leaks(
    parts: npt.NDArray[np.str_], groups: npt.NDArray[np.int64], near_groups: npt.NDArray[np.int64]
) -> dict[str, Leakage]:
    """Count the papers outside training that training has too.

    Args:
        parts: (N,) `train`, `validation`, `test`, or empty.
        groups: (N,) groups of copies.
        near_groups: (N,) the same with near-duplicates joined.

    Returns:
        The counts for `validation` and `test`, where there are such papers.
    """
    leaks = {}
    for part in ("validation", "test"):
        if papers := int((parts == part).sum()):
            copies = int(find_leaked(groups, parts, part).sum())
            near = int(find_leaked(near_groups, parts, part).sum()) - copies
            leaks[part] = Leakage(papers, copies, near)
    return leaks
