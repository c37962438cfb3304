"""The papers that systems are trained on and scored by.

few         8,399 papers of three classes, the document's task, and its validation and test papers
published   all papers of these classes that may be trained on, the same validation and test papers
sample      100,000 papers of all 149 categories, drawn once, and 8,000 validation papers of a later month
all         all papers that may be trained on, the same validation papers
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from reference import AMONG

from arxonomy.atomic import hash_file
from arxonomy.config import DataSettings, load_recipe
from arxonomy.papers import Dataset, Parts, load_dataset, read_split, read_training_split

FEW = ("arxiv12k/primary_label.csv",)
ALL = ("arxiv_all.parquet", "arxiv_recent.parquet")
FEW_SPLIT, ALL_SPLIT = "arxiv12k/primary_split.csv", "arxiv_all_split.csv"
SCORED = {"cs3-validation": "validation", "cs3-test": "test"}
"""Parts of the split of all papers -> of the pool `published`."""
SAMPLE = 100_000
UNLABELED = "arxiv_recent.parquet"
VECTORS = "vectors/arxiv.300d.txt.gz"
VECTOR_WIDTH = 96
"""Of word vectors that the study trains itself."""
THREE_CLASSES = ("few", "published")


@dataclass(frozen=True)
class Pool:
    """Labeled papers and their parts."""

    name: str
    """See above."""
    dataset: Dataset
    """The papers."""
    parts: Parts
    """(N,) `train`, `validation`, `test` or empty."""
    files: dict[str, str]
    """File -> its sha256, the split's included."""

    def describe(self) -> dict[str, Any]:
        """As a record has it."""
        counts = {part: int((self.parts == part).sum()) for part in ("train", "validation", "test")}
        return {"name": self.name, "files": self.files, "labels": len(self.dataset.labels), "papers": counts}

    def rows(self, part: str) -> np.ndarray:
        """(N,) the rows of a part."""
        return np.flatnonzero(self.parts == part)


def get_data_settings(pool: str) -> DataSettings:
    """Which labels a pool has."""
    among = AMONG if pool in THREE_CLASSES else None
    return load_recipe("arxonomy").with_labels(among).data


def read_pool(name: str, folder: Path, limit: int | None = None) -> Pool:
    """Read a pool.

    Args:
        name: See above.
        folder: Of the shared papers.
        limit: Training papers at most, and half as many others: to try a program out.
    """
    names, split = (FEW, FEW_SPLIT) if name == "few" else (ALL, ALL_SPLIT)
    paths = [folder / file for file in names]
    dataset = load_dataset(paths, get_data_settings(name))
    if name == "few":
        parts = read_split(folder / split, dataset.papers)
    else:
        parts = read_training_split(folder / split, dataset, "train")
        if name == "published":
            own = np.isin(parts, ("validation", "test"))
            parts = rename_parts(folder / split, dataset, parts, own)
        else:
            check_categories(dataset, folder)
    files = {path.name: hash_file(path) for path in [*paths, folder / split]}
    pool = Pool(name, dataset, parts, files)
    if name == "sample":
        pool = draw_sample(pool, SAMPLE, len(dataset.papers))
    return pool if limit is None else draw_sample(pool, limit, limit // 2)


def rename_parts(split: Path, dataset: Dataset, parts: Parts, own: np.ndarray) -> Parts:
    """The parts with the three classes' validation and test papers in place of those of all of arXiv."""
    with split.open(encoding="utf-8", newline="") as file:
        named = {row["id"]: SCORED.get(row["split"], "") for row in csv.DictReader(file)}
    scored = np.array([named.get(paper.id, "") for paper in dataset.papers])
    return np.where(scored != "", scored, np.where(own, "", parts))


def check_categories(dataset: Dataset, folder: Path) -> None:
    """Make sure that the labels are arXiv's active categories by their canonical names."""
    with (folder / "arxiv_taxonomy.csv").open(encoding="utf-8", newline="") as file:
        active = {row["category"] for row in csv.DictReader(file) if row["status"] == "active"}
    if set(dataset.labels) != active:
        raise SystemExit(f"expected the {len(active)} active categories, found {len(dataset.labels)} labels")


def draw_sample(pool: Pool, train: int, others: int) -> Pool:
    """Draw papers of each part by a fixed seed; of each label there is a training paper."""
    rng, kept, labels = np.random.default_rng(0), [], pool.dataset.get_label_ids()
    for part, count in (("train", train), ("validation", others), ("test", others)):
        rows = rng.permutation(pool.rows(part))
        if part == "train":
            first = np.unique(labels[rows], return_index=True)[1]
            rows = np.concatenate([rows[first], np.delete(rows, first)])
        kept += np.sort(rows[:count]).tolist()
    papers = [replace(pool.dataset.papers[row], row=place) for place, row in enumerate(kept)]
    dataset = Dataset.from_papers(papers, pool.dataset.labels)
    return replace(pool, dataset=dataset, parts=pool.parts[kept])
