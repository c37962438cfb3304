"""Every system of the reference on every split, each finished run kept as a small record.

    python experiments/reproduce.py --data DATA --runs runs/reproduce [--systems v1 baseline] [--threads 1]

DATA is the folder with the shared papers. A run that has a record is not trained again, and a stopped one resumes
from its checkpoint, so this program may be stopped and started at any time; several may work in parallel on the
same folder, each on runs that no other holds.

A record is two files in experiments/records/reproduce/SPLIT: SYSTEM-SEED.json (scores, settings, hashes,
command, seconds) and SYSTEM-SEED.safetensors (the probabilities of the validation and test papers, float32,
calibrated on validation; `_copies` means over three augmented copies of each paper). Ensembles and
comparisons are computed from them by experiments/results.py. papers.safetensors holds of the
validation and test papers: row in the file, label, a number that copies of a paper share, and whether each
label is among the listed categories. Test papers are looked at once per run, with the weights that validation
chose.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from reference import load_reference_recipe
from safetensors.numpy import save

from arxonomy.artifacts.run import Run
from arxonomy.atomic import hash_file, write_atomic
from arxonomy.auditing import compute_ceiling
from arxonomy.config import Recipe
from arxonomy.evaluation import score
from arxonomy.inference import load
from arxonomy.papers import (
    Dataset,
    Parts,
    count_leaked_papers,
    group_copies,
    load_dataset,
    make_split,
    read_split,
)
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train

RECORDS = Path(__file__).resolve().parent / "records" / "reproduce"
VECTORS = "vectors/arxiv.300d.txt.gz"
SPLITS = {
    "primary": ("arxiv12k/primary_label.csv", "arxiv12k/primary_split.csv"),
    "query-random": ("arxiv12k/query_label.csv", "arxiv12k/query_split.csv"),
    "query-grouped": ("arxiv12k/query_label.csv", None),  # made here: copies of a paper stay together
}
"""Name of a split -> data file, split file."""

SEEDS = (42, 123, 456)
OTHER_SEEDS = {
    ("v1", "primary"): (*SEEDS, 789, 1011),
    ("v4-deep", "query-random"): SEEDS[:1],  # one takes a core about an hour (`seconds` of the records)
    ("v4-deep", "query-grouped"): SEEDS[:1],
}
BASELINE = "linear-svm"
SYSTEMS = (BASELINE, "v1", "baseline", "v3", "v2", "v4-deep")
COPIES = 3
AUGMENTED = ("v1",)
"""Systems whose answers on augmented copies are recorded too, for `ensemble-tta`."""


@dataclass(frozen=True)
class Job:
    """One run: a system, a split, a seed."""

    system: str
    split: str
    seed: int

    @property
    def name(self) -> str:
        """Of the run's folder and the record's files."""
        return f"{self.system}-{self.seed}"

    @property
    def command(self) -> str:
        """What makes this record."""
        chosen = f"--systems {self.system} --splits {self.split} --seeds {self.seed}"
        return f"python experiments/reproduce.py {chosen}"

    @property
    def record(self) -> Path:
        """The record, which is written last."""
        return RECORDS / self.split / f"{self.name}.json"


def jobs(systems: list[str], splits: list[str]) -> Iterator[Job]:
    """All runs, the systems in the order given."""
    for system in systems:
        for split in splits:
            seeds = SEEDS[:1] if system == BASELINE else OTHER_SEEDS.get((system, split), SEEDS)
            for seed in seeds:
                yield Job(system, split, seed)


@contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Whether the run is ours until the end of the block; no other process then has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def write_split_record(split: str, dataset: Dataset, parts: Parts) -> None:
    """Keep what all scores of a split rest on, without a paper's text.

    `papers.safetensors`: row in the file, label, a number that copies of a paper share, and whether each
    label is among the listed categories, of the validation and test papers. `split.json`, written last:
    hashes, numbers of papers, how many test papers have a copy in training, and the ceiling: the best
    accuracy on the test papers of a classifier that gives copies of a paper one answer, knowing all their
    labels there.
    """
    folder = RECORDS / split
    if (folder / "split.json").is_file():
        return
    tensors, labels, groups = {}, dataset.get_label_ids(), group_copies(dataset.papers)
    for part in ("validation", "test"):
        rows = np.flatnonzero(parts == part)
        listed = [[label in dataset.papers[i].categories for label in dataset.labels] for i in rows]
        tensors[f"{part}_rows"] = rows.astype(np.int32)
        tensors[f"{part}_labels"] = labels[rows].astype(np.uint8)
        tensors[f"{part}_copies"] = groups[rows].astype(np.int32)
        tensors[f"{part}_listed"] = np.array(listed, dtype=np.uint8)

    test = np.flatnonzero(parts == "test")
    facts = {
        "data": {"file": Path(SPLITS[split][0]).name, "sha256": dataset.sha256},
        "labels": list(dataset.labels),
        "rows": len(dataset.papers),
        "different_papers": len(np.unique(groups)),
        "papers": {part: int((parts == part).sum()) for part in ("train", "validation", "test")},
        "test_papers_with_a_copy_in_training": count_leaked_papers(dataset.papers, parts),
        "ceiling_of_the_file": compute_ceiling(groups, labels),
        "ceiling_of_the_test_papers": compute_ceiling(groups[test], labels[test]),
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / "papers.safetensors", save(tensors))
    write_atomic(folder / "split.json", json.dumps(facts, indent=1) + "\n")


def read(split: str, data: Path, recipe: Recipe) -> tuple[Dataset, Parts]:
    """The papers of a split and the part that each is in."""
    file, split_file = SPLITS[split]
    dataset = load_dataset(data / file, recipe.data)
    if split_file is None:
        return dataset, make_split(dataset.papers, recipe.data)
    return dataset, read_split(data / split_file, dataset.papers)


def keep(job: Job, record: dict[str, Any], tensors: dict[str, np.ndarray]) -> None:
    """Write both files of a record."""
    record = {"split": job.split, "seed": job.seed, "command": job.command, **record}
    write_atomic(job.record.with_suffix(".safetensors"), save(tensors))
    write_atomic(job.record, json.dumps(record, indent=1) + "\n")
    accuracies = {name: round(values["accuracy"], 4) for name, values in record["scores"].items()}
    print(f"{job.split} {job.name}: {accuracies}", flush=True)


def reproduce(job: Job, data: Path, runs: Path) -> None:
    """Train a run to its end and write its record."""
    recipe = load_reference_recipe(job.system, [f"training.seed={job.seed}"])
    dataset, parts = read(job.split, data, recipe)
    folder = runs / job.split / job.name
    run = train(
        TrainingJob(
            dataset,
            parts,
            recipe,
            folder,
            vectors=None if recipe.baseline else data / VECTORS,
            command=job.command.split(),
        ),
        resume=True,
    )
    tensors, scores = {}, {}
    for copies in (0, COPIES) if job.system in AUGMENTED else (0,):
        classifier = load(folder, copies=copies)
        for part in ("validation", "test"):
            rows = np.flatnonzero(parts == part)
            papers = [dataset.papers[i] for i in rows]
            probabilities = classifier.probabilities(papers).astype(np.float32)
            name = part + ("_copies" if copies else "")
            tensors[name] = probabilities
            scores[name] = score(
                dataset.get_label_ids()[rows],
                probabilities,
                dataset.labels,
                [paper.categories for paper in papers],
            ).to_dict()
    write_split_record(job.split, dataset, parts)
    record = {
        "system": job.system,
        "data": {"file": Path(SPLITS[job.split][0]).name, "sha256": dataset.sha256},
        "split_sha256": hash_file(run.split),
        "labels": list(dataset.labels),
        "papers": {part: int((parts == part).sum()) for part in ("train", "validation", "test")},
        "versions": run.info().versions,
        **(describe_baseline(run) if recipe.baseline else describe_network(run)),
        "recipe": run.recipe().model_dump(exclude_unset=recipe.baseline is not None),
        "scores": scores,
    }
    keep(job, record, tensors)


def describe_network(run: Run) -> dict[str, Any]:
    """How a network was trained."""
    info, epochs = run.info(), run.history()
    return {
        "vectors": {"sha256": info.vectors.sha256, "coverage": info.vectors.coverage},
        "words": info.words,
        "precision": info.precision,
        "best_epoch": run.metrics().best_epoch,
        "seconds": round(sum(epoch.seconds for epoch in epochs)),
        "epochs": [asdict(epoch) for epoch in epochs],
    }


def describe_baseline(run: Run) -> dict[str, Any]:
    """How a baseline was tuned."""
    metrics = run.metrics()
    kept = {key: getattr(metrics, key) for key in ("chosen_by", "tried", "chosen")}
    return {**kept, "seconds": round(metrics.cpu_seconds)}


def main() -> None:
    """Train what has no record yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder of the shared papers"
    )
    parser.add_argument("--runs", type=Path, default=Path("runs/reproduce"), help="folder of the run folders")
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=SYSTEMS)
    parser.add_argument("--splits", nargs="+", default=list(SPLITS), choices=list(SPLITS))
    parser.add_argument("--seeds", nargs="+", type=int, help="of the seeds planned, these alone")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    for job in jobs(arguments.systems, arguments.splits):
        if job.record.is_file() or (arguments.seeds and job.seed not in arguments.seeds):
            continue
        with claimed(arguments.runs / job.split / f"{job.name}.lock") as ours:
            if not ours or job.record.is_file():
                continue
            reproduce(job, arguments.data, arguments.runs)


if __name__ == "__main__":
    main()
