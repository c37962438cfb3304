"""What a run has seen, the runs before it included; none of these may have seen what it is scored on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arxonomy.advice import advise_option, name_option
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
        check_unseen_by(job, "--init", [(str(job.init), require_seen(Run(job.init)))])
    if job.teaching is not None:
        check_unseen_by(job, "--teacher", job.teaching.seen)


def check_unseen_by(job: TrainingJob, option: str, runs: Sequence[tuple[str, Seen]]) -> None:
    """Make sure that runs have not seen the papers that another one is scored on.

    A validation paper may have chosen among their weights, as where two runs share a split; a test paper may
    not.

    Args:
        job: The other run.
        option: The option that named the runs.
        runs: The name of each, and what it has seen.

    Raises:
        DataError: One has; how many papers, and what to do, is said.
    """
    if not runs:
        return
    papers = {part: job.papers(part) for part in ("validation", "test")}
    digests = {part: digest_papers(some) for part, some in papers.items()}
    for name, seen in runs:
        rows = {
            "validation": np.flatnonzero(find_seen(digests["validation"], seen.trained)),
            "test": np.flatnonzero(find_seen(digests["test"], seen.join())),
        }
        leaked = [papers[part][row] for part, found in rows.items() for row in found.tolist()]
        if leaked:
            counts = [format_count(len(found), f"{part} paper") for part, found in rows.items() if len(found)]
            raise DataError(
                f"{name_option(option)} {name} has seen {' and '.join(counts)} of this split (by text or "
                f"arXiv id; the first is {leaked[0].id}), so that scores would be too good; train it again "
                f"without them, by a file of this split ({name_option('--split-file')}, "
                f"{advise_option('--rest', 'train')}), or give a split in which they are training papers"
            )
