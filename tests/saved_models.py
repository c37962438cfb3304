"""Tiny runs and bundles of both architectures, trained once for all tests.

What takes seconds to import is imported by the fixtures themselves: `conftest.py` hands them to every test.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from arxonomy.artifacts.run import Run
    from arxonomy.papers import Dataset

TRAINING = {"epochs": 4, "batch_size": 8, "learning_rate": 0.01, "precision": "32"}
PARTS, ROWS = np.array(["train", "train", "train", "validation", "test"]), np.arange(90)


def dataset_of(papers) -> Dataset:
    from arxonomy.papers import Dataset

    return Dataset(tuple(papers), ("cs.CL", "cs.CV", "cs.LG"), "0" * 64, "/somewhere/invented.csv", 0)


@pytest.fixture(scope="session")
def run_of(invented_papers, tmp_path_factory):
    """architecture, seed, split -> a trained run, whose padding row holds noise as foreign weights may."""
    import torch

    from arxonomy.artifacts.tensors import read_tensors, tensors_to_bytes
    from arxonomy.config import make_recipe
    from arxonomy.training.job import TrainingJob
    from arxonomy.training.train import train

    @cache
    def make(architecture: str, seed: int = 42, split: int = 0) -> Run:
        # As in the recipes, so that exports share their traces; the tables of word pairs are small.
        own = {"variational": False}
        if architecture == "arxonomy":
            own = {"kernel_sizes": [3], "word_dropout": 0.2, "pair_dim": 8, "pair_buckets": 512}
            own |= {"linear_rows": 400}
        recipe = make_recipe(
            {
                "name": f"tiny-{architecture}",
                "data": {"among": {"cs.AI-LG": ["cs.AI", "cs.LG"], "*": []}},
                "model": {
                    "architecture": architecture,
                    "embed_dim": 16,
                    "num_filters": 8,
                    "lstm_hidden": 8,
                    "dropout": 0.1,
                    **own,
                },
                "training": {**TRAINING, "seed": seed},
            }
        )
        dataset, parts = dataset_of(invented_papers), PARTS[(ROWS + split) % 5]
        run = train(TrainingJob(dataset, parts, recipe, tmp_path_factory.mktemp("runs") / architecture))
        tensors, _ = read_tensors(run.weights)
        tensors["embedding.weight"][0] = torch.randn(16, generator=torch.Generator().manual_seed(0))
        run.weights.write_bytes(tensors_to_bytes(tensors))
        return run

    return make


@pytest.fixture(scope="session")
def ensemble_run(invented_papers, tmp_path_factory) -> Run:
    """The run of an ensemble that classifies copies."""
    from arxonomy.config import make_recipe
    from arxonomy.training.job import TrainingJob
    from arxonomy.training.train import train

    recipe = make_recipe(
        {
            "name": "pair",
            "data": {"among": {"cs.AI-LG": ["cs.AI", "cs.LG"], "*": []}},
            "model": {"embed_dim": 16, "num_filters": 8, "lstm_hidden": 8, "variational": False},
            "training": TRAINING,
            "ensemble": {"members": ["v1", "baseline"], "seeds": [1, 2], "copies": 2, "alpha": 0.2},
        }
    )
    out = tmp_path_factory.mktemp("runs") / "pair"
    return train(TrainingJob(dataset_of(invented_papers), PARTS[ROWS % 5], recipe, out))


@pytest.fixture(scope="session")
def bundle_of(run_of, tmp_path_factory):
    """(architecture, weights) -> a bundle of that run."""
    from arxonomy.inference import export_bundle

    @cache
    def export(architecture: str, weights: str) -> Path:
        out = tmp_path_factory.mktemp("bundles") / f"{architecture}-{weights}"
        run = run_of(architecture).folder
        return export_bundle(run, out, weights=weights, card_extra="## Thanks\n\nTo all.")

    # Around the cache, which takes make() and make("v1") for two different calls.
    def make(architecture: str = "v1", weights: str = "float32") -> Path:
        return export(architecture, weights)

    return make
