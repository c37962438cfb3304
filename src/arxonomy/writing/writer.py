"""What every writer of predictions does, and where it writes to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from arxonomy.atomic import replace_file
from arxonomy.records import Paper, Prediction

PLACE = "{category}"
"""What stands for the category in the template of a keyword."""


class Writer(Protocol):
    """Writes one prediction after the other."""

    def write(self, paper: Paper, prediction: Prediction) -> None:
        """Take the prediction of one paper; it is written at once where the form allows that."""

    def finish(self) -> None:
        """Write what comes at the end, and tell what differs from the user's own file."""


@contextmanager
def open_output(out: Path | None) -> Iterator[BinaryIO]:
    """Open stdout, or a file that is written atomically."""
    if out is None:
        yield sys.stdout.buffer
    else:
        with replace_file(out) as temporary, temporary.open("wb") as file:
            yield file
