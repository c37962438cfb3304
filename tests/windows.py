"""Makes this process look like Windows as far as the package can tell, then runs a command or a program.

    python tests/windows.py classify papers.jsonl -o answers.csv
    python tests/windows.py -c 'import arxonomy'

What only POSIX has is taken from Python's modules, and `msvcrt` locks bytes as Windows does: a second handle
finds a byte locked even within one process. Other packages have their own tests on Windows, so they are
imported before; worker processes import this file again, as `spawn` has them do.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import sys
import types
from typing import Any

# Imported while this still is what it is.
import filelock
import numpy  # noqa: F401
import onnxruntime  # noqa: F401
import orjson  # noqa: F401
import platformdirs
import pyarrow.parquet  # noqa: F401
import pydantic  # noqa: F401
import rich.console  # noqa: F401
import rich.progress  # noqa: F401
import typer  # noqa: F401
import yaml  # noqa: F401

ONLY_POSIX: dict[types.ModuleType, tuple[str, ...]] = {
    os: (
        *(
            "O_NOFOLLOW",
            "O_CLOEXEC",
            "O_DIRECTORY",
            "O_NONBLOCK",
            "fchmod",
            "fork",
            "getuid",
            "geteuid",
            "getgid",
        ),
        *(
            "pread",
            "pwrite",
            "mkfifo",
            "sched_getaffinity",
            "sched_yield",
            "chown",
            "killpg",
            "setsid",
            "uname",
        ),
    ),
    signal: ("SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGPIPE", "pthread_sigmask", "setitimer"),
    socket: ("SO_REUSEPORT",),
}
MODULES = ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "readline")

LOCK_UNLOCK, LOCK_TRY = 0, 2
_held: dict[tuple[int, int], int] = {}  # (inode, place) -> descriptor, of this process
_open, _fsync = os.open, os.fsync

if sys.platform != "win32":
    import fcntl


def locking(descriptor: int, mode: int, count: int) -> None:
    """`msvcrt.locking`: of `count` bytes at the present place, which may be behind the end."""
    place = os.lseek(descriptor, 0, os.SEEK_CUR)
    key = os.fstat(descriptor).st_ino, place
    if mode == LOCK_UNLOCK:
        del _held[key]
        fcntl.lockf(descriptor, fcntl.LOCK_UN, count, place)
        return
    assert mode == LOCK_TRY, "the others wait for ten seconds and then fail"
    if key in _held and _is_open(_held[key], key[0]):
        raise OSError(errno.EACCES, "Permission denied")
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, count, place)
    except OSError:
        raise OSError(errno.EACCES, "Permission denied") from None
    _held[key] = descriptor


def _is_open(descriptor: int, inode: int) -> bool:
    try:
        return os.fstat(descriptor).st_ino == inode
    except OSError:
        return False


def open_file(path: Any, flags: int, *rest: Any, **named: Any) -> int:
    """`os.open`, which opens no folder."""
    if os.path.isdir(path):
        raise PermissionError(errno.EACCES, "Permission denied", path)
    return _open(path, flags, *rest, **named)


def sync(descriptor: int) -> None:
    """`os.fsync`, which needs a file that is open for writing."""
    if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, "Bad file descriptor")
    _fsync(descriptor)


def pretend() -> None:
    """Take away what Windows lacks, and add what it has."""
    filelock.FileLock, filelock.lock_descriptor, platformdirs.user_data_path  # noqa: B018  # loads what is lazy
    for module, names in ONLY_POSIX.items():
        for name in names:
            module.__dict__.pop(name, None)
    sys.modules.update(dict.fromkeys(MODULES))
    msvcrt: Any = types.ModuleType("msvcrt")
    msvcrt.locking, msvcrt.LK_UNLCK, msvcrt.LK_NBLCK = locking, LOCK_UNLOCK, LOCK_TRY
    sys.modules["msvcrt"] = msvcrt
    socket.SO_EXCLUSIVEADDRUSE = socket.SO_REUSEADDR  # type: ignore[attr-defined]
    os.open, os.fsync = open_file, sync
    shutil._use_fd_functions = False  # type: ignore[attr-defined]  # as where folders cannot be opened
    before, sys.platform = sys.platform, "win32"
    try:
        import arxonomy.platforms  # noqa: F401
    finally:
        sys.platform = before  # which other packages ask for what this machine really has


if __name__ != "windows":  # a process of its own, or a worker of one
    pretend()

if __name__ == "__main__":
    if sys.argv[1] == "-c":
        exec(sys.argv[2], {"__name__": "program"})
    else:
        from arxonomy.cli import main

        main()
