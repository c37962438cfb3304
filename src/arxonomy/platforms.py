"""What Linux, macOS and Windows do differently; the rest of the package is the same everywhere.

Locks of a whole file are those of `filelock`. Here is what it lacks, and what Python has on some systems
only: locks of single bytes, what brings a file to the disk, signals, and a file that all users share.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_POLL = 0.05  # seconds between two tries, where the system cannot wait for a lock itself

if sys.platform == "win32":
    import msvcrt

    ADDRESS_OPTION = socket.SO_EXCLUSIVEADDRUSE
    """Of a socket that listens: else another program could take the same port, and some of the requests."""

    def lock_byte(descriptor: int, place: int, *, wait: bool) -> bool:
        """Lock one byte of a file, which need not be there; the system unlocks it when this process dies.

        Args:
            descriptor: The open file, and the only one of this process.
            place: Which byte, from 0.
            wait: Whether to wait until another process unlocks it.

        Returns:
            Whether it is locked now; False where another process has it.

        Raises:
            OSError: The file system has no locks.
        """
        while True:
            os.lseek(descriptor, place, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
                return True
            except OSError as error:
                if error.errno not in (errno.EACCES, errno.EDEADLK):
                    raise
            if not wait:
                return False
            time.sleep(_POLL)

    def unlock_byte(descriptor: int, place: int) -> None:
        """Unlock a byte that `lock_byte` has locked."""
        os.lseek(descriptor, place, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    def sync_folder(path: Path) -> None:
        """Do nothing: a folder cannot be opened here, and NTFS keeps a journal of its names."""

    def get_shared_folder() -> Path:
        """Get a folder in which all users of the machine may write."""
        return Path(os.environ.get("PUBLIC", r"C:\Users\Public"))

    def was_killed(exit_code: int | None) -> bool:
        """Whether a process was killed; the system does not say it here."""
        return False

    @contextmanager
    def hold_interrupt() -> Iterator[None]:
        """Do nothing: Ctrl-C cannot be put off here."""
        yield

else:
    import fcntl

    ADDRESS_OPTION = socket.SO_REUSEADDR
    """Of a socket that listens: else the port of a server that has ended could not be taken for a minute."""

    def lock_byte(descriptor: int, place: int, *, wait: bool) -> bool:
        """Lock one byte of a file, which need not be there; the system unlocks it when this process dies.

        Args:
            descriptor: The open file, and the only one of this process: POSIX gives up all locks of a process
                on a file when it closes any of its handles.
            place: Which byte, from 0.
            wait: Whether to wait until another process unlocks it.

        Returns:
            Whether it is locked now; False where another process has it.

        Raises:
            OSError: The file system has no locks.
        """
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), 1, place)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                return False
            raise
        return True

    def unlock_byte(descriptor: int, place: int) -> None:
        """Unlock a byte that `lock_byte` has locked."""
        fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, place)

    def sync_folder(path: Path) -> None:
        """Have the names in a folder on the disk before anything else is done."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def get_shared_folder() -> Path:
        """Get a folder in which all users of the machine may write, whatever their environment says."""
        return Path("/tmp")

    def was_killed(exit_code: int | None) -> bool:
        """Whether a process was killed, as the system does where memory is short."""
        return exit_code == -signal.SIGKILL

    @contextmanager
    def hold_interrupt() -> Iterator[None]:
        """Put off Ctrl-C within the block, and until it asks for it in a process that is started there."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def sync_file(path: Path) -> None:
    """Have a file's bytes on the disk before anything else is done."""
    with open(path, "r+b") as file:  # Windows syncs none that is open for reading alone
        if sys.platform == "darwin":
            with contextlib.suppress(OSError):  # fsync() of macOS leaves the bytes in the disk's own cache
                fcntl.fcntl(file, fcntl.F_FULLFSYNC)
                return
        os.fsync(file.fileno())


def open_shared(path: Path) -> int:
    """Open a file of whichever user made it, or make it for all, but follow no link in its place.

    Returns:
        A descriptor for reading and writing bytes.

    Raises:
        OSError: It is a link, or cannot be opened.
    """
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        descriptor = os.open(path, flags | os.O_CREAT, 0o666)
        if hasattr(os, "fchmod"):
            with contextlib.suppress(OSError):  # another user was faster
                os.fchmod(descriptor, 0o666)  # whatever the umask is: it is for all users
        return descriptor
