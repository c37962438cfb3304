"""Files of splits and folds: CSV with the columns `split` or `fold`, and `row` or `id`."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arxonomy.atomic import replace_file
from arxonomy.errors import DataError, InputError
from arxonomy.papers.splits import PARTS, Parts
from arxonomy.records import AnyPath, Paper

_LONGEST = 100  # characters of a part's name: an array of parts is as wide as the longest
_PART_OF = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}


@dataclass(frozen=True)
class Named:
    """What a file says of papers."""

    values: list[str]
    """The value of each paper; empty for one that the file does not name."""
    places: dict[str, list[int]]
    """Key of the file (`row 7`, `id x`) -> the positions of its papers."""
    absent: dict[str, str]
    """Id, or key where the file has rows alone, of no paper -> its value."""

    def get_parts(self) -> Parts:
        """Get the values as the parts of a split, as wide as the longest name."""
        longest = max(len(name) for name in (*PARTS, *self.values))
        return np.array(self.values, dtype=f"U{longest}")


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
    return read_named(path, papers).get_parts()


def read_named(path: AnyPath, papers: Sequence[Paper]) -> Named:
    """Read what a split says of each paper; see `read_split`."""

    def read(word: str) -> str:
        return name_part(word) if len(word) <= _LONGEST else ""

    return _read_column(path, papers, "split", read, "a split of train, validation or test")


def name_part(word: str) -> str:
    """Get the name of a part as `PARTS` has it, as in `validation` for `dev`; another name stays."""
    return _PART_OF.get(word.lower(), word)


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


def _read_column(
    path: AnyPath, papers: Sequence[Paper], column: str, meaning: Callable[[str], str], expected: str
) -> Named:
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
                    "this split belongs to another file of papers; without its column `row` the ids count"
                )
            values[index] = given[key]
    if not places:
        raise DataError(f"the split {path} names none of the papers; was it made for another file?")
    return Named(values, places, absent)


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
