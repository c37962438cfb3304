"""Every baseline on one split, trained as `arxonomy train` does and tested once: a small record of each.

    python experiments/baselines.py primary_label.csv --split primary_split.csv [--baselines linear-svm nb-svm]

A record is experiments/records/baselines/BASELINE.json: what was tried on the validation papers and what was chosen,
the scores of the calibrated answers, the accuracy of its uncalibrated answers (which chose, and which others
report), and seconds of one processor. A baseline whose package is missing is passed over.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from reference import load_reference_recipe

from arxonomy.artifacts.baselines import load_baseline
from arxonomy.atomic import hash_file, write_atomic
from arxonomy.config import list_recipes, load_recipe
from arxonomy.errors import SettingsError
from arxonomy.evaluation import monitor_score, score
from arxonomy.inference import load
from arxonomy.papers import load_dataset, read_split
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train

RECORDS = Path(__file__).resolve().parent / "records" / "baselines"
BASELINES = [name for name in list_recipes() if load_recipe(name).baseline]


def record_of(name: str, data: Path, split: Path, folder: Path) -> dict[str, Any]:
    """Train a baseline, or take it as it was trained before, and test it."""
    recipe = load_reference_recipe(name)
    dataset = load_dataset(data, recipe.data)
    parts, truth = read_split(split, dataset.papers), dataset.get_label_ids()
    command = ["python", "experiments/baselines.py", data.name, "--split", split.name, "--baselines", name]
    run = train(TrainingJob(dataset, parts, recipe, folder, command=command), resume=True)
    metrics, baseline, classifier = run.metrics(), load_baseline(run), load(folder)
    scores, uncalibrated = {}, {}
    for part in ("validation", "test"):
        rows = np.flatnonzero(parts == part)
        papers = [dataset.papers[i] for i in rows]
        listed = [paper.categories for paper in papers]
        scores[part] = score(truth[rows], classifier.probabilities(papers), dataset.labels, listed).to_dict()
        start = time.process_time()
        answers = baseline.decision_function(papers).argmax(axis=1)
        seconds = time.process_time() - start
        uncalibrated[part] = {by: monitor_score(by, truth[rows], answers) for by in ("accuracy", "macro_f1")}
    return {
        "system": name,
        "command": " ".join(command),
        "data": {"file": data.name, "sha256": dataset.sha256},
        "split": {"file": split.name, "sha256": hash_file(split)},
        "labels": list(dataset.labels),
        "papers": {part: int((parts == part).sum()) for part in ("train", "validation", "test")},
        "seed": recipe.training.seed,
        "chosen_by": metrics.chosen_by,
        "tried": metrics.tried,
        "chosen": metrics.chosen,
        "cpu_seconds": {"tuning": metrics.cpu_seconds, "test_papers": round(seconds, 2)},
        "own_answers": uncalibrated,
        "scores": scores,
        "versions": run.info().versions,
    }


def main() -> None:
    """Train what has no record yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="labeled papers")
    parser.add_argument("--split", type=Path, required=True, help="which paper is for what")
    parser.add_argument("--runs", type=Path, default=Path("runs/baselines"), help="folder of the run folders")
    parser.add_argument("--baselines", nargs="+", default=BASELINES, choices=BASELINES)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for name in arguments.baselines:
        path = RECORDS / f"{name}.json"
        if path.is_file():
            continue
        try:
            record = record_of(name, arguments.data, arguments.split, arguments.runs / name)
        except SettingsError as error:
            print(f"{name}: passed over: {error}")
            continue
        write_atomic(path, json.dumps(record, indent=1) + "\n")
        print(f"{name}: {record['chosen']}, {record['own_answers']}", flush=True)


if __name__ == "__main__":
    main()
