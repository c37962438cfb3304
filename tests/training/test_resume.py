"""A run that is killed at any moment goes on, and ends as if nothing had happened."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from warm_process import Warm

from arxonomy.artifacts.run import Run
from arxonomy.papers import Dataset
from arxonomy.training.reporter import SilentReporter

KILLS = 20


def read_lines(run: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (run / "epochs.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


@pytest.mark.slow
def test_killed_runs_end_like_one_that_was_left_alone(warm: Warm, dataset: Dataset, tmp_path: Path) -> None:
    with open(os.devnull, "rb") as nothing, (tmp_path / "report.json").open("w+b") as out:
        streams = {"stdin": nothing.fileno(), "stdout": out.fileno(), "stderr": 2}
        runs = tmp_path / "runs"
        child = warm.start("training.killed_runs:main", dataset.source, str(runs), KILLS, **streams)
        assert child.wait() == 0
        report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8").splitlines()[-1])
    assert report["within"] >= KILLS // 4  # many of the kills left an epoch half done
    assert report["interrupted"]

    whole = runs / "whole"
    names = sorted(path.name for path in whole.iterdir())
    assert len(read_lines(whole)) == 4
    for run in (runs / name for name in report["runs"]):
        assert sorted(path.name for path in run.iterdir()) == names  # nothing half written is left either
        assert read_lines(run) == read_lines(whole)
        for name in ("model.safetensors", "validation.safetensors", "metrics.json", "vocabulary.json"):
            assert (run / name).read_bytes() == (whole / name).read_bytes(), f"{run.name}/{name}"


AVERAGING_ACCUMULATING_MIXING_AND_DROPPING = [
    "model.architecture=v4-deep",
    "text.word_chars=8",
    "training.accumulate=3",
    "training.average_from=2",
    "training.mixup_share=0.5",
    "training.augment.share=0.5",
    "training.drop_title=0.2",
    "training.drop_abstract=0.4",
    "training.title_loss=0.5",
    "training.focal_gamma=1.0",
]
SPARSE_TABLES = [
    "model.architecture=arxonomy",
    "model.word_dropout=0.3",
    "model.pair_dim=4",
    "model.pair_buckets=64",
    "training.accumulate=2",
    "training.schedule=cosine",
    "training.table_learning_rate=0.01",
    "training.weight_average=0.9",
]


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides", [AVERAGING_ACCUMULATING_MIXING_AND_DROPPING, SPARSE_TABLES], ids=["all", "tables"]
)
def test_everything_that_a_step_changes_survives_a_stop(
    run_of: Callable[..., Run], overrides: list[str]
) -> None:
    whole = run_of("whole", *overrides)

    class Stopper(SilentReporter):
        """Stops the training after so many batches, not only where a checkpoint may be."""

        def __init__(self, batches: int) -> None:
            self.batches = batches

        def batch_done(self, loss: float) -> None:
            self.batches -= 1
            if self.batches == 0:
                raise KeyboardInterrupt

    for batches in (2, 5, 9, 3):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr("arxonomy.training.loop.CHECKPOINT_SECONDS", 0.0)
            run_of("stopped", *overrides, resume=True, reporter=Stopper(batches))
    stopped = run_of("stopped", *overrides, resume=True)
    assert read_lines(stopped.folder) == read_lines(whole.folder)
    assert stopped.weights.read_bytes() == whole.weights.read_bytes()
    assert stopped.checkpoint.stat().st_size == whole.checkpoint.stat().st_size
