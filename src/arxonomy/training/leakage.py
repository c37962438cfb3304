"""What a run has seen, the runs before it included; none of these may have seen what it is scored on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arxonomy.advice import advise_option, name_option
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import find_ids, open_model
from arxonomy.artifacts.seen import Seen, digest_papers, find_seen, read_seen
from arxonomy.errors import DataError, RunError, SettingsError
from arxonomy.messages import format_count
from arxonomy.records import AnyPath
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
    before = [] if job.init is None else [_read_init(job.init)]
    trained = [digest_papers(job.papers("train"))]
    if job.teaching is not None:
        before += [seen for _, seen in job.teaching.seen]
        trained.append(digest_papers(job.teaching.papers))
    return Seen.of(
        [*trained, *(seen.trained for seen in before)],
        [digest_papers(job.papers("validation")), *(seen.chosen_by for seen in before)],
        [seen.ids for seen in before],
    )


def _read_init(path: AnyPath) -> Seen:
    """Read what the run or the bundle has seen that another one starts from.

    Raises:
        SettingsError: The bundle does not name all of it.
        RunError: The run does not say.
    """
    saved = open_model(path)
    if saved.manifest is None:
        return require_seen(Run(path))
    ids, split = saved.read_identities(), saved.manifest.split
    count = split.train + split.validation if split else 0
    if len(ids) < count:
        raise SettingsError(
            f"{name_option('--init')}: expected a bundle that names the {count:,} papers that it has seen by "
            f"their ids, found {len(ids):,} in {path}, so that a leak could not be found; give the run that "
            "it was exported from"
        )
    return Seen.of([], [], [ids])


def check_unseen(job: TrainingJob) -> None:
    """Make sure that no run before this one, nor a teacher, has seen what it is scored on.

    Raises:
        DataError: See `check_unseen_by`.
        RunError: One does not say what it has seen.
    """
    if job.init is not None:
        if open_model(job.init).kind == "bundle":
            _require_ids(job)
        check_unseen_by(job, "--init", [(str(job.init), _read_init(job.init))])
    if job.teaching is not None:
        check_unseen_by(job, "--teacher", job.teaching.seen)


def _require_ids(job: TrainingJob) -> None:
    """Make sure that papers can be recognized by what a bundle says of those that it has seen: their ids."""
    scored = [*job.papers("validation"), *job.papers("test")]
    without = sum(paper.id == str(paper.row + 1) for paper in scored)
    if without:
        raise DataError(
            f"{name_option('--init')} {job.init}: expected an id for each validation and test paper, since a "
            f"bundle names what it has seen by ids alone, found {format_count(without, 'paper')} without; "
            "give the run that it was exported from, or papers with ids"
        )


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
            "validation": np.flatnonzero(
                find_seen(digests["validation"], seen.trained) | find_ids(papers["validation"], seen.ids)
            ),
            "test": np.flatnonzero(
                find_seen(digests["test"], seen.join()) | find_ids(papers["test"], seen.ids)
            ),
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
