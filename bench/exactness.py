"""How far answers of an exported model are from those of the plain network: accuracy and agreement.

    python bench/exactness.py DATA... --split-file SPLIT.csv --split PART --run RUN --bundle BUNDLE
        [--papers 20000] [--out record.json]

Two steps lie between a trained network and its answers, and each is compared on the same papers:

    onnx     ONNX Runtime against PyTorch, both with the weights of the bundle; the same to 1e-5
    compact  the packed weights of the bundle against those of the run, in float32
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arxonomy.atomic import hash_file, write_atomic
from arxonomy.evaluation import compare_answers
from arxonomy.inference import load
from arxonomy.papers import read_papers

Probabilities = npt.NDArray[np.float64]


def main() -> None:
    """Compute, print, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="+", type=Path, help="files of labeled papers")
    parser.add_argument("--split-file", type=Path, required=True, help="CSV file of ids and parts")
    parser.add_argument("--split", default="final-fit", help="the part whose papers are classified")
    parser.add_argument("--run", type=Path, required=True, help="the run that was exported")
    parser.add_argument("--bundle", type=Path, required=True, help="what it was exported to")
    parser.add_argument("--papers", type=int, default=20_000)
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()

    rows = (line.strip().split(",") for line in arguments.split_file.open(encoding="utf-8"))
    wanted = {name for name, part in rows if part == arguments.split}
    labels = {label: place for place, label in enumerate(load(arguments.bundle).labels)}
    every = (paper for file in arguments.data for paper in read_papers(file))
    chosen = (paper for paper in every if paper.id in wanted and paper.category in labels)
    papers = list(islice(chosen, arguments.papers))
    truth = np.array([labels[paper.category or ""] for paper in papers])

    def classify(model: Path, backend: str) -> Probabilities:
        return load(model, backend=backend, threads=1).probabilities(papers)  # type: ignore[arg-type]

    packed = classify(arguments.bundle, "torch")
    compared = {
        "onnx": compare_answers(packed, classify(arguments.bundle, "onnx"), truth),
        "compact": compare_answers(classify(arguments.run, "torch"), packed, truth),
    }
    for name, numbers in compared.items():
        print(name, *(f"{key} {value:.6g}" for key, value in asdict(numbers).items()), sep="\n  ")
    if arguments.out:
        record = {
            "command": f"python bench/exactness.py {' '.join(file.name for file in arguments.data)} "
            f"--split-file {arguments.split_file.name} --split {arguments.split} --run {arguments.run.name} "
            f"--bundle {arguments.bundle.name} --papers {arguments.papers}",
            "papers": len(papers),
            "bundle_sha256": hash_file(arguments.bundle / "bundle.json"),
            **{name: asdict(numbers) for name, numbers in compared.items()},
        }
        write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
