"""A search whose trials take no time: a training with a known best rate, and a clock that it moves."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from arxonomy.artifacts.epochs import EpochRecord
from arxonomy.artifacts.run import Run
from arxonomy.config import make_recipe
from arxonomy.errors import RunError
from arxonomy.studies.bench import Equipment
from arxonomy.studies.source import LabeledFiles, Source
from arxonomy.studies.tune import search_space
from arxonomy.studies.tuning import search
from arxonomy.studies.tuning.results import Tuning
from arxonomy.studies.tuning.space import open_space
from arxonomy.training.job import TrainingJob
from arxonomy.training.reporter import Reporter

EPOCHS, SECONDS = 4, 10.0
RECIPE = {
    "name": "fake",
    "training": {"epochs": EPOCHS, "learning_rate": 1e-3},
    "tune": {
        "training.learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
        "training.batch_size": {"choices": [32, 64, 128]},
    },
}
BEST = 1e-2


class FakeTraining:
    """Takes the place of `train`: `EPOCHS` of `SECONDS` each, resumable, best at the rate `BEST`."""

    def __init__(self) -> None:
        self.now = 0.0
        self.jobs: list[TrainingJob] = []
        self.epochs = 0
        self.cut_off: Callable[[int], None] = lambda epochs: None
        self.fails: Callable[[TrainingJob], bool] = lambda job: False

    def read_clock(self) -> float:
        return self.now

    def __call__(self, job: TrainingJob, *, resume: bool, reporter: Reporter) -> Any:
        assert resume
        self.jobs.append(job)
        if self.fails(job):
            raise RunError("the loss became nan")
        training, run = job.recipe.training, Run(job.out)
        run.folder.mkdir(parents=True, exist_ok=True)
        distance = abs(math.log10(training.learning_rate / BEST))
        final = 0.9 - 0.1 * distance + 0.001 * (training.seed % 2)
        history = run.history()
        for epoch in range(len(history) + 1, EPOCHS + 1):
            reporter.epoch_started(epoch, EPOCHS, 1, 0)
            self.now += SECONDS
            self.epochs += 1
            score = round(final * epoch / EPOCHS, 5)
            history.append(EpochRecord(epoch, 1.0, 1.0, score, score, 0.1, SECONDS))
            run.write_history(history)
            self.cut_off(self.epochs)
            reporter.epoch_done(asdict(history[-1]))
        scores = SimpleNamespace(accuracy=SimpleNamespace(value=final), macro_f1=final)
        return SimpleNamespace(metrics=lambda: SimpleNamespace(get_scores=lambda part: scores))


def tune_fake(fake: FakeTraining, papers: Source, out: Path, *ranges: str, **bounds: Any) -> Tuning:
    """Search the ranges of the fake recipe."""
    search.train = fake  # type: ignore[assignment]
    space = open_space(make_recipe(RECIPE, bounds.pop("settings", ())), ranges, ())
    given = {"minutes": None, "trials": None, "seeds": 1} | bounds
    return search_space(space, papers, **given, equipment=Equipment(out), clock=fake.read_clock)


def main(papers: str, out: str, trials: int) -> None:
    """Search in a process that will be killed; a little slower, so that it can be."""
    os.fsync = lambda file: None
    fake = FakeTraining()
    fake.cut_off = lambda epochs: time.sleep(0.005)
    tune_fake(fake, LabeledFiles([papers]), Path(out), trials=trials, seeds=2)
