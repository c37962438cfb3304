"""The linear baseline on one split: tuned on the validation papers, tested once, written as a record.

    python experiments/linear_baseline.py primary_label.csv --split primary_split.csv --out record.json

The record names files without their folders and holds no text of a paper. A support vector
machine's distances are no probabilities, so scores that would need them are left out. The baseline is the
recipe `linear-svm`, with the seed 0.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
import sklearn

from arxonomy.atomic import sha256_file, write_atomic
from arxonomy.config import load_recipe
from arxonomy.evaluation import format_scores, score, softmax
from arxonomy.evaluation.scores import MONITORS
from arxonomy.papers import Dataset, Parts, load_dataset, read_split
from arxonomy.training.baselines import tune_baseline

NEED_PROBABILITIES = ("log_loss", "brier", "expected_calibration_error", "aurc", "answers")


def main() -> None:
    """Read, tune, test, write the record, print the test scores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="labeled papers")
    parser.add_argument("--split", type=Path, required=True, help="which paper is for what")
    parser.add_argument("--out", type=Path, required=True, help="the record to write (JSON)")
    parser.add_argument("--recipe", default="v1", help="whose [data] settings are used (labels, merge)")
    parser.add_argument("--by", default="accuracy", choices=MONITORS, help="validation score that decides")
    args = parser.parse_args()

    settings = load_recipe(args.recipe).data
    dataset = load_dataset(args.data, settings)
    parts = read_split(args.split, dataset.papers)
    record, _ = baseline_record(dataset, parts, args.by)
    record = {
        "command": f"python experiments/linear_baseline.py {args.data.name} --split {args.split.name}"
        f" --out {args.out.name} --recipe {args.recipe} --by {args.by}",
        "data": {"file": args.data.name, "sha256": dataset.sha256},
        "split": {"file": args.split.name, "sha256": sha256_file(args.split)},
        "merge": settings.merge,
        **record,
    }
    write_atomic(args.out, json.dumps(record, indent=1) + "\n")
    print(f"chosen on validation: {record['chosen']}\n\n{format_scores(record['test'])}")


def baseline_record(
    dataset: Dataset, parts: Parts, by: str = "accuracy"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tune the baseline on the validation papers and test it once.

    Args:
        dataset: Labeled papers.
        parts: (N,) `train`, `validation`, `test` or empty for each paper.
        by: The validation score that decides.

    Returns:
        The part of a record that says what was tried and found, and the baseline's distances (N, C) of the
        `validation` and `test` papers.
    """
    y = dataset.label_ids()

    def side(name: str):
        rows = np.flatnonzero(parts == name)
        return [dataset.papers[i] for i in rows], y[rows]

    def scores(distances, papers, truth):
        listed = [paper.categories for paper in papers]
        # The softmax keeps the order of the distances, which is all that the kept scores look at.
        result = score(truth, softmax(distances), dataset.labels, listed)
        return {key: value for key, value in result.items() if not key.startswith(NEED_PROBABILITIES)}

    start = time.perf_counter()
    recipe = load_recipe("linear-svm", ["training.seed=0", f"training.monitor={by}"])
    tuned = tune_baseline(dataset, parts, recipe)
    seconds = time.perf_counter() - start
    validation, test = side("validation"), side("test")
    start = time.perf_counter()
    distances = {"validation": tuned.logits, "test": tuned.baseline.decision(test[0])}
    entries = [_setting(settings.to_dict()) for settings in tuned.tried]
    chosen = _setting(tuned.chosen)
    record = {
        "system": "TF-IDF (1-2 grams, min 2, sublinear) + LinearSVC",
        "labels": list(dataset.labels),
        "papers": {name: int((parts == name).sum()) for name in ("train", "validation", "test")},
        "seed": 0,
        "chosen_by": by,
        "grid": [{key: entry[key] for key in chosen} for entry in entries],
        "tried": entries,
        "chosen": chosen,
        "validation": scores(distances["validation"], *validation),
        "test": scores(distances["test"], *test),
        "seconds": {"tuning": round(seconds, 1), "testing": round(time.perf_counter() - start, 1)},
        "versions": {"python": platform.python_version(), "scikit-learn": sklearn.__version__},
    }
    return record, distances


def _setting(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of the grid in scikit-learn's words, with its scores."""
    scores = {key: value for key, value in entry.items() if key not in ("c", "balanced")}
    return {"C": entry["c"], "class_weight": "balanced" if entry["balanced"] else None, **scores}


if __name__ == "__main__":
    main()
