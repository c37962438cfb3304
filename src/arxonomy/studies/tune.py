"""A recipe's ranges and labeled papers -> the settings with the best validation score."""

from __future__ import annotations

import hashlib
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.advice import name_option
from arxonomy.errors import RunError, SettingsError, needs_extra
from arxonomy.records import AnyPath, Paper
from arxonomy.studies.bench import Equipment
from arxonomy.studies.source import Source, open_papers

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from arxonomy.config.overrides import Tree
    from arxonomy.papers import AnyFiles, Rest
    from arxonomy.studies.provenance import DataSource
    from arxonomy.studies.tuning.journal import Journal
    from arxonomy.studies.tuning.results import TunedTrial, Tuning
    from arxonomy.studies.tuning.space import SearchSpace
    from arxonomy.training.job import TrainingJob


@needs_extra("train")
def tune(
    papers: AnyFiles | Source | Sequence[Paper],
    recipe: AnyPath = "v1",
    *,
    minutes: float | None = None,
    trials: int | None = None,
    ranges: Sequence[str] = (),
    seeds: int = 3,
    out: AnyPath | None = None,
    among: str | Mapping[str, Sequence[str]] | None = None,
    min_papers: int | None = None,
    settings: Sequence[str] = (),
    vectors: AnyPath | None = None,
    split_file: AnyPath | None = None,
    rest: Rest | None = None,
) -> Tuning:
    """Search a recipe's ranges for the settings with the best validation score; test papers are not read.

    A search that was stopped is resumed by the same call.

    >>> tuning = arxonomy.tune("papers.csv", "v1", minutes=60)  # doctest: +SKIP
    >>> print(tuning.to_text())  # doctest: +SKIP
    >>> arxonomy.train("papers.csv", tuning.folder / "best.toml")  # doctest: +SKIP

    Args:
        papers: A labeled file, several that are read as one, or papers with a category.
        recipe: Name of a recipe, or a TOML file.
        minutes: Time of the whole search at most, and one epoch more. This or the next must be given.
        trials: Number of trials at most.
        ranges: What is searched, as in `training.learning_rate=1e-4..1e-2 log` or
            `training.batch_size=[64, 128]`. Empty: the table `[tune]` of the recipe.
        seeds: Runs of each of the best three trials, >= 1.
        out: Folder of the search, by default `tuning/RECIPE`.
        among: See `train`, as for the next five.
        min_papers: See there.
        settings: See there; a setting that is stated is not tuned.
        vectors: See there.
        split_file: See there.
        rest: See there.

    Raises:
        ArxonomyError: The papers cannot be read or learned from, the settings or ranges make no sense, or no
            trial was trained to the end.
    """
    from arxonomy.config import load_recipe
    from arxonomy.runtime import count_cores
    from arxonomy.studies.tuning.space import open_space

    resolved = load_recipe(recipe, settings).with_labels(among, min_papers)
    equipment = Equipment(
        choose_tuning_folder(resolved.name, out),
        split_file=None if split_file is None else Path(split_file),
        rest=rest,
        vectors=None if vectors is None else Path(vectors),
        threads=count_cores(),
    )
    return search_space(
        open_space(resolved, ranges, settings),
        open_papers(papers),
        minutes=minutes,
        trials=trials,
        seeds=seeds,
        equipment=equipment,
    )


def choose_tuning_folder(recipe: str, out: AnyPath | None = None) -> Path:
    """Choose the folder of a search: `out`, or `tuning/RECIPE`."""
    return Path("tuning") / recipe if out is None else Path(out)


