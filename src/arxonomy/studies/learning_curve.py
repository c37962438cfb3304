"""A recipe trained on more and more of the training papers, each subset a part of the next.

    seed 42    250 papers ⊂ 500 ⊂ 1,000 ⊂ ... ⊂ all    the same validation and test papers for all
    seed 43    another order of the papers

A size counts different papers: copies of one come and go together. Every label has its share of a subset to
within one paper. Whatever is learned from training papers (the vocabulary too) is learned from the subset.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arxonomy.config import Recipe
from arxonomy.errors import DataError
from arxonomy.papers import Dataset, Parts, group_copies
from arxonomy.studies.jobs import Job, seeded

HALVINGS = 5
"""How often the training papers are halved, if no sizes are given."""
LEAST_PER_LABEL = 10
"""Papers that the smallest of these sizes has of a label, on average."""

Order = npt.NDArray[np.int64]


def training_order(labels: npt.NDArray[np.int64], seed: int) -> Order:
    """Draw the order in which papers are added.

    The papers of a label are shuffled and spread evenly over the order, so that each beginning of it has
    every label in its share.

    Args:
        labels: (N,) the number of each paper's label.
        seed: Of the draw.

    Returns:
        (N,) the papers' places, from 0.
    """
    random = np.random.default_rng(seed)
    spread = np.zeros(len(labels))
    for label in np.unique(labels):
        own = random.permutation(np.flatnonzero(labels == label))
        spread[own] = (np.arange(len(own)) + random.random()) / len(own)
    return np.argsort(spread, kind="stable")


def choose_sizes(count: int, labels: int, sizes: Sequence[int] | None) -> list[int]:
    """The sizes that are given, checked, or all papers halved time and again; rising.

    Args:
        count: Different training papers.
        labels: How many labels they have.
        sizes: Numbers of papers, in any order.

    Raises:
        DataError: A size is larger than there are papers, or less than 1.
    """
    if sizes:
        if wrong := [size for size in sizes if not 1 <= size <= count]:
            raise DataError(
                f"expected sizes from 1 to {count:,}, which is how many different training papers there are; "
                f"found {wrong[0]:,}"
            )
        return sorted(set(sizes))
    halved = [round(count / 2**step) for step in range(HALVINGS, -1, -1)]
    return [size for size in halved if size >= LEAST_PER_LABEL * labels or size == count]


def curve_jobs(
    dataset: Dataset, parts: Parts, recipe: Recipe, sizes: Sequence[int] | None, seeds: int, out: Path
) -> tuple[list[int], list[Job]]:
    """The runs of a learning curve.

    Args:
        dataset: Labeled papers.
        parts: (N,) the whole split.
        recipe: What is trained.
        sizes: As for `choose_sizes`.
        seeds: Runs of each size, >= 1: with the recipe's own seed and those that follow it, each with its
            own order.
        out: The runs go to `out/seed-S/SIZE`.

    Returns:
        The K sizes, and the jobs: K of the first seed, K of the second, and so on. In their splits training
        papers that are left out have no part.

    Raises:
        DataError: A size is larger than there are papers, or so small that a label has none.
    """
    groups, labels = group_copies(dataset.papers), dataset.label_ids()
    train = parts == "train"
    kinds = np.unique(groups[train])  # each named by the place of its first paper
    chosen = choose_sizes(len(kinds), len(dataset.labels), sizes)
    jobs = []
    for own in seeded(recipe, seeds):
        seed = own.training.seed
        ordered = kinds[training_order(labels[kinds], seed)]
        for size in chosen:
            left_out = train & ~np.isin(groups, ordered[:size])
            kept = np.where(left_out, "", parts)
            if missing := set(range(len(dataset.labels))) - set(labels[kept == "train"].tolist()):
                raise DataError(
                    f"expected training papers of all labels in each subset, found none of "
                    f"`{dataset.labels[min(missing)]}` among {size:,}; give a larger smallest size"
                )
            title = f"{recipe.name}, seed-{seed}, {size:,} papers"
            jobs.append(Job(title, own, kept, out / f"seed-{seed}" / str(size)))
    return chosen, jobs
