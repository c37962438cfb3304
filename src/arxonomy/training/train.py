"""Labeled papers and a recipe -> a run folder."""

from __future__ import annotations

from arxonomy.advice import name_option
from arxonomy.artifacts.run import Run
from arxonomy.errors import RunError, SettingsError
from arxonomy.models import check_recipe
from arxonomy.training.baselines import train_baseline
from arxonomy.training.ensemble import resolve_members, train_ensemble
from arxonomy.training.init import open_init
from arxonomy.training.job import TrainingJob, check_parts
from arxonomy.training.leakage import check_unseen
from arxonomy.training.network import train_network
from arxonomy.training.reporter import Reporter, SilentReporter


def train(job: TrainingJob, *, resume: bool = False, reporter: Reporter | None = None) -> Run:
    """Train a recipe, or resume a run that was stopped.

    Args:
        job: What to train, on which papers, and where the run goes.
        resume: Resume the run in `job.out`, if there is one.
        reporter: Called after each batch and epoch.

    Returns:
        The finished run.

    Raises:
        RunError: `job.out` holds another run, or is damaged.
        DataError: A part without papers, a label without training papers, or a run before it has seen papers
            that it is to be scored on.
        SettingsError: The device is not there, or WordNet was asked for and is not; or the recipe cannot
            start from that run or learn from teachers.
    """
    if job.run.exists() and not resume:
        raise RunError(
            f"{job.run.folder} already holds a run; resume it with --resume, or choose another --out"
        )
    check_parts(job.dataset, job.parts)
    check_origins(job)
    reporter = reporter or SilentReporter()
    if job.recipe.ensemble.members:
        return train_ensemble(job, reporter)
    check_recipe(job.recipe)
    if job.recipe.baseline is not None:
        return train_baseline(job, reporter)
    return train_network(job, reporter)


def check_origins(job: TrainingJob) -> None:
    """Make sure that a job can start from its run and learn from its teachers, and that none of them leaks.

    Raises:
        SettingsError: The recipe is no network, or wants teachers and has none, or see `open_init`.
        RunError: See there.
        DataError: See `check_unseen`.
    """
    for recipe in resolve_members(job.recipe) if job.recipe.ensemble.members else [job.recipe]:
        if recipe.training.teacher_share and job.teaching is None:
            raise SettingsError(
                f"setting `training.teacher_share`: expected teachers ({name_option('--teacher')}) or 0, "
                f"found {recipe.training.teacher_share} and no teacher"
            )
        if recipe.baseline is not None and (job.init is not None or job.teaching is not None):
            option = name_option("--teacher" if job.init is None else "--init")
            raise SettingsError(f"{option}: expected a network to train, found the baseline {recipe.name}")
        if job.init is not None:
            open_init(job.init, recipe.model)
    check_unseen(job)
