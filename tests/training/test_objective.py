"""The loss of a batch, and what shares of it add."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from arxonomy.config import Recipe
from arxonomy.models import build_model
from arxonomy.papers import Dataset
from arxonomy.text import Encoder, Vocabulary
from arxonomy.text.augment import Augmenter
from arxonomy.training.examples import make_training_data
from arxonomy.training.job import TrainingJob
from arxonomy.training.objective import Objective


@pytest.mark.parametrize("soft", [False, True])
def test_shares_of_a_batch_add_up_to_its_loss(
    dataset: Dataset, parts: np.ndarray, tiny: Callable[..., Recipe], soft: bool
) -> None:
    settings = ["model.architecture=arxonomy", "model.pair_buckets=64", "training.listed_loss=0.5"]
    recipe = tiny(*settings, f"training.cross_lists={0.3 if soft else 0.0}")
    job = TrainingJob(dataset, parts, recipe, "never-written")
    vocabulary = Vocabulary.build(job.papers("train"), recipe.text)
    data = make_training_data(
        job, Encoder(vocabulary, recipe.text), Augmenter(recipe.training.augment, None, vocabulary.words)
    )
    assert data.train.listed is not None
    data.train.listed[1:6] = False  # papers whose lists are not known
    data.train.weights[:] = np.linspace(0.5, 2.0, 60)
    network = build_model(recipe.model, len(vocabulary), 3).eval()
    objective = Objective(network, recipe.training, data, torch.tensor([1.0, 3.0, 0.5]))
    batch, rng = np.arange(11), np.random.default_rng(0)
    whole = objective.compute(batch, rng)
    for processes in (2, 3, 11):
        shares = [objective.compute(batch[rank::processes], rng, batch) for rank in range(processes)]
        assert sum(share.item() for share in shares) == pytest.approx(whole.item(), rel=1e-5)
