"""Runs and bundles that were written while the product, and one table of its recipes, had other names."""

from __future__ import annotations

from typing import Any

OLD_PRODUCT, PRODUCT = "arxivist", "arxonomy"
"""The key of the version in `run.json` and `bundle.json`."""

OLD_TABLE, TABLE = "peer", "baseline"
"""The recipe's table of a baseline, and the file of what a fitted one knows."""


def rename_keys(content: dict[str, Any]) -> dict[str, Any]:
    """Give the old keys of a JSON object from a run or bundle their new names.

    Args:
        content: The contents of `run.json`, `bundle.json` or `recipe.json`.
    """
    names = {OLD_PRODUCT: PRODUCT, OLD_TABLE: TABLE}
    return {names.get(key, key): value for key, value in content.items()}


def rename_recipe(tree: dict[str, Any]) -> dict[str, Any]:
    """As `rename_keys`; the description of a baseline's recipe begins with the table's name."""
    tree = rename_keys(tree)
    start, _, rest = str(tree.get("description", "")).partition(": ")
    if start == OLD_TABLE.capitalize():
        tree["description"] = f"{TABLE.capitalize()}: {rest}"
    return tree
