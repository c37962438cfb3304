"""Recipes and settings: what a recipe may say, checked, explained, and saved with the weights.

recipe.py       a recipe file and its overrides -> a checked `Recipe`
recipe_file.py  a recipe -> a commented TOML file
tables.py       the tables `[data]`, `[text]`, `[model]`, `[training]` and `[ensemble]`, field by field
baselines.py    the table `[baseline]`, one class for each kind
ranges.py       the table `[tune]`: what settings are drawn from when they are tuned
overrides.py    `key=value` changes to a tree of settings, made before it is checked
"""

from arxonomy.config.baselines import BaselineSettings
from arxonomy.config.ranges import Range
from arxonomy.config.recipe import Recipe, list_recipes, load_recipe, make_recipe
from arxonomy.config.recipe_file import format_toml
from arxonomy.config.tables import (
    AugmentSettings,
    DataSettings,
    EnsembleSettings,
    ModelSettings,
    Settings,
    TextSettings,
    TrainingSettings,
)

__all__ = [
    "AugmentSettings",
    "BaselineSettings",
    "DataSettings",
    "EnsembleSettings",
    "ModelSettings",
    "Range",
    "Recipe",
    "Settings",
    "TextSettings",
    "TrainingSettings",
    "format_toml",
    "list_recipes",
    "load_recipe",
    "make_recipe",
]
