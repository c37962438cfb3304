"""The teachers of a network: runs that exist, or recipes, of which several are trained cross-fitted.

folds   1 2 3     RUN/teachers/RECIPE-fold-1: trains on 2 3, and has not seen 1
                  RUN/teachers/RECIPE-fold-2: trains on 1 3, and has not seen 2 ...
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from arxonomy.advice import name_option
from arxonomy.artifacts.origin_facts import ModelSource
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.seen import Seen
from arxonomy.config import Recipe, list_recipes, load_recipe
from arxonomy.errors import RunError, SettingsError
from arxonomy.papers import group_copies
from arxonomy.studies.jobs import train_jobs
from arxonomy.training.init import open_finished
from arxonomy.training.job import TrainingJob
from arxonomy.training.leakage import check_unseen_by, require_seen
from arxonomy.training.provenance import describe_source
from arxonomy.training.reporter import Reporter


@dataclass(frozen=True)
class Teachers:
    """Finished runs that teach."""

    runs: tuple[Run, ...]
    """The runs."""
    seen: tuple[Seen, ...]
    """What each has seen."""
    sources: tuple[ModelSource, ...]
    """What they are: the runs of one recipe are one source."""


def prepare_teachers(
    job: TrainingJob, named: Sequence[str], folds: int, reporter: Reporter | None = None
) -> Teachers:
    """Open the teachers that are runs, and train those that are recipes; finished ones are not trained again.

    Args:
        job: The training of the network that they teach; theirs has its papers, vectors and device.
        named: Run folders, and names or files of recipes.
        folds: Teachers of each recipe; 1: one, trained on all training papers.
        reporter: See `train_jobs`.

    Raises:
        SettingsError: A teacher is a bundle, has other labels or is named twice, or a recipe cannot be read.
        DataError: One has seen papers that the network is to be scored on.
        RunError: A run is missing, unfinished or damaged, or was made from something else.
    """
    if folds < 1:
        raise SettingsError(f"{name_option('--cross-fit')}: expected 1 or more, found {folds}")
    if repeated := [name for name in named if named.count(name) > 1]:
        raise SettingsError(f"{name_option('--teacher')}: expected each once, found {repeated[0]} twice")
    recipes = [load_recipe(name) for name in named if _is_recipe(name)]
    given = [_open_teacher(name, job) for name in named if not _is_recipe(name)]
    check_unseen_by(job, "--teacher", [(str(run.folder), require_seen(run)) for run in given])
    if job.run.exists():
        _check_same_names(job.run, [run.folder.resolve().name for run in given], recipes, folds)
    plan = [_plan(job, recipe, folds) for recipe in recipes]
    trained = train_jobs([fold for jobs in plan for fold in jobs], reporter=reporter) if plan else []
    by_recipe = [trained[place * folds : (place + 1) * folds] for place in range(len(recipes))]
    runs = (*given, *trained)
    sources = [describe_source(run) for run in given] + list(map(_describe_folds, recipes, by_recipe))
    return Teachers(runs, tuple(map(require_seen, runs)), tuple(sources))


def _is_recipe(name: str) -> bool:
    return name in list_recipes() or name.endswith(".toml")


def _open_teacher(name: str, job: TrainingJob) -> Run:
    run = open_finished(name, "--teacher")
    theirs, own = run.info().labels, job.dataset.labels
    if set(theirs) != set(own):
        raise SettingsError(
            f"{name_option('--teacher')}: expected a run with the labels {', '.join(own)}, found "
            f"{', '.join(theirs)} in {name}; train one with these labels ({name_option('--among')})"
        )
    return run


def _check_same_names(run: Run, given: Sequence[str], recipes: Sequence[Recipe], folds: int) -> None:
    """Refuse other teachers before they are trained; that they are the same is checked by their hashes."""
    wanted = [(name, 0) for name in given] + [(recipe.name, folds) for recipe in recipes]
    started = [(source.name, source.folds) for source in run.info().teachers]
    if wanted != started:
        names = [
            ", ".join(f"{name} ({count} folds)" if count else name for name, count in some) or "none"
            for some in (started, wanted)
        ]
        raise RunError(
            f"{run.folder} was started with the teachers {names[0]}, not with {names[1]}; give the same, or "
            "another --out"
        )


def _plan(job: TrainingJob, recipe: Recipe, count: int) -> list[TrainingJob]:
    """One job for each fold, which it is not trained on."""
    recipe = recipe.model_copy(update={"data": job.recipe.data})
    rows = np.flatnonzero(job.parts == "train")
    folds = np.full(len(job.parts), -1, dtype=np.int64)
    if count > 1:
        folds[rows] = make_training_folds(job, count)
    jobs = []
    for fold in range(count):
        name = f"{recipe.name}-fold-{fold + 1}" if count > 1 else recipe.name
        parts = job.parts.copy()
        parts[folds == fold] = ""
        out = job.run.folder / "teachers" / name
        title = f"teacher {recipe.name}" + (f", fold {fold + 1} of {count}" if count > 1 else "")
        jobs.append(replace(job, recipe=recipe, parts=parts, out=out, title=title, init=None, teaching=None))
    return jobs


def make_training_folds(job: TrainingJob, count: int) -> npt.NDArray[np.int64]:
    """Deal the training papers of each label to folds; copies of a paper stay together.

    Args:
        job: Its papers; `data.split_seed` of its recipe draws their order.
        count: Number of folds, >= 2.

    Returns:
        (N,) the fold of each training paper, in 0..count-1, or -1 for the papers of a label that has them all
        in one fold: each teacher is trained on these.
    """
    papers, labels = job.papers("train"), job.labels("train")
    groups = group_copies(papers)
    order = np.random.default_rng(job.recipe.data.split_seed).permutation(np.unique(groups))
    dealt = order[np.argsort(labels[order], kind="stable")]
    folds = np.full(len(papers), -1, dtype=np.int64)
    folds[dealt] = np.arange(len(dealt)) % count
    folds = folds[groups]
    for label in np.unique(labels):
        own = folds[labels == label]
        if (own == own[0]).all():
            folds[np.isin(groups, groups[labels == label])] = -1
    return folds


def _describe_folds(recipe: Recipe, runs: Sequence[Run]) -> ModelSource:
    hashes = "".join(describe_source(run).sha256 for run in runs)
    sha256 = hashlib.sha256(hashes.encode()).hexdigest()
    return ModelSource(name=recipe.name, recipe=recipe.name, sha256=sha256, folds=len(runs))
