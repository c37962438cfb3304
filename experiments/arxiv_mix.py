"""How frequent arXiv's categories are, and what that is worth to the packaged model's answers (`--prior arxiv`).

    python experiments/arxiv_mix.py MEASURED arxiv_all.parquet arxiv_recent.parquet --split-file arxiv_all_split.csv

MEASURED is a bundle that has not seen the papers of the part `final-fit`. The papers at hand have few of some categories
since 2025-09, among them the validation papers, whose shares a calibrated probability assumes. The months before show
arXiv's own mix: it is written into the package, as numbers of papers. Papers of `final-fit` are then weighted so that they
have that mix, and answered without it and with it.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path

import numpy as np

from arxonomy.atomic import write_atomic
from arxonomy.config import DataSettings
from arxonomy.inference import load
from arxonomy.papers import load_dataset, read_training_split

HERE = Path(__file__).resolve().parent
TABLE = HERE.parent / "src" / "arxonomy" / "taxonomy" / "arxiv_papers.csv"
RECORD = HERE / "records" / "packaged" / "arxiv_mix.json"
MONTHS = ("2025-01", "2025-08")
"""The first and the last month whose papers have arXiv's own mix."""
LEAST = 10
"""Papers of a category that say how frequent it is, and that stand for all of it in the comparison."""
DRAWS = 1000
"""Of the bootstrap."""


def compare(
    before: np.ndarray, after: np.ndarray, truth: np.ndarray, shares: np.ndarray
) -> dict[str, object]:
    """Score probabilities (N, C) without and with the prior, of papers weighted to shares (C,)."""
    counts = np.bincount(truth, minlength=len(shares))
    known = (counts >= LEAST) & (shares > 0)
    weights = np.where(known, shares / np.maximum(counts, 1), 0.0)[truth]
    weights /= weights.sum()
    right = [own.argmax(axis=1) == truth for own in (before, after)]
    gains = weights * (right[1].astype(float) - right[0])
    random = np.random.default_rng(0)
    drawn = [random.integers(len(truth), size=len(truth)) for _ in range(DRAWS)]
    interval = np.percentile([gains[rows].sum() / weights[rows].sum() for rows in drawn], [2.5, 97.5])
    return {
        "papers": int(known[truth].sum()),
        "categories": int(known.sum()),
        "covered": float(shares[known].sum()),
        **{
            name: {
                "accuracy": float(weights @ own_right),
                "log_loss": float(-weights @ np.log(own[np.arange(len(truth)), truth])),
                "accuracy_unweighted": float(own_right.mean()),
            }
            for name, own, own_right in zip(("without", "with"), (before, after), right, strict=True)
        },
        "gain": float(gains.sum()),
        "interval": interval.tolist(),
    }


def main(arguments: argparse.Namespace) -> None:
    """Write the table into the package, and the record."""
    dataset = load_dataset(arguments.papers, DataSettings(active_only=True))
    parts = np.asarray(read_training_split(arguments.split_file, dataset, "train"))
    months = np.array([paper.published[:7] for paper in dataset.papers])
    labels, names = dataset.get_label_ids(), dataset.labels
    recent = (parts == "train") & (months >= MONTHS[0]) & (months <= MONTHS[1])
    counts = {
        part: np.bincount(labels[rows], minlength=len(names))
        for part, rows in (("training", recent), ("validation", parts == "validation"))
    }
    lines = [
        f"{name},{count}\n"
        for name, count in zip(names, counts["training"].tolist(), strict=True)
        if count >= LEAST
    ]
    source = (
        f"# Papers of arXiv by primary category, published {MONTHS[0]} to {MONTHS[1]} "
        "(those at hand, counted by experiments/arxiv_mix.py).\n"
    )
    write_atomic(TABLE, source + "category,papers\n" + "".join(lines))
    later = np.flatnonzero(parts == "final-fit")
    papers = [dataset.papers[row] for row in later.tolist()]
    classifier = load(arguments.measured, threads=1)
    places = np.array([classifier.labels.index(name) for name in names])
    before, after = (
        own.compute_all(papers).after[:, places] for own in (classifier, classifier.with_prior("arxiv"))
    )
    record = {
        "months": MONTHS,
        "papers": {part: int(count.sum()) for part, count in counts.items()},
        "categories": {
            name: {part: int(count[place]) for part, count in counts.items()}
            for place, name in enumerate(names)
        },
        "later": compare(before, after, labels[later], counts["training"] / counts["training"].sum()),
        "command": shlex.join(["python", "experiments/arxiv_mix.py", *sys.argv[1:]]),
    }
    write_atomic(RECORD, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measured", type=Path, help="a bundle")
    parser.add_argument("papers", type=Path, nargs="+")
    parser.add_argument("--split-file", type=Path, required=True)
    main(parser.parse_args())
