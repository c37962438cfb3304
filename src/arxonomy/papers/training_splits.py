"""A split file applied to papers to train on: what becomes of those that it leaves out."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Literal

import numpy as np
import numpy.typing as npt

from arxonomy.advice import advise_option, name_option
from arxonomy.errors import SettingsError
from arxonomy.messages import format_count
from arxonomy.papers.copies import parse_arxiv_id
from arxonomy.papers.dataset import Dataset
from arxonomy.papers.split_files import Named, read_named
from arxonomy.papers.splits import PARTS, Parts
from arxonomy.records import AnyPath

Rest = Literal["train"]
"""What becomes of the papers that a split file does not name."""

_Marks = npt.NDArray[np.bool_]

_SHOWN = 10  # names of parts in a note
_LOG = logging.getLogger(__name__)


def read_training_split(path: AnyPath, dataset: Dataset, rest: Rest | None = None) -> Parts:
    """Read a split to train on; the papers that it leaves out are counted in one note.

    Args:
        path: As for `read_split`.
        dataset: The papers to be split.
        rest: `train` trains on the papers that the file does not name. Copies of those that it names for
            anything else are left out, also where the file names another version and no paper has its id.

    Returns:
        As for `read_split`.

    Raises:
        InputError: See `read_split`.
        DataError: See there.
    """
    named = read_named(path, dataset.papers)
    parts = named.get_parts()
    unnamed = parts == ""
    copies = np.zeros_like(unnamed)
    if rest == "train":
        copies = unnamed & _find_held_out(named, parts, dataset)
        parts[unnamed & ~copies] = "train"
    _log_left_out(path, dataset, named, parts, unnamed, copies)
    return parts


def _log_left_out(
    path: AnyPath, dataset: Dataset, named: Named, parts: Parts, unnamed: _Marks, copies: _Marks
) -> None:
    """Log what a split file leaves out, unless it is one file's and of no other names."""
    others = Counter(part for part in parts.tolist() if part not in ("", *PARTS))
    trained = int((unnamed & (parts == "train")).sum())
    left_out = int((unnamed & (parts == "") & ~copies).sum())
    facts = []
    if others:
        shown = [f"{name} {count:,}" for name, count in others.most_common(_SHOWN)]
        more = [f"{len(others) - _SHOWN:,} more"] if len(others) > _SHOWN else []
        counts = ", ".join(shown + more)
        facts.append(f"{format_count(others.total(), 'paper')} of other parts left out ({counts})")
    if trained:
        facts.append(f"{format_count(trained, 'paper')} that it does not name for training")
    if left_out:
        trains = f"{advise_option('--rest', 'train')} trains on them"
        facts.append(f"{format_count(left_out, 'paper')} that it does not name left out ({trains})")
    if copies.any():
        count = format_count(int(copies.sum()), "copy", "copies")
        facts.append(f"{count} of papers of its other parts left out")
    if named.absent:
        facts.append(f"{format_count(len(named.absent), 'paper')} that it names not among these")
    if facts and (others or trained or copies.any() or len(dataset.files) > 1):
        _LOG.info("note: %s: %s", path, "; ".join(facts))
    if len(dataset.files) < 2:
        return
    shared = [key for key, rows in named.places.items() if len(set(dataset.groups[rows].tolist())) > 1]
    if shared:
        _LOG.warning(
            "%s: %s of several papers, as %s, and these are all in one part",
            path,
            format_count(len(shared), "id is", "ids are"),
            shared[0].removeprefix("id "),
        )


def check_rest(rest: Rest | None, split_file: AnyPath | None) -> None:
    """Make sure that papers can be the rest of something.

    Raises:
        SettingsError: `rest` is unknown, or there is no split file.
    """
    if rest not in (None, "train"):
        raise SettingsError(f"{name_option('--rest')}: expected train, found {rest!r}")
    if rest and split_file is None:
        raise SettingsError(
            f"{name_option('--rest')} is of the papers that a split file does not name; give "
            f"{name_option('--split-file')} too"
        )


def _find_held_out(named: Named, parts: Parts, dataset: Dataset) -> _Marks:
    """(N,) whether a paper, or a copy of it, is named for anything but training."""
    absent = {parse_arxiv_id(name) for name, part in named.absent.items() if part != "train"} - {None}
    other_version = [bool(absent) and parse_arxiv_id(paper.id) in absent for paper in dataset.papers]
    held_out = ((parts != "") & (parts != "train")) | np.array(other_version)
    return np.asarray(np.isin(dataset.groups, dataset.groups[held_out]))
