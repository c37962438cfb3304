"""Labels of one's own on few papers: a head on a trained network against TF-IDF + LinearSVC.

    python experiments/on_packaged.py arxiv_all.parquet --split-file arxiv_all_split.csv --network BUNDLE --out FILE

Papers of arXiv get subject headings of eight kinds, none of which is a category of arXiv's, as a library would have
them. Some are drawn, split and trained on as `arxonomy train` does, and each model is tested on 1,200 others; again for
each draw. A draw's papers are the same for both, and both are tuned and calibrated alike. The papers are those of the
part `final-fit` of the split file: a network that was trained on one of them is refused.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from arxonomy.artifacts.bundle import find_packaged_bundle
from arxonomy.artifacts.saved_model import open_model
from arxonomy.atomic import hash_file, write_atomic
from arxonomy.config import Recipe, load_recipe
from arxonomy.evaluation import expected_calibration_error
from arxonomy.papers import Dataset
from arxonomy.papers.splits import make_split
from arxonomy.records import Paper
from arxonomy.training.baselines import tune_baseline

HEADINGS = {
    "Sky and particles": ["astro-ph.", "gr-qc", "hep-", "nucl-"],
    "Matter, light and fluids": ["cond-mat.", "quant-ph", "physics.", "nlin."],
    "Numbers, shapes and symmetry": [
        "math.AG",
        "math.NT",
        "math.GT",
        "math.AT",
        "math.GR",
        "math.RT",
        "math.DG",
    ],
    "Equations, chance and decisions": [
        "math.AP",
        "math.CA",
        "math.DS",
        "math.NA",
        "math.PR",
        "math.OC",
        "stat.",
    ],
    "Learning machines": ["cs.LG", "cs.AI", "cs.NE", "cs.MA"],
    "Speech, text and retrieval": ["cs.CL", "cs.IR", "cs.SD", "cs.DL", "eess.AS"],
    "Images and robots": ["cs.CV", "cs.RO", "cs.GR", "eess.IV"],
    "Computers and networks": ["cs.DC", "cs.NI", "cs.CR", "cs.SE", "cs.OS", "cs.DB", "cs.AR", "cs.PL"],
}
"""Heading -> the categories that it gathers, by how they begin."""
SIZES = (60, 160, 500, 2000)
TEST_PAPERS = 1200
PART = "final-fit"


def choose_heading(category: str) -> str | None:
    """The heading of a category, if it has one."""
    return next((own for own, starts in HEADINGS.items() if category.startswith(tuple(starts))), None)


def read_pool(data: Path, split_file: Path) -> list[Paper]:
    """All papers of the part that have a heading."""
    with split_file.open(encoding="utf-8", newline="") as file:
        ids = {row["id"] for row in csv.DictReader(file) if row["split"] == PART}
    rows = pq.read_table(data, columns=["id", "title", "abstract", "primary_category"]).to_pylist()
    named = ((row, choose_heading(row["primary_category"])) for row in rows if row["id"] in ids)
    return [Paper(row["id"], row["title"], row["abstract"], category=own) for row, own in named if own]


def draw_papers(pool: list[Paper], size: int, draw: int) -> tuple[Dataset, list[Paper]]:
    """Papers to learn from, three of each heading at least, and as many as chance will have it; and test papers."""
    order = np.random.default_rng([size, draw]).permutation(len(pool)).tolist()
    tested, rest = [pool[i] for i in order[:TEST_PAPERS]], order[TEST_PAPERS:]
    first = {i for own in HEADINGS for i in [i for i in rest if pool[i].category == own][:3]}
    chosen = [*first, *(i for i in rest if i not in first)][:size]
    return Dataset(tuple(pool[i] for i in chosen), tuple(sorted(HEADINGS)), "0" * 64, "drawn", 0), tested


def measure(dataset: Dataset, tested: list[Paper], recipe: Recipe) -> dict[str, float]:
    """Train on the papers of `dataset`, and score on others."""
    start = time.process_time()
    tuned = tune_baseline(dataset, make_split(dataset.papers, recipe.data), recipe)
    calibrations = tuned.validation.fit()
    trained = time.process_time()
    probabilities = calibrations.whole.apply(tuned.baseline.decision_function(tested))
    answered = time.process_time()
    truth = np.array([dataset.labels.index(str(paper.category)) for paper in tested])
    return {
        "accuracy": float((probabilities.argmax(axis=1) == truth).mean()),
        "expected_calibration_error": expected_calibration_error(truth, probabilities),
        "training_seconds": trained - start,
        "papers_per_second": len(tested) / (answered - trained),
    }


def summarize(draws: list[dict[str, float]]) -> dict[str, Any]:
    """Mean and standard deviation of each score."""
    return {
        name: {
            "mean": round(float(np.mean([draw[name] for draw in draws])), 4),
            "deviation": round(float(np.std([draw[name] for draw in draws], ddof=1)), 4),
        }
        for name in draws[0]
    }


def main() -> None:
    """Measure both at every size, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="Parquet file with the column primary_category")
    parser.add_argument("--split-file", type=Path, required=True)
    parser.add_argument("--network", type=Path, help="bundle (default: the packaged model)")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    network = [] if arguments.network is None else [f'baseline.network="{arguments.network}"']
    recipes = [load_recipe("network-head", network), load_recipe("linear-svm")]
    pool = read_pool(arguments.data, arguments.split_file)
    source = arguments.network or find_packaged_bundle()
    if seen := open_model(source).trained_on(pool):
        raise SystemExit(f"the network was trained on {seen:,} of these papers: name one that was not")
    sizes: dict[str, Any] = {}
    for size in arguments.sizes:
        scores: dict[str, list[dict[str, float]]] = {recipe.name: [] for recipe in recipes}
        for draw in range(arguments.draws):
            dataset, tested = draw_papers(pool, size, draw)
            for recipe in recipes:
                scores[recipe.name].append(measure(dataset, tested, recipe))
        head, svm = (np.array([draw["accuracy"] for draw in own]) for own in scores.values())
        sizes[str(size)] = {name: summarize(own) for name, own in scores.items()}
        sizes[str(size)]["difference"] = {
            "mean": round(float((head - svm).mean()), 4),
            "worst": round(float((head - svm).min()), 4),
        }
        print(size, json.dumps(sizes[str(size)]), flush=True)
    record = {
        "command": f"python experiments/on_packaged.py {arguments.data.name} --split-file "
        f"{arguments.split_file.name} --network BUNDLE --draws {arguments.draws} --out {arguments.out.name}",
        "data": {"file": arguments.data.name, "sha256": hash_file(arguments.data), "part": PART},
        "network": open_model(source).sha256,
        "headings": HEADINGS,
        "papers": len(pool),
        "test_papers": TEST_PAPERS,
        "seeds": "numpy's default_rng([papers, draw]), draws from 0",
        "draws": arguments.draws,
        "sizes": sizes,
    }
    write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
