"""Seconds of one V1 training epoch: the plain padded loop, ours in float32, ours in bfloat16.

    python bench/train_epoch.py [--papers 8399] [--repeats 3] [--threads 2] [--out record.json]

Same papers, same batch size, one process; the systems take turns and the medians count. Ours does all
that `arxonomy train` does in an epoch: length-bucketed batches, EDA, dropout, clipping, the step,
checkpoints. Validation is left out on both sides. `(auto)` is said of the precision that `arxonomy train`
would choose on this processor. The papers are the real ones where ARXONOMY_DATA has them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from plain_loop import make_plain_model, plain_epoch

from arxonomy.artifacts.run import Run
from arxonomy.config import load_recipe
from arxonomy.models import build_model
from arxonomy.papers import load_dataset, read_split
from arxonomy.text import Encoder, Vocabulary
from arxonomy.text.augment import Augmenter
from arxonomy.text.vectors import read_vectors
from arxonomy.training.data import Examples, TrainingData
from arxonomy.training.loop import fit
from arxonomy.training.precision import choose_precision
from arxonomy.training.reporter import SilentReporter

DATA = Path(os.environ.get("ARXONOMY_DATA", Path(__file__).parents[2] / "shared" / "data"))


class Stopwatch(SilentReporter):
    """Times the batches of an epoch, from its start to its last batch."""

    seconds = 0.0

    def epoch_started(self, epoch, epochs, batches, done):
        """Start."""
        self.started = time.perf_counter()

    def batch_done(self, loss):
        """Note the time; the last batch's counts."""
        self.seconds = time.perf_counter() - self.started


def our_epoch(precision: str, recipe, examples: Examples, names, words: int, augmenter: Augmenter) -> float:
    """Train one epoch the package's way; returns seconds of wall clock."""
    torch.manual_seed(0)
    settings = recipe.training.model_copy(update={"epochs": 1})
    watch = Stopwatch()
    few = Examples(examples.papers[:64], examples.labels[:64], examples.weights[:64])
    with tempfile.TemporaryDirectory() as folder:
        fabric = Fabric(accelerator="cpu", devices=1, precision=precision)
        network = build_model(recipe.model, words, len(names))
        data = TrainingData(examples, few, names, augmenter)
        fit(fabric, network, settings, data, Run(folder), reporter=watch)
    return watch.seconds


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--papers", type=int, default=8399)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    recipe = load_recipe("v1").with_labels("cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV")
    dataset = load_dataset(DATA / "arxiv12k/primary_label.csv", recipe.data)
    parts = read_split(DATA / "arxiv12k/primary_split.csv", dataset.papers)
    rows = np.flatnonzero(parts == "train")[: arguments.papers]
    papers = [dataset.papers[i] for i in rows]
    vocabulary = Vocabulary.build(papers, recipe.text)
    encoder = Encoder(vocabulary, recipe.text)
    ones = np.ones(len(papers), dtype=np.float32)
    encoded = Examples([encoder.encode(paper) for paper in papers], dataset.get_label_ids()[rows], ones)
    vectors = read_vectors(DATA / "vectors/arxiv.300d.txt.gz", vocabulary, recipe.model.embed_dim)
    augmenter = Augmenter(recipe.training.augment, vectors)
    titles = np.zeros((len(papers), recipe.text.title_tokens), dtype=np.int64)
    abstracts = np.zeros((len(papers), recipe.text.abstract_tokens), dtype=np.int64)
    for row, paper in enumerate(encoded.papers):
        titles[row, : len(paper.title)] = paper.title
        abstracts[row, : len(paper.abstract)] = paper.abstract

    def plain(count: int | None = None) -> float:
        model = make_plain_model(len(vocabulary))
        return plain_epoch(model, titles[:count], abstracts[:count], encoded.labels[:count])

    def ours(precision: str, count: int | None = None) -> float:
        part = Examples(encoded.papers[:count], encoded.labels[:count], ones[:count])
        return our_epoch(precision, recipe, part, dataset.labels, len(vocabulary), augmenter)

    systems = {"plain loop, 32-true": plain}
    for precision in ("32-true", "bf16-mixed"):
        chosen = " (auto)" if precision == choose_precision("auto") else ""
        systems[f"arxonomy, {precision}{chosen}"] = partial(ours, precision)
    for run in systems.values():
        run(320)  # warm-up
    seconds: dict[str, list[float]] = {name: [] for name in systems}
    for _ in range(arguments.repeats):
        for name, run in systems.items():
            seconds[name].append(round(run(), 2))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    reference = next(iter(medians.values()))
    print(f"one V1 epoch, {len(papers)} papers, {arguments.threads} threads, median of {arguments.repeats}")
    for name, median in medians.items():
        print(f"{name:32s} {median:7.1f} s   {median / reference:5.2f} of the plain loop   {seconds[name]}")
    if arguments.out:
        record = {
            "command": "python bench/train_epoch.py "
            f"--papers {arguments.papers} --repeats {arguments.repeats} --threads {arguments.threads}",
            "data_sha256": dataset.sha256,
            "papers": len(papers),
            "seconds": seconds,
            "processor": {
                "bfloat16 in vectors": torch.cpu._is_avx512_bf16_supported(),
                "bfloat16 in tiles": torch.cpu._is_amx_tile_supported(),
            },
            "versions": {"python": platform.python_version(), "torch": torch.__version__},
        }
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
