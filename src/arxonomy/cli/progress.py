"""Progress bars on stderr: of training, whose epochs are lines on stdout, and of very many papers."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from arxonomy.messages import format_count, say

if TYPE_CHECKING:
    from arxonomy.artifacts.facts import Line
    from arxonomy.bulk import Event, Plan, Shard

_LARGE = 100_000_000  # bytes of a file that is worth a note where it cannot be cut


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


class PapersBar:
    """A bar over papers that several processes classify, and what is said of them; a context manager.

    A terminal gets a bar, anything else a line a minute, since it may be the log of a job.

    Args:
        plan: The plan whose papers they are.
    """

    EVERY = 60.0
    """Seconds between lines."""

    def __init__(self, plan: Plan) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.completed:,.0f} papers"),
            BarColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=self._console,
            disable=not self._console.is_terminal,
            transient=True,
            redirect_stdout=False,
        )
        self._plan = plan
        self._task: TaskID | None = None
        self._missing_columns: set[str] = set()
        self._papers = self._total = 0
        self._begun = self._said = 0.0

    def __enter__(self) -> PapersBar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def start(self, shards: Sequence[Shard], missing: Sequence[Shard]) -> None:
        """Say what there is to do, and draw the bar."""
        counts = [shard.records for shard in missing]
        self._total = sum(count or 0 for count in counts)
        papers = f"about {self._total:,} papers" if None not in counts else "papers"
        done = f" ({len(shards) - len(missing):,} are done)" if len(missing) < len(shards) else ""
        say(f"{papers} in {format_count(len(missing), 'shard')}{done}")
        whole = [file.path for file in self._plan.inputs if file.records is None and file.bytes > _LARGE]
        for path in whole:
            say(f"note: {path} is one shard, for one worker: only Parquet and plain JSON lines can be cut")
        total = None if None in counts else self._total
        self._total = total or 0
        self._begun = self._said = time.monotonic()
        self._task = self._progress.add_task("", total=total, speed="")

    def tell(self, event: Event) -> None:
        """Advance by the papers of an event, or say what happened."""
        from arxonomy import bulk

        if isinstance(event, bulk.Progress):
            self._advance(event.papers)
        elif isinstance(event, bulk.Retried):
            say(f"warning: {event.shard} is tried again: {event.reason}")
        elif isinstance(event, bulk.Done):
            for note in event.marker.notes:
                say(note)
            for name in event.marker.missing_columns:
                if name not in self._missing_columns:
                    self._missing_columns.add(name)
                    say(
                        f"warning: no paper of {event.marker.shard} has the column `{name}` of --keep-columns"
                    )

    def _advance(self, papers: int) -> None:
        self._papers += papers
        now = time.monotonic()
        speed = self._papers / max(now - self._begun, 1e-9)
        text = f"{speed:,.0f} papers per second"
        if self._task is not None:
            self._progress.update(self._task, advance=papers, speed=text)
        if not self._console.is_terminal and now - self._said >= self.EVERY:
            self._said = now
            left = ""
            if self._total and speed:
                left = f", {(self._total - self._papers) / speed / 60:,.0f} min left"
            of = f" of {self._total:,}" if self._total else ""
            say(f"{self._papers:,}{of} papers, {text}{left}")
