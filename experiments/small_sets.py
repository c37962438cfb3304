"""Calibration of models that learn from a teacher's or a librarian's few papers.

    python experiments/small_sets.py arxiv_archive_2019.parquet --out experiments/records/small_sets.json

Some papers of four labels are drawn, split and trained on as `arxonomy train` does, and the model is tested on 1,200
others, 300 of each label; again for each of the draws. A draw's papers are the same for all recipes. A baseline whose
package is missing is passed over; the network learns fewer draws, since each takes a minute.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch

from arxonomy.atomic import hash_file, write_atomic
from arxonomy.config import Recipe, list_recipes, load_recipe
from arxonomy.errors import SettingsError
from arxonomy.evaluation import expected_calibration_error
from arxonomy.inference import load
from arxonomy.papers import Dataset
from arxonomy.papers.splits import make_split
from arxonomy.records import Paper
from arxonomy.training.baselines import tune_baseline
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train

LABELS = ("cs.AI", "cs.CL", "cs.CV", "cs.LG")
SIZES = (60, 160)
TEST_PAPERS = 1200
NETWORK = "v1"
BASELINES = [name for name in list_recipes() if load_recipe(name).baseline]
Answers = tuple[np.ndarray, np.ndarray]
"""Scores (N, C) of papers before the calibration, and probabilities (N, C) after it."""


def read_pool(path: Path) -> dict[str, list[Paper]]:
    """Label -> all papers of it."""
    columns = ["id", "title", "abstract", "primary_category"]
    rows = pq.read_table(path, columns=columns, filters=[("primary_category", "in", LABELS)]).to_pylist()
    pool: dict[str, list[Paper]] = {label: [] for label in LABELS}
    for row in rows:
        label = row["primary_category"]
        pool[label].append(Paper(row["id"], row["title"], row["abstract"], category=label))
    return pool


def draw_papers(pool: dict[str, list[Paper]], size: int, draw: int) -> tuple[Dataset, list[Paper]]:
    """Papers to learn from, as many of each label as chance will have it but three at least; and test papers."""
    rng = np.random.default_rng([size, draw])
    counts = np.maximum(rng.multinomial(size, [1 / len(LABELS)] * len(LABELS)), 3)
    learned: list[Paper] = []
    tested: list[Paper] = []
    for label, count in zip(LABELS, counts.tolist(), strict=True):
        rows = rng.choice(len(pool[label]), count + TEST_PAPERS // len(LABELS), replace=False)
        papers = [pool[label][row] for row in rows.tolist()]
        learned += papers[:count]
        tested += papers[count:]
    return Dataset.from_papers(learned[row] for row in rng.permutation(len(learned)).tolist()), tested


def answer_baseline(dataset: Dataset, papers: list[Paper], recipe: Recipe) -> Answers:
    """The answers of a baseline that learned from the papers of `dataset`."""
    tuned = tune_baseline(dataset, make_split(dataset.papers, recipe.data), recipe)
    scores = tuned.baseline.decision_function(papers)
    return scores, tuned.validation.fit().whole.apply(scores)


def answer_network(dataset: Dataset, papers: list[Paper], recipe: Recipe) -> Answers:
    """The answers of a network that learned from the papers of `dataset`."""
    with tempfile.TemporaryDirectory() as folder:
        train(TrainingJob(dataset, make_split(dataset.papers, recipe.data), recipe, folder, device="cpu"))
        return load(folder, device="cpu").compute_all(papers)[:2]


def measure(truth: np.ndarray, before: np.ndarray, after: np.ndarray) -> dict[str, float]:
    """The scores of one draw."""
    return {
        "uncalibrated_accuracy": float((before.argmax(axis=1) == truth).mean()),
        "accuracy": float((after.argmax(axis=1) == truth).mean()),
        "confidence": float(after.max(axis=1).mean()),
        "expected_calibration_error": expected_calibration_error(truth, after),
    }


def summarize(draws: list[dict[str, float]]) -> dict[str, Any]:
    """Mean and standard deviation of each score, and the worst of the draws."""
    scores = {name: np.array([draw[name] for draw in draws]) for name in draws[0]}
    gains = scores["accuracy"] - scores["uncalibrated_accuracy"]
    gaps = scores["confidence"] - scores["accuracy"]
    means = {
        name: {"mean": round(float(values.mean()), 4), "deviation": round(float(values.std(ddof=1)), 4)}
        for name, values in {**scores, "gain": gains, "gap": gaps}.items()
    }
    return {"draws": len(draws), **means, "worst_gain": round(float(gains.min()), 4)}


def main() -> None:
    """Measure every recipe, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="Parquet file with the column primary_category")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--network-draws", type=int, default=3)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    pool, systems = read_pool(arguments.data), {}
    for name in [*BASELINES, NETWORK]:
        recipe, is_network = load_recipe(name), name == NETWORK
        answer: Callable[[Dataset, list[Paper], Recipe], Answers] = (
            answer_network if is_network else answer_baseline
        )
        sizes = {}
        try:
            for size in SIZES:
                draws = []
                for draw in range(arguments.network_draws if is_network else arguments.draws):
                    dataset, papers = draw_papers(pool, size, draw)
                    truth = np.array([dataset.labels.index(str(paper.category)) for paper in papers])
                    draws.append(measure(truth, *answer(dataset, papers, recipe)))
                sizes[str(size)] = summarize(draws)
        except SettingsError as error:
            print(f"{name}: passed over: {error}")
            continue
        systems[name] = sizes
        print(name, json.dumps(sizes), flush=True)
    record = {
        "command": f"python experiments/small_sets.py {arguments.data.name} --draws {arguments.draws} "
        f"--network-draws {arguments.network_draws} --out {arguments.out.name}",
        "data": {"file": arguments.data.name, "sha256": hash_file(arguments.data)},
        "labels": LABELS,
        "seeds": "numpy's default_rng([papers, draw]), draws from 0",
        "test_papers": TEST_PAPERS,
        "systems": systems,
    }
    write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
