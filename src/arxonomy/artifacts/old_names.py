"""Runs and bundles that were written while the product, and one table of its recipes, had other names."""

from __future__ import annotations

from arxonomy.artifacts.facts import JsonObject

OLD_PRODUCT, PRODUCT = "arxivist", "arxonomy"
"""The key of the version in `run.json` and `bundle.json`."""

OLD_TABLE, TABLE = "peer", "baseline"
"""The recipe's table of a baseline, and the file of what a fitted one knows."""


def rename_keys(content: JsonObject) -> JsonObject:
    """Give the old keys of a JSON object from a run or bundle their new names.

    Args:
        content: The contents of `run.json`, `bundle.json` or `recipe.json`.
    """
    names = {OLD_PRODUCT: PRODUCT, OLD_TABLE: TABLE}
    renamed = {names.get(key, key): value for key, value in content.items()}
    start, colon, rest = str(content.get("description", "")).partition(": ")
    if colon and start == OLD_TABLE.capitalize():
        renamed["description"] = f"{TABLE.capitalize()}: {rest}"
    return renamed
