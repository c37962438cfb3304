"""Files and folders written atomically, and hashes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from arxonomy.errors import ArxonomyError, InputError
from arxonomy.platforms import sync_file, sync_folder
from arxonomy.records import AnyPath

PARTIAL = ".partial"
"""Suffix of temporary folders; one that is left over is from a process that was killed."""


@contextmanager
def replace_file(path: AnyPath) -> Iterator[Path]:
    """Write to a temporary file in the same folder that replaces `path` when the block ends without an error.

    The data are on the disk before the name changes, so that after a crash, a kill or a full disk either the
    complete old file or the complete new one is there. A device or a pipe (`/dev/null`) is written to
    directly.

    Raises:
        ArxonomyError: The disk is full, or the folder cannot be written to.
    """
    target = Path(path)
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            yield target
            return
        target = target.resolve()  # a link stays a link; its target is replaced
        target.parent.mkdir(parents=True, exist_ok=True)
        # A private folder and a plain open() in it: mkstemp's own files would not follow the umask.
        with tempfile.TemporaryDirectory(PARTIAL, f".{target.name}.", target.parent) as folder:
            temporary = Path(folder) / target.name
            yield temporary
            sync_file(temporary)
            os.replace(temporary, target)
        sync_folder(target.parent)
    except BrokenPipeError:  # the reader of the pipe has enough
        raise
    except OSError as error:
        raise ArxonomyError(
            f"cannot write {target}: {error.strerror or error}; the old file is kept"
        ) from error


@contextmanager
def replace_folder(path: AnyPath) -> Iterator[Path]:
    """Fill a temporary folder beside `path` that replaces it when the block ends without an error.

    Raises:
        ArxonomyError: The disk is full, or the folder cannot be written to.
    """
    target = Path(path).resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(PARTIAL, f".{target.name}.", target.parent) as temporary:
            fresh, old = Path(temporary) / "new", Path(temporary) / "old"
            fresh.mkdir()
            yield fresh
            if target.exists():
                target.rename(old)
            try:
                fresh.rename(target)
            except BaseException:
                if old.exists():
                    old.rename(target)
                raise
    except OSError as error:
        raise ArxonomyError(f"cannot write {target}: {error.strerror or error}") from error


def write_atomic(path: AnyPath, data: bytes | str) -> None:
    """Write a file atomically; text is UTF-8, with `?` for what that cannot encode (odd file names).

    Raises:
        ArxonomyError: The disk is full, or the folder cannot be written to.
    """
    with replace_file(path) as temporary:
        temporary.write_bytes(data.encode("utf-8", "replace") if isinstance(data, str) else data)


def hash_file(path: AnyPath) -> str:
    """Compute the SHA-256 of a file's bytes, as 64 hexadecimal digits.

    Raises:
        InputError: The file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
