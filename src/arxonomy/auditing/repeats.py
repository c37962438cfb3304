"""Exact repeats: which rows are one paper, how they repeat it, and which sides of a split they are on."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arxonomy.papers.copies import arxiv_id
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


def repeats(papers: Sequence[Paper], groups: npt.NDArray[np.int64]) -> Repeats:
    """Count the rows that repeat a paper, by what they repeat.

    Args:
        papers: N papers.
        groups: (N,) the group of copies of each, as `group_copies` numbers them.
    """
    members = groups.tolist()
    names = [arxiv_id(paper.id) for paper in papers]
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
    several = sum(len(found) > 1 for found in texts.values())
    return Repeats(kinds["same_id"], kinds["other_version"], kinds["same_text"], several)


def leaked(
    groups: npt.NDArray[np.int64], parts: npt.NDArray[np.str_], part: str = "test"
) -> npt.NDArray[np.bool_]:
    """Whether each paper is in `part` and has a copy in the training part.

    Args:
        groups: (N,) groups of copies.
        parts: (N,) the part that each paper is in.
        part: `test` or `validation`.

    Returns:
        (N,) truth values.
    """
    found: npt.NDArray[np.bool_] = (parts == part) & np.isin(groups, groups[parts == "train"])
    return found


def leaks(
    parts: npt.NDArray[np.str_], groups: npt.NDArray[np.int64], near_groups: npt.NDArray[np.int64] | None
) -> dict[str, dict[str, int]]:
    """Count the papers outside training that training has too.

    Args:
        parts: (N,) `train`, `validation`, `test`, or empty.
        groups: (N,) groups of copies.
        near_groups: (N,) the same with near-duplicates joined, or None.

    Returns:
        For `validation` and `test`, where there are such papers: `papers`, `copies` in training, and
        `near_duplicates` there besides.
    """
    found = {}
    for part in ("validation", "test"):
        if papers := int((parts == part).sum()):
            copies = int(leaked(groups, parts, part).sum())
            found[part] = {"papers": papers, "copies": copies}
            if near_groups is not None:
                found[part]["near_duplicates"] = int(leaked(near_groups, parts, part).sum()) - copies
    return found
