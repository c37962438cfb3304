"""Many runs for one question: each is trained into its own folder, and none is trained twice."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from arxonomy.artifacts.run import Run
from arxonomy.config import Recipe
from arxonomy.models import check_recipe
from arxonomy.papers import Parts
from arxonomy.training.job import TrainingJob, check_parts
from arxonomy.training.provenance import check_same
from arxonomy.training.reporter import Reporter
from arxonomy.training.train import train

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class PlannedRun:
    """What one run of a study has for itself; papers, word vectors and device are the study's."""

    title: str
    """As it is logged while it is trained."""
    recipe: Recipe
    """The settings, with the seed."""
    parts: Parts
    """(N,) `train`, `validation`, `test` or empty for each paper."""
    folder: Path
    """The run folder."""


def vary_seed(recipe: Recipe, count: int) -> list[Recipe]:
    """The recipe with its own seed and those that follow it, `count` in all."""
    first = recipe.training.seed
    trainings = [recipe.training.model_copy(update={"seed": first + step}) for step in range(count)]
    return [recipe.model_copy(update={"training": training}) for training in trainings]


def train_jobs(jobs: Sequence[TrainingJob], *, reporter: Reporter | None = None) -> list[Run]:
    """Train one run after the other; finished runs are not trained again, and a stopped one is resumed.

    Args:
        jobs: The runs; all are checked before the first one is trained. Baselines get no word vectors and
            no device, since they have no use for them; networks that start from scratch and replace no
            synonyms have none for word vectors.
        reporter: See `train`.

    Returns:
        The finished runs, in the order of the jobs.

    Raises:
        RunError: A run there was started with other papers, parts or settings, or is damaged.
        DataError: A part without papers, or a label without training papers.
        SettingsError: See `train`.
    """
    jobs = [_leave_out_unused(job) for job in jobs]
    for job in jobs:
        check_parts(job.dataset, job.parts)
        if not job.recipe.ensemble.members:  # whose members are checked when they are trained
            check_recipe(job.recipe)
        if job.run.exists():
            check_same(job.run, job)
    for number, job in enumerate(jobs, 1):
        line = f"run {number} of {len(jobs)}: {job.title}"
        if job.run.exists() and job.run.metrics():
            _LOG.info("%s: trained before", line)
        else:
            _LOG.info("%s", line)
            train(job, resume=True, reporter=reporter)
    return [job.run for job in jobs]


def _leave_out_unused(job: TrainingJob) -> TrainingJob:
    training = job.recipe.training
    if job.recipe.baseline is not None:
        return replace(job, vectors=None, device="auto")
    if training.from_scratch and training.augment.share == 0 and not job.recipe.ensemble.members:
        return replace(job, vectors=None)
    return job
