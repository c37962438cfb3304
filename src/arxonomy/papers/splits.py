"""Draws splits of papers into train, validation and test; copies of one paper can be kept together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arxonomy.advice import name_option
from arxonomy.config import DataSettings
from arxonomy.errors import DataError, SettingsError
from arxonomy.papers.copies import group_copies
from arxonomy.papers.labels import advise_on_rare_labels, count_needed_papers
from arxonomy.records import Paper

PARTS = ("train", "validation", "test")
"""The parts of a split."""

Parts = npt.NDArray[np.str_]
"""Text (N,): the part of each paper, one of `PARTS`; in a split file perhaps another name, or empty."""

_Rows = npt.NDArray[np.int64]


def make_split(papers: Sequence[Paper], settings: DataSettings, groups: _Rows | None = None) -> Parts:
    """Draw a split, stratified on the label.

    First the test papers are drawn, then the validation papers from the rest. With `grouped`, one
    paper of each group of copies is drawn, and its copies follow it; without copies in the data both
    ways give the same split.

    Args:
        papers: Labeled papers.
        settings: `split`, `split_seed`, `test_share` and `validation_share` are used.
        groups: (N,) the groups of copies, where they are known (`group_copies`).

    Returns:
        Text (N,), one of `PARTS` for each paper.

    Raises:
        DataError: A label has too few papers to be split.
        SettingsError: The shares leave nothing to train on.
    """
    if settings.test_share + settings.validation_share >= 1:
        raise SettingsError(
            "expected data.test_share + data.validation_share to be less than 1, "
            f"found {settings.test_share} + {settings.validation_share}"
        )
    rows = np.arange(len(papers))
    if settings.split != "grouped":
        groups = rows
    elif groups is None:
        groups = group_copies(papers)
    rest = np.flatnonzero(groups == rows)  # the first paper of each group
    labels = np.array([str(paper.category) for paper in papers])
    _check_sizes(labels[rest], settings)
    parts = np.full(len(papers), "train", dtype="U10")
    # The second share is of what the first draw leaves.
    shares = {
        "test": settings.test_share,
        "validation": settings.validation_share / (1 - settings.test_share),
    }
    for part, share in shares.items():
        if share > 0:
            rest, drawn = _draw(rest, labels, share, settings.split_seed)
            parts[drawn] = part
    drawn_parts: Parts = parts[groups]
    return drawn_parts


def _draw(rest: _Rows, labels: npt.NDArray[np.str_], share: float, seed: int) -> tuple[_Rows, _Rows]:
    from sklearn.model_selection import train_test_split

    try:
        left, drawn = train_test_split(rest, test_size=share, stratify=labels[rest], random_state=seed)
    except ValueError as error:
        raise DataError(
            f"{len(rest)} different papers of {len(set(labels[rest]))} labels are too few "
            f"to draw {share:.0%} of them ({error}); give more papers, fewer labels "
            f"({name_option('--min-papers')}, {name_option('--among')}) or another share (data.test_share, "
            "data.validation_share)"
        ) from None
    return left, drawn


def _check_sizes(labels: npt.NDArray[np.str_], settings: DataSettings) -> None:
    needed = count_needed_papers(settings)
    counts = Counter(labels.tolist())
    small = [(label, count) for label, count in sorted(counts.items()) if count < needed]
    if small:
        shown = ", ".join(f"`{label}` ({count})" for label, count in small[:10])
        more = f" and {len(small) - 10} more" if len(small) > 10 else ""
        raise DataError(
            f"a split needs at least {needed} different papers of each label, found fewer of {shown}{more}; "
            f"{advise_on_rare_labels(needed, counts, settings)}"
        )


def count_leaked_papers(papers: Sequence[Paper], parts: Parts) -> int:
    """Count the test papers that have a copy among the training papers.

    Args:
        papers: Any papers.
        parts: Text (N,), the part of each paper.
    """
    groups = group_copies(papers)
    return int(np.isin(groups[parts == "test"], groups[parts == "train"]).sum())
