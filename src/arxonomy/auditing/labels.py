"""What the labels show by themselves: contradictions, the ceiling they set, and the primary categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arxonomy.papers import Dataset
from arxonomy.papers.spellings import find_spellings, suggest_merge
from arxonomy.records import Paper

FEW_PAPERS = 20
"""A class of fewer different papers is too small: at a test share of 15% one test paper of it moves its
recall by 33 points or more."""

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PrimaryAgreement:
    """How labels compare with the first listed category, in the rows that list categories."""

    known: int
    """Rows with listed categories."""
    primary: int
    """Rows labeled with the first one."""
    other_listed: int
    """Rows labeled with another listed one."""
    unlisted: int
    """Rows labeled with a category that they do not list."""
    agreement: float | None
    """primary / known, in 0..1; None if no row lists categories."""


@dataclass(frozen=True)
class ClassSize:
    """The size of one class."""

    label: str
    """Its label."""
    rows: int
    """Rows with the label."""
    papers: int
    """Different papers with the label."""
    small: bool
    """Whether the papers are fewer than `FEW_PAPERS`."""


@dataclass(frozen=True)
class Spellings:
    """Labels that differ in case, blanks, hyphens or the form of characters alone, and are perhaps one."""

    groups: tuple[Mapping[str, int], ...]
    """Label -> its rows, the most frequent spelling first."""
    option: str
    """The option that merges each group, such as `--among 'cs.CV=cs.CV+cs.cv,*'`; empty without groups."""


def find_alike(dataset: Dataset) -> Spellings:
    """Find labels that are perhaps one label in several spellings."""
    counts = Counter(str(paper.category) for paper in dataset.papers)
    groups = find_spellings(counts)
    option = suggest_merge(groups, dataset.choice.among) if groups else ""
    return Spellings(tuple({label: counts[label] for label in group} for group in groups), option)


def find_contradictions(groups: Ids, labels: Ids) -> npt.NDArray[np.bool_]:
    """Find the rows of papers whose copies have several labels.

    Args:
        groups: (N,) the group of copies of each row, any numbers from 0.
        labels: (N,) the label of each row, from 0.

    Returns:
        (N,) true for all rows of such a paper.
    """
    pairs, _ = _count_pairs(groups, labels)
    # Each pair is there once, so a group that occurs twice has two labels.
    contradicting: npt.NDArray[np.bool_] = np.bincount(pairs[0])[groups] > 1
    return contradicting


def compute_ceiling(groups: Ids, labels: Ids) -> float:
    """Compute the best accuracy on these rows of any classifier that gives the copies of a paper one answer.

    The best answer is the label that most copies have. The bound measures what contradictions cost, and
    nothing else: without any it is 1, however hard the papers are.

    Args:
        groups: (N,) the group of copies of each row, any numbers from 0.
        labels: (N,) the label of each row, from 0.

    Returns:
        A share in 0..1 of N >= 1 rows.
    """
    pairs, votes = _count_pairs(groups, labels)
    best = np.zeros(groups.max() + 1, dtype=np.int64)
    np.maximum.at(best, pairs[0], votes)
    return float(best.sum() / len(labels))


def _count_pairs(groups: Ids, labels: Ids) -> tuple[Ids, Ids]:
    """(2, M) the different pairs of group and label, and how many rows have each."""
    count = int(labels.max()) + 1
    numbers, votes = np.unique(groups * count + labels, return_counts=True)  # much faster than on pairs
    return np.stack(np.divmod(numbers, count)), votes


def measure_primary_agreement(papers: Sequence[Paper]) -> PrimaryAgreement:
    """Compare labels with the first listed category, where categories are listed.

    Args:
        papers: Labeled papers.
    """
    listing = [paper for paper in papers if paper.categories]
    primary = sum(paper.category == paper.categories[0] for paper in listing)
    listed = sum(paper.category in paper.categories for paper in listing)
    known = len(listing)
    agreement = primary / known if known else None
    return PrimaryAgreement(known, primary, listed - primary, known - listed, agreement)


def count_papers(groups: Ids, labels: Ids, classes: int = 0) -> Ids:
    """Count the different papers of each label.

    Args:
        groups: (N,) the group of copies of each row, any numbers from 0.
        labels: (N,) the label of each row, from 0.
        classes: C, if there are more labels than the highest in `labels` shows.

    Returns:
        (C,) numbers of groups.
    """
    return np.bincount(_count_pairs(groups, labels)[0][1], minlength=classes)


def count_class_sizes(groups: Ids, labels: Ids, names: Sequence[str]) -> tuple[ClassSize, ...]:
    """Count rows and different papers of each label, the largest first.

    Args:
        groups: (N,) the group of copies of each row.
        labels: (N,) the label of each row, from 0.
        names: The C labels.
    """
    rows = np.bincount(labels, minlength=len(names)).tolist()
    papers = count_papers(groups, labels, len(names)).tolist()
    sizes = [ClassSize(name, rows[i], papers[i], papers[i] < FEW_PAPERS) for i, name in enumerate(names)]
    return tuple(sorted(sizes, key=lambda size: (-size.papers, size.label)))
