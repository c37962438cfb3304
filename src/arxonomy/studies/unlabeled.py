"""Unlabeled papers for teachers to answer, without those that the run has in its own split."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from arxonomy.artifacts.origin_facts import UnlabeledInfo
from arxonomy.artifacts.seen import NONE, digest_papers, find_seen
from arxonomy.atomic import hash_file
from arxonomy.errors import DataError
from arxonomy.messages import format_count
from arxonomy.papers import BadRecord, check_readable_twice, read_papers
from arxonomy.records import Paper

if TYPE_CHECKING:
    from arxonomy.training.job import TrainingJob

LABELS = ("category", "categories")
"""Fields that are not read."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class UnlabeledFile:
    """A file of papers whose labels, if it has any, are not read."""

    path: Path
    """The file; not stdin, since its hash is taken too."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Field of a paper -> the file's column, where the name is not an ordinary one."""
    encoding: str | None = None
    """Encoding of a text; None: UTF-8, or UTF-16 where that is clear."""
    strict: bool = False
    """Stop at the first bad record."""
    on_bad: Callable[[BadRecord], None] | None = None
    """Called for each bad record."""
    on_read: Callable[[], None] | None = None
    """Called once the file has been read."""

    @cached_property
    def papers(self) -> tuple[Paper, ...]:
        """The papers, read once however many runs learn from them.

        Raises:
            ArxonomyError: See `read_papers`.
        """
        papers = tuple(
            read_papers(
                self.path,
                columns={field: name for field, name in self.columns.items() if field not in LABELS},
                encoding=self.encoding,
                strict=self.strict,
                on_bad=self.on_bad,
            )
        )
        if self.on_read is not None:
            self.on_read()
        return papers


@dataclass(frozen=True)
class UnlabeledPapers:
    """Papers for teachers to answer."""

    papers: tuple[Paper, ...]
    """The papers of all files that are no copies of one another or of a paper of the split."""
    files: tuple[UnlabeledInfo, ...]
    """The files."""


def read_unlabeled(files: Sequence[UnlabeledFile], job: TrainingJob) -> UnlabeledPapers:
    """Read unlabeled papers, and leave out those of the job's split, and repeated ones; a note counts them.

    Copies are recognized by their words and by their ids.

    Args:
        files: Any number of files.
        job: Its dataset and parts.

    Raises:
        DataError: No paper is left.
        InputError: A file is given twice, or is stdin or a pipe.
        ArxonomyError: See `read_papers`.
    """
    if not files:
        return UnlabeledPapers((), ())
    check_readable_twice([file.path for file in files])
    digests, parts = digest_papers(job.dataset.papers), np.asarray(job.parts)
    scored = np.isin(parts, ("validation", "test"))
    named = [(paper.id, paper.id != str(paper.row + 1)) for paper in job.dataset.papers]
    scored_ids = {name for (name, own), held in zip(named, scored, strict=True) if own and held}
    counts = {"validation or test": 0, "training": 0, "repeated": 0}
    kept: list[Paper] = []
    infos, before = [], set[int]()
    for file in files:
        papers = file.papers
        own = digest_papers(papers)
        leaks = find_seen(own, digests[scored].ravel())
        known = find_seen(own, digests[parts == "train"].ravel())
        first = len(kept)
        for row, paper in enumerate(papers):
            keys = {int(key) for key in own[row] if key != NONE}
            if leaks[row] or (paper.id in scored_ids and paper.id != str(paper.row + 1)):
                counts["validation or test"] += 1
            elif known[row]:
                counts["training"] += 1
            elif keys & before:
                counts["repeated"] += 1
            else:
                before |= keys
                kept.append(paper)
        infos.append(
            UnlabeledInfo(name=file.path.name, sha256=hash_file(file.path), papers=len(kept) - first)
        )
    out = ", ".join(f"{format_count(count, f'{kind} paper')}" for kind, count in counts.items() if count)
    if not kept:
        raise DataError(f"expected unlabeled papers, found only those of the split: {out}; give other papers")
    left_out = f"; left out: {out}" if out else ""
    _LOG.info("unlabeled: %s%s", format_count(len(kept), "paper"), left_out)
    return UnlabeledPapers(tuple(kept), tuple(infos))
