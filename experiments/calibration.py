"""What a temperature, and a temperature with biases, gain on validation papers that did not fit them.

    python experiments/calibration.py RUN ... --out experiments/records/calibration.json

The validation logits of each run are cut into halves ten times; each half is scored with what was fitted on
the other.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from arxonomy.artifacts.run import Run
from arxonomy.artifacts.tensors import read_tensors
from arxonomy.atomic import write_atomic
from arxonomy.evaluation import Calibration, expected_calibration_error


def halves(logits: np.ndarray, truth: np.ndarray, repeats: int = 10) -> dict[str, dict[str, float]]:
    """Mean accuracy, log loss and calibration error of three ways to make probabilities."""
    scores: dict[str, list[list[float]]] = {"logits": [], "temperature": [], "temperature and biases": []}
    for seed in range(repeats):
        order = np.random.default_rng(seed).permutation(len(truth))
        for fitted, scored in ((order[::2], order[1::2]), (order[1::2], order[::2])):
            calibration = Calibration.fit(logits[fitted], truth[fitted])
            settings = {
                "logits": Calibration.identity(logits.shape[1]),
                "temperature": replace(calibration, biases=(0.0,) * logits.shape[1]),
                "temperature and biases": calibration,
            }
            for name, setting in settings.items():
                shares, right = setting.apply(logits[scored]), truth[scored]
                scores[name].append(
                    [
                        (shares.argmax(axis=1) == right).mean(),
                        -np.log(shares[np.arange(len(right)), right]).mean(),
                        expected_calibration_error(right, shares),
                    ]
                )
    names = ("accuracy", "log_loss", "expected_calibration_error")
    return {
        way: {name: round(float(value), 4) for name, value in zip(names, np.mean(rows, axis=0), strict=True)}
        for way, rows in scores.items()
    }


def main() -> None:
    """Measure, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    record = []
    for folder in arguments.runs:
        run = Run(folder)
        tensors, _ = read_tensors(run.validation)
        ways = halves(tensors["logits"].double().numpy(), tensors["labels"].numpy())
        info = run.info()
        data = {"name": info.data.name, "sha256": info.data.sha256}
        record.append({"run": folder.name, "recipe": info.recipe, "seed": info.seed, "data": data, **ways})
        print(folder.name, json.dumps(ways))
    names = " ".join(folder.name for folder in arguments.runs)
    command = f"python experiments/calibration.py {names} --out {arguments.out.name}"
    write_atomic(arguments.out, json.dumps({"command": command, "runs": record}, indent=1) + "\n")


if __name__ == "__main__":
    main()
