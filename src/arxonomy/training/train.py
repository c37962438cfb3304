"""Labeled papers and a recipe -> a run folder.

What needs PyTorch is imported for networks alone: a baseline is trained without it.
"""

from __future__ import annotations

from dataclasses import replace

from arxonomy.advice import advise_option, name_option
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import open_model
from arxonomy.config import Recipe
from arxonomy.errors import RunError, SettingsError
from arxonomy.models import check_recipe
from arxonomy.records import AnyPath
from arxonomy.runtime import Processes
from arxonomy.training.baselines import train_baseline
from arxonomy.training.job import TrainingJob, check_parts
from arxonomy.training.leakage import check_unseen
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
    check_folder(job, resume=resume)
    check_learner(job.recipe, init=job.init, taught=job.teaching is not None)
    learned = () if job.init is None else open_model(job.init).labels
    check_parts(job.dataset, job.parts, job.processes.count, learned)
    check_together(job.recipe, job.processes, taught=job.teaching is not None)
    check_unseen(job)
    if reporter is None or job.processes.rank:
        reporter = SilentReporter()
    if job.processes.rank:
        job = replace(job, callbacks=())
    if job.recipe.ensemble.members:
        from arxonomy.training.ensemble import train_ensemble

        return train_ensemble(job, reporter)
    check_recipe(job.recipe)
    if job.recipe.baseline is not None:
        return train_baseline(job, reporter)
    from arxonomy.training.network import train_network

    return train_network(job, reporter)


def check_folder(job: TrainingJob, *, resume: bool) -> None:
    """Make sure that a run may be written, or resumed.

    Of several processes the first one looks: when a slower one does, the run may be theirs already.

    Raises:
        RunError: The folder holds a run that is not to be resumed.
    """
    if not job.processes.rank and job.run.exists() and not resume:
        raise RunError(
            f"{job.run.folder} already holds a run; resume it with {advise_option('--resume', True)}, or "
            f"choose another {name_option('--out')}"
        )


def check_together(recipe: Recipe, processes: Processes, *, taught: bool) -> None:
    """Make sure that several processes can train a recipe together, if there are several.

    Args:
        recipe: What is trained.
        processes: Who trains it.
        taught: Whether there are teachers.

    Raises:
        SettingsError: They cannot.
    """
    if processes.count == 1:
        return
    alone = f"found {processes.count} processes"
    if recipe.baseline is not None or recipe.ensemble.members:
        kind = "a baseline" if recipe.baseline is not None else "an ensemble"
        raise SettingsError(
            f"{recipe.name}: expected one process, since only a network is trained by several and this is "
            f"{kind}, {alone}; run the command without torchrun"
        )
    if taught:
        raise SettingsError(
            f"{name_option('--teacher')}: expected one process, {alone}; run the command without torchrun"
        )
    if recipe.training.title_loss:
        raise SettingsError(
            f"setting `training.title_loss`: expected 0 on several processes, {alone} and "
            f"{recipe.training.title_loss}; set training.drop_abstract instead, or run the command without "
            "torchrun"
        )


def list_learners(recipe: Recipe) -> list[Recipe]:
    """List the recipes that are trained: those of an ensemble's members, or the recipe itself."""
    if not recipe.ensemble.members:
        return [recipe]
    from arxonomy.training.ensemble import resolve_members

    return resolve_members(recipe)


def check_learner(recipe: Recipe, *, init: AnyPath | None, taught: bool) -> None:
    """Make sure that a recipe can start from a run, and learn from teachers.

    Args:
        recipe: What is trained.
        init: The run.
        taught: Whether there are teachers.

    Raises:
        SettingsError: The recipe is no network, or wants teachers and has none; or see `open_init`.
        RunError: See there.
    """
    for member in list_learners(recipe):
        share = member.training.teacher_share
        if share and not taught:
            raise SettingsError(
                f"setting `training.teacher_share`: expected teachers ({name_option('--teacher')}) or 0, "
                f"found {share} and no teacher"
            )
        if member.baseline is not None and (init is not None or taught):
            option = name_option("--teacher" if init is None else "--init")
            raise SettingsError(f"{option}: expected a network to train, found the baseline {member.name}")
        if init is not None:
            from arxonomy.training.init import open_init

            open_init(init, member.model)
