"""A file cut into slices of about as many papers, which several processes can read.

Parquet is cut between rows, JSON lines between lines. Whatever else there is has one slice, the whole file:
a table may have a line end within quotes, and what is compressed can only be read from its start.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from arxonomy.atomic import hash_file
from arxonomy.errors import InputError, needs_extra
from arxonomy.papers.formats.json_records import has_object_lines
from arxonomy.papers.sources.file_slice import FileSlice
from arxonomy.papers.sources.lines import MAX_LINE, decode_line
from arxonomy.papers.sources.source import open_source
from arxonomy.records import AnyPath


@dataclass(frozen=True)
class SlicedFile:
    """A file of papers, and its slices."""

    sha256: str
    """Hash of its bytes, in hexadecimal."""
    bytes: int
    """Its size."""
    records: int | None
    """Its records, bad ones included; None where only reading it all would tell."""
    slices: tuple[FileSlice, ...] | None
    """All of it, in order; None where it can only be read whole."""


def slice_file(path: AnyPath, size: int, encoding: str | None = None) -> SlicedFile:
    """Cut a file into slices of at most `size` records, and hash it.

    Args:
        path: The file.
        size: Records in a slice, >= 1.
        encoding: As for `read_papers`.

    Raises:
        InputError: The file cannot be read, or is of no format that is.
        SettingsError: The encoding is unknown.
        MissingExtraError: It is Parquet, and the extra `parquet` is not installed.
    """
    with open_source(path, None, encoding=encoding) as source:
        on_disk, kind, encoding = source.path, source.format, source.encoding
        by_line = kind in ("json", "jsonl") and has_object_lines(source)
    if on_disk is not None and by_line:
        return _slice_lines(on_disk, size, encoding)
    sha256, count = hash_file(path), Path(path).stat().st_size
    if on_disk is not None and kind == "parquet":
        rows = _count_rows(on_disk)
        starts = range(0, rows, size)
        slices = tuple(FileSlice(start, min(start + size, rows), start, start) for start in starts)
        return SlicedFile(sha256, count, rows, slices or None)
    return SlicedFile(sha256, count, None, None)


def _count_rows(path: Path) -> int:
    with needs_extra("parquet", f"reading the Parquet file {path}"):
        import pyarrow as pa
        import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path} is not a whole Parquet file: {error}") from None


def _slice_lines(path: Path, size: int, encoding: str) -> SlicedFile:
    digest = hashlib.sha256()
    slices = []
    start = place = rows = first_row = lines = first_line = 0
    with path.open("rb") as file:
        for line in _read_whole_lines(file, digest):
            if rows - first_row == size:
                slices.append(FileSlice(start, place, first_row, first_line))
                start, first_row, first_line = place, rows, lines
            lines += 1
            place += line.size
            rows += line.is_record(lines, encoding)
    if rows > first_row:
        slices.append(FileSlice(start, place, first_row, first_line))
    return SlicedFile(digest.hexdigest(), place, rows, tuple(slices) or None)


@dataclass(frozen=True, slots=True)
class _WholeLine:
    start: bytes
    size: int

    def is_record(self, number: int, encoding: str) -> bool:
        """Whether reading makes a record of it, be it a bad one; blank lines are none."""
        if self.start.startswith(b"{") or self.size > MAX_LINE:
            return True
        line = decode_line(number, self.start, encoding)
        return line.fault is not None or bool(line.text.strip())


def _read_whole_lines(file: io.BufferedReader, digest: hashlib._Hash) -> Iterator[_WholeLine]:
    """Read lines as `Lines` does; of one that is too long the start is kept."""
    while data := file.readline(MAX_LINE + 1):
        digest.update(data)
        size, rest = len(data), data
        while size > MAX_LINE and rest and not rest.endswith(b"\n"):
            rest = file.readline(1 << 16)
            digest.update(rest)
            size += len(rest)
        yield _WholeLine(data, size)
