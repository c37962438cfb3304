"""Processor seconds of a training, over all the processes that it took."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from arxonomy.atomic import write_atomic
from arxonomy.training.reporter import SilentReporter

EVERY = 30.0
"""Processor seconds between two writings, of which a killed process loses those since the last."""


class Clock(SilentReporter):
    """Adds the processor seconds of a `with` block to a file; as a reporter it writes them in between.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.before: float = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else 0.0
        self.seconds = self.before

    def __enter__(self) -> Self:
        self.started = self.written = time.process_time()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write()

    def batch_done(self, loss: float) -> None:
        """Write the seconds now and then."""
        if time.process_time() - self.written > EVERY:
            self._write()

    def _write(self) -> None:
        self.written = time.process_time()
        self.seconds = self.before + self.written - self.started
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self.path, json.dumps(round(self.seconds, 2)))
