"""Files that are either whole or not there, and their hashes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from arxivist.errors import ArxivistError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary file in the same folder that takes `path`'s place when the block ends well.

    The data are on the disk before the name changes, so that after a crash, a kill or a full disk the
    old file or the new one is there, whole.

    Raises:
        ArxivistError: The disk is full, or the folder cannot be written to.
    """
    target = Path(path)
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp's files are private to the user; a plain open() follows the user's umask.
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
            temporary = Path(folder) / target.name
            yield temporary
            with open(temporary, "rb") as written:
                os.fsync(written.fileno())
            os.replace(temporary, target)
        descriptor = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise ArxivistError(
            f"cannot write {target}: {error.strerror or error}; what was there before is kept"
        ) from error


def write_atomic(path: str | os.PathLike[str], data: bytes | str) -> None:
    """Write a whole file or nothing; text is UTF-8.

    Raises:
        ArxivistError: The disk is full, or the folder cannot be written to.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)


def sha256_file(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
