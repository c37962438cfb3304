"""Leave-one-out ablation: a recipe without one of its components at a time.

Some components are parts of the network, some are settings of training. Either way a system without one is
the same recipe with other settings: its runs are like any run, and so are bundles made of them.
"""

from __future__ import annotations

import json
import logging
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from arxonomy.artifacts.run import Run
from arxonomy.config import Recipe, make_recipe
from arxonomy.errors import SettingsError, suggest_name
from arxonomy.evaluation.comparison_results import Comparison
from arxonomy.models import build_model, check_recipe
from arxonomy.papers import Parts, group_copies
from arxonomy.studies.bench import Equipment, choose_split, find_test_rows, open_bench
from arxonomy.studies.jobs import PlannedRun, vary_seed
from arxonomy.studies.provenance import Basis, make_basis
from arxonomy.studies.selection import LabeledFile

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Component:
    """What can be taken out of a recipe."""

    meaning: str
    """What is left, in a few words."""
    parts: tuple[str, ...] = ()
    """Parts of the network to take out: values of `model.without`."""
    settings: tuple[str, ...] = ()
    """`key=value` settings that take it out of training."""
    pretrained: bool = False
    """Whether it is about word vectors that come from a file."""


COMPONENTS = {
    "title": Component("the abstract alone is read", ("title",)),
    "abstract": Component("the title alone is read", ("abstract",)),
    "attention": Component(
        "the mean over tokens instead of either attention", ("title-attention", "abstract-attention")
    ),
    "title-attention": Component("the mean over the title's tokens", ("title-attention",)),
    "abstract-attention": Component("the mean over the abstract's tokens", ("abstract-attention",)),
    "gate": Component("title and abstract are joined as they are", ("gate",)),
    "residual": Component("no way around the convolutions of a block", ("residual",)),
    "vectors": Component(
        "word vectors start at random", settings=("training.from_scratch=true",), pretrained=True
    ),
    "fine-tuning": Component(
        "word vectors stay as they are in the file",
        settings=("training.embedding_learning_rate=0",),
        pretrained=True,
    ),
    "augmentation": Component("no abstract is changed", settings=("training.augment.share=0",)),
    "class-weights": Component("all classes count alike", settings=("training.class_weights={}",)),
    "label-smoothing": Component("the target is the label alone", settings=("training.label_smoothing=0",)),
    "focal-loss": Component("cross-entropy", settings=("training.focal_gamma=0",)),
    "mixup": Component("no papers are mixed", settings=("training.mixup_share=0",)),
    "weight-average": Component(
        "the weights themselves, not their average",
        settings=("training.weight_average=none", "training.average_from=none"),
    ),
}
"""Name -> what can be taken out, in the order of the report."""


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
    file: LabeledFile,
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
        resamples: Of the bootstrap.
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
            f"the recipe {recipe.name} has nothing that can be taken out; name another --recipe"
        )
    bench = open_bench(file, [recipe], equipment)
    dataset = bench.dataset
    parts = choose_split(dataset, recipe.data, equipment.split_file)
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


def check_ablatable(recipe: Recipe) -> None:
    """Make sure that a recipe trains one network.

    Raises:
        SettingsError: It is a baseline or an ensemble.
    """
    if recipe.baseline or recipe.ensemble.members:
        kind, hint = (
            ("a baseline, which has nothing to take out", "name a network's recipe, such as v1")
            if recipe.baseline
            else ("an ensemble", f"name the recipe of a member, such as {recipe.ensemble.members[0]}")
        )
        raise SettingsError(
            f"expected the recipe of one network to take things out of, found {recipe.name}, {kind}; {hint}"
        )


def list_components(recipe: Recipe, pretrained: bool) -> list[str]:
    """Names of all components that can be taken out of a recipe.

    Args:
        recipe: Of one network.
        pretrained: Whether word vectors are given.
    """
    return [name for name in COMPONENTS if not _lack(recipe, name, pretrained)]


def check_components(recipe: Recipe, names: Sequence[str], pretrained: bool) -> None:
    """Make sure that components can be taken out of a recipe, each once.

    Args:
        recipe: Of one network.
        names: Of the components.
        pretrained: Whether word vectors are given.

    Raises:
        SettingsError: A name is unknown or given twice, or the recipe has no such component.
    """
    for name in names:
        if name not in COMPONENTS:
            raise SettingsError(f"no component is called `{name}`: {suggest_name(name, COMPONENTS)}")
        if names.count(name) > 1:
            raise SettingsError(f"expected each component once, found `{name}` twice")
        if lack := _lack(recipe, name, pretrained):
            known = ", ".join(f"`{other}`" for other in list_components(recipe, pretrained))
            raise SettingsError(f"cannot take out `{name}` of {recipe.name}: {lack}; expected any of {known}")


def _lack(recipe: Recipe, name: str, pretrained: bool) -> str:
    """Why a component cannot be taken out of a recipe; empty if it can."""
    if COMPONENTS[name].pretrained and (not pretrained or recipe.training.from_scratch):
        return "its word vectors start at random" + ("" if pretrained else ", since no file is given")
    try:
        rest = remove_component(recipe, name)
        check_recipe(rest)
    except SettingsError as error:  # the network lacks the part, or nothing would be left to read
        return str(error)
    return "it has none" if rest.model_copy(update={"name": recipe.name}) == recipe else ""


def remove_component(recipe: Recipe, name: str) -> Recipe:
    """The recipe without a component, under the name `RECIPE-without-COMPONENT`."""
    component = COMPONENTS[name]
    parts = list(dict.fromkeys([*recipe.model.without, *component.parts]))
    return make_recipe(
        {**recipe.model_dump(), "name": f"{recipe.name}-without-{name}"},
        [f"model.without={json.dumps(parts)}", *component.settings],
    )


def plan_ablation(
    recipe: Recipe, names: Sequence[str], seeds: int, parts: Parts, out: Path
) -> dict[str, list[PlannedRun]]:
    """The runs of an ablation: the whole recipe first, then without each component, with several seeds each.

    Args:
        recipe: The whole.
        names: Of the components to take out, as `check_components` lets pass.
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
