"""Callbacks follow a run from its start to its scores, once per epoch, and change nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import pytest
from warm_process import Warm, run_command

from arxonomy.artifacts.epochs import EpochRecord
from arxonomy.artifacts.run import Run
from arxonomy.training.callbacks import RunStart

TRACKERS = {"mlflow", "tensorboard", "wandb"}
ENSEMBLE = ["ensemble.members=['v1','baseline']", "ensemble.seeds=[1,2]", "training.epochs=1"]


class Recorder:
    """Keeps what it is called with; stops the training after so many epochs."""

    def __init__(self, stop_after: int = 100) -> None:
        self.calls: list[tuple[str, object]] = []
        self.left = stop_after

    def run_started(self, run: RunStart) -> None:
        self.calls.append(("started", run))

    def epoch_ended(self, epoch: EpochRecord) -> None:
        self.calls.append(("epoch", epoch))
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt

    def run_ended(self, metrics: Mapping[str, float]) -> None:
        self.calls.append(("ended", metrics))

    def get(self, kind: str) -> list:
        return [what for name, what in self.calls if name == kind]


def test_a_callback_gets_settings_epochs_and_scores_and_changes_nothing(run_of: Callable[..., Run]) -> None:
    recorder = Recorder()
    run = run_of("run", callbacks=[recorder])
    assert [name for name, _ in recorder.calls] == ["started", *["epoch"] * 3, "ended"]
    (started,), (metrics,) = recorder.get("started"), recorder.get("ended")
    assert started.folder == run.folder and started.epochs == ()
    assert started.settings["training.epochs"] == 3 and started.settings["model.embed_dim"] == 16
    assert json.loads(json.dumps(dict(started.settings))) == dict(started.settings)
    assert recorder.get("epoch") == run.history()
    best = run.history()[int(metrics["best_epoch"]) - 1]
    assert metrics["validation_accuracy"] == pytest.approx(best.validation_accuracy, abs=1e-4)
    alone = run_of("alone")
    for name in ("model.safetensors", "metrics.json", "recipe.json", "validation.safetensors"):
        assert (run.folder / name).read_bytes() == (alone.folder / name).read_bytes()
    assert {path.name for path in run.folder.iterdir()} == {path.name for path in alone.folder.iterdir()}


def test_a_resumed_run_goes_on_after_the_epochs_that_it_has(run_of: Callable[..., Run]) -> None:
    first, second = Recorder(stop_after=2), Recorder()
    with pytest.raises(KeyboardInterrupt):
        run_of("run", callbacks=[first])
    run = run_of("run", resume=True, callbacks=[second])
    (started,) = second.get("started")
    assert [epoch.epoch for epoch in started.epochs] == [1, 2]
    assert [epoch.epoch for epoch in [*first.get("epoch"), *second.get("epoch")]] == [1, 2, 3]
    assert [*started.epochs, *second.get("epoch")] == run.history()
    third = Recorder()
    run_of("run", resume=True, callbacks=[third])
    assert [name for name, _ in third.calls] == ["started", "ended"]


def test_an_epoch_that_was_written_and_not_saved_is_not_there_twice(run_of, monkeypatch) -> None:
    """A kill between epochs.jsonl and the checkpoint: the epoch is trained again."""
    from arxonomy.training import loop

    saves = iter([True, False])

    def save_once(*arguments: object) -> None:
        if not next(saves):
            raise KeyboardInterrupt
        save(*arguments)

    save = loop.save_checkpoint
    recorder = Recorder()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(loop, "save_checkpoint", save_once)
        run_of("run", callbacks=[recorder])
    run = run_of("run", resume=True, callbacks=[recorder])
    assert [epoch.epoch for epoch in recorder.get("started")[1].epochs] == [1]
    assert [epoch.epoch for epoch in recorder.get("epoch")] == [1, 2, 3]
    assert len(run.history()) == 3


def test_members_of_an_ensemble_are_runs_of_their_own(run_of: Callable[..., Run]) -> None:
    recorder = Recorder()
    run_of("pair", *ENSEMBLE, callbacks=[recorder])
    assert [name for name, _ in recorder.calls] == [*["started", "epoch", "ended"] * 2, "started", "ended"]
    folders = [started.folder.name for started in recorder.get("started")]
    assert folders == ["member-1", "member-2", "pair"]
    assert "best_epoch" not in recorder.get("ended")[-1]


def test_a_baseline_has_a_start_and_an_end(dataset, parts, tmp_path) -> None:
    from arxonomy.config import load_recipe
    from arxonomy.training.job import TrainingJob
    from arxonomy.training.train import train

    recorder = Recorder()
    recipe = load_recipe("linear-svm", ["baseline.min_papers=1"])
    train(TrainingJob(dataset, parts, recipe, tmp_path / "run", callbacks=[recorder]))
    assert [name for name, _ in recorder.calls] == ["started", "ended"]
    settings = recorder.get("started")[0].settings
    assert settings["baseline.min_papers"] == 1 and not any(name.startswith("model.") for name in settings)


def list_trackers(*words: str) -> None:
    """Run a command, then print which trackers it has imported."""
    run_quietly(*words)
    print(json.dumps(sorted(TRACKERS & sys.modules.keys())))


def run_quietly(*words: str) -> None:
    try:
        run_command(*words)
    except SystemExit as done:
        assert not done.code


@pytest.mark.slow
def test_no_tracker_is_imported_unasked(warm: Warm, dataset, tmp_path: Path) -> None:
    words = ["train", str(dataset.source), "--recipe", "v1"]
    for setting in ("model.embed_dim=16", "model.num_filters=8", "model.lstm_hidden=8", "training.epochs=1"):
        words += ["--set", setting]

    def train(name: str, *more: str) -> list[str]:
        with (tmp_path / f"{name}.txt").open("w+") as out, open(os.devnull, "rb") as nothing:
            streams = {"stdin": nothing.fileno(), "stdout": out.fileno(), "stderr": 2}
            own = [*words, "--out", str(tmp_path / name), *more]
            assert warm.start("training.test_callbacks:list_trackers", *own, **streams).wait() == 0
            return json.loads((tmp_path / f"{name}.txt").read_text().splitlines()[-1])

    assert train("alone") == []
    assert train("followed", "--track", "tensorboard") == ["tensorboard"]
    assert list((tmp_path / "followed" / "tensorboard").iterdir())
    epochs = [Run(tmp_path / name).history() for name in ("alone", "followed")]
    assert [asdict(one) | {"seconds": 0} for one in epochs[0]] == [
        asdict(one) | {"seconds": 0} for one in epochs[1]
    ]
