"""Leave-one-out ablation: a recipe without one of its components at a time."""

from __future__ import annotations

import logging
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from arxonomy.advice import name_option
from arxonomy.artifacts.run import Run
from arxonomy.config import Recipe
from arxonomy.errors import SettingsError
from arxonomy.evaluation.comparison_results import Comparison
from arxonomy.models import build_model
from arxonomy.papers import Parts, group_copies
from arxonomy.studies.bench import Equipment, choose_split, find_test_rows, open_bench
from arxonomy.studies.components import (
    COMPONENTS,
    check_ablatable,
    check_components,
    list_components,
    remove_component,
)
from arxonomy.studies.jobs import PlannedRun, vary_seed
from arxonomy.studies.provenance import Basis, make_basis
from arxonomy.studies.source import LabeledFiles

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cost:
    """What a system is, and what its runs cost."""

    without: str | None
    """The component that was taken out; None for the whole."""
    models: Sequence[str]
    """Its runs."""
    parameters: int
    """Numbers to learn, frozen word vectors included."""
    epochs: Sequence[int]
    """Epochs of each run."""
    seconds_per_epoch: float
    """Median over the epochs of all runs."""


@dataclass(frozen=True)
class Ablation:
    """A recipe compared with itself without one component at a time."""

    comparison: Comparison
    """Each system against the whole."""
    costs: Mapping[str, Cost]
    """Name of a system -> its costs."""
    whole: str
    """Name of the whole."""
    seeds: Sequence[int]
    """Seeds of the runs of each system."""
    basis: Basis
    """What the numbers rest on."""

    def to_dict(self) -> dict[str, Any]:
        """All numbers, as JSON has them."""
        numbers = self.comparison.to_dict()
        for name, cost in self.costs.items():
            numbers["systems"][name] |= asdict(cost)
            if cost.without is not None:
                numbers["systems"][name]["meaning"] = COMPONENTS[cost.without].meaning
        return numbers | {"whole": self.whole, "seeds": list(self.seeds), **self.basis.to_dict()}

    def to_text(self) -> str:
        """A table: the whole, and each system without a component."""
        from arxonomy.evaluation.comparison_text import format_ablation

        costs, meanings = {}, {}
        for name, cost in self.costs.items():
            costs[name] = (f"{cost.parameters:,}", f"{cost.seconds_per_epoch:.1f}")
            if cost.without is not None:
                meanings[name] = COMPONENTS[cost.without].meaning
        return format_ablation(self.comparison, self.seeds, costs, meanings)


def ablate(
    recipe: Recipe,
    file: LabeledFiles,
    components: Sequence[str],
    *,
    seeds: int,
    resamples: int,
    equipment: Equipment,
) -> Ablation:
    """Train a recipe, and the recipe without one component at a time, and compare them on the test papers.

    Args:
        recipe: The whole: one network.
        file: Labeled papers.
        components: Names of what to take out; empty: all that the recipe has.
        seeds: Runs of each system, >= 1.
        resamples: Number of bootstrap resamples.
        equipment: What the runs are trained with, and where they go, as `SYSTEM/seed-S`; finished runs
            there are not trained again. Its split file has the columns split and row or id.

    Raises:
        SettingsError: See `check_components`; or the recipe is no network's, or has nothing to take out.
        ArxonomyError: See `train`.
    """
    from arxonomy.evaluation.comparison import compare

    pretrained = equipment.vectors is not None
    check_ablatable(recipe)
    check_components(recipe, components, pretrained)
    if not (names := components or list_components(recipe, pretrained)):
        raise SettingsError(
            f"the recipe {recipe.name} has nothing that can be taken out; name another "
            f"{name_option('--recipe')}"
        )
    bench = open_bench(file, [recipe], equipment)
    dataset = bench.dataset
    parts = choose_split(dataset, recipe.data, equipment.split_file, equipment.rest)
    rows = find_test_rows(parts)
    papers = [dataset.papers[row] for row in rows.tolist()]
    plan = plan_ablation(recipe, names, seeds, parts, equipment.out)
    trained_runs = iter(bench.train([job for jobs in plan.values() for job in jobs]))
    runs = {system: [next(trained_runs) for _ in jobs] for system, jobs in plan.items()}
    _LOG.info("classifying %s test papers with each of %s runs", f"{len(papers):,}", len(plan) * seeds)
    comparison = compare(
        dataset.get_label_ids()[rows],
        {system: [bench.classify(run, rows) for run in group] for system, group in runs.items()},
        dataset.labels,
        [paper.categories for paper in papers],
        groups=group_copies(papers),
        against=recipe.name,
        resamples=resamples,
    )
    costs = {
        system: _measure_cost(name, group)
        for name, (system, group) in zip((None, *names), runs.items(), strict=True)
    }
    trained_seeds = [job.recipe.training.seed for job in plan[recipe.name]]
    basis = make_basis(file.describe(), resamples, command=equipment.command)
    return Ablation(comparison, costs, recipe.name, trained_seeds, basis)


def _measure_cost(component: str | None, runs: Sequence[Run]) -> Cost:
    histories = [run.history() for run in runs]
    return Cost(
        without=component,
        models=[str(run.folder) for run in runs],
        parameters=count_parameters(runs[0]),
        epochs=[len(history) for history in histories],
        seconds_per_epoch=statistics.median(record.seconds for history in histories for record in history),
    )


def plan_ablation(
    recipe: Recipe, names: Sequence[str], seeds: int, parts: Parts, out: Path
) -> dict[str, list[PlannedRun]]:
    """The runs of an ablation: the whole recipe first, then without each component, with several seeds each.

    Args:
        recipe: The full recipe.
        names: Names of the components to take out, as `check_components` lets pass.
        seeds: Runs of each system, >= 1: with the recipe's own seed and those that follow it.
        parts: (N,) The split, the same for all.
        out: The runs go to `out/SYSTEM/seed-S`.

    Returns:
        Name of a system -> its runs.
    """
    plan = {}
    for system in (recipe, *(remove_component(recipe, name) for name in names)):
        plan[system.name] = [
            PlannedRun(
                f"{system.name}, seed-{seeded_recipe.training.seed}",
                seeded_recipe,
                parts,
                out / system.name / f"seed-{seeded_recipe.training.seed}",
            )
            for seeded_recipe in vary_seed(system, seeds)
        ]
    return plan


def count_parameters(run: Run) -> int:
    """How many numbers the network of a run has to learn, frozen word vectors included."""
    with torch.device("meta"):  # without weights
        network = build_model(run.recipe().model, len(run.vocabulary()), len(run.info().labels))
    return sum(parameter.numel() for parameter in network.parameters())
