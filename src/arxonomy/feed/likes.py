"""The papers that a reader likes, from any file of papers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from arxonomy.advice import name_option
from arxonomy.errors import DataError
from arxonomy.messages import format_count
from arxonomy.papers import BadRecord, group_copies, read_papers
from arxonomy.papers.copies import fold_text
from arxonomy.records import Paper

LEAST = 3
"""Likes without which nothing is ranked."""
ENOUGH = 10
"""Likes from which the ranking is worth its name."""

_LOG = logging.getLogger(__name__)
_LONG_TITLE = 5
"""Words of a title that is hardly that of two papers."""


def read_likes(files: Sequence[Path], on_bad: Callable[[BadRecord], None] | None = None) -> list[Paper]:
    """Read the papers that a reader likes, each once; what is odd about them is logged.

    Args:
        files: Files in any form that `read_papers` reads.
        on_bad: Called for each bad record.

    Raises:
        InputError: A file cannot be read.
        DataError: There are fewer than `LEAST` different papers.
    """
    papers = [paper for file in files for paper in read_papers(file, on_bad=on_bad)]
    groups = group_copies(papers)
    likes = [paper for row, paper in enumerate(papers) if groups[row] == row]
    names = " + ".join(map(str, files))
    if len(likes) < LEAST:
        raise DataError(
            f"{names}: expected {LEAST} different papers to rank by, better {ENOUGH} or more, found "
            f"{len(likes)}; add papers, or leave out {name_option('--like')} to rank by categories"
        )
    if len(likes) < ENOUGH:
        _LOG.warning(
            "%s: %s to rank by; with %d or more the ranking is better",
            names,
            format_count(len(likes), "paper"),
            ENOUGH,
        )
    if short := sum(not paper.abstract.strip() for paper in likes):
        _LOG.warning(
            "%s: %s of %s no abstract, and only a title to be compared by",
            names, f"{short:,}", f"{format_count(len(likes), 'paper')} {'has' if short == 1 else 'have'}",
        )  # fmt: skip
    return likes


def find_liked(papers: Sequence[Paper], likes: Sequence[Paper]) -> set[int]:
    """Find which papers are among the likes: by their id, their text, or their title, if it is long enough.

    Returns:
        Their places.
    """
    groups = group_copies([*likes, *papers])[len(likes) :]
    titles = {title for paper in likes if len((title := fold_text(paper.title)).split()) >= _LONG_TITLE}
    return {
        *np.flatnonzero(groups < len(likes)).tolist(),
        *(place for place, paper in enumerate(papers) if fold_text(paper.title) in titles),
    }
