"""A run that is killed at any moment goes on, and ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arxonomy.artifacts.run import Run
from arxonomy.papers import Dataset
from arxonomy.training.reporter import SilentReporter

KILLS = 20


def told(run: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (run / "epochs.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


@pytest.mark.slow
def test_killed_runs_end_like_one_that_was_left_alone(dataset: Dataset, tmp_path: Path) -> None:
    script = Path(__file__).with_name("killed_runs.py")
    done = subprocess.run(
        [sys.executable, str(script), dataset.source, str(tmp_path), str(KILLS)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["within"] >= KILLS // 4  # many of the kills left an epoch half done
    assert report["interrupted"]

    whole = tmp_path / "whole"
    names = sorted(path.name for path in whole.iterdir())
    assert len(told(whole)) == 4
    for run in (tmp_path / name for name in report["runs"]):
        assert sorted(path.name for path in run.iterdir()) == names  # nothing half written is left either
        assert told(run) == told(whole)
        for name in ("model.safetensors", "validation.safetensors", "metrics.json", "vocabulary.json"):
            assert (run / name).read_bytes() == (whole / name).read_bytes(), f"{run.name}/{name}"


@pytest.mark.slow
def test_averaging_accumulating_and_mixing_survive_a_stop(run_of: Callable[..., Run]) -> None:
    overrides = [
        "model.architecture=v4-deep",
        "text.word_chars=8",
        "training.accumulate=3",
        "training.average_from=2",
        "training.mixup_share=0.5",
        "training.augment.share=0.5",
        "training.focal_gamma=1.0",
    ]
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
    assert told(stopped.folder) == told(whole.folder)
    assert stopped.weights.read_bytes() == whole.weights.read_bytes()
    assert stopped.checkpoint.stat().st_size == whole.checkpoint.stat().st_size
