"""Where a run or a bundle is from."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def describe_origin(model: Path) -> dict[str, Any]:
    """What a run or bundle is and where it is from: `kind`, `description`, `recipe`, `seed`, `data`...

    Names of folders are left out: they differ from machine to machine.
    """
    from arxonomy.artifacts.run import Run
    from arxonomy.atomic import sha256_file
    from arxonomy.papers.splits import PARTS
    from arxonomy.studies.compare import info_of

    info, run = info_of(model), Run(model)
    origin: dict[str, Any] = {
        "kind": "bundle",
        "description": run.recipe().description.removeprefix("Baseline: "),
    }
    origin |= {key: info[key] for key in ("recipe", "seed", "split", "sha256") if key in info}
    if run.exists():
        parts = Counter(line.rpartition(",")[2] for line in run.split.read_text(encoding="utf-8").split("\n"))
        split = {"sha256": sha256_file(run.split), **{part: parts[part] for part in PARTS}}
        origin |= {"kind": "run", "split": split}
        origin["command"] = " ".join(map(_drop_folder, info.get("command", ())))
        origin["chosen"] = format_settings(run.metrics().get("chosen", {})) or None
    if members := len(run.recipe().ensemble.members):
        origin["members"] = members
    if (vectors := _get_shared(info, "vectors") or {}).get("path"):
        origin["vectors"] = {"name": Path(vectors["path"]).name, "sha256": vectors["sha256"]}
    if data := _get_shared(info, "data"):
        origin["data"] = {key: data[key] for key in ("name", "sha256", "papers")}
    if split := _get_shared(info, "split"):
        origin.setdefault("split", split)
    origin["versions"] = {"arxonomy": info["arxonomy"], **info.get("versions", {})}
    return origin


def _get_shared(info: Mapping[str, Any], key: str) -> Any:
    """The value of `key` in a run or bundle; of several models the one that they share, or None."""
    values = [member.get(key) for member in info.get("members", [info])]
    return values[0] if all(value == values[0] for value in values) else None


def _drop_folder(word: str) -> str:
    """A word of a command line, quoted; of a file its name, also in `--split-file=/a/b.csv`."""
    start, equals, end = word.rpartition("=")
    if Path(end).is_absolute() or not (equals or word.startswith("-")):
        end = Path(end).name
    return shlex.quote(f"{start}{equals}{end}")


def format_settings(settings: Mapping[str, Any]) -> str:
    """Settings and their values in a line."""
    return ", ".join(f"{name} = {value}" for name, value in settings.items())
