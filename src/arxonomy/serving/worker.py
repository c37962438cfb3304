"""A thread that works on one thing at a time, with a short queue."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from arxonomy.serving.api_errors import Busy

MAX_PENDING = 8
"""Most calls that wait or run at a time."""

T = TypeVar("T")


class Worker:
    """A daemon thread with a bounded queue.

    An executor's threads would be waited for when the process ends, however long a call takes.

    Args:
        name: The thread's.
    """

    def __init__(self, name: str) -> None:
        self._slots = threading.BoundedSemaphore(MAX_PENDING)
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def submit(self, function: Callable[[], T]) -> Future[T]:
        """Queue a call.

        Raises:
            Busy: Too many are pending.
        """
        if not self._slots.acquire(blocking=False):
            raise Busy
        future: Future[T] = Future()
        future.add_done_callback(lambda _: self._slots.release())
        self._queue.put((future, function))
        return future

    def close(self) -> None:
        """Cancel what is queued, and do not wait for what runs."""
        with contextlib.suppress(Empty):
            while entry := self._queue.get_nowait():
                entry[0].cancel()
        self._queue.put(None)

    def _run(self) -> None:
        while entry := self._queue.get():
            future, function = entry
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = function()
            except BaseException as error:  # as an executor does
                future.set_exception(error)
            else:
                future.set_result(result)
