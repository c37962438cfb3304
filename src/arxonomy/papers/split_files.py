"""Files of splits and folds: CSV with the columns `split` or `fold`, and `row` or `id`."""

from __future__ import annotations

import csv
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from arxonomy.advice import advise_option, name_option
from arxonomy.atomic import replace_file
from arxonomy.errors import DataError, InputError, SettingsError
from arxonomy.messages import format_count
from arxonomy.papers.copies import parse_arxiv_id
from arxonomy.papers.dataset import Dataset
from arxonomy.papers.splits import PARTS, Parts
from arxonomy.records import AnyPath, Paper

_LOG = logging.getLogger(__name__)

Rest = Literal["train"]
"""What becomes of the papers that a split file does not name."""

_EXPECTED = "a split of train, validation or test"
_PART_OF = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}


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

    The file is a CSV with a column `split` (train, val/validation/valid/dev, test, or any other name) and a
    column `row` (position in the papers' files, from 0) or `id`; with both, they are checked against each
    other. Rows for papers that are not there are skipped.

    Args:
        path: The CSV.
        papers: The papers to be split.

    Returns:
        Text (N,), one of `PARTS` for each paper, another name as it is written, or empty for a paper that the
        file does not name.

    Raises:
        InputError: The file cannot be read, or contradicts itself or the papers.
        DataError: It names none of the papers.
    """
    return _make_parts(_read_column(path, papers, "split", name_part, _EXPECTED))


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
    named = _read_column(path, dataset.papers, "split", name_part, _EXPECTED)
    parts = _make_parts(named)
    unnamed = parts == ""
    copies = np.zeros(len(parts), dtype=np.bool_)
    if rest == "train":
        copies = unnamed & _find_held_out(named, parts, dataset)
        parts[unnamed & ~copies] = "train"
    others = Counter(part for part in parts.tolist() if part not in ("", *PARTS))
    if not (others or rest or len(dataset.files) > 1):
        return parts
    facts = []
    if others:
        counts = ", ".join(f"{name} {count:,}" for name, count in others.most_common())
        facts.append(f"{format_count(others.total(), 'paper')} of other parts left out ({counts})")
    if rest and (count := int((unnamed & ~copies).sum())):
        facts.append(f"{format_count(count, 'paper')} that it does not name for training")
    elif count := int(unnamed.sum()):
        trains = f"{advise_option('--rest', 'train')} trains on them"
        facts.append(f"{format_count(count, 'paper')} that it does not name left out ({trains})")
    if count := int(copies.sum()):
        facts.append(f"{format_count(count, 'copy', 'copies')} of papers of its other parts left out")
    if named.absent:
        facts.append(f"{format_count(len(named.absent), 'paper')} that it names not among these")
    if facts:
        _LOG.info("note: %s: %s", path, "; ".join(facts))
    shared = [key for key, rows in named.places.items() if len(set(dataset.groups[rows].tolist())) > 1]
    if len(dataset.files) > 1 and shared:
        _LOG.warning(
            "%s: %s of several papers, as %s, and these are all in one part",
            path,
            format_count(len(shared), "id is", "ids are"),
            shared[0].removeprefix("id "),
        )
    return parts


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


def name_part(word: str) -> str:
    """Get the name of a part as `PARTS` has it, as in `validation` for `dev`; another name stays."""
    return _PART_OF.get(word.lower(), word)


def _make_parts(named: _Column) -> Parts:
    longest = max(len(name) for name in (*PARTS, *named.values))
    return np.array(named.values, dtype=f"U{longest}")


def _find_held_out(named: _Column, parts: Parts, dataset: Dataset) -> npt.NDArray[np.bool_]:
    """(N,) whether a paper, or a copy of it, is named for anything but training."""
    absent = {parse_arxiv_id(name) for name, part in named.absent.items() if part != "train"} - {None}
    other_version = [bool(absent) and parse_arxiv_id(paper.id) in absent for paper in dataset.papers]
    held_out = ((parts != "") & (parts != "train")) | np.array(other_version)
    return np.asarray(np.isin(dataset.groups, dataset.groups[held_out]))


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
    names = _read_column(path, papers, "fold", str, "the name of a fold").values
    known = sorted(set(names) - {""}, key=lambda name: (len(name), name))  # 10 comes after 9
    return np.array([known.index(name) if name else -1 for name in names], dtype=np.int64)


@dataclass(frozen=True)
class _Column:
    """What a file says of papers."""

    values: list[str]
    """The value of each paper; empty for one that the file does not name."""
    places: dict[str, list[int]]
    """Key of the file (`row 7`, `id x`) -> the positions of its papers."""
    absent: dict[str, str]
    """Id, or key where the file has rows alone, of no paper -> its value."""


def _read_column(
    path: AnyPath, papers: Sequence[Paper], column: str, meaning: Callable[[str], str], expected: str
) -> _Column:
    """Read a column's value for each paper."""
    given: dict[str, str] = {}
    records = []
    for line, record in _read_rows(path, column):
        value = meaning(record[column])
        if not value:
            raise InputError(f"{path}:{line}: expected {expected}, found `{record[column]}`")
        key = f"row {record['row']}" if "row" in record else f"id {record['id']}"
        if given.setdefault(key, value) != value:
            raise InputError(f"{path}:{line}: {key} was assigned to {given[key]} before, and now to {value}")
        records.append((line, key, record.get("id")))
    by_row = any(key.startswith("row ") for key in given)
    places: dict[str, list[int]] = {}
    for index, paper in enumerate(papers):
        key = f"row {paper.row}" if by_row else f"id {paper.id}"
        if key in given:
            places.setdefault(key, []).append(index)
    values = [""] * len(papers)
    absent = {}
    for line, key, name in records:
        if key not in places:
            absent[key if name is None else name] = given[key]
        for index in places.get(key, ()):
            if name is not None and name != papers[index].id:
                raise InputError(
                    f"{path}:{line}: expected id {papers[index].id} at {key}, found {name}; "
                    "this split belongs to another file of papers"
                )
            values[index] = given[key]
    if not places:
        raise DataError(f"the split {path} names none of the papers; was it made for another file?")
    return _Column(values, places, absent)


def list_parts(path: AnyPath) -> list[str]:
    """List the names of a split's parts, `PARTS` first.

    Raises:
        InputError: The file cannot be read.
    """
    names = {name_part(record["split"]) for _, record in _read_rows(path, "split")}
    return [*(part for part in PARTS if part in names), *sorted(names.difference(PARTS))]


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
