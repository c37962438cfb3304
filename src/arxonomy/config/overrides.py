"""Changes to a tree of settings, made before it is checked."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

from pydantic import JsonValue

from arxonomy.errors import SettingsError

Tree = dict[str, JsonValue]
"""A table as TOML or JSON holds it, not checked yet."""


def merge_trees(base: Tree, changes: Tree) -> Tree:
    """Merge two trees of settings, table by table; `changes` replace the entries of `base`."""
    merged = dict(base)
    for key, value in changes.items():
        old = base.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = merge_trees(old, value)
        else:
            merged[key] = value
    return merged


def apply_overrides(tree: Tree, overrides: Sequence[str]) -> Tree:
    """Copy `tree` with `key=value` overrides; a key is a dotted path, a value TOML or a bare word.

    Raises:
        SettingsError: A text is no `key=value`, or there is one text instead of several.
    """
    if isinstance(overrides, str):
        raise SettingsError(f"expected a list of settings, found the text `{overrides}`; put it in a list")
    changed = dict(tree)
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key.strip():
            raise SettingsError(f"expected key=value, as in training.epochs=3; found `{override}`")
        assign_value(changed, key.strip(), parse_value(value.strip()))
    return changed


def parse_value(text: str) -> JsonValue:
    """Parse a value in TOML; what is not TOML is a bare word, and so text."""
    try:
        value: JsonValue = tomllib.loads(f"value = {text}")["value"]
        return value
    except tomllib.TOMLDecodeError:
        return text


def assign_value(tree: Tree, key: str, value: JsonValue) -> None:
    """Set a value by its dotted path; the tables on the way are copied, since others may have them too."""
    *path, last = key.split(".")
    for name in path:
        table = tree.get(name)
        copy = dict(table) if isinstance(table, dict) else {}
        tree[name] = copy
        tree = copy
    tree[last] = value
