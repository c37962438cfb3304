"""A run or a bundle, opened alike: what it is, and what it was made from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from arxonomy.artifacts.bundle import (
    check_file,
    hash_ids,
    is_bundle,
    list_member_folders,
    read_manifest,
    unpack_hashes,
)
from arxonomy.artifacts.facts import DataInfo, Manifest, RunInfo, RunMetrics, Seed, SplitInfo, VectorsInfo
from arxonomy.artifacts.hub import find_folder
from arxonomy.artifacts.origin_facts import Origins
from arxonomy.artifacts.run import Run, read_recipe
from arxonomy.artifacts.seen import digest_papers, find_seen, read_seen
from arxonomy.artifacts.validation import describe_few_papers, read_validation
from arxonomy.atomic import hash_file
from arxonomy.config import Recipe
from arxonomy.errors import RunError
from arxonomy.evaluation import Scores
from arxonomy.papers.splits import PARTS
from arxonomy.records import AnyPath, Paper

NETWORK = "network"
"""The folder of the bundle of the network that a baseline reads by, in a run and in a bundle."""

TRAINED_ON = "trained_on.safetensors"
"""Hashes of the ids of a bundle's training and validation papers."""


@dataclass(frozen=True)
class SavedModel:
    """What a run and a bundle have in common. Made by `open_model`, which reads no weights."""

    path: Path
    """Its folder."""
    kind: Literal["run", "bundle"]
    """Which of the two it is."""
    name: str
    """The recipe's name."""
    recipe: Recipe
    """The resolved settings."""
    labels: tuple[str, ...]
    """The categories, in the order of the logits."""
    seed: Seed
    """The seed of training; of an ensemble those of its members."""
    data: DataInfo | None
    """The papers it was trained on; None for an ensemble of models of different papers."""
    vectors: VectorsInfo | None
    """The word vectors that training started from; None for a random start."""
    versions: Mapping[str, str]
    """Versions of the program (`arxonomy`) and of the libraries that trained it."""
    members: tuple[SavedModel, ...]
    """An ensemble's models; empty for a single model."""
    metrics: RunMetrics = field(repr=False)
    """Scores, and what training chose; empty before training has ended."""
    run: RunInfo | None = field(default=None, repr=False)
    """The contents of a run's `run.json`."""
    manifest: Manifest | None = field(default=None, repr=False)
    """The contents of a bundle's `bundle.json`."""

    @cached_property
    def split(self) -> SplitInfo | None:
        """How the papers were split; None for an ensemble of models of different splits.

        Raises:
            RunError: The split of the run is damaged.
        """
        if self.manifest is None:
            return _describe_split(Run(self.path))
        first, *others = self.manifest.get_members()
        return first.split if all(other.split == first.split for other in others) else None

    def list_origins(self) -> dict[str, str]:
        """What it was started from and taught by, as `Origins.list_origins`; of an ensemble its members."""
        facts: list[Origins | None] = [self.run, *(self.manifest.get_members() if self.manifest else ())]
        return {what: name for own in facts if own for what, name in own.list_origins().items()}

    @property
    def sha256(self) -> str | None:
        """The hash that stands for all files of a bundle; None for a run."""
        return self.manifest.sha256 if self.manifest else None

    @property
    def last_month(self) -> str | None:
        """The month of the newest paper that any member has learned from; None where none of them says."""
        return find_last_month(own.data for own in self.members or (self,))

    def describe_few_fitted(self) -> str | None:
        """Describe the papers that the calibration was fitted to, where they are few (`describe_few_papers`).

        Raises:
            RunError: The run's validation logits are damaged.
        """
        if self.manifest is None:
            run = Run(self.path)
            return read_validation(run).describe_few() if run.validation.is_file() else None
        effect = self.manifest.calibration
        return describe_few_papers(effect.papers - effect.held_out, effect.held_out) if effect else None

    def trained_on(self, papers: Iterable[Paper]) -> int:
        """Count the papers that any member was trained on or chosen by; see `find_trained_on`."""
        return int(self.find_trained_on(papers).sum())

    def find_trained_on(self, papers: Iterable[Paper]) -> npt.NDArray[np.bool_]:
        """Find which of N papers any member was trained on or chosen by, recognized by their ids: (N,).

        A run also recognizes them by their words, and those that the runs before it and its teachers have
        seen. A bundle cannot recognize a paper without an id of its own.

        Raises:
            RunError: The split of the run, or the list of what it has seen, is damaged.
            BundleError: The list of the bundle's papers is damaged.
        """
        papers = list(papers)
        members = self.members or (self,)
        known = find_ids(papers, self.read_identities())
        seen = [read_seen(Run(member.path)) for member in members if member.kind == "run"]
        if digests := [own.join() for own in seen if own is not None]:
            known |= find_seen(digest_papers(papers), np.concatenate(digests))
        return known

    def read_identities(self) -> npt.NDArray[np.int64]:
        """Read the hashes (`bundle.hash_ids`) of the ids of all papers that any member has seen: (N,).

        Raises:
            RunError: See `find_trained_on`.
            BundleError: See there.
        """
        return np.concatenate([_read_identities(member) for member in self.members or (self,)])


