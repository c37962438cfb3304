"""Runs and bundles -> systems to compare: pooled over seeds, and all asked about the same papers."""

from __future__ import annotations

import json
import logging
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arxonomy.errors import DataError, RunError
from arxonomy.studies.selection import (
    Part,
    Selection,
    check_split,
    select_for_bundle,
    select_known,
    select_of_run,
    warn_if_seen,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from arxonomy.artifacts.saved_model import SavedModel
    from arxonomy.inference import Classifier
    from arxonomy.records import Paper
    from arxonomy.studies.selection import LabeledFile

TIMED, PASSES = 500, 3
"""Papers that are timed at most, and how often after one pass that is not counted."""

_LOG = logging.getLogger(__name__)


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
    """Systems and the papers that all of them classified."""

    systems: list[System]
    """At least one."""
    papers: list[Paper]
    """N labeled papers."""
    truth: list[int]
    """The number of each paper's label."""
    labels: Sequence[str]
    """The labels, in the order of the columns of probabilities."""


def classify_same_papers(
    models: Sequence[Path],
    file: LabeledFile,
    *,
    split: Part | None,
    split_file: Path | None,
    pool: bool,
    device: str,
    threads: int,
) -> Contest:
    """Let runs and bundles classify the papers that all of them can be scored on.

    Args:
        models: Runs and bundles.
        file: The papers.
        split: The part to score; None: test, or all for bundles without a split file.
        split_file: For bundles, a split of the file.
        pool: Whether models that differ in the seed alone are one system.
        device: See `load`; baselines have no choice.
        threads: See `load`.

    Raises:
        ArxonomyError: See `pool_seeds` and `select_same_papers`; or a model is damaged.
    """
    from arxonomy.artifacts.saved_model import open_model
    from arxonomy.inference import load

    groups = pool_seeds(models, pool)
    selections = select_same_papers(models, file, split, split_file)
    labels = open_model(models[0]).labels
    papers, truth = select_known(labels, selections[0].papers, str(file.path))

    def load_model(model: Path) -> Classifier:
        chosen = device if open_model(model).recipe.baseline is None else "auto"  # a baseline has no choice
        classifier = load(model, threads=threads, device=chosen)
        warn_if_seen(selections[models.index(model)], classifier, str(model))
        return classifier

    systems = []
    for name, members in groups.items():
        first = load_model(members[0])
        answers = []
        for model in members:
            _LOG.info("%s: %s papers with %s", name, f"{len(papers):,}", model)
            classifier = first if model is members[0] else load_model(model)
            answers.append(classifier.probabilities(papers))
        systems.append(System(name, members, answers, first))
    return Contest(systems, papers, truth, labels)


def pool_seeds(models: Sequence[Path], pool: bool) -> dict[str, list[Path]]:
    """Names of systems -> their models: those of one recipe that differ in the seed alone are one system.

    Args:
        models: Run folders and bundles.
        pool: False makes each a system of its own.

    Raises:
        RunError: A model is named twice, or two have the same recipe and seed.
        SettingsError: Their labels differ.
    """
    from arxonomy.artifacts.saved_model import open_model
    from arxonomy.inference.calibration import check_labels

    if len({model.resolve() for model in models}) < len(models):
        raise RunError("a run or bundle is named twice; name each once")
    saved_models = [open_model(model) for model in models]
    check_labels([(str(saved.path), saved.labels) for saved in saved_models])
    groups: dict[str, list[Path]] = {}
    seeds: dict[str, list[Any]] = {}
    for model, saved in zip(models, saved_models, strict=True):
        key = _recipe_key(saved) if pool else str(model)
        if saved.seed in seeds.setdefault(key, []):
            raise RunError(
                f"{model} has the recipe and the seed ({saved.seed}) of another one that is named, so it "
                "is no further seed; leave it out, or keep all apart with --no-pool"
            )
        seeds[key].append(saved.seed)
        groups.setdefault(key, []).append(model)
    return dict(zip(_names(list(groups.values())), groups.values(), strict=True))


def _recipe_key(model: SavedModel) -> str:
    """All that makes a model what it is, but for its seed and the machine."""
    recipe = model.recipe.model_dump(exclude={"training": {"seed"}, "ensemble": {"seeds"}})
    split = model.split.sha256 if model.split else None
    vectors = model.vectors.sha256 if model.vectors else None
    stored = [model.manifest.weights, model.manifest.copies] if model.manifest else None
    return json.dumps([recipe, split, vectors, stored], sort_keys=True, default=str)


def _names(groups: Sequence[Sequence[Path]]) -> Iterator[str]:
    """The recipe's name where no other system has it, else the folder's, else the path."""
    from arxonomy.artifacts.saved_model import open_model

    choices = [(open_model(group[0]).recipe.name, group[0].resolve().name, str(group[0])) for group in groups]
    for group, names in zip(groups, choices, strict=True):
        unique = [name for place, name in enumerate(names) if [c[place] for c in choices].count(name) == 1]
        yield unique[0] + (f" ({len(group)} seeds)" if len(group) > 1 else "")


def select_same_papers(
    models: Sequence[Path], file: LabeledFile, split: Part | None, split_file: Path | None
) -> list[Selection]:
    """For each model the papers to score, which are the same for all.

    Where there is a run, they are a part of its split; else a labeled file, or a part of it.

    Raises:
        RunError: Runs of different files.
        DataError: Other papers or labels for one model than for another.
        SettingsError: A split that they do not have.
    """
    from arxonomy.artifacts.run import Run
    from arxonomy.artifacts.saved_model import open_model

    saved_models = {model: open_model(model) for model in models}
    runs = [model for model in models if saved_models[model].kind == "run"]
    check_split(runs, split, split_file)
    _check_files([saved_models[run] for run in runs])
    selections: dict[Path, Selection] = {}
    for model in [*runs, *(model for model in models if model not in runs)]:
        if model in runs:
            selections[model] = select_of_run(Run(model), file, split or Part.test)
        elif runs:
            first = selections[runs[0]]
            selections[model] = replace(first, seen=saved_models[model].trained_on(first.papers))
        else:
            selections[model] = select_for_bundle(model, file, split, split_file)
    (reference, selection), *others = selections.items()
    for model, other in others:
        _check_same(str(reference), selection.papers, str(model), other.papers)
    return [selections[model] for model in models]


def _check_files(runs: Sequence[SavedModel]) -> None:
    files = [(run.path, run.data) for run in runs if run.data]
    for path, data in files:
        first_path, first = files[0]
        if data.sha256 != first.sha256:
            raise RunError(
                f"expected runs of the same file; {first_path} was trained on {first.name} (sha256 "
                f"{first.sha256[:12]}...), {path} on {data.name} ({data.sha256[:12]}...); to compare "
                "them, export both and give the bundles a file that neither has seen"
            )


def _check_same(first: str, papers: Sequence[Paper], second: str, others: Sequence[Paper]) -> None:
    first_rows, second_rows = ({paper.row: paper for paper in group} for group in (papers, others))
    for row in sorted(first_rows.keys() | second_rows.keys()):
        paper, twin = first_rows.get(row), second_rows.get(row)
        if paper is None or twin is None:
            has, lacks = (first, second) if paper else (second, first)
            identity = paper.id if paper else twin.id if twin else ""
            raise DataError(
                f"expected the same papers to score, found row {row} (id {identity}) among those of {has} "
                f"and not of {lacks}; compare runs of one split"
            )
        if paper.category != twin.category:
            raise DataError(
                f"expected the same labels, found that row {row} (id {paper.id}) is {paper.category} for "
                f"{first} and {twin.category} for {second}; compare runs with the same data.merge"
            )


def score_contest(contest: Contest, draws: int, seed: int) -> dict[str, Any]:
    """All numbers of a comparison: those of `evaluation.compare`, the speeds, and the verdict on each pair.

    Args:
        contest: The systems' answers.
        draws: Of the bootstrap.
        seed: Of the bootstrap.
    """
    from arxonomy.evaluation.comparison import compare
    from arxonomy.papers import group_copies

    compared = compare(
        contest.truth,
        {system.name: system.probabilities for system in contest.systems},
        contest.labels,
        [paper.categories for paper in contest.papers],
        groups=group_copies(contest.papers),
        resamples=draws,
        seed=seed,
    )
    comparison = compared.to_dict()
    timed, speeds = measure_speeds(contest)
    for system in contest.systems:
        comparison["systems"][system.name] |= {
            "models": [str(model) for model in system.models],
            "papers_per_second": speeds[system.name],
            "backend": system.classifier.backend,
        }
    return comparison | {"timed_papers": timed}


def measure_speeds(contest: Contest) -> tuple[int, dict[str, float]]:
    """How many papers are timed, and the papers per second of each system on them.

    The speed is the median of `PASSES` passes, of all systems in turn, after one to warm up.
    """
    sample = contest.papers[:: -(-len(contest.papers) // TIMED)]  # from the first to the last
    seconds: dict[str, list[float]] = {system.name: [] for system in contest.systems}
    for _ in range(1 + PASSES):
        for system in contest.systems:
            began = time.perf_counter()
            system.classifier.probabilities(sample)
            seconds[system.name].append(time.perf_counter() - began)
    return len(sample), {
        name: len(sample) / statistics.median(passes[1:]) for name, passes in seconds.items()
    }


def format_contest(comparison: Mapping[str, Any]) -> str:
    """The numbers of `score_contest`, with `folds` and `threads`, as text."""
    from arxonomy.evaluation.comparison_results import Comparison
    from arxonomy.evaluation.comparison_text import format_comparison

    speeds = {name: system["papers_per_second"] for name, system in comparison["systems"].items()}
    text = format_comparison(Comparison.from_dict(comparison), speeds)
    timed, threads = comparison["timed_papers"], comparison["threads"]
    backends = ", ".join(sorted({system["backend"] for system in comparison["systems"].values()}))
    folds = (
        f"{comparison['folds']}-fold cross-validation: each fold is classified by a model trained without "
        "it; the models share training papers, and intervals and tests are about these models\n"
    )
    return (
        f"{text}\n\n{folds if comparison['folds'] else ''}"
        f"papers/s: the median of {PASSES} passes over the same {timed:,} papers after one that does not "
        f"count, in turn, with at most {threads} {'thread' if threads == 1 else 'threads'} ({backends})"
    )
