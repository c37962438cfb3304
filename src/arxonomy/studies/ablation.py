"""A recipe with one thing taken out at a time, to see what each thing is worth.

Some things are parts of the network, some are settings of training. Either way a system without a thing is
the same recipe with other settings: its runs are like any run, and so are bundles made of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from arxonomy.artifacts.run import Run
from arxonomy.config import Recipe, make_recipe
from arxonomy.errors import SettingsError, did_you_mean
from arxonomy.models import build_model, check_recipe
from arxonomy.papers import Parts
from arxonomy.studies.jobs import Job, seeded


@dataclass(frozen=True)
class Thing:
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
    "title": Thing("the abstract alone is read", ("title",)),
    "abstract": Thing("the title alone is read", ("abstract",)),
    "attention": Thing(
        "the mean over tokens instead of either attention", ("title-attention", "abstract-attention")
    ),
    "title-attention": Thing("the mean over the title's tokens", ("title-attention",)),
    "abstract-attention": Thing("the mean over the abstract's tokens", ("abstract-attention",)),
    "gate": Thing("title and abstract are joined as they are", ("gate",)),
    "residual": Thing("no way around the convolutions of a block", ("residual",)),
    "vectors": Thing(
        "word vectors start at random", settings=("training.from_scratch=true",), pretrained=True
    ),
    "fine-tuning": Thing(
        "word vectors stay as they are in the file",
        settings=("training.embedding_learning_rate=0",),
        pretrained=True,
    ),
    "augmentation": Thing("no abstract is changed", settings=("training.augment.share=0",)),
    "class-weights": Thing("all classes count alike", settings=("training.class_weights={}",)),
    "label-smoothing": Thing("the target is the label alone", settings=("training.label_smoothing=0",)),
    "focal-loss": Thing("cross-entropy", settings=("training.focal_gamma=0",)),
    "mixup": Thing("no papers are mixed", settings=("training.mixup_share=0",)),
    "weight-average": Thing(
        "the weights themselves, not their average",
        settings=("training.weight_average=none", "training.average_from=none"),
    ),
}
"""Name -> what can be taken out, in the order in which it is told."""


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
    """Names of all things that can be taken out of a recipe.

    Args:
        recipe: Of one network.
        pretrained: Whether word vectors are given.
    """
    return [name for name in COMPONENTS if not _lack(recipe, name, pretrained)]


def check_components(recipe: Recipe, names: Sequence[str], pretrained: bool) -> None:
    """Make sure that things can be taken out of a recipe, each once.

    Args:
        recipe: Of one network.
        names: Of the things.
        pretrained: Whether word vectors are given.

    Raises:
        SettingsError: A name is unknown or said twice, or the recipe has no such thing.
    """
    for name in names:
        if name not in COMPONENTS:
            raise SettingsError(f"nothing to take out is called `{name}`: {did_you_mean(name, COMPONENTS)}")
        if names.count(name) > 1:
            raise SettingsError(f"expected each thing to take out once, found `{name}` twice")
        if lack := _lack(recipe, name, pretrained):
            known = ", ".join(f"`{one}`" for one in list_components(recipe, pretrained))
            raise SettingsError(f"cannot take out `{name}` of {recipe.name}: {lack}; expected any of {known}")


def _lack(recipe: Recipe, name: str, pretrained: bool) -> str:
    """Why a thing cannot be taken out of a recipe; empty if it can."""
    if COMPONENTS[name].pretrained and (not pretrained or recipe.training.from_scratch):
        return "its word vectors start at random" + ("" if pretrained else ", since no file is given")
    try:
        rest = without(recipe, name)
        check_recipe(rest)
    except SettingsError as error:  # the network lacks the part, or nothing would be left to read
        return str(error)
    return "it has none" if rest.model_copy(update={"name": recipe.name}) == recipe else ""


def without(recipe: Recipe, name: str) -> Recipe:
    """The recipe without a thing, under the name `RECIPE-without-THING`."""
    thing = COMPONENTS[name]
    parts = list(dict.fromkeys([*recipe.model.without, *thing.parts]))
    return make_recipe(
        {**recipe.model_dump(), "name": f"{recipe.name}-without-{name}"},
        [f"model.without={json.dumps(parts)}", *thing.settings],
    )


def ablation_jobs(
    recipe: Recipe, names: Sequence[str], seeds: int, parts: Parts, out: Path
) -> dict[str, list[Job]]:
    """The runs of an ablation: the whole recipe first, then without each thing, with several seeds each.

    Args:
        recipe: The whole.
        names: Of the things to take out, as `check_components` lets pass.
        seeds: Runs of each system, >= 1: with the recipe's own seed and those that follow it.
        parts: (N,) The split, the same for all.
        out: The runs go to `out/SYSTEM/seed-S`.

    Returns:
        Name of a system -> its runs.
    """
    plan = {}
    for system in (recipe, *(without(recipe, name) for name in names)):
        plan[system.name] = [
            Job(f"{system.name}, {seed}", own, parts, out / system.name / seed)
            for own in seeded(system, seeds)
            for seed in [f"seed-{own.training.seed}"]
        ]
    return plan


def count_parameters(run: Run) -> int:
    """How many numbers the network of a run has to learn, frozen word vectors included."""
    with torch.device("meta"):  # without weights
        network = build_model(run.recipe().model, len(run.vocabulary()), len(run.info()["labels"]))
    return sum(parameter.numel() for parameter in network.parameters())
