"""Labeled papers and a recipe -> a run folder."""

from __future__ import annotations

from arxonomy.artifacts.run import Run
from arxonomy.errors import RunError
from arxonomy.models import check_recipe
from arxonomy.training.baselines import train_baseline
from arxonomy.training.ensemble import train_ensemble
from arxonomy.training.job import TrainingJob, check_parts
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
        DataError: A part without papers, or a label without training papers.
        SettingsError: The device is not there, or WordNet was asked for and is not.
    """
    if job.run.exists() and not resume:
        raise RunError(
            f"{job.run.folder} already holds a run; resume it with --resume, or choose another --out"
        )
    check_parts(job.dataset, job.parts)
    reporter = reporter or SilentReporter()
    if job.recipe.ensemble.members:
        return train_ensemble(job, reporter)
    check_recipe(job.recipe)
    if job.recipe.baseline is not None:
        return train_baseline(job, reporter)
    return train_network(job, reporter)
