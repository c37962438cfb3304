"""Several seeds of one recipe on one split, each with a record; then mean and spread.

    python experiments/seeds.py DATA --recipe v1 --split SPLIT.csv --vectors VECTORS --seeds 42 123 456 \
        --runs runs --out experiments/records/v1_primary.json

A run that is finished is not trained again, and one that was stopped goes on. The test papers are
looked at once per run, with the weights of the epoch that validation chose.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
from pathlib import Path

import torch

from arxivist.config import load_recipe
from arxivist.evaluation import score
from arxivist.files import write_atomic
from arxivist.inference import load
from arxivist.papers import load_dataset, read_split
from arxivist.training.train import train

KEPT = ("accuracy", "macro_f1", "balanced_accuracy", "top2_accuracy", "any_listed_accuracy", "log_loss")


def main() -> None:
    """Train, test, write the record, print the summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--recipe", default="v1")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides")
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[42, 123, 456, 789, 1011])
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True, help="the record to write (JSON)")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    runs = []
    for seed in arguments.seeds:
        recipe = load_recipe(arguments.recipe, [*arguments.overrides, f"training.seed={seed}"])
        dataset = load_dataset(arguments.data, recipe.data)
        parts = read_split(arguments.split, dataset.papers)
        folder = arguments.runs / f"{recipe.name}-{arguments.data.stem}-seed{seed}"
        run = train(dataset, parts, recipe, folder, vectors=arguments.vectors, resume=True)
        test = [i for i, part in enumerate(parts) if part == "test"]
        papers = [dataset.papers[i] for i in test]
        probabilities = load(folder).probabilities(papers)
        found = score(
            dataset.label_ids()[test], probabilities, dataset.labels, [p.categories for p in papers]
        )
        info, metrics = run.info(), run.metrics()
        lines = (folder / "epochs.jsonl").read_text(encoding="utf-8").splitlines()
        epochs = [json.loads(line) for line in lines]
        runs.append(
            {
                "seed": seed,
                "best_epoch": metrics["best_epoch"],
                "epochs": len(epochs),
                "seconds": round(sum(epoch["seconds"] for epoch in epochs)),
                "precision": info["precision"],
                "words": info["words"],
                "vectors_sha256": info["vectors"]["sha256"],
                "validation": {
                    key: metrics["validation"][key] for key in KEPT if key in metrics["validation"]
                },
                "test": {key: found[key] for key in KEPT if key in found},
            }
        )
        print(
            f"seed {seed}: validation {runs[-1]['validation']['accuracy']:.4f}, test {found['accuracy']:.4f}",
            flush=True,
        )
    summary = {
        part: {key: spread([run[part][key] for run in runs]) for key in KEPT if key in runs[0][part]}
        for part in ("validation", "test")
    }
    vectors = f" --vectors {arguments.vectors.name}" if arguments.vectors else ""
    overrides = "".join(f" --set {override}" for override in arguments.overrides)
    record = {
        "command": f"python experiments/seeds.py {arguments.data.name} --recipe {arguments.recipe}{overrides}"
        f" --split {arguments.split.name}{vectors} --seeds {' '.join(map(str, arguments.seeds))}"
        f" --out {arguments.out.name}",
        "recipe": recipe.model_dump(exclude={"training": {"seed"}}),
        "data": {"file": arguments.data.name, "sha256": dataset.sha256},
        "split": {
            "file": arguments.split.name,
            "sha256": hashlib.sha256(arguments.split.read_bytes()).hexdigest(),
        },
        "runs": runs,
        "summary": summary,
    }
    write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")
    for part, values in summary.items():
        accuracy = values["accuracy"]
        print(f"{part} accuracy of {len(runs)} seeds: {accuracy['mean']:.4f} +- {accuracy['deviation']:.4f}")


def spread(values: list[float]) -> dict[str, float]:
    """Mean and sample standard deviation."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return {"mean": round(statistics.mean(values), 5), "deviation": round(deviation, 5)}


if __name__ == "__main__":
    main()
