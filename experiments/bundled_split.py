"""Split for the bundled model: public test papers stay out, their validation papers choose, the rest trains.

    python experiments/bundled_split.py RECENT.parquet primary_split.csv OUT.csv

Copies of a test or validation paper (same id, other version, same text) are left out of training.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from reference import load_reference_recipe

from arxonomy.papers import group_copies, load_dataset, write_split


def main() -> None:
    """Write the split file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recent", type=Path, help="arxiv_recent.parquet")
    parser.add_argument("split", type=Path, help="primary_split.csv")
    parser.add_argument("out", type=Path, help="the split file to write")
    arguments = parser.parse_args()
    dataset = load_dataset(arguments.recent, load_reference_recipe("bundled").data)
    with arguments.split.open(encoding="utf-8", newline="") as file:
        held = {row["id"]: row["split"] for row in csv.DictReader(file) if row["split"] != "train"}
    parts = np.array([held.get(paper.id, "train") for paper in dataset.papers], dtype="U10")
    groups = group_copies(dataset.papers)
    held_groups = set(groups[parts != "train"].tolist())
    copies = (parts == "train") & np.isin(groups, list(held_groups))
    parts[parts == "val"] = "validation"
    parts[copies] = ""
    write_split(arguments.out, dataset.papers, parts, dataset.sha256)
    counts = {part: int((parts == part).sum()) for part in ("train", "validation", "test", "")}
    print(f"{arguments.out}: {counts}")


if __name__ == "__main__":
    main()
