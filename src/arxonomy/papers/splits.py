"""Splits of papers into train, validation and test; copies of one paper can be kept together."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arxonomy.advice import name_option
from arxonomy.atomic import replace_file
from arxonomy.config import DataSettings
from arxonomy.errors import DataError, InputError, SettingsError
from arxonomy.papers.copies import group_copies
from arxonomy.papers.labels import advise_on_rare_labels, count_needed_papers
from arxonomy.records import AnyPath, Paper

PARTS = ("train", "validation", "test")
"""The parts of a split."""

Parts = npt.NDArray[np.str_]
"""Text (N,): the part of each paper, one of `PARTS`."""

_Rows = npt.NDArray[np.int64]

_PART_OF = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}


def make_split(papers: Sequence[Paper], settings: DataSettings) -> Parts:
    """Draw a split, stratified on the label.

    First the test papers are drawn, then the validation papers from the rest. With `grouped`, one
    paper of each group of copies is drawn, and its copies follow it; without copies in the data both
    ways give the same split.

    Args:
        papers: Labeled papers.
        settings: `split`, `split_seed`, `test_share` and `validation_share` are used.

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
    groups = group_copies(papers) if settings.split == "grouped" else rows
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


def write_split(path: AnyPath, papers: Sequence[Paper], parts: Parts, sha256: str) -> None:
    """Write a split as CSV with the columns `row`, `id` and `split`; papers without a part are left out.

    Args:
        path: The file to write.
        papers: The papers that were split.
        parts: Text (N,), the part of each paper.
        sha256: Hash of the file the papers come from; written as a comment in the first line.

    Raises:
        ArxonomyError: The disk is full, or the folder cannot be written to.
    """
    with replace_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# papers from a file with sha256 {sha256}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("row", "id", "split"))
        writer.writerows(
            (paper.row, paper.id, part) for paper, part in zip(papers, parts, strict=True) if part
        )


def read_split(path: AnyPath, papers: Sequence[Paper]) -> Parts:
    """Read a split made elsewhere, or by `write_split`.

    The file is a CSV with a column `split` (train, val/validation/valid/dev, test) and a column `row`
    (position in the papers' file, from 0) or `id`; with both, they are checked against each other. Rows
    for papers that are not there are skipped.

    Args:
        path: The CSV.
        papers: The papers to be split.

    Returns:
        Text (N,), one of `PARTS` for each paper, or empty for a paper that the file does not name.

    Raises:
        InputError: The file cannot be read, or contradicts itself or the papers.
        DataError: It names none of the papers.
    """
    expected = "a split of train, validation or test"
    parts = _read_column(path, papers, "split", lambda word: _PART_OF.get(word.lower(), ""), expected)
    return np.array(parts, dtype="U10")


def read_folds(path: AnyPath, papers: Sequence[Paper]) -> npt.NDArray[np.int64]:
    """Read the folds of a cross-validation.

    The file is a CSV as for `read_split`, with a column `fold`, whose values may be any names, in place of
    `split`.

    Args:
        path: The CSV.
        papers: The papers to be cross-validated.

    Returns:
        int64 (N,), the fold of each paper: its place, from 0, among the sorted names; -1 for a paper that
        the file does not name.

    Raises:
        InputError: The file cannot be read, or contradicts itself or the papers.
        DataError: It names none of the papers.
    """
    names = _read_column(path, papers, "fold", str, "the name of a fold")
    known = sorted(set(names) - {""}, key=lambda name: (len(name), name))  # 10 comes after 9
    return np.array([known.index(name) if name else -1 for name in names], dtype=np.int64)


def _read_column(
    path: AnyPath,
    papers: Sequence[Paper],
    column: str,
    meaning: Callable[[str], str],
    expected: str,
) -> list[str]:
    """Read a column's value for each paper; empty for one that the file does not name."""
    values = [""] * len(papers)
    places: dict[str, list[int]] = {}
    for index, paper in enumerate(papers):
        places.setdefault(f"row {paper.row}", []).append(index)
        places.setdefault(f"id {paper.id}", []).append(index)
    given: dict[str, str] = {}
    for line, record in _read_rows(path, column):
        value = meaning(record[column])
        if not value:
            raise InputError(f"{path}:{line}: expected {expected}, found `{record[column]}`")
        key = f"row {record['row']}" if "row" in record else f"id {record['id']}"
        if given.setdefault(key, value) != value:
            raise InputError(f"{path}:{line}: {key} was assigned to {given[key]} before, and now to {value}")
        for index in places.get(key, ()):
            if record.get("id", papers[index].id) != papers[index].id:
                raise InputError(
                    f"{path}:{line}: expected id {papers[index].id} at {key}, found {record['id']}; "
                    "this split belongs to another file of papers"
                )
            values[index] = value
    if not any(values):
        raise DataError(f"the split {path} names none of the papers; was it made for another file?")
    return values


def read_held_out_ids(path: AnyPath) -> set[str]:
    """Read the ids of the papers that a split gives to validation or test, as they are written.

    Raises:
        InputError: The file cannot be read, or has only rows.
    """
    held_out = set()
    for line, record in _read_rows(path, "split"):
        if "id" not in record:
            raise InputError(f"{path}:{line}: expected a column `id`; rows alone do not identify the papers")
        if _PART_OF.get(record["split"].lower()) != "train":
            held_out.add(record["id"])
    return held_out


def _read_rows(path: AnyPath, column: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, values by name) of the rows of a CSV with `column` and `row` or `id`."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            text = file.readlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the split {path} cannot be read: {error}") from None
    comments = 0
    while comments < len(text) and text[comments].startswith("#"):
        comments += 1
    reader = csv.reader(text[comments:], strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        if column not in names or not {"row", "id"} & set(names):
            raise InputError(
                f"{path}: expected the columns `{column}` and `row` or `id`, found {', '.join(names)}"
            )
        for values in reader:
            if values and len(values) != len(names):
                line = reader.line_num + comments
                raise InputError(f"{path}:{line}: expected {len(names)} columns, found {len(values)}")
            if values:
                stripped = (value.strip() for value in values)
                yield reader.line_num + comments, dict(zip(names, stripped, strict=True))
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num + comments}: {error}") from None
