"""Soft targets: what a paper is trained on where that is more than its one label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arxonomy.config import TrainingSettings
from arxonomy.evaluation.listed import mark_listed
from arxonomy.records import Paper


def make_targets(
    settings: TrainingSettings,
    papers: Sequence[Paper],
    labels: npt.NDArray[np.int64],
    names: Sequence[str],
    taught: npt.NDArray[np.float32] | None = None,
) -> npt.NDArray[np.float32] | None:
    """Make the distributions that papers are trained on.

    Args:
        settings: `cross_lists` and `teacher_share` are read.
        papers: N papers; the labels that they list are in `Paper.categories`.
        labels: (N,) label ids.
        names: The C labels.
        taught: (N, C) the probabilities of teachers, rows with sum 1, or NaN for a paper that they leave to
            its label.

    Returns:
        (N, C) rows with sum 1; None where they would be the labels alone.
    """
    if not settings.cross_lists and (taught is None or not settings.teacher_share):
        return None
    targets = np.zeros((len(papers), len(names)), dtype=np.float32)
    rows = np.arange(len(papers))
    targets[rows, labels] = 1.0 - settings.cross_lists
    if settings.cross_lists:
        ids = {name: number for number, name in enumerate(names)}
        for row, paper in enumerate(papers):
            listed = {ids[name] for name in paper.categories if name in ids} | {int(labels[row])}
            targets[row, sorted(listed)] += settings.cross_lists / len(listed)
    if taught is not None and settings.teacher_share:
        known = np.isfinite(taught).all(axis=1)
        share = np.float32(settings.teacher_share)
        targets[known] = (1 - share) * targets[known] + share * taught[known]
    return targets


def find_listed(papers: Sequence[Paper], names: Sequence[str]) -> npt.NDArray[np.bool_] | None:
    """Find which labels each paper lists, its own included.

    Args:
        papers: N papers.
        names: The C labels.

    Returns:
        (N, C), all false for a paper of which no list is known; None where no paper lists categories.
    """
    if not any(paper.categories for paper in papers):
        return None
    lists = [{*paper.categories, str(paper.category)} if paper.categories else set() for paper in papers]
    return mark_listed(lists, names)
