"""What networks of the study start from: runs that were pretrained on other labels, or on no labels.

Both are runs of the product, so that `--init` reads them and its guard knows what they have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from arxonomy.artifacts.run import Run
from arxonomy.config import load_recipe
from arxonomy.papers import Dataset
from arxonomy.records import Paper
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train
from network.changes import changed_product
from network.clock import Clock
from network.objectives import Contrastive
from network.pools import Pool
from network.systems import CONTROL

SETTINGS = {
    "categories": ("training.epochs=2", "training.seed=1"),
    # One epoch, since no validation score could choose between several.
    "contrastive": ("training.epochs=1", "training.batch_size=256", "training.seed=1"),
}
HELD_OUT = 200


def pretrain_on_categories(pool: Pool, out: Path, settings: Sequence[str]) -> Run:
    """Train the control on the categories of a pool.

    Args:
        pool: `all`; none of its papers is a validation or test paper of three classes.
        out: The run folder.
        settings: On top of `SETTINGS`.
    """
    recipe = load_recipe(CONTROL, [*SETTINGS["categories"], *settings])
    with Clock(out.with_suffix(".seconds")) as clock:
        return train(
            TrainingJob(pool.dataset, pool.parts, recipe, out, device="cpu"), resume=True, reporter=clock
        )


def pretrain_on_pairs(papers: Sequence[Paper], out: Path, settings: Sequence[str]) -> Run:
    """Train the control on which title belongs to which abstract.

    Args:
        papers: Unlabeled papers. The product wants labels, so they get two that mean nothing and are not
            learned, and some of them are called validation papers.
        out: The run folder.
        settings: On top of `SETTINGS`.
    """
    recipe = load_recipe(CONTROL, [*SETTINGS["contrastive"], *settings])
    labeled = [
        replace(paper, category=("odd", "even")[row % 2], categories=(), row=row)
        for row, paper in enumerate(papers)
    ]
    parts = np.where(np.arange(len(labeled)) < min(HELD_OUT, len(labeled) // 4), "validation", "train")
    job = TrainingJob(Dataset.from_papers(labeled), parts, recipe, out, device="cpu")
    with Clock(out.with_suffix(".seconds")) as clock, changed_product(make_objective=Contrastive):
        return train(job, resume=True, reporter=clock)
