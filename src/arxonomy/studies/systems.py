"""Runs and bundles -> systems to compare: pooled over seeds, and all asked about the same papers."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from arxonomy.cli.messages import say
from arxonomy.errors import DataError, RunError
from arxonomy.studies.selection import Part, Selection, known_papers, of_bundle, of_run, warn_if_seen

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from arxonomy.inference import Classifier
    from arxonomy.records import Paper
    from arxonomy.studies.selection import OnBad

TIMED, PASSES = 500, 3
"""Papers that are timed at most, and how often after one pass that is not counted."""


@dataclass(frozen=True)
class System:
    """What is compared: one model, several that differ in the seed alone, or a recipe's folds."""

    name: str
    """As it is shown."""
    models: list[Path]
    """Its runs or bundles."""
    probabilities: list[npt.NDArray[np.float64]]
    """(N, C) for each seed."""
    classifier: Classifier
    """The first of its models, to be timed."""


@dataclass(frozen=True)
class Contest:
    """Systems and the papers that all of them sorted."""

    systems: list[System]
    """At least one."""
    papers: list[Paper]
    """N labeled papers."""
    truth: list[int]
    """The number of each paper's label."""
    labels: Sequence[str]
    """The labels, in the order of the columns of probabilities."""
    sha256: str
    """Hash of the papers' file when it was read."""


def contest(
    models: Sequence[Path],
    data: Path,
    *,
    split: Part | None,
    split_file: Path | None,
    apart: bool,
    columns: Mapping[str, str],
    strict: bool,
    bad: OnBad,
    device: str,
    threads: int,
) -> Contest:
    """Let runs and bundles sort the papers that all of them can be scored on.

    Raises:
        ArxonomyError: See `pooled` and `same_papers`; or a model is damaged.
    """
    from arxonomy.artifacts.run import Run
    from arxonomy.atomic import sha256_file
    from arxonomy.inference import load

    groups = pooled(models, apart)
    selections = same_papers(models, data, split, split_file, columns, strict, bad)
    labels, sha256 = info_of(models[0])["labels"], sha256_file(data)
    papers, truth = known_papers(labels, selections[0].papers, data)

    def loaded(model: Path) -> Classifier:
        computed = device if Run(model).recipe().baseline is None else "auto"  # a baseline has no choice
        classifier = load(model, threads=threads, device=computed)
        warn_if_seen(selections[models.index(model)], classifier, data, sha256, str(model))
        return classifier

    systems = []
    for name, own in groups.items():
        first = loaded(own[0])
        answers = []
        for model in own:
            say(f"{name}: {len(papers):,} papers with {model}")
            answers.append((first if model is own[0] else loaded(model)).probabilities(papers))
        systems.append(System(name, own, answers, first))
    return Contest(systems, papers, truth, labels, sha256)


def pooled(models: Sequence[Path], apart: bool) -> dict[str, list[Path]]:
    """Names of systems -> their models: those of one recipe that differ in the seed alone are one system.

    Args:
        models: Run folders and bundles.
        apart: Make each a system of its own.

    Raises:
        RunError: A model is named twice, or two have the same recipe and seed.
        SettingsError: Their labels differ.
    """
    from arxonomy.inference.calibration import check_labels

    if len({model.resolve() for model in models}) < len(models):
        raise RunError("a run or bundle is named twice; name each once")
    infos = [info_of(model) for model in models]
    check_labels([(str(model), info["labels"]) for model, info in zip(models, infos, strict=True)])
    groups: dict[str, list[Path]] = {}
    seeds: dict[str, list[Any]] = {}
    for model, info in zip(models, infos, strict=True):
        key = str(model) if apart else _recipe_key(model, info)
        if info["seed"] in seeds.setdefault(key, []):
            raise RunError(
                f"{model} has the recipe and the seed ({info['seed']}) of another one that is named, so it "
                "tells nothing of other seeds; leave it out, or keep all apart with --no-pool"
            )
        seeds[key].append(info["seed"])
        groups.setdefault(key, []).append(model)
    return dict(zip(_names(list(groups.values())), groups.values(), strict=True))


def info_of(model: Path) -> dict[str, Any]:
    """What a run or a bundle says of itself.

    Raises:
        BundleError: It is neither, or damaged.
    """
    from arxonomy.artifacts.bundle import read_manifest
    from arxonomy.artifacts.run import Run

    return Run(model).info() if _is_run(model) else read_manifest(model)


def _is_run(model: Path) -> bool:
    from arxonomy.artifacts.run import Run

    return Run(model).exists()


