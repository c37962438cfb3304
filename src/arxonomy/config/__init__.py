"""Recipes and settings: what a recipe may say, checked, explained, and saved with the weights.

recipe.py       a recipe file and its overrides -> a checked `Recipe`
tables.py       the tables `[data]`, `[text]`, `[model]`, `[training]` and `[ensemble]`, field by field
baselines.py    the table `[baseline]`, one class for each kind
overrides.py    `key=value` changes to a tree of settings, made before it is checked
"""

from arxonomy.config.baselines import BaselineSettings
from arxonomy.config.recipe import Recipe, list_recipes, load_recipe, make_recipe
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
    "Recipe",
    "Settings",
    "TextSettings",
    "TrainingSettings",
    "list_recipes",
    "load_recipe",
    "make_recipe",
]