def search_space(
    space: SearchSpace,
    papers: Source,
    *,
    minutes: float | None,
    trials: int | None,
    seeds: int,
    equipment: Equipment,
    clock: Callable[[], float] = time.monotonic,
) -> Tuning:
    """Search a space, and write `trials.jsonl`, `report.html` and `best.toml` into the folder.

    Args:
        space: What is searched.
        papers: Labeled papers.
        minutes: See `tune`, as for the next two.
        trials: See there.
        seeds: See there.
        equipment: What the trials are trained with, and where the search is.
        clock: Seconds since some moment.

    Raises:
        ArxonomyError: See `tune`.
    """
    if minutes is None and trials is None:
        raise SettingsError(
            f"expected a bound of the search, found none; give {name_option('--minutes')} or "
            f"{name_option('--trials')}"
        )
    began = clock()
    import numpy as np

    from arxonomy.models import check_recipe
    from arxonomy.studies.bench import choose_split, open_bench
    from arxonomy.studies.tuning.budget import Budget
    from arxonomy.studies.tuning.journal import open_journal
    from arxonomy.studies.tuning.search import Search
    from arxonomy.training.job import TrainingJob, check_parts
    from arxonomy.training.reporter import SilentReporter
    from arxonomy.training.train import check_learner

    recipe = space.recipe
    check_recipe(recipe)
    check_learner(recipe, init=None, taught=False)
    bench = open_bench(papers, [recipe], equipment)
    parts = choose_split(bench.dataset, recipe.data, equipment.split_file, equipment.rest)
    parts = np.where(parts == "test", "", parts)  # trials cannot score what they do not know
    check_parts(bench.dataset, parts)
    network = recipe.baseline is None
    job = TrainingJob(
        bench.dataset,
        parts,
        recipe,
        equipment.out,
        equipment.vectors if network else None,
        equipment.device if network else "auto",
        equipment.command,
    )
    with open_journal(equipment.out, _describe_search(space, job), recipe.training.seed) as journal:
        budget = Budget(None if minutes is None else 60 * minutes, journal.seconds, clock, began)
        reporter = equipment.reporter or SilentReporter()
        Search(space, journal, job, equipment.out / "trials", budget, seeds, reporter).run(trials)
        tuning = _gather_results(space, journal, equipment, papers.describe())
    write_results(tuning)
    return tuning


def _describe_search(space: SearchSpace, job: TrainingJob) -> Tree:
    """What a search depends on, as JSON; it is resumed with the same alone."""
    from arxonomy.training.provenance import describe

    vectors = describe(job).vectors
    return {
        "papers": job.dataset.sha256,
        "split": hashlib.sha256("\n".join(job.parts.tolist()).encode()).hexdigest(),
        "recipe": space.recipe.model_dump(mode="json", exclude={"tune"}),
        "ranges": {key: one.model_dump(mode="json") for key, one in space.ranges.items()},
        "vectors": [vectors.sha256, vectors.subwords_sha256],
    }


def _gather_results(space: SearchSpace, journal: Journal, equipment: Equipment, data: DataSource) -> Tuning:
    from arxonomy.studies.tuning.results import Tuning

    trials = [_read_trial(trial, journal, space) for trial in journal.list_trials()]
    if not any(trial.state == "complete" for trial in trials):
        problems = [trial.problem for trial in trials if trial.problem]
        raise RunError(
            f"{equipment.out}: no trial was trained to the end"
            + (f": {problems[-1]}" if problems else "; the same command with more time resumes the search")
        )
    importance = journal.measure_importance()
    command = shlex.join(equipment.command) or None
    return Tuning(space, trials, importance, journal.seconds, equipment.out, data, command)


def _read_trial(trial: FrozenTrial, journal: Journal, space: SearchSpace) -> TunedTrial:
    from arxonomy.studies.tuning.results import TunedTrial
    from arxonomy.studies.tuning.search import PROBLEM, SETTINGS, STATES
    from arxonomy.studies.tuning.watch import SECONDS

    first = space.recipe.training.seed
    state = STATES[trial.state]
    seeds = {first: trial.value} if state == "complete" and trial.value is not None else {}
    if seeds:
        seeds |= journal.read_seeds(trial.number)
    return TunedTrial(
        number=trial.number + 1,
        settings=trial.user_attrs.get(SETTINGS, {}),
        state=state,
        epochs=[trial.intermediate_values[step] for step in sorted(trial.intermediate_values)],
        seeds=seeds,
        seconds=trial.user_attrs.get(SECONDS, 0.0),
        problem=trial.user_attrs.get(PROBLEM),
    )


def write_results(tuning: Tuning) -> None:
    """Write what was found into the folder of the search, each file atomically."""
    from arxonomy.atomic import write_atomic

    write_atomic(tuning.folder / "trials.jsonl", tuning.to_jsonl())
    write_atomic(tuning.folder / "report.html", tuning.to_html())
    write_atomic(tuning.folder / "best.toml", tuning.to_toml())