def find_ids(papers: Sequence[Paper], hashes: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Find the papers whose own id has one of these hashes: (N,)."""
    named = np.array([paper.id != str(paper.row + 1) for paper in papers], dtype=np.bool_)
    found = np.zeros(len(papers), dtype=np.bool_)
    found[named] = np.isin(hash_ids((paper.row, paper.id) for paper in papers), hashes)
    return found


def find_last_month(data: Iterable[DataInfo | None]) -> str | None:
    """Find the last month that some models have learned from; None where none of them says."""
    return max((own.last_month for own in data if own and own.last_month), default=None)


def choose_scores(metrics: RunMetrics) -> tuple[str, Scores] | None:
    """Choose the scores that a model is known by, with their part: of test papers, else of validation papers.

    Returns:
        None for a model without scores.
    """
    for part in ("test", "validation"):
        if scores := metrics.get_scores(part):
            return part, scores
    return None


def open_model(path: AnyPath) -> SavedModel:
    """Open a run, whose training need not have ended, or a bundle.

    Args:
        path: Its folder, or the name of a bundle on the Hub (see `find_folder`).

    Raises:
        BundleError: It is neither, damaged, or of a format this version does not know.
        RunError: The run is damaged, or of a format this version does not know.
        ArxonomyError: The Hub does not give it out.
    """
    folder = find_folder(path)
    if Run(folder).exists() and not is_bundle(folder):
        return _open_run(Run(folder))
    return _open_bundle(folder)


def _open_run(run: Run) -> SavedModel:
    info, recipe = run.info(), run.recipe()
    return SavedModel(
        path=run.folder,
        kind="run",
        name=info.recipe,
        recipe=recipe,
        labels=info.labels,
        seed=info.seed,
        data=info.data,
        vectors=info.vectors if info.vectors.path else None,
        versions={"arxonomy": info.arxonomy, **info.versions},
        members=tuple(_open_run(member) for member in run.members() if member.exists())
        if recipe.ensemble.members
        else (),
        metrics=run.metrics() or RunMetrics(),
        run=info,
    )


def _open_bundle(folder: Path) -> SavedModel:
    manifest = read_manifest(folder)
    first, *others = manifest.get_members()
    return SavedModel(
        path=folder,
        kind="bundle",
        name=manifest.recipe,
        recipe=read_recipe(folder),
        labels=manifest.labels,
        seed=manifest.seed,
        data=first.data if all(other.data == first.data for other in others) else None,
        vectors=first.vectors if all(other.vectors == first.vectors for other in others) else None,
        versions={"arxonomy": manifest.arxonomy},
        members=tuple(map(_open_bundle, list_member_folders(folder, len(manifest.members)))),
        metrics=manifest.metrics,
        manifest=manifest,
    )


def _describe_split(run: Run) -> SplitInfo:
    rows = read_split_rows(run)
    return SplitInfo(
        sha256=hash_file(run.split),
        train=len(rows["train"]),
        validation=len(rows["validation"]),
        test=len(rows["test"]),
    )


def read_split_rows(run: Run) -> dict[str, list[tuple[int, str]]]:
    """Read row and id of the papers of each part, out of a run's `split.csv`.

    Raises:
        RunError: The file is missing or damaged.
    """
    try:
        with run.split.open(encoding="utf-8", newline="") as file:
            next(file)  # the comment
            rows = [(row["split"], int(row["row"]), row["id"]) for row in csv.DictReader(file)]
    except (OSError, StopIteration, KeyError, TypeError, ValueError, csv.Error) as error:
        raise RunError(
            f"{run.split}: expected the split as training wrote it, found {error!r}; restore the file, or "
            "train again"
        ) from error
    return {part: [(row, name) for split, row, name in rows if split == part] for part in PARTS}


def _read_identities(model: SavedModel) -> npt.NDArray[np.int64]:
    """Hashes of the ids of a single model's training and validation papers, and of its network's."""
    network = model.path / NETWORK
    before = [_read_identities(_open_bundle(network))] if is_bundle(network) else []
    return np.concatenate([*before, read_own_identities(model)])


def read_own_identities(model: SavedModel) -> npt.NDArray[np.int64]:
    """Read the hashes of the ids of a single model's training and validation papers: (N,).

    Those that its first weights have seen in a bundle are among them, but not those of the network that it
    reads by.

    Raises:
        RunError: The split of the run, or the list of what it has seen, is damaged.
        BundleError: The list of the bundle's papers is damaged.
    """
    if model.manifest is None:
        run = Run(model.path)
        rows, seen = read_split_rows(run), read_seen(run)
        own = hash_ids(rows["train"] + rows["validation"])
        return own if seen is None else np.concatenate([own, np.setdiff1d(seen.ids, own)])
    from safetensors.numpy import load_file

    path = model.path / TRAINED_ON
    check_file(path, model.manifest.files.get(TRAINED_ON, ""))
    return unpack_hashes(load_file(path)["papers"])
