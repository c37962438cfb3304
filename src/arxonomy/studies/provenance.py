"""Where a run or a bundle is from."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def origin(model: Path) -> dict[str, Any]:
    """What a run or bundle is and where it is from: `kind`, `description`, `recipe`, `seed`, `data`...

    Names of folders are left out: they differ from machine to machine.
    """
    from arxonomy.artifacts.run import Run
    from arxonomy.atomic import sha256_file
    from arxonomy.papers.splits import PARTS
    from arxonomy.studies.systems import info_of

    info, run = info_of(model), Run(model)
    found: dict[str, Any] = {
        "kind": "bundle",
        "description": run.recipe().description.removeprefix("Baseline: "),
    }
    found |= {key: info[key] for key in ("recipe", "seed", "split", "sha256") if key in info}
    if run.exists():
        parts = Counter(line.rpartition(",")[2] for line in run.split.read_text(encoding="utf-8").split("\n"))
        own = {"sha256": sha256_file(run.split), **{part: parts[part] for part in PARTS}}
        found |= {"kind": "run", "split": own}
        found["command"] = " ".join(map(_without_folder, info.get("command", ())))
        found["chosen"] = setting_words(run.metrics().get("chosen", {})) or None
    if members := len(run.recipe().ensemble.members):
        found["members"] = members
    if (vectors := told_by_all(info, "vectors") or {}).get("path"):
        found["vectors"] = {"name": Path(vectors["path"]).name, "sha256": vectors["sha256"]}
    if data := told_by_all(info, "data"):
        found["data"] = {key: data[key] for key in ("name", "sha256", "papers")}
    if split := told_by_all(info, "split"):
        found.setdefault("split", split)
    found["versions"] = {"arxonomy": info["arxonomy"], **info.get("versions", {})}
    return found


def told_by_all(info: Mapping[str, Any], key: str) -> Any:
    """What a run or bundle says under `key`; of a bundle of several models, what they have in common."""
    said = [one.get(key) for one in info.get("members", [info])]
    return said[0] if all(one == said[0] for one in said) else None


def _without_folder(word: str) -> str:
    """A word of a command line, quoted; of a file its name, also in `--split=/a/b.csv`."""
    start, equals, end = word.rpartition("=")
    if Path(end).is_absolute() or not (equals or word.startswith("-")):
        end = Path(end).name
    return shlex.quote(f"{start}{equals}{end}")


def setting_words(settings: Mapping[str, Any]) -> str:
    """Settings and their values in a line."""
    return ", ".join(f"{name} = {value}" for name, value in settings.items())
