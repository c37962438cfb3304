"""Labeled papers to learn from, usually a file of them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from arxonomy.atomic import hash_file
from arxonomy.config import DataSettings
from arxonomy.errors import DataError, InputError
from arxonomy.papers.labels import LabelChoice, check_learnable, choose_labels, clean_labels
from arxonomy.papers.read import BadRecord, read_papers
from arxonomy.records import AnyPath, Paper

MEMORY = "memory"
"""The source of papers in memory."""


@dataclass(frozen=True)
class Dataset:
    """Labeled papers, usually of one file."""

    papers: tuple[Paper, ...]
    """The papers in file order; each has a category out of `labels`."""
    labels: tuple[str, ...]
    """The labels, alphabetical; a label's position is its number."""
    sha256: str
    """Hash of the file's bytes, or of the papers in memory, in hexadecimal."""
    source: str
    """The file as it was given, or `MEMORY`."""
    bad: int
    """How many records were bad, and skipped."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Field of a paper -> the file's column, as it was read."""
    original_labels: tuple[str, ...] = ()
    """The label of each paper before merging; empty for papers in memory."""
    choice: LabelChoice = field(default_factory=LabelChoice)
    """What reading did to the labels."""
    encoding: str | None = None
    """The encoding that was stated for the file."""

    @classmethod
    def from_papers(cls, papers: Iterable[Paper], labels: Sequence[str] | None = None) -> Self:
        """Make a dataset of labeled papers in memory.

        Where several papers have the same row, as those made without one do, all are numbered in their order.

        Args:
            papers: The papers.
            labels: Their labels in the order of their numbers; None: in alphabetical order.

        Raises:
            DataError: There are no papers, or one has no label.
        """
        papers = tuple(papers)
        if not papers:
            raise DataError("expected labeled papers, found none")
        if unlabeled := [paper.id for paper in papers if not paper.category]:
            raise DataError(f"expected labeled papers, found paper {unlabeled[0]} without a category")
        if len({paper.row for paper in papers}) < len(papers):
            papers = tuple(dataclasses.replace(paper, row=row) for row, paper in enumerate(papers))
        content = repr([(paper.title, paper.abstract, paper.category) for paper in papers])
        names = tuple(sorted({str(paper.category) for paper in papers}) if labels is None else labels)
        return cls(papers, names, hashlib.sha256(content.encode()).hexdigest(), MEMORY, 0)

    def check_learnable(self, settings: DataSettings) -> None:
        """Make sure that there are two labels to learn, each seen twice.

        Args:
            settings: Those by which the labels were chosen.

        Raises:
            DataError: There is one label, or one with a single paper; what may be wrong is named.
        """
        check_learnable(
            Counter(str(paper.category) for paper in self.papers), settings, self.choice, self.source
        )

    def get_label_ids(self) -> npt.NDArray[np.int64]:
        """Get the number of each paper's label, int64 (N,)."""
        number = {label: index for index, label in enumerate(self.labels)}
        return np.array([number[str(paper.category)] for paper in self.papers], dtype=np.int64)


def load_dataset(
    path: AnyPath,
    settings: DataSettings,
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    strict: bool = False,
    any_labels: bool = False,
    ignore_absent: bool = False,
    on_bad: Callable[[BadRecord], None] | None = None,
    sha256: str | None = None,
) -> Dataset:
    """Read a labeled file, and keep and merge its labels as asked.

    Labels are compared in one form (`normalize_label`); papers without one, or with a word for none such as
    `nan`, are left out and counted in `Dataset.choice`.

    Args:
        path: A file that `read_papers` can read; not stdin, since its hash is taken too.
        settings: `among` and `min_papers` are applied here.
        columns: Field of a paper -> the file's column, where the name is not one of `SYNONYMS`.
        encoding: Encoding of a text; None: UTF-8, or UTF-16 where that is clear.
        strict: Stop at the first bad record.
        any_labels: Accept a single label, and labels with a single paper: nothing is to be learned.
        ignore_absent: See `choose_labels`.
        on_bad: Called for each bad record.
        sha256: The file's hash, if it has been computed already.

    Returns:
        At least two labels, each with at least two papers, unless `any_labels`.

    Raises:
        InputError: The file cannot be read, or has no labels.
        DataError: An unknown label in `among`, fewer than two labels, or a label seen only once.
    """
    check_readable_twice(path)
    bad = 0

    def count(record: BadRecord) -> None:
        nonlocal bad
        bad += 1
        if on_bad is not None:
            on_bad(record)

    read = read_papers(path, columns=columns, encoding=encoding, labeled=True, strict=strict, on_bad=count)
    papers, originals, choice = choose_labels(list(read), settings, str(path), ignore_absent=ignore_absent)
    labels = tuple(sorted({str(paper.category) for paper in papers}))
    sha256 = sha256 or hash_file(path)
    dataset = Dataset(
        tuple(papers), labels, sha256, str(path), bad, dict(columns or {}), tuple(originals), choice, encoding
    )
    if not any_labels:
        dataset.check_learnable(settings)
    return dataset


def gather_papers(
    papers: Iterable[Paper],
    settings: DataSettings,
    *,
    any_labels: bool = False,
    ignore_absent: bool = False,
) -> Dataset:
    """Make a dataset of papers in memory, as `load_dataset` does of a file.

    Args:
        papers: Those without a category, or with a word for none, are left out and counted.
        settings: See `load_dataset`, as for the others.
        any_labels: See there.
        ignore_absent: See there.

    Raises:
        DataError: There are no papers; or see there.
    """
    cleaned = list(clean_labels(papers))
    if not cleaned:
        raise DataError("expected labeled papers, found none")
    if all(paper.category is None for paper in cleaned):
        raise DataError(f"expected labeled papers, found paper {cleaned[0].id} without a category")
    if len({paper.row for paper in cleaned}) < len(cleaned):
        cleaned = [dataclasses.replace(paper, row=row) for row, paper in enumerate(cleaned)]
    chosen, originals, choice = choose_labels(cleaned, settings, MEMORY, ignore_absent=ignore_absent)
    dataset = dataclasses.replace(
        Dataset.from_papers(chosen), original_labels=tuple(originals), choice=choice
    )
    if not any_labels:
        dataset.check_learnable(settings)
    return dataset


def check_readable_twice(path: AnyPath) -> None:
    """Reject stdin and pipes for labeled papers: a second reading, for the hash, would find them empty.

    Raises:
        InputError: `path` is one of the two.
    """
    if str(path) == "-" or Path(path).is_fifo():
        raise InputError(
            f"labeled papers cannot come from stdin or a pipe ({path}), since they are read twice; "
            "give a file"
        )
