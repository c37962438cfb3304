"""What follows a training from outside, such as a tracker of experiments: it is called, and changes nothing.

`epochs.jsonl` and `metrics.json` of the run folder hold the same numbers, whatever else follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from arxonomy.artifacts.epochs import EpochRecord
from arxonomy.artifacts.run import Run


@dataclass(frozen=True)
class RunStart:
    """A run that starts, or is resumed."""

    folder: Path
    """The run folder."""
    settings: Mapping[str, Any]
    """Its resolved settings by their names, as in `training.seed`: texts, numbers, booleans, None, lists."""
    epochs: tuple[EpochRecord, ...] = ()
    """The epochs that were finished before, if it is resumed; no callback gets them again."""


class TrainingCallback(Protocol):
    """Follows runs; an error that it raises stops the training, which can be resumed.

    Each member of an ensemble is a run of its own, and the ensemble is one after them. Of several processes
    the first one alone calls.
    """

    def run_started(self, run: RunStart) -> None:
        """A run starts, or is resumed."""

    def epoch_ended(self, epoch: EpochRecord) -> None:
        """An epoch of a network is validated and saved; baselines and ensembles have none."""

    def run_ended(self, metrics: Mapping[str, float]) -> None:
        """The run is finished; `metrics` are its validation scores, and the best epoch of a network."""


def start_callbacks(
    callbacks: Sequence[TrainingCallback], run: Run, epochs: Sequence[EpochRecord] = ()
) -> None:
    """Call that a run starts.

    Args:
        callbacks: What follows it.
        run: Its folder, which has its settings.
        epochs: The epochs that are finished.
    """
    if callbacks:
        # Those of recipe.json: a baseline's has no settings of networks.
        settings = _flatten(run.recipe().model_dump(mode="json", exclude_unset=True))
        for callback in callbacks:
            callback.run_started(RunStart(run.folder, settings, tuple(epochs)))


def end_callbacks(callbacks: Sequence[TrainingCallback], run: Run) -> None:
    """Call that a run is finished, which has its scores."""
    metrics = run.metrics() if callbacks else None
    scores = metrics.get_scores("validation") if metrics else None
    if metrics is None or scores is None:
        return
    numbers = {
        "validation_accuracy": scores.accuracy.value,
        "validation_macro_f1": scores.macro_f1,
        "validation_log_loss": scores.log_loss,
        "best_epoch": metrics.best_epoch,
    }
    known = {name: float(number) for name, number in numbers.items() if number is not None}
    for callback in callbacks:
        callback.run_ended(known)


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def list_numbers(epoch: EpochRecord) -> dict[str, float]:
    """List the numbers of an epoch by name, but for the epoch itself, which is the step of a curve."""
    return {name: value for name, value in asdict(epoch).items() if name != "epoch"}
