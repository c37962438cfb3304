"""Trainings of the tiny recipe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_training import dataset as dataset
from tiny_training import parts as parts
from tiny_training import tiny as tiny
from tiny_training import vector_file as vector_file

from arxonomy.artifacts.run import Run
from arxonomy.config import Recipe
from arxonomy.papers import Dataset
from arxonomy.training.job import TrainingJob
from arxonomy.training.reporter import Reporter
from arxonomy.training.train import train


@pytest.fixture
def run_of(
    dataset: Dataset, parts: np.ndarray, tiny: Callable[..., Recipe], tmp_path: Path
) -> Callable[..., Run]:
    """`run_of("name", "training.epochs=1", resume=True)`: train the tiny recipe into that folder."""

    def make(
        name: str, *overrides: str, resume: bool = False, reporter: Reporter | None = None, **options: Any
    ) -> Run:
        job = TrainingJob(dataset, parts, tiny(*overrides), tmp_path / name, **options)
        return train(job, resume=resume, reporter=reporter)

    return make
