"""A tiny training set and recipe: an epoch takes a fraction of a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import orjson
import pytest

from arxonomy.config import DataSettings, Recipe, make_recipe
from arxonomy.papers import Dataset, load_dataset
from arxonomy.records import Paper

TINY = {
    "name": "tiny",
    "model": {"embed_dim": 16, "num_filters": 8, "lstm_hidden": 8, "dropout": 0.2},
    "training": {
        "epochs": 3,
        "batch_size": 8,
        "learning_rate": 5e-3,
        "precision": "32",
        "stop_patience": None,
    },
}


@pytest.fixture(scope="session")
def dataset(invented_papers: list[Paper], tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The invented papers, read from a file."""
    path = tmp_path_factory.mktemp("papers") / "invented.jsonl"
    path.write_bytes(b"".join(orjson.dumps(asdict(paper)) + b"\n" for paper in invented_papers))
    return load_dataset(path, DataSettings())


@pytest.fixture(scope="session")
def parts(dataset: Dataset) -> np.ndarray:
    """60 papers to train on, 15 to validate, 15 to test; the same number of each label."""
    return np.array(
        [("validation", "test", *["train"] * 4)[row // 3 % 6] for row in range(len(dataset.papers))]
    )


@pytest.fixture(scope="session")
def tiny() -> Callable[..., Recipe]:
    """`tiny("training.epochs=1")`: the tiny recipe with overrides."""
    return lambda *overrides: make_recipe(TINY, overrides)


@pytest.fixture
def vector_file(dataset: Dataset, tmp_path: Path) -> Path:
    """Word vectors for all words of the papers, the words of a class near one another."""
    rng = np.random.default_rng(0)
    words = sorted({word for paper in dataset.papers for word in paper.abstract.lower().strip(".").split()})
    path = tmp_path / "vectors.txt"
    path.write_text("".join(f"{word} {' '.join(map(str, rng.normal(0, 0.3, 16)))}\n" for word in words))
    return path
