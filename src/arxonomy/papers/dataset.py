"""Labeled papers to learn from: labels merged, filtered and checked."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from arxonomy.atomic import hash_file
from arxonomy.config import DataSettings
from arxonomy.errors import DataError, InputError, SettingsError, suggest_name
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

    def get_label_ids(self) -> npt.NDArray[np.int64]:
        """Get the number of each paper's label, int64 (N,)."""
        number = {label: index for index, label in enumerate(self.labels)}
        return np.array([number[str(paper.category)] for paper in self.papers], dtype=np.int64)


def load_dataset(
    path: AnyPath,
    settings: DataSettings,
    *,
    columns: Mapping[str, str] | None = None,
    strict: bool = False,
    any_labels: bool = False,
    on_bad: Callable[[BadRecord], None] | None = None,
    sha256: str | None = None,
) -> Dataset:
    """Read a labeled file, merge its labels and keep those asked for.

    Args:
        path: A file that `read_papers` can read; not stdin, since its hash is taken too.
        settings: `merge` and `labels` are applied here.
        columns: Field of a paper -> the file's column, where the name is not one of `SYNONYMS`.
        strict: Stop at the first bad record.
        any_labels: Accept a single label, and labels with a single paper: nothing is to be learned.
        on_bad: Called for each bad record.
        sha256: The file's hash, if it has been computed already.

    Returns:
        At least two labels, each with at least two papers, unless `any_labels`.

    Raises:
        InputError: The file cannot be read, or has no labels.
        SettingsError: `merge` puts one label under two names.
        DataError: An unknown label in `labels`, fewer than two labels, or a label seen only once.
    """
    check_readable_twice(path)
    bad = 0

    def count(record: BadRecord) -> None:
        nonlocal bad
        bad += 1
        if on_bad is not None:
            on_bad(record)

    originals = list(read_papers(path, columns=columns, labeled=True, strict=strict, on_bad=count))
    papers = list(merge_labels(originals, settings.merge))
    counts = Counter(str(paper.category) for paper in papers)
    kept = counts
    if settings.labels:
        for label in settings.labels:
            if label not in counts:
                raise DataError(f"{path} has no papers labeled `{label}`: {suggest_name(label, counts)}")
        kept = Counter({label: counts[label] for label in settings.labels})
    if not any_labels:
        _check_labels(kept, path)
    rows = [row for row, paper in enumerate(papers) if paper.category in kept]
    original_labels = tuple(str(originals[row].category) for row in rows)
    kept_papers, labels = tuple(papers[row] for row in rows), tuple(sorted(kept))
    sha256 = sha256 or hash_file(path)
    return Dataset(kept_papers, labels, sha256, str(path), bad, dict(columns or {}), original_labels)


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


def merge_labels(papers: Iterable[Paper], merge: Mapping[str, list[str]]) -> Iterator[Paper]:
    """Give labeled papers the new names of labels that are merged.

    Args:
        papers: Labeled papers.
        merge: New label -> the labels merged into it.

    Yields:
        The papers in order; `category` and `categories` are in the new names.

    Raises:
        SettingsError: One label is merged into two.
    """
    names = _map_names(merge)
    for paper in papers:
        category = str(paper.category)
        listed = dict.fromkeys(names.get(name, name) for name in paper.categories)  # in order, no repeats
        yield dataclasses.replace(paper, category=names.get(category, category), categories=tuple(listed))


def _map_names(merge: Mapping[str, list[str]]) -> dict[str, str]:
    names: dict[str, str] = {}
    for new, olds in merge.items():
        for old in olds:
            if names.setdefault(old, new) != new:
                raise SettingsError(
                    f"setting `data.merge`: `{old}` is merged into `{names[old]}` and `{new}`; name it once"
                )
    return names


def _check_labels(counts: Counter[str], path: AnyPath) -> None:
    if len(counts) < 2:
        raise DataError(f"{path}: expected papers of at least two labels, found only `{next(iter(counts))}`")
    lonely = sorted(label for label, count in counts.items() if count < 2)
    if lonely:
        shown = ", ".join(f"`{label}`" for label in lonely[:10])
        more = f" and {len(lonely) - 10} more" if len(lonely) > 10 else ""
        raise DataError(
            f"{path}: expected at least two papers of each label, found one of {shown}{more}; "
            "name the labels to keep with --set data.labels=[...], or merge some with --set data.merge={...}"
        )
