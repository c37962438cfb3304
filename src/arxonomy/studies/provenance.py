"""Where a run or a bundle is from."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def describe_origin(model: Path) -> dict[str, Any]:
    """What a run or bundle is and where it is from: `kind`, `description`, `recipe`, `seed`, `data`...

    Names of folders are left out: they differ from machine to machine.
    """
    from arxonomy.artifacts.saved_model import open_model

    saved = open_model(model)
    origin: dict[str, Any] = {
        "kind": saved.kind,
        "description": saved.recipe.description.removeprefix("Baseline: "),
        "recipe": saved.name,
        "seed": saved.seed,
    }
    if saved.split:
        origin["split"] = saved.split.to_dict()
    if saved.sha256:
        origin["sha256"] = saved.sha256
    if saved.run:
        origin["command"] = " ".join(map(_drop_folder, saved.run.command))
        origin["chosen"] = format_settings(saved.metrics.get("chosen", {})) or None
    if members := len(saved.recipe.ensemble.members):
        origin["members"] = members
    if saved.vectors and saved.vectors.path:
        origin["vectors"] = {"name": Path(saved.vectors.path).name, "sha256": saved.vectors.sha256}
    if saved.data:
        origin["data"] = {"name": saved.data.name, "sha256": saved.data.sha256, "papers": saved.data.papers}
    origin["versions"] = dict(saved.versions)
    return origin


def _drop_folder(word: str) -> str:
    """A word of a command line, quoted; of a file its name, also in `--split-file=/a/b.csv`."""
    start, equals, end = word.rpartition("=")
    if Path(end).is_absolute() or not (equals or word.startswith("-")):
        end = Path(end).name
    return shlex.quote(f"{start}{equals}{end}")


def format_settings(settings: Mapping[str, Any]) -> str:
    """Settings and their values in a line."""
    return ", ".join(f"{name} = {value}" for name, value in settings.items())
