"""Subsets are nested, have every label in its share, and keep copies together."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from arxonomy.config import load_recipe
from arxonomy.errors import DataError
from arxonomy.papers import Dataset, group_copies
from arxonomy.studies.learning_curve import choose_sizes, draw_training_order, plan_curve

V1 = load_recipe("v1")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_beginning_has_the_labels_in_their_shares(seed: int) -> None:
    labels = np.array([0] * 70 + [1] * 25 + [2] * 5)
    order = draw_training_order(labels, seed)
    assert sorted(order.tolist()) == list(range(100))
    shares = np.array([0.70, 0.25, 0.05])
    for size in range(1, 101):
        counts = np.bincount(labels[order[:size]], minlength=3)
        assert (np.abs(counts - shares * size) < 2).all()
    assert (order == draw_training_order(labels, seed)).all()
    assert (order != draw_training_order(labels, seed + 10)).any()


def test_sizes() -> None:
    assert choose_sizes(8399, 3, None) == [262, 525, 1050, 2100, 4200, 8399]
    assert choose_sizes(100, 3, None) == [50, 100]
    assert choose_sizes(20, 3, None) == [20]
    assert choose_sizes(100, 3, [50, 7, 50]) == [7, 50]
    for wrong in (0, 101):
        with pytest.raises(DataError, match=f"sizes from 1 to 100, .*; found {wrong}"):
            choose_sizes(100, 3, [50, wrong])


def test_the_runs_of_a_curve(dataset: Dataset, parts: np.ndarray) -> None:
    sizes, jobs = plan_curve(dataset, parts, V1, [30, 6, 60], 2, Path("out"))
    assert sizes == [6, 30, 60]
    assert [job.folder for job in jobs] == [
        Path("out") / f"seed-{seed}" / str(size) for seed in (42, 43) for size in sizes
    ]
    assert [job.recipe.training.seed for job in jobs] == [42] * 3 + [43] * 3
    kept = [set(np.flatnonzero(job.parts == "train").tolist()) for job in jobs]
    assert [len(rows) for rows in kept] == sizes * 2
    assert kept[0] < kept[1] < kept[2] == kept[5] and kept[3] < kept[4]
    assert kept[1] != kept[4]  # another seed, other papers
    for job in jobs:
        assert ((job.parts == parts) | (parts == "train")).all()
        labels = dataset.get_label_ids()[job.parts == "train"]
        assert len(set(np.bincount(labels).tolist())) == 1
    again = plan_curve(dataset, parts, V1, sizes, 1, Path("out"))[1]
    assert all((first.parts == second.parts).all() for first, second in zip(again, jobs, strict=False))


def test_copies_come_and_go_together_and_count_once(dataset: Dataset, parts: np.ndarray) -> None:
    trained = np.flatnonzero(parts == "train").tolist()
    copies = [
        dataclasses.replace(dataset.papers[row], id=f"copy-{row}", row=90 + place)
        for place, row in enumerate(trained[:20])
    ]
    both = dataclasses.replace(dataset, papers=(*dataset.papers, *copies))
    split = np.concatenate([parts, np.full(20, "train")])
    sizes, jobs = plan_curve(both, split, V1, [12, 60], 1, Path("out"))
    groups = group_copies(both.papers)
    for size, job in zip(sizes, jobs, strict=True):
        inside = job.parts == "train"
        assert len(set(groups[inside].tolist())) == size
        assert not set(groups[inside].tolist()) & set(groups[(split == "train") & ~inside].tolist())
    assert (jobs[1].parts == split).all()
    with pytest.raises(DataError, match="from 1 to 60"):
        plan_curve(both, split, V1, [61], 1, Path("out"))


def test_a_subset_without_a_label(dataset: Dataset, parts: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"found none of `cs\...` among 2; give a larger smallest size"):
        plan_curve(dataset, parts, V1, [2, 30], 1, Path("out"))
