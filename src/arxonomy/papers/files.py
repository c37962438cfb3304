"""Files of labeled papers: their hashes, their names, and how several are read as one.

a.parquet   rows 0 1 2 3
b.csv       rows 4 5 6       rows go on, so that a row is one paper's, and so is an id made of it
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.atomic import hash_file
from arxonomy.errors import InputError
from arxonomy.papers.read import BadRecord, read_papers
from arxonomy.records import AnyPath, Paper

if TYPE_CHECKING:
    from typing_extensions import TypeIs

_SHOWN = 3  # names in a text


@dataclass(frozen=True)
class DataFile(os.PathLike[str]):
    """A file of labeled papers, with its hash."""

    path: str
    """The file as it was given."""
    sha256: str
    """Hash of its bytes, in hexadecimal."""

    def __fspath__(self) -> str:
        return self.path

    @property
    def name(self) -> str:
        """Its name, without its folder."""
        return Path(self.path).name


AnyFiles = AnyPath | Sequence[AnyPath]
"""One file or several."""


def are_files(papers: object) -> TypeIs[AnyFiles]:
    """Whether this is a file or several, and not papers in memory."""
    first = papers[0] if isinstance(papers, list | tuple) and papers else papers
    return isinstance(first, str | os.PathLike)


def list_files(files: AnyFiles) -> list[AnyPath]:
    """List one file or several.

    Raises:
        InputError: There is none, or something else is among them.
    """
    listed = [files] if isinstance(files, str | os.PathLike) else list(files)
    if not listed:
        raise InputError("expected a file of labeled papers, found none")
    if others := [file for file in listed if not isinstance(file, str | os.PathLike)]:
        raise InputError(f"expected names of files, found {type(others[0]).__name__} among them")
    return listed


def hash_files(files: AnyFiles) -> tuple[DataFile, ...]:
    """Hash files that have not been hashed.

    Raises:
        InputError: There is none; one is given twice, is stdin or a pipe, or cannot be read.
    """
    listed = list_files(files)
    check_readable_twice(listed)
    return tuple(
        file if isinstance(file, DataFile) else DataFile(os.fspath(file), hash_file(file)) for file in listed
    )


def check_readable_twice(files: AnyFiles) -> None:
    """Reject stdin and pipes for papers to learn from or to score: a second reading would find them empty.

    Raises:
        InputError: A file is one of the two, or is given twice.
    """
    seen: set[Path] = set()
    for path in map(Path, list_files(files)):
        if str(path) == "-" or path.is_fifo():
            raise InputError(
                f"these papers cannot come from stdin or a pipe ({path}), since they are read twice; give a "
                "file"
            )
        if path.resolve() in seen:
            raise InputError(f"expected different files, found {path} twice; give it once")
        seen.add(path.resolve())


def combine_hashes(hashes: Sequence[str]) -> str:
    """Make the hash that stands for files in this order: that of the only one, or that of all hashes."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def join_names(names: Sequence[str]) -> str:
    """Join the names of files.

    >>> join_names(["a.csv"]), join_names(["a.csv", "b.csv"]), join_names(["a.csv"] * 5)
    ('a.csv', 'a.csv + b.csv', 'a.csv + a.csv + a.csv + 2 more')
    """
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return " + ".join([*names[:_SHOWN], *more])


def read_files(
    files: Sequence[DataFile],
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    labeled: bool = True,
    strict: bool = False,
    on_bad: Callable[[BadRecord], None],
) -> Iterator[Paper]:
    """Read the papers of files, one after the other, as those of one.

    Args:
        files: The files; each may have columns of its own.
        columns: See `read_papers`, as for the others: they hold for each file.
        encoding: See there.
        labeled: See there.
        strict: See there.
        on_bad: See there.

    Yields:
        The good papers; their rows, and the ids that are made of rows, go on from file to file.

    Raises:
        InputError: A file cannot be read, holds no papers or lacks the columns; or see `read_papers`.
    """
    row = 0

    def count(record: BadRecord) -> None:
        nonlocal row
        row += record.records
        on_bad(record)

    for file in files:
        first_row = row
        for paper in read_papers(
            file.path,
            columns=columns,
            encoding=encoding,
            labeled=labeled,
            strict=strict,
            on_bad=count,
            first_row=first_row,
        ):
            row += 1
            yield paper
