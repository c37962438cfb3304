"""Runs and bundles that were written while the product, and settings of its recipes, had other names."""

from __future__ import annotations

from typing import Any

from arxonomy.artifacts.json_object import JsonObject
from arxonomy.label_names import REST

OLD_PRODUCT, PRODUCT = "arxivist", "arxonomy"
"""The key of the version in `run.json` and `bundle.json`."""

OLD_TABLE, TABLE = "peer", "baseline"
"""The recipe's table of a baseline, and the file of what a fitted one knows."""

OLD_LABELS = {"merge", "labels"}
"""Settings of the recipe's table `data` in whose place there is `among`."""


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
    data = content.get("data")
    if isinstance(data, dict) and data.keys() & OLD_LABELS:
        renamed["data"] = _convert_labels(data)
    return renamed


def _convert_labels(data: dict[str, Any]) -> dict[str, Any]:
    """Write `merge` and `labels`, the labels kept after merging (all, if none are named), as `among`."""
    merge, labels = data.get("merge") or {}, data.get("labels") or []
    among = {label: merge.get(label, [label]) for label in labels} if labels else dict(merge)
    if merge and not labels:
        among[REST] = []
    kept = {key: value for key, value in data.items() if key not in OLD_LABELS}
    return {"among": among, **kept} if among else kept
