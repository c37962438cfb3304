"""How well a model recognizes papers of archives that were left out of its training.

    python experiments/left_out.py --data DATA [--runs runs/left-out] [--folds sky numbers]

DATA is the folder of the shared papers. Of each fold, the archives of one group are left out, the network is trained on
100,000 papers of all others, and typicality tells 4,000 newer papers of these from 4,000 of the archives that were left
out: by the area under the ROC, beside the largest probability. These papers are of the part `final-fit` of the split.
A fold that has been measured is not run again; a training that was stopped resumes. Ten minutes each, one thread.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from network.pools import ALL_SPLIT, Pool, read_pool
from outside import ACCEPTED, compute_scores, draw
from sklearn.metrics import roc_auc_score

from arxonomy.atomic import write_atomic
from arxonomy.config import load_recipe
from arxonomy.inference import load
from arxonomy.papers import Dataset
from arxonomy.records import Paper
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train

GROUPS = {
    "sky": ("astro-ph", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "nucl-ex", "nucl-th"),
    "matter": ("cond-mat", "nlin", "physics", "quant-ph", "q-bio"),
    "numbers": ("math", "math-ph", "stat", "econ", "q-fin"),
    "machines": ("cs", "eess"),
}
"""Fold -> the archives that are left out of its training."""
TRAINING_PAPERS, SCORED, PART = 100_000, 4_000, "final-fit"
SETTINGS = ("training.epochs=2", "training.seed=1")
RECORD = Path(__file__).resolve().parent / "records" / "packaged" / "left_out.json"


def is_of(paper: Paper, archives: Sequence[str]) -> bool:
    """Whether the paper's category is of one of the archives."""
    return str(paper.category).partition(".")[0] in archives


def draw_training(pool: Pool, archives: Sequence[str]) -> tuple[Dataset, np.ndarray]:
    """Draw the papers of a fold, and their parts: all archives but those that are left out."""
    kept, parts = [], []
    for part, count in (("train", TRAINING_PAPERS), ("validation", None)):
        rows = [row for row in pool.rows(part).tolist() if not is_of(pool.dataset.papers[row], archives)]
        drawn = draw(rows, count or len(rows))
        kept += drawn
        parts += [part] * len(drawn)
    learned = {
        pool.dataset.papers[row].category for row, part in zip(kept, parts, strict=True) if part == "train"
    }
    chosen = [
        (pool.dataset.papers[row], part)
        for row, part in zip(kept, parts, strict=True)
        if pool.dataset.papers[row].category in learned
    ]
    papers = [replace(paper, row=place) for place, (paper, _) in enumerate(chosen)]
    return Dataset.from_papers(papers), np.array([part for _, part in chosen])


def measure_fold(name: str, pool: Pool, newer: Sequence[Paper], runs: Path) -> dict[str, object]:
    """Train without the archives of a fold, and measure how well their papers are recognized."""
    archives = GROUPS[name]
    dataset, parts = draw_training(pool, archives)
    job = TrainingJob(dataset, parts, load_recipe("bundled", SETTINGS), runs / name, None, "cpu")
    train(job, resume=True)
    classifier = load(runs / name, threads=1)
    scored = {
        left_out: compute_scores(
            classifier, draw([paper for paper in newer if is_of(paper, archives) == left_out], SCORED)
        )
        for left_out in (False, True)
    }
    inside, outside = scored[False], scored[True]
    sizes = [len(inside["typicality"]), len(outside["typicality"])]
    truth = np.repeat([1, 0], sizes)
    accepted = outside["typicality"] >= np.quantile(inside["typicality"], 1.0 - ACCEPTED)
    return {
        "archives": archives,
        "labels": len(dataset.labels),
        "training_papers": int((parts == "train").sum()),
        "papers": {"inside": sizes[0], "left_out": sizes[1]},
        "area_under_roc": {
            score: round(float(roc_auc_score(truth, np.concatenate([inside[score], outside[score]]))), 4)
            for score in inside
        },
        "accepted_at_95": round(float(accepted.mean()), 4),
    }


def main() -> None:
    """Measure the folds that have no record yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ARXONOMY_DATA", "../shared/data")))
    parser.add_argument("--runs", type=Path, default=Path("runs/left-out"))
    parser.add_argument("--folds", nargs="+", choices=list(GROUPS), default=list(GROUPS))
    parser.add_argument("--out", type=Path, default=RECORD)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    pool = read_pool("all", arguments.data)
    with (arguments.data / ALL_SPLIT).open(encoding="utf-8", newline="") as file:
        ids = {row["id"] for row in csv.DictReader(file) if row["split"] == PART}
    newer = [paper for paper in pool.dataset.papers if paper.id in ids]
    record = {
        "command": "python experiments/left_out.py",
        "data": pool.files,
        "recipe": "bundled",
        "settings": SETTINGS,
        "part": PART,
        "folds": {},
    }
    if arguments.out.is_file():
        record = json.loads(arguments.out.read_text(encoding="utf-8"))
    for name in arguments.folds:
        if name not in record["folds"]:
            record["folds"][name] = measure_fold(name, pool, newer, arguments.runs)
            print(name, json.dumps(record["folds"][name]), flush=True)
            write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
