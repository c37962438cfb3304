"""Changes to a tree of settings, made before it is checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from arxonomy.errors import SettingsError

Tree = dict[str, Any]
"""A table as TOML or JSON holds it, not checked yet."""


def merge_trees(base: Tree, changes: Tree) -> Tree:
    """Merge two trees of settings, table by table; `changes` replace the entries of `base`."""
    merged = {
        key: merge_trees(base[key], value)
        if isinstance(value, dict) and isinstance(base.get(key), dict)
        else value
        for key, value in changes.items()
    }
    return {**base, **merged}


def apply_overrides(tree: Tree, overrides: Sequence[str]) -> Tree:
    """Copy `tree` with `key=value` overrides; a key is a dotted path, a value TOML or a bare word.

    Raises:
        SettingsError: A text is no `key=value`.
    """
    changed = {key: dict(value) if isinstance(value, Mapping) else value for key, value in tree.items()}
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key.strip():
            raise SettingsError(f"expected key=value, as in training.epochs=3; found `{override}`")
        _assign(changed, key.strip().split("."), _parse_value(value.strip()))
    return changed


def _parse_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _assign(tree: Tree, path: list[str], value: Any) -> None:
    for key in path[:-1]:
        branch = tree.get(key, {})
        tree[key] = dict(branch) if isinstance(branch, Mapping) else {}
        tree = tree[key]
    tree[path[-1]] = value
