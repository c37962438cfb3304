"""Why the reference's V4 predicted one class: its training as described, then one suspected cause at a time.

    python experiments/v4_collapse.py --data DATA --run runs/v4-collapse [--threads 1]

The training is that of the reference, on its file and random split: 40 epochs, 3 of warm-up, cosine,
weight averaging from epoch 24, early stopping after 7 epochs without a better one. It is not repeated when
the run folder holds it. The weights of every epoch are kept, and then the papers are answered with

    best epoch                 the weights that validation chose
    last epoch                 those after the last epoch, where everything that regularizes has had its effect
    average never started      the copy that an averaging model takes when it is made, which it still holds
                               when training stops before the averaging begins
    ... statistics recomputed  the same with batch normalization's statistics recomputed on training papers
    average, fresh             the mean of the epochs from the best on, statistics recomputed
    average, last              the same with the statistics of the last epoch
    average, untouched         the same with the statistics of the start (mean 0, variance 1), as a copy that
                               averages weights alone keeps them

Answers are those of the raw logits, as in the reference: nothing is calibrated. Writes
experiments/records/v4_collapse.json.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from reference import load_reference_recipe
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from arxonomy.artifacts.run import Run
from arxonomy.atomic import write_atomic
from arxonomy.evaluation import score, softmax
from arxonomy.models import build_model
from arxonomy.models.predict import predict_logits
from arxonomy.papers import load_dataset, read_split
from arxonomy.text import Encoder, collate, make_length_batches
from arxonomy.text.vectors import read_vectors
from arxonomy.training.averaging import refresh_batch_norm
from arxonomy.training.job import TrainingJob
from arxonomy.training.reporter import SilentReporter
from arxonomy.training.train import train

RECORD = Path(__file__).resolve().parent / "records" / "v4_collapse.json"
DOCUMENT = [
    "training.epochs=40",
    "training.warmup_epochs=3",
    "training.average_from=24",
    "training.stop_patience=7",
]
MORE_STARTS = (1, 2, 3, 4, 5, 6, 7, 8, 9)
"""Seeds of untrained networks, which show whether one class for all is the rule or chance."""

SIDES = ("validation", "test")
State = dict[str, Tensor]


class KeepEpochs(SilentReporter):
    """Copies the weights after each epoch out of the checkpoint."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def epoch_done(self, line: dict[str, Any]) -> None:
        """Keep one file per epoch."""
        tensors = load_file(self.run.checkpoint)
        state = {name.removeprefix("model."): t for name, t in tensors.items() if name.startswith("model.")}
        save_file(state, weights_of(self.run, line["epoch"]))
        print(line, flush=True)


def weights_of(run: Run, epoch: int) -> Path:
    """Where the weights after an epoch are."""
    return run.folder.with_name(f"{run.folder.name}-epoch-{epoch}.safetensors")


def mean(states: list[State]) -> State:
    """The mean of several epochs' weights; whole numbers are those of the last."""
    return {
        name: torch.stack([state[name] for state in states]).mean(dim=0)
        if states[0][name].is_floating_point()
        else states[-1][name]
        for name in states[0]
    }


def with_statistics(state: State, other: State) -> State:
    """`state` with batch normalization's statistics of `other`."""
    return {
        name: other[name] if "running_" in name or "batches_tracked" in name else value
        for name, value in state.items()
    }


def main() -> None:
    """Train, answer in every way, write the record, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder of the shared papers"
    )
    parser.add_argument("--run", type=Path, default=Path("runs/v4-collapse"))
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)

    if RECORD.is_file():
        print(f"{RECORD} is there already; delete it to compute it again")
        return
    recipe = load_reference_recipe("v4-deep", [*DOCUMENT, "training.seed=42"])
    dataset = load_dataset(arguments.data / "arxiv12k/query_label.csv", recipe.data)
    parts = read_split(arguments.data / "arxiv12k/query_split.csv", dataset.papers)
    vectors = arguments.data / "vectors/arxiv.300d.txt.gz"
    run = Run(arguments.run)
    train(
        TrainingJob(dataset, parts, recipe, run.folder, vectors=vectors),
        resume=True,
        reporter=KeepEpochs(run),
    )
    history = [json.loads(line) for line in (run.folder / "epochs.jsonl").read_text().splitlines()]
    best, last = run.metrics().best_epoch, len(history)

    vocabulary = run.vocabulary()
    encoder = Encoder(vocabulary, recipe.text)
    table = read_vectors(vectors, vocabulary, recipe.model.embed_dim)
    papers = {
        part: [encoder.encode(dataset.papers[i]) for i in np.flatnonzero(parts == part)]
        for part in ("train", "validation", "test")
    }

    def start(seed: int) -> nn.Module:
        """The network before its first step, as `train` makes it."""
        torch.manual_seed(seed)
        network = build_model(recipe.model, len(vocabulary), len(dataset.labels))
        with torch.no_grad():
            network.get_parameter("embedding.weight").copy_(torch.from_numpy(table.make_embedding(seed)))
        return network

    def answers(
        state: State | None, *, seed: int = 42, fresh: bool = False, sides: Sequence[str] = SIDES
    ) -> dict[str, Any]:
        """Scores of a state, or of the start of a seed."""
        network = start(seed)
        if state is not None:
            network.load_state_dict(state)
        if fresh:
            torch.manual_seed(0)
            some = make_length_batches(papers["train"], 64)[::3]
            refresh_batch_norm(
                network,
                (
                    {
                        name: torch.from_numpy(ids)
                        for name, ids in collate([papers["train"][i] for i in b]).items()
                    }
                    for b in some
                ),
            )
        measured = {}
        for part in sides:
            rows = np.flatnonzero(parts == part)
            shares = softmax(predict_logits(network, papers[part]))
            whole = score(dataset.get_label_ids()[rows], shares, dataset.labels)
            counts = np.bincount(shares.argmax(axis=1), minlength=len(dataset.labels))
            measured[part] = {
                "accuracy": whole.accuracy.value,
                "recall": {label: scores.recall for label, scores in whole.per_class.items()},
                "answers": dict(zip(dataset.labels, counts.tolist(), strict=True)),
            }
        return measured

    states = {epoch: load_file(weights_of(run, epoch)) for epoch in range(best, last + 1)}
    average, untouched = mean(list(states.values())), start(42).state_dict()
    switches = {
        "best epoch": answers(states[best]),
        "last epoch": answers(states[last]),
        "average never started": answers(None),
        "average never started, statistics recomputed": answers(None, fresh=True),
        "average, statistics recomputed": answers(average, fresh=True),
        "average, statistics of the last epoch": answers(with_statistics(average, states[last])),
        "average, statistics untouched": answers(with_statistics(average, untouched)),
    }
    starts = {str(seed): answers(None, seed=seed, sides=["test"])["test"] for seed in MORE_STARTS}
    record = {
        "command": "python experiments/v4_collapse.py",
        "overrides": DOCUMENT,
        "data": {"file": "query_label.csv", "sha256": dataset.sha256},
        "split": "query_split.csv",
        "vectors_sha256": run.info().vectors.sha256,
        "seed": 42,
        "best_epoch": best,
        "last_epoch": last,
        "epochs": history,
        "switches": switches,
        "untrained": starts,
    }
    write_atomic(RECORD, json.dumps(record, indent=1) + "\n")
    for name, measured in switches.items():
        print(f"{name:45} {measured['test']['accuracy']:.4f} {measured['test']['answers']}")
    for seed, measured in starts.items():
        print(f"untrained, seed {seed:30} {measured['accuracy']:.4f} {measured['answers']}")


if __name__ == "__main__":
    main()
