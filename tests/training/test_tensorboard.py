"""TensorBoard reads each epoch once, also of a run that was stopped and resumed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict

import pytest

from arxonomy.artifacts.run import Run
from arxonomy.errors import MissingExtraError
from arxonomy.training.callbacks import list_numbers
from arxonomy.training.tensorboard import TensorBoardCallback


class Stopping(TensorBoardCallback):
    """Stops the training after the second epoch."""

    def epoch_ended(self, epoch) -> None:
        super().epoch_ended(epoch)
        if epoch.epoch == 2:
            raise KeyboardInterrupt


@pytest.mark.slow
def test_the_curve_of_a_resumed_run_is_that_of_its_epochs(run_of: Callable[..., Run]) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with pytest.raises(KeyboardInterrupt):
        run_of("run", callbacks=[Stopping()])
    run = run_of("run", resume=True, callbacks=[TensorBoardCallback()])
    read = EventAccumulator(str(run.folder / "tensorboard"))
    read.Reload()
    history = run.history()
    for name in list_numbers(history[0]):
        points = [(point.step, point.value) for point in read.Scalars(name)]
        assert points == [(epoch.epoch, pytest.approx(asdict(epoch)[name], rel=1e-6)) for epoch in history]
    (best,) = read.Scalars("best/best_epoch")
    assert best.value == run.metrics().best_epoch
    assert "settings/text_summary" in read.Tags()["tensors"]


def test_a_missing_tensorboard_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [own for own in sys.modules if own.startswith("torch.utils.tensorboard")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'arxonomy\[tensorboard\]'"):
        TensorBoardCallback()