def _recipe_key(model: Path, info: Mapping[str, Any]) -> str:
    """All that makes a model what it is, but for its seed and the machine."""
    from arxonomy.artifacts.run import Run
    from arxonomy.atomic import sha256_file

    run = Run(model)
    recipe = run.recipe().model_dump(exclude={"training": {"seed"}, "ensemble": {"seeds"}})
    split = sha256_file(run.split) if _is_run(model) else info.get("split", {}).get("sha256")
    vectors = (info.get("vectors") or {}).get("sha256")
    kind = [info.get("weights"), info.get("copies")]  # a bundle's
    return json.dumps([recipe, split, vectors, kind], sort_keys=True, default=str)


def _names(groups: Sequence[Sequence[Path]]) -> Iterator[str]:
    """The recipe's name where no other system has it, else the folder's, else the path."""
    from arxonomy.artifacts.run import Run

    choices = [(Run(own[0]).recipe().name, own[0].resolve().name, str(own[0])) for own in groups]
    for own, names in zip(groups, choices, strict=True):
        alone = [name for place, name in enumerate(names) if [c[place] for c in choices].count(name) == 1]
        yield alone[0] + (f" ({len(own)} seeds)" if len(own) > 1 else "")


def same_papers(
    models: Sequence[Path],
    data: Path,
    split: Part | None,
    split_file: Path | None,
    columns: Mapping[str, str],
    strict: bool,
    bad: OnBad,
) -> list[Selection]:
    """For each model the papers to score, which are the same for all.

    Where there is a run, they are a part of its split; else a labeled file, or a part of it.

    Raises:
        RunError: Runs of different files.
        DataError: Other papers or labels for one model than for another.
        typer.BadParameter: A split that they do not have.
    """
    from arxonomy.artifacts.run import Run
    from arxonomy.inference import trained_on

    runs = [model for model in models if _is_run(model)]
    if runs and split_file is not None:
        raise typer.BadParameter(f"a run ({runs[0]}) has its own split", param_hint="--split-file")
    if not runs and split_file is None and split not in (None, Part.all):
        raise typer.BadParameter("bundles have no split; give --split-file", param_hint="--split")
    _check_files(runs)
    found: dict[Path, Selection] = {}
    for model in [*runs, *(model for model in models if model not in runs)]:
        said = bad if not found else lambda record: None  # a bad record is told once
        if model in runs:
            found[model] = of_run(Run(model), data, split or Part.test, columns, strict, said)
        elif runs:
            first = found[runs[0]]
            found[model] = replace(first, seen=trained_on(model, first.papers))
        else:
            found[model] = of_bundle(model, data, split, split_file, columns, strict, said)
    (one, selection), *others = found.items()
    for other, own in others:
        _check_same(str(one), selection.papers, str(other), own.papers)
    return [found[model] for model in models]


def _check_files(runs: Sequence[Path]) -> None:
    own = {run: info_of(run)["data"] for run in runs}
    for run, data in own.items():
        first = own[runs[0]]
        if data["sha256"] != first["sha256"]:
            raise RunError(
                f"expected runs of the same file; {runs[0]} was trained on {first['name']} (sha256 "
                f"{first['sha256'][:12]}...), {run} on {data['name']} ({data['sha256'][:12]}...); to compare "
                "them, export both and give the bundles a file that neither has seen"
            )


def _check_same(one: str, papers: Sequence[Paper], other: str, others: Sequence[Paper]) -> None:
    ours, theirs = ({paper.row: paper for paper in own} for own in (papers, others))
    for row in sorted(ours.keys() | theirs.keys()):
        paper, twin = ours.get(row), theirs.get(row)
        if paper is None or twin is None:
            has, lacks = (one, other) if paper else (other, one)
            identity = paper.id if paper else twin.id if twin else ""
            raise DataError(
                f"expected the same papers to score, found row {row} (id {identity}) among those of {has} "
                f"and not of {lacks}; compare runs of one split"
            )
        if paper.category != twin.category:
            raise DataError(
                f"expected the same labels, found that row {row} (id {paper.id}) is {paper.category} for "
                f"{one} and {twin.category} for {other}; compare runs with the same data.merge"
            )


def papers_per_second(contest: Contest) -> tuple[int, dict[str, float]]:
    """How many papers are timed, and the speed of each system on them.

    It is the median of `PASSES` passes, of all systems in turn, after one to warm up.
    """
    sample = contest.papers[:: -(-len(contest.papers) // TIMED)]  # from the first to the last
    seconds: dict[str, list[float]] = {system.name: [] for system in contest.systems}
    for _ in range(1 + PASSES):
        for system in contest.systems:
            began = time.perf_counter()
            system.classifier.probabilities(sample)
            seconds[system.name].append(time.perf_counter() - began)
    return len(sample), {name: len(sample) / statistics.median(own[1:]) for name, own in seconds.items()}
