"""A slice of a file: some rows of Parquet, or some lines of JSON, read as if the rest were not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class FileSlice:
    """A slice of a file; ids that are made of row numbers, and what is said of bad records, count on.

    Slices of Parquet begin and end at any row, slices of JSON lines where a line does.
    """

    start: int
    """Where it begins: a byte of JSON lines, a row of Parquet, from 0."""
    stop: int
    """Where it ends, itself excluded."""
    first_row: int
    """Records of the file that come before."""
    first_line: int
    """Lines of the file that come before; of Parquet rows."""


def read_bytes(path: Path, part: FileSlice) -> Iterator[bytes]:
    """Read the bytes of a slice in pieces."""
    with path.open("rb") as file:
        file.seek(part.start)
        left = part.stop - part.start
        while left > 0 and (piece := file.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece
