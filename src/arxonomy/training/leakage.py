"""What a run has seen, the runs before it included; none of these may have seen what it is scored on."""

from __future__ import annotations

import numpy as np

from arxonomy.advice import name_option
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.seen import Seen, digest_papers, find_seen, read_seen
from arxonomy.errors import DataError, RunError
from arxonomy.messages import format_count
from arxonomy.training.job import TrainingJob


def require_seen(run: Run) -> Seen:
    """Read what a run has seen.

    Raises:
        RunError: It does not say.
    """
    seen = read_seen(run)
    if seen is None:
        raise RunError(
            f"{run.folder} was trained by a version that did not note which texts a run has seen, so that a "
            "leak could not be found; train it again"
        )
    return seen


def gather_seen(job: TrainingJob) -> Seen:
    """Digest the papers that a run is about to see, and add what the runs before it have seen.

    Raises:
        RunError: One of these does not say.
    """
    before = [] if job.init is None else [require_seen(Run(job.init))]
    trained = [digest_papers(job.papers("train"))]
    if job.teaching is not None:
        before += [seen for _, seen in job.teaching.seen]
        trained.append(digest_papers(job.teaching.papers))
    return Seen.of(
        [*trained, *(seen.trained for seen in before)],
        [digest_papers(job.papers("validation")), *(seen.chosen_by for seen in before)],
    )


def check_unseen(job: TrainingJob) -> None:
    """Make sure that no run before this one, nor a teacher, has seen what it is scored on.

    Raises:
        DataError: See `check_unseen_by`.
        RunError: One does not say what it has seen.
    """
    if job.init is not None:
        check_unseen_by(job, name_option("--init"), str(job.init), require_seen(Run(job.init)))
    for name, seen in job.teaching.seen if job.teaching else ():
        check_unseen_by(job, name_option("--teacher"), name, seen)


def check_unseen_by(job: TrainingJob, option: str, name: str, seen: Seen) -> None:
    """Make sure that a run has not seen the papers that another one is scored on.

    A validation paper may have chosen among its weights, as where two runs share a split; a test paper may
    not.

    Args:
        job: The other run.
        option: How the run was named, for the message.
        name: The run's name, likewise.
        seen: What the run has seen.

    Raises:
        DataError: It has; how many papers, and what to do, is said.
    """
    counts: dict[str, int] = {}
    first = ""
    for part, digests in (("validation", seen.trained), ("test", seen.join())):
        papers = job.papers(part)
        rows = np.flatnonzero(find_seen(digest_papers(papers), digests))
        if len(rows):
            counts[part] = len(rows)
            first = first or papers[int(rows[0])].id
    if counts:
        found = " and ".join(format_count(count, f"{part} paper") for part, count in counts.items())
        raise DataError(
            f"{option} {name} has seen {found} of this split (by text or arXiv id; the first is {first}), so "
            "that scores would be too good; train it again without them, by this split "
            f"({name_option('--split-file')}), or give a split in which they are training papers"
        )
