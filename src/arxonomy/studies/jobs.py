"""Many runs for one question: each is trained into its own folder, and none is trained twice."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from arxonomy.artifacts.run import Run
from arxonomy.config import Recipe
from arxonomy.models import check_recipe
from arxonomy.papers import Dataset, Parts
from arxonomy.training.loop import Reporter
from arxonomy.training.provenance import check_same
from arxonomy.training.train import check_parts, train


@dataclass(frozen=True)
class Job:
    """One run of several."""

    title: str
    """As it is told while it is trained."""
    recipe: Recipe
    """The settings, with the seed."""
    parts: Parts
    """(N,) `train`, `validation`, `test` or empty for each paper."""
    folder: Path
    """The run folder."""


def seeded(recipe: Recipe, count: int) -> list[Recipe]:
    """The recipe with its own seed and those that follow it, `count` in all."""
    first = recipe.training.seed
    trainings = [recipe.training.model_copy(update={"seed": first + step}) for step in range(count)]
    return [recipe.model_copy(update={"training": training}) for training in trainings]


def train_jobs(
    dataset: Dataset,
    jobs: Sequence[Job],
    *,
    vectors: str | os.PathLike[str] | None = None,
    device: str = "auto",
    command: Sequence[str] = (),
    reporter: Reporter | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> list[Run]:
    """Train one run after the other; what is finished is not trained again, and one that was stopped goes on.

    Args:
        dataset: Labeled papers.
        jobs: The runs; all are looked at before the first one is trained.
        vectors: As for `train`, and so are the others. Baselines get none, and no device: they have no choice.
        device: See `train`.
        command: See `train`.
        reporter: See `train`.
        say: See `train`.

    Returns:
        The finished runs, in the order of the jobs.

    Raises:
        RunError: A run there was started with other papers, parts or settings, or is damaged.
        DataError: A part without papers, or a label without training papers.
        SettingsError: See `train`.
    """
    for job in jobs:
        check_parts(dataset, job.parts)
        if not job.recipe.ensemble.members:  # whose members are checked when they are trained
            check_recipe(job.recipe)
        run = Run(job.folder)
        if run.exists():
            check_same(run, dataset, job.parts, job.recipe, vectors if job.recipe.baseline is None else None)
    runs = []
    for number, job in enumerate(jobs, 1):
        run, line = Run(job.folder), f"run {number} of {len(jobs)}: {job.title}"
        network = job.recipe.baseline is None
        needed = vectors if network else None
        if run.exists() and run.metrics():
            say(f"{line}: trained before")
        else:
            say(line)
            train(
                dataset,
                job.parts,
                job.recipe,
                job.folder,
                vectors=needed,
                resume=True,
                device=device if network else "auto",
                command=command,
                reporter=reporter,
                say=say,
            )
        runs.append(run)
    return runs
