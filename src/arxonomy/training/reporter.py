"""Progress callbacks: what a training reports while it runs."""

from __future__ import annotations

from typing import Protocol

from arxonomy.artifacts.facts import Line


class Reporter(Protocol):
    """Progress callbacks; the command line draws a bar."""

    def epoch_started(self, epoch: int, epochs: int, batches: int, done: int) -> None:
        """Epoch `epoch` of at most `epochs` begins at batch `done` of `batches`."""

    def batch_done(self, loss: float) -> None:
        """One more batch is done."""

    def epoch_done(self, line: Line) -> None:
        """An epoch is validated and saved; `line` is its entry in `epochs.jsonl`."""


class SilentReporter:
    """A reporter that does nothing."""

    def epoch_started(self, epoch: int, epochs: int, batches: int, done: int) -> None:
        """Do nothing."""

    def batch_done(self, loss: float) -> None:
        """Do nothing."""

    def epoch_done(self, line: Line) -> None:
        """Do nothing."""


class MemberReporter:
    """Reports the training of an ensemble's member: each line names the member.

    Args:
        reporter: The ensemble's reporter.
        number: The member's, from 1.
    """

    def __init__(self, reporter: Reporter, number: int) -> None:
        self._reporter = reporter
        self._number = number

    def epoch_started(self, epoch: int, epochs: int, batches: int, done: int) -> None:
        """Pass it on."""
        self._reporter.epoch_started(epoch, epochs, batches, done)

    def batch_done(self, loss: float) -> None:
        """Pass it on."""
        self._reporter.batch_done(loss)

    def epoch_done(self, line: Line) -> None:
        """Pass it on with the member's number."""
        self._reporter.epoch_done({"member": self._number, **line})
