"""Watches the runs of a search: writes their epochs into the journal, and ends them early."""

from __future__ import annotations

from collections.abc import Sequence

from optuna.trial import Trial

from arxonomy.artifacts.epochs import EpochRecord
from arxonomy.artifacts.facts import Line
from arxonomy.studies.tuning.budget import Budget
from arxonomy.studies.tuning.journal import Journal
from arxonomy.training.reporter import Reporter

SECONDS = "seconds"
"""A trial's time in the journal."""


class TrialPruned(Exception):
    """A trial is worse than the median of the others after as many epochs."""


class TimeIsOver(Exception):
    """The time is over before a run is; it can be resumed."""


class Watch:
    """Reports a run, and ends it at the end of an epoch when time is over.

    Args:
        reporter: What reports.
        budget: The time.
        reserve: Seconds to be left.
    """

    def __init__(self, reporter: Reporter, budget: Budget, reserve: float = 0.0) -> None:
        self._reporter, self._budget, self._reserve = reporter, budget, reserve
        self._epochs = 0

    def epoch_started(self, epoch: int, epochs: int, batches: int, done: int) -> None:
        """Pass it on."""
        self._epochs = epochs
        self._reporter.epoch_started(epoch, epochs, batches, done)

    def batch_done(self, loss: float) -> None:
        """Pass it on."""
        self._reporter.batch_done(loss)

    def epoch_done(self, line: Line) -> None:
        """Pass it on.

        Raises:
            TimeIsOver: There is no time for another epoch.
        """
        self._reporter.epoch_done(line)
        # A baseline has no epochs; after the last one a run is as good as finished.
        if "epoch" in line and line["epoch"] != self._epochs:
            self.check()

    def check(self) -> None:
        """Whether to train another epoch after this one.

        Raises:
            TimeIsOver: There is no time for it.
        """
        if self._budget.is_over(self._reserve):
            raise TimeIsOver


class TrialWatch(Watch):
    """Writes the epochs of a trial into the journal, and prunes it.

    Args:
        trial: The trial.
        name: The score of an epoch that is compared.
        journal: The journal.
        reporter: See `Watch`, as for the next two.
        budget: See there.
        reserve: See there.
    """

    def __init__(
        self, trial: Trial, name: str, journal: Journal, reporter: Reporter, budget: Budget, reserve: float
    ) -> None:
        super().__init__(reporter, budget, reserve)
        self._trial, self._name, self._journal = trial, name, journal
        self._began = budget.measure() - float(trial.user_attrs.get(SECONDS, 0.0))

    def epoch_done(self, line: Line) -> None:
        """Write the epoch and pass it on.

        Raises:
            TrialPruned: The trial is not worth another epoch.
            TimeIsOver: There is no time for it.
        """
        if "epoch" in line:
            self._report(int(line["epoch"]), float(line[self._name]))
            self.write_seconds()
        super().epoch_done(line)

    def check(self) -> None:
        """Whether to train another epoch.

        Raises:
            TrialPruned: The trial is not worth it.
            TimeIsOver: There is no time for it.
        """
        if self._trial.should_prune():
            raise TrialPruned
        super().check()

    def catch_up(self, history: Sequence[EpochRecord], epochs: int) -> None:
        """Write the epochs of a trial that was cut off before they were written.

        Args:
            history: The finished epochs of its run.
            epochs: Epochs at most.

        Raises:
            TrialPruned: It was cut off before it was pruned.
        """
        for record in history:
            self._report(record.epoch, getattr(record, self._name))
        if 0 < len(history) < epochs and self._trial.should_prune():
            raise TrialPruned

    def _report(self, epoch: int, score: float) -> None:
        if epoch - 1 not in self._trial.storage.get_trial(self._trial._trial_id).intermediate_values:
            self._trial.report(score, epoch - 1)

    def write_seconds(self) -> None:
        """Write the time that the trial and the search took so far."""
        now = self._budget.measure()
        self._trial.set_user_attr(SECONDS, round(now - self._began, 1))
        self._journal.write_seconds(now)
