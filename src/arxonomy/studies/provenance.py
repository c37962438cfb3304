"""Where models and numbers are from."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, field_serializer

from arxonomy.artifacts.facts import FileInfo, Line, Seed, SplitInfo
from arxonomy.evaluation.results import Result
from arxonomy.version import __version__

if TYPE_CHECKING:
    from arxonomy.artifacts.saved_model import SavedModel


class DataSource(Result):
    """A labeled file, or several."""

    name: str
    """Its name, without its folder; several joined by ` + `."""
    sha256: str
    """The hash of its bytes; of several, that of their hashes in order."""
    papers: int | None = None
    """Papers read."""
    files: tuple[FileInfo, ...] = ()
    """Several files in their order; empty for one."""


class VectorSource(Result):
    """A file of word vectors."""

    name: str
    """Its name, without its folder."""
    sha256: str | None = None
    """The hash of its bytes."""


class Origin(Result):
    """Where a model is from. Names of folders are left out: they differ from machine to machine."""

    kind: str
    """`run`, `bundle`, or what else it is."""
    description: str = ""
    """The recipe's description."""
    recipe: str | None = None
    """The recipe's name."""
    seed: Seed | None = None
    """The seed of training."""
    split: SplitInfo | None = None
    """How the papers were split."""
    sha256: str | None = None
    """The hash that stands for all files of a bundle."""
    command: str | None = None
    """The command that trained a run."""
    chosen: str | None = None
    """The settings of a baseline that validation chose."""
    calibrated_on: str | None = None
    """The papers that the calibration was fitted to, where they are few."""
    members: int | None = None
    """Models of an ensemble."""
    vectors: VectorSource | None = None
    """The word vectors that training started from."""
    data: DataSource | None = None
    """The labeled papers."""
    learned_from: dict[str, str] = Field(default_factory=dict)
    """What else: the run that it started from, its teachers, and files of unlabeled papers."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Versions of the program and its libraries."""

    @field_serializer("split")
    def _leave_out_defaults(self, split: SplitInfo | None) -> dict[str, object] | None:
        return None if split is None else split.model_dump(exclude_defaults=True)


class Bootstrap(Result):
    """How intervals were resampled."""

    draws: int
    """Resamples."""
    seed: int
    """Seed of the random generator."""


class Basis(Result):
    """What the numbers of a study rest on."""

    data: DataSource
    """The labeled papers."""
    bootstrap: Bootstrap
    """The resamples of the intervals."""
    arxonomy: str
    """The version that measured."""
    command: str | None = None
    """The command line."""


def make_basis(data: DataSource, resamples: int, seed: int = 0, command: Sequence[str] = ()) -> Basis:
    """Make the basis of a study that this version measures; `command` is the words of its command line."""
    bootstrap = Bootstrap(draws=resamples, seed=seed)
    return Basis(data=data, bootstrap=bootstrap, arxonomy=__version__, command=shlex.join(command) or None)


def describe_origin(model: SavedModel) -> Origin:
    """Describe what a run or bundle is and where it is from, without names of folders."""
    data, vectors = model.data, model.vectors
    return Origin(
        kind=model.kind,
        description=model.recipe.short_description,
        recipe=model.name,
        seed=model.seed,
        split=model.split,
        sha256=model.sha256,
        command=None if model.run is None else " ".join(map(_drop_folder, model.run.command)),
        chosen=format_settings(model.metrics.chosen or {}) or None,
        calibrated_on=model.describe_few_fitted(),
        members=len(model.recipe.ensemble.members) or None,
        vectors=VectorSource(name=Path(vectors.path).name, sha256=vectors.sha256)
        if vectors and vectors.path
        else None,
        data=DataSource(name=data.name, sha256=data.sha256, papers=data.papers, files=data.files)
        if data
        else None,
        learned_from=model.list_origins(),
        versions=dict(model.versions),
    )


def _drop_folder(word: str) -> str:
    """A word of a command line, quoted; of a file its name, also in `--split-file=/a/b.csv`."""
    start, equals, end = word.rpartition("=")
    if Path(end).is_absolute() or not (equals or word.startswith("-")):
        end = Path(end).name
    return shlex.quote(f"{start}{equals}{end}")


def format_settings(settings: Line) -> str:
    """Format settings and their values in a line."""
    return ", ".join(f"{name} = {value}" for name, value in settings.items())
