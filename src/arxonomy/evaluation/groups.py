"""Scores where only the group of a category counts, such as its archive: where most errors stay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arxonomy.evaluation.results import Interval, Result

MANY = 20
"""Categories beyond which their confusion matrix is unreadable as text, and groups are shown first."""


class GroupRow(Result):
    """Scores of one group; 0 where undefined."""

    precision: float
    """Of the papers of which a category of the group is predicted, the share that belongs to the group."""
    recall: float
    """Of the papers of the group, the share of which a category of the group is predicted."""
    accuracy: float
    """Of the papers of the group, the share of which the very category is predicted."""
    support: int
    """Papers of the group."""


class GroupScores(Result):
    """Scores of the groups of the predicted categories."""

    level: str
    """What the groups are, such as `archive`."""
    accuracy: Interval
    """Share of papers whose predicted category is of the right group."""
    per_group: dict[str, GroupRow]
    """Group -> its scores, in the order of the categories."""
    confusion: tuple[tuple[int, ...], ...]
    """G x G counts, rows = truth, columns = prediction."""


def find_archives(labels: Sequence[str]) -> list[str]:
    """The archive of each category of arXiv: the part of its code before the dot, if it has one."""
    return [label.partition(".")[0] for label in labels]


def score_groups(
    confusion: npt.ArrayLike, groups: Sequence[str], level: str = "archive"
) -> GroupScores | None:
    """Score the groups of predicted categories.

    Args:
        confusion: C x C counts of categories, rows = truth, columns = prediction.
        groups: The group of each of the C categories.
        level: What the groups are.

    Returns:
        None where there are no papers, or where groups say nothing new: there is one alone, or each has one
        category.
    """
    from arxonomy.evaluation.confidence import wilson_interval

    names = list(dict.fromkeys(groups))
    counts = np.asarray(confusion, dtype=np.int64)
    if not 1 < len(names) < len(groups) or not counts.sum():
        return None
    place = np.array([names.index(group) for group in groups])
    merged = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(merged, (place[:, None], place[None, :]), counts)
    right, of_group, chosen = merged.diagonal(), merged.sum(axis=1), merged.sum(axis=0)
    exact = np.bincount(place, weights=counts.diagonal())
    per_group = {
        name: GroupRow(
            precision=float(right[row] / max(chosen[row], 1)),
            recall=float(right[row] / max(of_group[row], 1)),
            accuracy=float(exact[row] / max(of_group[row], 1)),
            support=int(of_group[row]),
        )
        for row, name in enumerate(names)
    }
    return GroupScores(
        level=level,
        accuracy=wilson_interval(int(right.sum()), int(counts.sum())),
        per_group=per_group,
        confusion=merged.tolist(),
    )
