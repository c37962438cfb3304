"""The first files of a run: its split, what it sees, its settings and `run.json`."""

from __future__ import annotations

from arxonomy.artifacts.facts import RunInfo
from arxonomy.artifacts.own_taxonomy import write_own_taxonomy
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.seen import write_seen
from arxonomy.papers import write_split
from arxonomy.text import Vocabulary
from arxonomy.training.job import TrainingJob
from arxonomy.training.leakage import gather_seen


def create_run(job: TrainingJob, info: RunInfo, vocabulary: Vocabulary | None = None) -> Run:
    """Write what a run has before its training begins; `run.json` comes last and makes it a run.

    Args:
        job: What is trained.
        info: The contents of `run.json`.
        vocabulary: The words of a network.
    """
    run = job.run
    write_split(run.split, job.dataset.papers, job.parts, job.dataset.sha256)
    write_seen(run, gather_seen(job))
    write_own_taxonomy(run.folder, job.taxonomy)
    run.create(info, job.recipe, vocabulary)
    return run
