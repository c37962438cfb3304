"""The progress bar of training on stderr, and the line of each finished epoch on stdout."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from arxonomy.artifacts.facts import Line


class Bar:
    """A bar over all epochs, with the time left unless training stops early; a context manager.

    The bar is drawn only on a terminal; the epochs' lines of JSON always go to stdout.
    """

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%  loss {task.fields[loss]:.3f}  at most"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=console,
            disable=not console.is_terminal,
            transient=True,
            redirect_stdout=False,  # else Rich sends the lines of stdout to stderr, even those for a pipe
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def epoch_started(self, epoch: int, epochs: int, batches: int, done: int) -> None:
        """Move to an epoch; the first call, perhaps mid-run, draws the bar."""
        text, total, already = f"epoch {epoch} of {epochs}", epochs * batches, (epoch - 1) * batches + done
        if self._task is None:
            self._task = self._progress.add_task(text, total=total, completed=already, loss=float("nan"))
        elif epoch == 1:  # the next member of an ensemble
            self._progress.reset(self._task, total=total)
        self._progress.update(self._task, description=text)

    def batch_done(self, loss: float) -> None:
        """Advance by one batch."""
        if self._task is not None:
            self._progress.update(self._task, advance=1, loss=loss)

    def epoch_done(self, line: Line) -> None:
        """Print the epoch's line."""
        console, text = self._progress.console, json.dumps(line)
        if console.is_terminal and sys.stdout.isatty():  # both are one screen: print it above the bar
            console.print(text, soft_wrap=True, markup=False, highlight=False)
        else:
            print(text, flush=True)


class QuietBar(Bar):
    """A bar for many runs: stdout is for their result, and the run folders hold the epochs' lines."""

    def epoch_done(self, line: Line) -> None:
        """Print nothing."""
