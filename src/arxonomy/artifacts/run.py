"""A run folder: what training leaves, and all that is needed to resume it or to classify.

run.json            data, vectors, labels, versions, seeds, hashes; written last at the start
recipe.json         the resolved settings
vocabulary.json     the words, in the order of their ids
split.csv           row, id, split
seen.safetensors    digests of the papers that it has seen; see seen.py
teacher.safetensors  the answers of its teachers, if it has any
taxonomy.json       the hierarchy of the categories, where it was given one
last.safetensors    the newest checkpoint (model, optimizer, progress)
model.safetensors   the weights of the best epoch
validation.safetensors  the best epoch's logits (N, C) for the validation papers, whole and by one part alone,
                        and their labels (N,); see validation.py
kept_papers.safetensors  some of these papers as a network reads them; see kept_papers.py
epochs.jsonl        one line per epoch
metrics.json        scores of the best epoch, by part
report-PART.html    the report of `arxonomy evaluate` on that part

An ensemble's run has no vocabulary, weights and epochs of its own: its members' runs are in
`member-1`, `member-2`, ..., and the logits of its validation papers are those of their soft vote. The run of
a baseline has baseline.json instead of a vocabulary, and no checkpoint and epochs; see
`training/baselines.py`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from arxonomy.artifacts.epochs import EpochRecord
from arxonomy.artifacts.facts import RunInfo, RunMetrics
from arxonomy.artifacts.json_object import format_json
from arxonomy.artifacts.old_names import OLD_TABLE, TABLE, rename_keys
from arxonomy.atomic import PARTIAL, write_atomic
from arxonomy.config import Recipe, make_recipe
from arxonomy.errors import RunError
from arxonomy.records import AnyPath
from arxonomy.text import Vocabulary

FORMAT = 1


class Run:
    """Paths and contents of one run folder."""

    def __init__(self, folder: AnyPath) -> None:
        self.folder = Path(folder)
        self.checkpoint = self.folder / "last.safetensors"
        self.weights = self.folder / "model.safetensors"
        self.validation = self.folder / "validation.safetensors"
        self.kept_papers = self.folder / "kept_papers.safetensors"
        self.split = self.folder / "split.csv"

    def exists(self) -> bool:
        """Whether training has started here."""
        return (self.folder / "run.json").is_file()

    def info(self) -> RunInfo:
        """The contents of `run.json`.

        Raises:
            RunError: There is no run here, it is damaged, or of a format this version does not know.
        """
        content = self._read("run.json")
        if content.get("format") != FORMAT:
            raise RunError(
                f"{self.folder}: expected a run of format {FORMAT}, found {content.get('format')!r}"
            )
        try:
            return RunInfo.model_validate(rename_keys(content))
        except ValidationError as error:
            raise RunError(f"{self.folder / 'run.json'}: expected what training writes: {error}") from None

    def recipe(self) -> Recipe:
        """The resolved settings."""
        return read_recipe(self.folder)

    def vocabulary(self) -> Vocabulary:
        """The words the model knows."""
        return Vocabulary(self._read("vocabulary.json"))

    def members(self) -> list[Run]:
        """The runs of an ensemble's members; the run itself where it is one model."""
        return list_member_runs(self.folder, len(self.recipe().ensemble.members)) or [self]

    def metrics(self) -> RunMetrics | None:
        """The contents of `metrics.json`; None before training has ended.

        Raises:
            RunError: They are damaged.
        """
        path = self.folder / "metrics.json"
        if not path.is_file():
            return None
        try:
            return RunMetrics.model_validate(self._read(path.name))
        except ValidationError as error:
            raise RunError(f"{path}: expected what training writes: {error}") from None

    def write_metrics(self, metrics: RunMetrics) -> None:
        """Replace the contents of `metrics.json`."""
        write_json(self.folder / "metrics.json", metrics.to_dict())

    def write_history(self, history: Sequence[EpochRecord]) -> None:
        """Replace `epochs.jsonl`: one line per finished epoch."""
        lines = (json.dumps(asdict(record)) + "\n" for record in history)
        write_atomic(self.folder / "epochs.jsonl", "".join(lines))

    def history(self) -> list[EpochRecord]:
        """The finished epochs, as `epochs.jsonl` holds them; empty where there are none."""
        path = self.folder / "epochs.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        return [EpochRecord(**json.loads(line)) for line in lines]

    def create(self, info: RunInfo, recipe: Recipe, vocabulary: Vocabulary | None) -> None:
        """Write the folder's fixed part; `run.json` comes last and makes it a run."""
        write_recipe(self.folder, recipe)
        if vocabulary is not None:
            write_json(self.folder / "vocabulary.json", list(vocabulary.words))
        write_json(self.folder / "run.json", info.model_copy(update={"format": FORMAT}).to_dict())

    def clear_partial(self) -> None:
        """Delete what a process was still writing when it was killed."""
        for leftover in self.folder.glob(f".*{PARTIAL}"):
            shutil.rmtree(leftover, ignore_errors=True)

    @property
    def baseline(self) -> Path:
        """What a fitted baseline knows besides its tensors."""
        old = self.folder / f"{OLD_TABLE}.json"
        return old if old.is_file() else self.folder / f"{TABLE}.json"

    def _read(self, name: str) -> Any:
        return _read_json(self.folder, name)


def list_member_runs(folder: Path, count: int) -> list[Run]:
    """List the runs of an ensemble's members, whether they exist yet or not."""
    return [Run(folder / f"member-{number}") for number in range(1, count + 1)]


def read_recipe(folder: Path) -> Recipe:
    """Read `recipe.json` of a run or a bundle.

    Raises:
        RunError: It is missing or damaged.
        SettingsError: It has a setting that this version does not know.
    """
    return make_recipe(rename_keys(_read_json(folder, "recipe.json")))


def _read_json(folder: Path, name: str) -> Any:
    path = folder / name
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{folder}: expected a run folder, which has a file {name}") from None
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read: {error}") from error


def write_recipe(folder: Path, recipe: Recipe) -> None:
    """Write all settings as `recipe.json`, without the ranges to tune, which no run depends on.

    For an ensemble, only the settings that it states are written, since they change its members'; for a
    baseline too, since it refuses settings of networks.
    """
    stated = bool(recipe.ensemble.members) or recipe.baseline is not None
    write_json(folder / "recipe.json", recipe.model_dump(exclude={"tune"}, exclude_unset=stated))


def write_json(path: Path, value: Any) -> None:
    """Write JSON with one entry per line, atomically."""
    write_atomic(path, format_json(value, indent=0 if isinstance(value, list) else 2))
