"""What can be taken out of a recipe.

Some components are parts of the network, some are settings of training. Either way a system without one is
the same recipe with other settings: its runs are like any run, and so are bundles made of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from arxonomy.config import Recipe, make_recipe
from arxonomy.errors import SettingsError, suggest_name
from arxonomy.models import check_recipe


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
    "bag": Component("no bag of words and word pairs", ("bag",)),
    "pairs": Component("the bag has words and no pairs", ("pairs",)),
    "linear": Component("no linear branch", ("linear",)),
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
        recipe: The recipe of one network.
        pretrained: Whether word vectors are given.
    """
    return [name for name in COMPONENTS if not _explain_lack(recipe, name, pretrained)]


def check_components(recipe: Recipe, names: Sequence[str], pretrained: bool) -> None:
    """Make sure that components can be taken out of a recipe, each once.

    Args:
        recipe: The recipe of one network.
        names: Names of the components.
        pretrained: Whether word vectors are given.

    Raises:
        SettingsError: A name is unknown or given twice, or the recipe has no such component.
    """
    for name in names:
        if name not in COMPONENTS:
            raise SettingsError(f"no component is called `{name}`: {suggest_name(name, COMPONENTS)}")
        if names.count(name) > 1:
            raise SettingsError(f"expected each component once, found `{name}` twice")
        if lack := _explain_lack(recipe, name, pretrained):
            known = ", ".join(f"`{other}`" for other in list_components(recipe, pretrained))
            raise SettingsError(f"cannot take out `{name}` of {recipe.name}: {lack}; expected any of {known}")


def _explain_lack(recipe: Recipe, name: str, pretrained: bool) -> str:
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
