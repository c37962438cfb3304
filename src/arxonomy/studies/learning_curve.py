"""A recipe trained on more and more of the training papers, each subset a part of the next.

    seed 42    250 papers ⊂ 500 ⊂ 1,000 ⊂ ... ⊂ all    the same validation and test papers for all
    seed 43    another order of the papers

A size counts different papers: copies of one come and go together. Every label has its share of a subset to
within one paper. Whatever is learned from training papers (the vocabulary too) is learned from the subset.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from arxonomy.config import Recipe
from arxonomy.errors import DataError
from arxonomy.papers import Dataset, Parts, group_copies
from arxonomy.studies.bench import Equipment, choose_split, find_test_rows, open_bench
from arxonomy.studies.jobs import PlannedRun, vary_seed
from arxonomy.studies.provenance import Basis, make_basis
from arxonomy.studies.source import LabeledFiles

if TYPE_CHECKING:
    from arxonomy.evaluation.curve_results import LearningCurves as Curves

_LOG = logging.getLogger(__name__)

HALVINGS = 5
"""How often the training papers are halved, if no sizes are given."""
LEAST_PER_LABEL = 10
"""Papers that the smallest of these sizes has of a label, on average."""

Order = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LearningCurves:
    """Accuracy by the number of training papers, extrapolated."""

    curves: Curves
    """See `evaluation.learning_curves.fit_learning_curves`."""
    models: Mapping[str, Sequence[str]]
    """Name of a recipe -> its runs: all sizes of the first seed, then of the second, and so on."""
    basis: Basis
    """What the numbers rest on."""

    def to_dict(self) -> dict[str, Any]:
        """All numbers, as JSON has them."""
        systems = {
            name: {**curve.to_dict(), "models": list(self.models[name])}
            for name, curve in self.curves.systems.items()
        }
        return {**self.curves.to_dict(), "systems": systems, **self.basis.to_dict()}

    def to_text(self) -> str:
        """Tables: accuracy by size, the fitted laws, and what more papers would give."""
        return self.curves.to_text()

    def to_html(self) -> str:
        """A report with a chart: one HTML page that stands alone."""
        from arxonomy.studies.report import render_learning_curves

        return render_learning_curves(self)


def measure_learning_curve(
    recipes: Sequence[Recipe],
    file: LabeledFiles,
    *,
    sizes: Sequence[int] | None,
    more: int,
    seeds: int,
    resamples: int,
    equipment: Equipment,
) -> LearningCurves:
    """Train recipes on more and more of the training papers, and fit their learning curves.

    Args:
        recipes: Networks or baselines, with the same settings of the data.
        file: Labeled papers.
        sizes: See `choose_sizes`.
        more: How many more papers to extrapolate to.
        seeds: Runs of each size, >= 1.
        resamples: Number of bootstrap resamples.
        equipment: What the runs are trained with, and where they go, as `RECIPE/seed-S/SIZE`; finished runs
            there are not trained again. Its split file has the columns split and row or id.

    Raises:
        DataError: See `plan_curve`.
        ArxonomyError: See `train`.
    """
    from arxonomy.evaluation.learning_curves import fit_learning_curves
    from arxonomy.models.baselines.minilm import cache_vectors

    bench = open_bench(file, recipes, equipment)
    dataset = bench.dataset
    parts = choose_split(dataset, recipes[0].data, equipment.split_file, equipment.rest)
    rows = find_test_rows(parts)
    plans = [
        plan_curve(dataset, parts, recipe, sizes, seeds, equipment.out / recipe.name) for recipe in recipes
    ]
    chosen_sizes = plans[0][0]
    truth = dataset.get_label_ids()[rows]
    right, models = {}, {}
    with cache_vectors():  # the papers of all runs are the same, or fewer of them
        trained_runs = iter(bench.train([job for _, jobs in plans for job in jobs]))
        count = sum(len(jobs) for _, jobs in plans)
        _LOG.info("classifying %s test papers with each of %s runs", f"{len(rows):,}", count)
        for recipe, (_, jobs) in zip(recipes, plans, strict=True):
            runs = [next(trained_runs) for _ in jobs]
            models[recipe.name] = [str(run.folder) for run in runs]
            hits = np.array([bench.classify(run, rows).argmax(axis=1) == truth for run in runs])
            right[recipe.name] = hits.reshape(seeds, len(chosen_sizes), len(rows))
    groups = group_copies([dataset.papers[row] for row in rows.tolist()])
    curves = fit_learning_curves(chosen_sizes, right, more, groups=groups, resamples=resamples)
    basis = make_basis(file.describe(), resamples, command=equipment.command)
    return LearningCurves(curves, models, basis)


def draw_training_order(labels: npt.NDArray[np.int64], seed: int) -> Order:
    """Draw the order in which papers are added.

    The papers of a label are shuffled and spread evenly over the order, so that each beginning of it has
    every label in its share.

    Args:
        labels: (N,) the number of each paper's label.
        seed: Random seed of the draw.

    Returns:
        (N,) the papers' places, from 0.
    """
    random = np.random.default_rng(seed)
    spread = np.zeros(len(labels))
    for label in np.unique(labels):
        places = random.permutation(np.flatnonzero(labels == label))
        spread[places] = (np.arange(len(places)) + random.random()) / len(places)
    return np.argsort(spread, kind="stable")


def choose_sizes(count: int, labels: int, sizes: Sequence[int] | None) -> list[int]:
    """The sizes that are given, checked, or all papers halved repeatedly; rising.

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


def plan_curve(
    dataset: Dataset, parts: Parts, recipe: Recipe, sizes: Sequence[int] | None, seeds: int, out: Path
) -> tuple[list[int], list[PlannedRun]]:
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
    groups, labels = dataset.groups, dataset.get_label_ids()
    train = parts == "train"
    kinds = np.unique(groups[train])  # each named by the place of its first paper
    chosen = choose_sizes(len(kinds), len(dataset.labels), sizes)
    jobs = []
    for seeded_recipe in vary_seed(recipe, seeds):
        seed = seeded_recipe.training.seed
        ordered = kinds[draw_training_order(labels[kinds], seed)]
        for size in chosen:
            left_out = train & ~np.isin(groups, ordered[:size])
            kept = np.where(left_out, "", parts)
            if missing := set(range(len(dataset.labels))) - set(labels[kept == "train"].tolist()):
                raise DataError(
                    f"expected training papers of all labels in each subset, found none of "
                    f"`{dataset.labels[min(missing)]}` among {size:,}; give a larger smallest size"
                )
            title = f"{recipe.name}, seed-{seed}, {size:,} papers"
            jobs.append(PlannedRun(title, seeded_recipe, kept, out / f"seed-{seed}" / str(size)))
    return chosen, jobs
