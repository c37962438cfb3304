"""The curves of runs for TensorBoard, in the folder `tensorboard` of each run. It needs that extra."""

from __future__ import annotations

import json
from collections.abc import Mapping

from arxonomy.artifacts.epochs import EpochRecord
from arxonomy.errors import needs_extra
from arxonomy.training.callbacks import RunStart, list_numbers

FOLDER = "tensorboard"
"""Folder within a run folder; TensorBoard shows those of all runs in the folder that holds the runs."""


class TensorBoardCallback:
    """Writes scalars by epoch, the settings as a text, and the scores of the best epoch.

    Raises:
        MissingExtraError: TensorBoard is not installed.
    """

    def __init__(self) -> None:
        with needs_extra("tensorboard", "tracking with TensorBoard"):
            from torch.utils.tensorboard import SummaryWriter
        self._make_writer = SummaryWriter

    def run_started(self, run: RunStart) -> None:
        """Write the settings, and again all epochs of a run that is resumed, in place of the earlier file."""
        folder = run.folder / FOLDER
        # Of an epoch that two files hold, TensorBoard would draw both points.
        for earlier in folder.glob("events.out.tfevents.*"):
            earlier.unlink()
        self._writer = self._make_writer(str(folder))
        lines = json.dumps(dict(run.settings), ensure_ascii=False, indent=2).splitlines()
        self._writer.add_text("settings", "\n".join(f"    {line}" for line in lines))  # code, in Markdown
        for epoch in run.epochs:
            self.epoch_ended(epoch)

    def epoch_ended(self, epoch: EpochRecord) -> None:
        """Write the numbers of an epoch."""
        for name, value in list_numbers(epoch).items():
            self._writer.add_scalar(name, value, epoch.epoch)
        self._writer.flush()

    def run_ended(self, metrics: Mapping[str, float]) -> None:
        """Write the scores, under `best`."""
        for name, value in metrics.items():
            self._writer.add_scalar(f"best/{name}", value)
        self._writer.close()
