"""Many runs for one question: each is trained into its own folder, and none is trained twice."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from arxonomy.artifacts.run import Run
from arxonomy.config import Recipe
from arxonomy.models import check_recipe
from arxonomy.papers import Dataset, Parts
from arxonomy.training.job import TrainingJob, check_parts
from arxonomy.training.provenance import check_same
from arxonomy.training.reporter import Reporter
from arxonomy.training.train import train

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """One run of several."""

    title: str
    """As it is logged while it is trained."""
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
) -> list[Run]:
    """Train one run after the other; finished runs are not trained again, and a stopped one is resumed.

    Args:
        dataset: Labeled papers.
        jobs: The runs; all are checked before the first one is trained.
        vectors: See `TrainingJob`, as for the others. Baselines get none, and no device: they have no choice.
        device: See `TrainingJob`.
        command: See `TrainingJob`.
        reporter: See `train`.

    Returns:
        The finished runs, in the order of the jobs.

    Raises:
        RunError: A run there was started with other papers, parts or settings, or is damaged.
        DataError: A part without papers, or a label without training papers.
        SettingsError: See `train`.
    """
    trainings = []
    for job in jobs:
        training = TrainingJob(dataset, job.parts, job.recipe, job.folder, command=command)
        if job.recipe.baseline is None:
            training = replace(training, vectors=vectors, device=device)
        trainings.append(training)
        check_parts(dataset, job.parts)
        if not job.recipe.ensemble.members:  # whose members are checked when they are trained
            check_recipe(job.recipe)
        if training.run.exists():
            check_same(training.run, training)
    for number, (job, training) in enumerate(zip(jobs, trainings, strict=True), 1):
        line = f"run {number} of {len(jobs)}: {job.title}"
        if training.run.exists() and training.run.metrics():
            _LOG.info("%s: trained before", line)
        else:
            _LOG.info("%s", line)
            train(training, resume=True, reporter=reporter)
    return [training.run for training in trainings]
