"""Labeled papers to learn from, usually of one file or several."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from arxonomy.config import DataSettings
from arxonomy.errors import DataError
from arxonomy.papers.copies import group_copies
from arxonomy.papers.files import AnyFiles, DataFile, combine_hashes, hash_files, join_names, read_files
from arxonomy.papers.labels import LabelChoice, check_learnable, choose_labels, clean_labels
from arxonomy.papers.read import BadRecord
from arxonomy.records import Paper

MEMORY = "memory"
"""The source of papers in memory."""


@dataclass(frozen=True)
class Dataset:
    """Labeled papers, usually of one file or several."""

    papers: tuple[Paper, ...]
    """The papers in the order of the files; each has a category out of `labels`."""
    labels: tuple[str, ...]
    """The labels, alphabetical; a label's position is its number."""
    sha256: str
    """Hash of the file's bytes, of the hashes of several, or of the papers in memory, in hexadecimal."""
    source: str
    """The file as it was given, several joined by ` + `, or `MEMORY`."""
    bad: int
    """How many records were bad, and skipped."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Field of a paper -> the files' column, as it was read."""
    original_labels: tuple[str, ...] = ()
    """The label of each paper before merging; empty for papers in memory."""
    choice: LabelChoice = field(default_factory=LabelChoice)
    """What reading did to the labels."""
    encoding: str | None = None
    """The encoding that was stated for the files."""
    files: tuple[DataFile, ...] = ()
    """The files in their order; empty for papers in memory."""

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

    @property
    def name(self) -> str:
        """The files' names without folders, joined by ` + `, or `MEMORY`."""
        return join_names([file.name for file in self.files]) if self.files else Path(self.source).name

    @cached_property
    def groups(self) -> npt.NDArray[np.int64]:
        """(N,) the group of copies of each paper, see `group_copies`."""
        return group_copies(self.papers)

    def get_label_ids(self) -> npt.NDArray[np.int64]:
        """Get the number of each paper's label, int64 (N,)."""
        number = {label: index for index, label in enumerate(self.labels)}
        return np.array([number[str(paper.category)] for paper in self.papers], dtype=np.int64)


def load_dataset(
    files: AnyFiles,
    settings: DataSettings,
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    strict: bool = False,
    any_labels: bool = False,
    ignore_absent: bool = False,
    known: Collection[str] = (),
    on_bad: Callable[[BadRecord], None] | None = None,
) -> Dataset:
    """Read a labeled file, or several as one, and keep and merge their labels as asked.

    Labels are compared in one form (`normalize_label`); papers without one, or with a word for none such as
    `nan`, are left out and counted in `Dataset.choice`.

    Args:
        files: One that `read_papers` can read, or several; not stdin, since their hash is taken too.
        settings: `among` and `min_papers` are applied here.
        columns: Field of a paper -> the column of each file, where the name is not one of `SYNONYMS`.
        encoding: Encoding of each text; None: UTF-8, or UTF-16 where that is clear.
        strict: Stop at the first bad record.
        any_labels: Accept a single label, and labels with a single paper: nothing is to be learned.
        ignore_absent: See `choose_labels`, as for the next.
        known: See there.
        on_bad: Called for each bad record.

    Returns:
        At least two labels, each with at least two papers, unless `any_labels`.

    Raises:
        InputError: A file cannot be read, has no labels, or is given twice.
        DataError: An unknown label in `among`, fewer than two labels, or a label seen only once.
    """
    hashed = hash_files(files)
    bad = 0

    def count(record: BadRecord) -> None:
        nonlocal bad
        bad += 1
        if on_bad is not None:
            on_bad(record)

    source = join_names([file.path for file in hashed])
    read = read_files(hashed, columns=columns, encoding=encoding, strict=strict, on_bad=count)
    papers, originals, choice = choose_labels(
        list(read), settings, source, ignore_absent=ignore_absent, known=known
    )
    dataset = Dataset(
        papers=tuple(papers),
        labels=tuple(sorted({str(paper.category) for paper in papers})),
        sha256=combine_hashes([file.sha256 for file in hashed]),
        source=source,
        bad=bad,
        columns=dict(columns or {}),
        original_labels=tuple(originals),
        choice=choice,
        encoding=encoding,
        files=hashed,
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
    known: Collection[str] = (),
) -> Dataset:
    """Make a dataset of papers in memory, as `load_dataset` does of a file.

    Args:
        papers: Those without a category, or with a word for none, are left out and counted.
        settings: See `load_dataset`, as for the others.
        any_labels: See there.
        ignore_absent: See there.
        known: See there.

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
    chosen, originals, choice = choose_labels(
        cleaned, settings, MEMORY, ignore_absent=ignore_absent, known=known
    )
    dataset = dataclasses.replace(
        Dataset.from_papers(chosen), original_labels=tuple(originals), choice=choice
    )
    if not any_labels:
        dataset.check_learnable(settings)
    return dataset
