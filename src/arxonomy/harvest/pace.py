"""arXiv's terms of use: one request in three seconds, one at a time, over all processes of a machine.

A file holds the earliest time of the next request, and is locked while one is made. The system unlocks it
when a process dies. There is no option to go without: what cannot lock makes no request.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import lock_descriptor

from arxonomy.errors import RemoteError
from arxonomy.platforms import get_shared_folder, open_shared

_LOG = logging.getLogger(__name__)

INTERVAL = 3.0
"""Seconds between the end of a request and the next one."""
CRAWL_DELAY = 15.0
"""Seconds after a page of arXiv's website, such as a listing, as its robots.txt asks for."""
LONGEST_PAUSE = 3600.0
"""Longest pause in seconds that is waited for; if arXiv asks for more, it is an error that names the time."""
SHARED_FILE = get_shared_folder() / "arxonomy-arxiv.next"
"""One for all users and processes of the machine, whatever their environment says."""


@dataclass(frozen=True)
class Clock:
    """The time, and how to wait; tests have their own."""

    now: Callable[[], float] = time.time
    """Seconds since 1970."""
    sleep: Callable[[float], None] = time.sleep
    """Waits for some seconds."""


Postpone = Callable[[float], None]


class Pace:
    """Takes turns with all other processes.

    Args:
        clock: The time.
        file: The file that all processes share.
    """

    def __init__(self, clock: Clock, file: Path = SHARED_FILE) -> None:
        self._clock = clock
        self._file = file

    @contextmanager
    def take_turn(self) -> Iterator[Postpone]:
        """Wait until a request may be made, and let no other process make one within the block.

        Yields:
            A function that lets no process make a request for some seconds, as arXiv has asked for.

        Raises:
            RemoteError: The file cannot be locked.
        """
        descriptor = self._lock()
        try:
            self._clock.sleep(self._read_pause(descriptor))
            self._write_pause(descriptor, INTERVAL)  # if we are killed
            yield lambda seconds: self._write_pause(descriptor, min(seconds, LONGEST_PAUSE))
        finally:
            self._write_pause(descriptor, INTERVAL)
            os.close(descriptor)

    def _lock(self) -> int:
        """Open the file, and wait until no other process has it."""
        try:
            descriptor = open_shared(self._file)
            try:
                lock_descriptor(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
            return descriptor
        except OSError as error:
            raise RemoteError(
                f"cannot lock {self._file}: {error.strerror or error}; without it requests cannot keep the "
                "pauses that arXiv's terms ask for, so none is made; make it a file that you may write to"
            ) from error

    def _read_pause(self, descriptor: int) -> float:
        """The seconds to wait; the file may hold anything, and clocks are set back."""
        try:
            pause = float(_read_time(descriptor)) - self._clock.now()
        except ValueError:
            return INTERVAL if os.fstat(descriptor).st_size else 0.0
        if not pause <= LONGEST_PAUSE:
            return INTERVAL
        if pause > 2 * INTERVAL:
            _LOG.info("arXiv asked for a pause: waiting %.0f s", pause)
        return max(0.0, pause)

    def _write_pause(self, descriptor: int, seconds: float) -> None:
        """Write when the next request may be made, unless a later time stands there already."""
        when = self._clock.now() + seconds
        with contextlib.suppress(ValueError):
            old = float(_read_time(descriptor))
            if when < old <= self._clock.now() + LONGEST_PAUSE:
                return
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{when:<30.3f}".encode())


def _read_time(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, 40)
