"""What the labels say by themselves: contradictions, the ceiling they set, and the primary categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.records import Paper

FEW_PAPERS = 20
"""A class of fewer different papers is too small: at a test share of 15% one test paper of it moves its
recall by 33 points or more."""

Ids = npt.NDArray[np.int64]


def contradicting(groups: Ids, labels: Ids) -> npt.NDArray[np.bool_]:
    """Whether the copies of each paper have several labels.

    Args:
        groups: (N,) the group of copies of each row, any numbers from 0.
        labels: (N,) the label of each row, from 0.

    Returns:
        (N,), true for all rows of such a paper.
    """
    pairs, _ = _pairs(groups, labels)
    # Each pair is there once, so a group that is met twice has two labels.
    several: npt.NDArray[np.bool_] = np.bincount(pairs[0])[groups] > 1
    return several


def ceiling(groups: Ids, labels: Ids) -> float:
    """The best accuracy on these rows of any classifier that gives the copies of a paper one answer.

    It answers with the label that most copies have. The bound says what contradictions cost, and nothing
    else: without any it is 1, however hard the papers are.

    Args:
        groups: (N,) the group of copies of each row, any numbers from 0.
        labels: (N,) the label of each row, from 0.

    Returns:
        A share in 0..1 of N >= 1 rows.
    """
    pairs, votes = _pairs(groups, labels)
    best = np.zeros(groups.max() + 1, dtype=np.int64)
    np.maximum.at(best, pairs[0], votes)
    return float(best.sum() / len(labels))


def _pairs(groups: Ids, labels: Ids) -> tuple[Ids, Ids]:
    """(2, M) the different pairs of group and label, and how many rows have each."""
    count = int(labels.max()) + 1
    numbers, votes = np.unique(groups * count + labels, return_counts=True)  # faster than pairs by far
    return np.stack(np.divmod(numbers, count)), votes


def primary_agreement(papers: Sequence[Paper]) -> dict[str, Any]:
    """Compare labels with the first listed category, where categories are listed.

    Args:
        papers: Labeled papers.

    Returns:
        `known`: rows with listed categories; and of those: `primary` rows whose label is the first one,
        `other_listed` with another one, `unlisted` with none of them; `agreement`: primary / known, in
        0..1, or None if none is known.
    """
    kinds = Counter(
        "primary"
        if paper.category == paper.categories[0]
        else "other_listed"
        if paper.category in paper.categories
        else "unlisted"
        for paper in papers
        if paper.categories
    )
    known = kinds.total()
    counts = {kind: kinds[kind] for kind in ("primary", "other_listed", "unlisted")}
    return {"known": known, **counts, "agreement": kinds["primary"] / known if known else None}


def papers_of(groups: Ids, labels: Ids, classes: int = 0) -> Ids:
    """How many different papers each label has.

    Args:
        groups: (N,) the group of copies of each row, any numbers from 0.
        labels: (N,) the label of each row, from 0.
        classes: Number of labels, if it is more than the highest of them says.

    Returns:
        (C,) numbers of groups.
    """
    return np.bincount(_pairs(groups, labels)[0][1], minlength=classes)


def class_sizes(groups: Ids, labels: Ids, names: Sequence[str]) -> list[dict[str, Any]]:
    """Rows and different papers of each label, the largest first.

    Args:
        groups: (N,) the group of copies of each row.
        labels: (N,) the label of each row, from 0.
        names: The C labels.

    Returns:
        C dicts: `label`, `rows`, `papers`, and `small`: whether the papers are fewer than `FEW_PAPERS`.
    """
    rows = np.bincount(labels, minlength=len(names)).tolist()
    papers = papers_of(groups, labels, len(names)).tolist()
    sizes = [
        {"label": name, "rows": rows[i], "papers": papers[i], "small": papers[i] < FEW_PAPERS}
        for i, name in enumerate(names)
    ]
    return sorted(sizes, key=lambda size: (-size["papers"], size["label"]))
