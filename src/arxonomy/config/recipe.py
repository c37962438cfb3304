"""Settings: what a recipe file may say, checked, explained, and saved with the weights.

A recipe is a TOML file with one table per class below:

    [data]      which labels are kept and merged, how papers are split
    [text]      tokens and vocabulary
    [model]     which architecture and its sizes
    [training]  optimizer, schedule, regularization, augmentation
    [ensemble]  several models that vote, each of a recipe
    [baseline]  a simpler classifier to compare with, instead of a network, and what is tried for it
    [tune]      ranges of settings, which `arxonomy tune` searches; training does not read them

`load_recipe` reads one by name (from `arxonomy/recipes/`) or by path, and applies `key=value`
overrides such as `training.epochs=3`. An unknown key is an error that names the nearest known one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError, field_validator

from arxonomy.config.baselines import BASELINE_KINDS, BaselineSettings
from arxonomy.config.overrides import Tree, apply_overrides, merge_trees
from arxonomy.config.ranges import Range, flatten_ranges
from arxonomy.config.tables import (
    DataSettings,
    EnsembleSettings,
    ModelSettings,
    Settings,
    TextSettings,
    TrainingSettings,
)
from arxonomy.errors import SettingsError, suggest_name
from arxonomy.label_names import read_among
from arxonomy.records import AnyPath


class Recipe(Settings):
    """Everything that defines a system, apart from the data."""

    name: str
    """The recipe's name."""
    description: str = ""
    """One line for `arxonomy recipes`."""
    data: DataSettings = DataSettings()
    """Labels and split."""
    text: TextSettings = TextSettings()
    """Tokens and vocabulary."""
    model: ModelSettings = ModelSettings()
    """Architecture."""
    training: TrainingSettings = TrainingSettings()
    """Training."""
    ensemble: EnsembleSettings = EnsembleSettings()
    """The models that vote; none for a single model."""
    baseline: Annotated[BaselineSettings, Field(discriminator="kind")] | None = None
    """The baseline that is trained instead of a network, if there is one."""
    tune: dict[str, Range] = Field(default_factory=dict)
    """Name of a setting -> what `arxonomy tune` draws it from. Runs do not keep it: it changes none."""

    @field_validator("tune", mode="before")
    @classmethod
    def _flatten_ranges(cls, value: Any) -> Any:
        return dict(flatten_ranges(value)) if isinstance(value, Mapping) else value

    def with_labels(
        self, among: str | Mapping[str, Sequence[str]] | None = None, min_papers: int | None = None
    ) -> Recipe:
        """The recipe for other labels: what `--among` and `--min-papers` state; None leaves its own.

        Args:
            among: As `parse_among` reads it, or new label -> the labels that it is made of.
            min_papers: Least number of different papers of a label.

        Raises:
            SettingsError: `among` cannot be parsed or names a label twice.
        """
        changes: dict[str, object] = {}
        if among is not None:
            changes["among"] = read_among(among)
        if min_papers is not None:
            changes["min_papers"] = min_papers
        if not changes:
            return self
        return self.model_copy(update={"data": self.data.model_copy(update=changes)})

    @property
    def short_description(self) -> str:
        """The description of the system alone, without the word `Baseline:`."""
        return self.description.removeprefix("Baseline: ")


def list_recipes() -> list[str]:
    """List the names of the recipes in the package, sorted."""
    folder = resources.files("arxonomy.recipes")
    return sorted(
        entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")
    )


def load_recipe(name_or_path: AnyPath, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe and apply overrides.

    Args:
        name_or_path: A name from `list_recipes()`, or the path of a `.toml` file.
        overrides: `key=value` pairs; a key is a dotted path (`training.epochs`), a value is TOML
            (`3`, `"balanced"`, `{"cs.CL" = 2.0}`); a bare word is text.

    A recipe with `base = "v1"` has all settings of that recipe, except for those that it states.

    Returns:
        The checked recipe.

    Raises:
        SettingsError: The recipe does not exist, is not TOML, or has an unknown key or a bad value.
    """
    return make_recipe(_read_tree(str(name_or_path)), overrides)


def _read_tree(text: str) -> Tree:
    """The settings of a recipe's file, merged into those of its base."""
    if text.endswith(".toml"):
        try:
            source = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"cannot read the recipe {text}: {error}") from error
    elif text in list_recipes():
        source = (resources.files("arxonomy.recipes") / f"{text}.toml").read_text(encoding="utf-8")
    else:
        raise SettingsError(f"no recipe is called `{text}`: {suggest_name(text, list_recipes())}")
    try:
        tree = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"the recipe {text} is not valid TOML: {error}") from error
    tree.setdefault("name", Path(text).stem)
    base = tree.pop("base", None)
    if base is None:
        return tree
    if base not in list_recipes():
        raise SettingsError(f"the recipe {text}: base: {suggest_name(str(base), list_recipes())}")
    return merge_trees(_read_tree(base), tree)


def make_recipe(tree: Tree, overrides: Sequence[str] = ()) -> Recipe:
    """Check a tree of settings and apply `key=value` overrides to it.

    Raises:
        SettingsError: An unknown key or a bad value; all faults are named at once.
    """
    try:
        return Recipe.model_validate(apply_overrides(tree, overrides))
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(fault) for fault in error.errors())) from None


def _explain(fault: Any) -> str:
    # pydantic adds which kind of a union it tried, such as `dict[str,float]`.
    path = [str(part) for part in fault["loc"] if not str(part).startswith(("literal[", "dict["))]
    model: Any = Recipe
    if path[:1] == ["baseline"]:
        if fault["type"] == "union_tag_not_found":
            hint = suggest_name("", BASELINE_KINDS)
            return f"setting `baseline.kind`: expected a kind of baseline, found none; {hint}"
        if fault["type"] == "union_tag_invalid":
            kind = str(fault["ctx"]["tag"])
            hint = suggest_name(kind, BASELINE_KINDS)
            return f"setting `baseline.kind`: no baseline is called `{kind}`: {hint}"
        if len(path) > 1:
            model = BASELINE_KINDS[path.pop(1)]
    where = ".".join(path)
    if fault["type"] == "extra_forbidden":
        inner = path[1:-1] if model is not Recipe else path[:-1]
        return f"unknown setting `{where}`: {suggest_name(path[-1], _list_fields(model, inner))}"
    message = fault["msg"].removeprefix("Value error, ")  # pydantic's prefix for messages of our own checks
    return f"setting `{where}`: {message}, found {fault['input']!r}"


def _list_fields(model: type[BaseModel], path: list[str]) -> list[str]:
    for key in path:
        annotation = model.model_fields[key].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
