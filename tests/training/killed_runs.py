"""Trains in children of one warm process, which kills them.

A process takes seconds to import PyTorch; a fork of one that has done so takes none.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import numpy as np

from arxonomy.artifacts.run import Run
from arxonomy.artifacts.tensors import read_tensors
from arxonomy.config import DataSettings, make_recipe
from arxonomy.papers import load_dataset
from arxonomy.training import loop
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train

RECIPE = {
    "name": "tiny",
    "model": {"embed_dim": 16, "num_filters": 8, "lstm_hidden": 8, "dropout": 0.2},
    "training": {
        "epochs": 4,
        "batch_size": 10,
        "precision": "32",
        "plateau_patience": 0,
        "weight_average": 0.9,
        "augment": {"share": 0.5},
    },
}


def main(papers: str, into: str, kills: int) -> None:
    """Print what happened as JSON; the runs are in the folder `into`."""
    folder = Path(into)
    dataset = load_dataset(papers, DataSettings())
    parts = np.array([("validation", *["train"] * 3)[row // 3 % 4] for row in range(len(dataset.papers))])

    def start(name: str) -> int:
        child = os.fork()
        if child:
            return child
        code = 1
        try:
            train(TrainingJob(dataset, parts, make_recipe(RECIPE), folder / name), resume=True)
            code = 0
        except KeyboardInterrupt:
            code = 130
        finally:
            os._exit(code)

    def finish(name: str) -> None:
        assert os.waitpid(start(name), 0)[1] == 0, name

    def stop(name: str, seconds: float, how: signal.Signals) -> bool:
        """Start, wait, stop; whether the child was still at work."""
        child = start(name)
        time.sleep(seconds)
        os.kill(child, how)
        status = os.waitpid(child, 0)[1]
        return status != 0

    finish("whole")
    loop.CHECKPOINT_SECONDS = 0.0  # after every batch: kills hit batches, validations and writing alike
    began = time.monotonic()
    finish("saved-often")
    whole = time.monotonic() - began

    draw, done, within, runs = random.Random(0), 0, 0, ["killed-0"]
    while done < kills:
        if stop(runs[-1], draw.uniform(0.05, 0.25) * whole, signal.SIGKILL):
            done += 1
            run = Run(folder / runs[-1])
            if run.checkpoint.is_file():  # whatever the moment, it is whole
                progress = json.loads(read_tensors(run.checkpoint)[1]["progress"])
                within += progress["batch"] > 0
        else:
            runs.append(f"killed-{len(runs)}")
            whole /= 2  # the machine has become faster since it was timed
    finish(runs[-1])

    # A machine that has become faster meanwhile may be done before the signal: sooner, then.
    for number in range(9):
        runs.append(f"interrupted-{number}")
        if interrupted := stop(runs[-1], 0.25 * whole / 2**number, signal.SIGINT):
            break
    finish(runs[-1])
    print(
        json.dumps(
            {
                "whole": round(whole, 2),
                "runs": runs,
                "within": within,
                "interrupted": interrupted,
            }
        )
    )
