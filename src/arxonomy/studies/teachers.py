"""The teachers of a network: runs that exist, or recipes, of which several are trained cross-fitted.

folds   1 2 3     RUN/teachers/RECIPE-fold-1: trains on 2 3, and has not seen 1
                  RUN/teachers/RECIPE-fold-2: trains on 1 3, and has not seen 2 ...
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from arxonomy.advice import advise_option, name_option
from arxonomy.artifacts.origin_facts import ModelSource
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.seen import Seen
from arxonomy.config import Recipe, list_recipes, load_recipe
from arxonomy.errors import RunError, SettingsError, suggest_near_name
from arxonomy.messages import list_some
from arxonomy.studies.jobs import train_jobs
from arxonomy.training.held_out import draw_folds
from arxonomy.training.init import open_finished
from arxonomy.training.job import TrainingJob
from arxonomy.training.leakage import check_unseen_by, require_seen
from arxonomy.training.provenance import describe_source
from arxonomy.training.reporter import Reporter

FOLDS = 5
"""Teachers of each recipe, unless another number is stated."""


@dataclass(frozen=True)
class NamedTeachers:
    """Who is to teach."""

    given: tuple[Run, ...]
    """Finished runs."""
    recipes: tuple[Recipe, ...]
    """Recipes, of which teachers are trained."""
    folds: int
    """Teachers of each recipe, each trained without one fold; 1: one, trained on all training papers."""


@dataclass(frozen=True)
class Teachers:
    """Finished runs that teach."""

    runs: tuple[Run, ...]
    """The runs."""
    seen: tuple[Seen, ...]
    """What each has seen."""
    sources: tuple[ModelSource, ...]
    """What they are: the runs of one recipe are one source."""
    weights: tuple[float, ...]
    """Of each run's answers for unlabeled papers, with the mean 1: all sources count the same, however many
    runs they are."""


def open_teachers(job: TrainingJob, named: Sequence[str], folds: int | None) -> NamedTeachers:
    """Read the recipes among the teachers and open the runs; nothing is trained yet.

    Args:
        job: The training of the network that they teach.
        named: Run folders, and names or files of recipes.
        folds: Teachers of each recipe; None: `FOLDS`.

    Raises:
        SettingsError: A teacher is a bundle, has other labels or is named twice, or a recipe cannot be read;
            or the folds are fewer than 1, or there are folds and no recipe.
        DataError: One has seen papers that the network is to be scored on.
        RunError: A run is missing, unfinished or damaged; or the network was started with other teachers.
    """
    recipes = tuple(load_recipe(name) for name in named if _is_recipe(name))
    given = tuple(_open_teacher(name, job) for name in named if not _is_recipe(name))
    if folds is not None and folds < 1:
        raise SettingsError(f"{name_option('--cross-fit')}: expected 1 or more, found {folds}")
    if folds is not None and not recipes:
        raise SettingsError(
            f"{name_option('--cross-fit')}: expected a recipe among the teachers, found none; leave it out, "
            f"or give one, as in {advise_option('--teacher', 'linear-svm')}"
        )
    names = [recipe.name for recipe in recipes] + [str(run.folder.resolve()) for run in given]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise SettingsError(f"{name_option('--teacher')}: expected each once, found {repeated[0]} twice")
    check_unseen_by(job, "--teacher", [(str(run.folder), require_seen(run)) for run in given])
    teachers = NamedTeachers(given, recipes, FOLDS if folds is None else folds)
    if job.run.exists():
        _check_same_names(job.run, teachers)
    return teachers


def train_teachers(job: TrainingJob, named: NamedTeachers, reporter: Reporter | None = None) -> Teachers:
    """Train the teachers that are recipes; finished ones are not trained again.

    Args:
        job: The training of the network that they teach; theirs has its papers, vectors and device.
        named: What `open_teachers` returned.
        reporter: See `train_jobs`.

    Raises:
        ArxonomyError: See `train_jobs`.
    """
    recipes, folds = named.recipes, named.folds
    plan = [_plan(job, recipe, folds) for recipe in recipes]
    trained = train_jobs([fold for jobs in plan for fold in jobs], reporter=reporter) if plan else []
    by_recipe = [trained[place * folds : (place + 1) * folds] for place in range(len(recipes))]
    runs = (*named.given, *trained)
    sources = [*map(describe_source, named.given), *map(_describe_folds, recipes, by_recipe)]
    sizes = [*([1] * len(named.given)), *([folds] * len(by_recipe))]
    weights = [len(runs) / (len(sources) * size) for size in sizes for _ in range(size)]
    return Teachers(runs, tuple(map(require_seen, runs)), tuple(sources), tuple(weights))


def _is_recipe(name: str) -> bool:
    return name in list_recipes() or name.endswith(".toml")


def _open_teacher(name: str, job: TrainingJob) -> Run:
    if not Path(name).exists():
        advice = suggest_near_name(name, list_recipes()) or "`arxonomy recipes` lists the recipes"
        raise SettingsError(
            f"{name_option('--teacher')}: expected a run folder or a recipe, found no {name}; {advice}"
        )
    run = open_finished(name, "--teacher")
    theirs, own = run.info().labels, job.dataset.labels
    if set(theirs) != set(own):
        raise SettingsError(
            f"{name_option('--teacher')}: expected a run with the labels {list_some(own)}, found "
            f"{list_some(theirs)} in {name}; train one with these labels ({name_option('--among')})"
        )
    return run


def _check_same_names(run: Run, teachers: NamedTeachers) -> None:
    """Refuse other teachers before they are trained; that they are the same is checked by their hashes."""
    wanted = [(own.folder.resolve().name, 0) for own in teachers.given]
    wanted += [(recipe.name, teachers.folds) for recipe in teachers.recipes]
    started = [(source.name, source.folds) for source in run.info().teachers]
    if wanted != started:
        names = [
            ", ".join(f"{name} ({count} folds)" if count else name for name, count in some) or "none"
            for some in (started, wanted)
        ]
        raise RunError(
            f"{run.folder} was started with the teachers {names[0]}, not with {names[1]}; give the same, or "
            f"another {name_option('--out')}"
        )


def _plan(job: TrainingJob, recipe: Recipe, count: int) -> list[TrainingJob]:
    """One job for each fold, which it is not trained on."""
    recipe = recipe.model_copy(update={"data": job.recipe.data})
    rows = np.flatnonzero(job.parts == "train")
    folds = np.full(len(job.parts), -1, dtype=np.int64)
    if count > 1:
        folds[rows] = draw_folds(job.papers("train"), job.labels("train"), count)
    jobs = []
    for fold in range(count):
        name = f"{recipe.name}-fold-{fold + 1}" if count > 1 else recipe.name
        parts = job.parts.copy()
        parts[folds == fold] = ""
        out = job.run.folder / "teachers" / name
        title = f"teacher {recipe.name}" + (f", fold {fold + 1} of {count}" if count > 1 else "")
        jobs.append(
            replace(
                job, recipe=recipe, parts=parts, out=out, title=title, init=None, teaching=None, callbacks=()
            )
        )
    return jobs


def _describe_folds(recipe: Recipe, runs: Sequence[Run]) -> ModelSource:
    hashes = "".join(describe_source(run).sha256 for run in runs)
    sha256 = hashlib.sha256(hashes.encode()).hexdigest()
    return ModelSource(name=recipe.name, recipe=recipe.name, sha256=sha256, folds=len(runs))
