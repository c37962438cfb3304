"""Records of the study: one JSON file for a system on a pool, with all its seeds, written after each run.

Beside it a file of the same name, `.safetensors`, has what each run answered, `validation-SEED` and `test-SEED`
(uint8, the number of the label for each paper), and the right answers, `validation` and `test`; from these
`accuracy.py` computes whether systems differ significantly. Reading a record needs neither papers nor PyTorch.

    records/network/POOL/SYSTEM.json          the study of ideas, scored on validation papers
    records/network/goals/POOL/SYSTEM.json    the runs for the goals, scored on test papers too, once
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save

from arxonomy.atomic import write_atomic

RECORDS = Path(__file__).resolve().parents[1] / "records" / "network"
SCORES = ("accuracy", "any_listed_accuracy", "macro_f1", "log_loss")


@dataclass(frozen=True)
class Record:
    """The runs of a system on a pool."""

    facts: dict[str, Any]
    """The system, its settings, the papers, versions."""
    runs: list[dict[str, Any]] = field(default_factory=list)
    """Each run: seed, scores by part, processor seconds."""
    answers: dict[str, np.ndarray] = field(default_factory=dict)
    """What the runs answered; see above."""

    @property
    def seeds(self) -> list[int]:
        """Of its runs."""
        return [run["seed"] for run in self.runs]

    def get_scores(self, part: str, score: str) -> list[float]:
        """A score of each run that has been scored on the part."""
        return [run[part][score] for run in self.runs if part in run]

    def get_hits(self, part: str) -> np.ndarray:
        """(S, N) whether each run is right about each paper of a part."""
        seeds = [seed for seed in self.seeds if f"{part}-{seed}" in self.answers]
        return np.array([self.answers[f"{part}-{seed}"] == self.answers[part] for seed in seeds])

    def get_seconds(self, kind: str) -> list[float]:
        """Processor seconds of each run: `preparation`, `training` or `answering`."""
        return [run["processor_seconds"][kind] for run in self.runs if kind in run["processor_seconds"]]

    def get_speeds(self, kind: str) -> list[float]:
        """Papers per processor second of each run, in `training` or `answering`."""
        return [run["papers_per_processor_second"][kind] for run in self.runs]

    def write(self, path: Path) -> None:
        """Write both files, that with the scores last."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path.with_suffix(".safetensors"), save(self.answers))
        write_atomic(path, json.dumps({**self.facts, "runs": self.runs}, indent=1) + "\n")

    def add(self, run: dict[str, Any], answers: Mapping[str, np.ndarray]) -> Record:
        """The record with a run, in place of an older one of this seed."""
        runs = [other for other in self.runs if other["seed"] != run["seed"]] + [run]
        runs.sort(key=lambda one: one["seed"])
        return Record(self.facts, runs, {**self.answers, **answers})


def read_record(path: Path) -> Record | None:
    """Read a record; None where there is none."""
    if not path.is_file():
        return None
    facts = json.loads(path.read_text(encoding="utf-8"))
    return Record(facts, facts.pop("runs"), load_file(path.with_suffix(".safetensors")))


def read_pool_records(folder: Path) -> dict[str, Record]:
    """System -> its record, of all systems that have one in a folder."""
    found = {path.stem: read_record(path) for path in sorted(folder.glob("*.json"))}
    return {name: record for name, record in found.items() if record is not None}
