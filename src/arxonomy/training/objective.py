"""What a network is trained to make small: the loss of a batch, with all that is drawn for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from arxonomy.config import TrainingSettings
from arxonomy.text import EncodedPaper, collate
from arxonomy.training.data import TrainingData, drop_parts
from arxonomy.training.losses import Mixup, compute_listed_loss, compute_loss, draw_mixup, sum_weights
from arxonomy.training.stored import StoredPapers


@dataclass(frozen=True)
class Objective:
    """The loss of a network on training papers."""

    model: nn.Module
    """The network, as Fabric runs it."""
    settings: TrainingSettings
    """The table `[training]`."""
    data: TrainingData
    """The papers."""
    class_weights: Tensor
    """(C,), on the device of the network."""
    stored: StoredPapers | None = None
    """The training papers, where their ids lie on that device."""

    def draw(
        self, rows: npt.NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[list[EncodedPaper], dict[str, Tensor], Mixup | None]:
        """Draw what changes a batch: its papers as augmented, the network's inputs, and what mixes them.

        Args:
            rows: (B,) the positions of its papers among the training papers.
            rng: Augmentation, dropped parts and mixup are drawn from it, in this order.
        """
        papers = [self.data.augmenter.change_paper(self.data.train.papers[row], rng) for row in rows]
        inputs = self.make_inputs(drop_parts(papers, self.settings, rng), rows)
        return papers, inputs, draw_mixup(self.settings, len(rows), rng)

    def compute(
        self,
        rows: npt.NDArray[np.int64],
        rng: np.random.Generator,
        batch: npt.NDArray[np.int64] | None = None,
    ) -> Tensor:
        """The loss of a batch, a scalar.

        Args:
            rows: (B,) the positions of its papers among the training papers.
            rng: What `draw` draws from.
            batch: The positions of a larger batch, whose share `rows` are: what they add to its loss.
        """
        settings, train = self.settings, self.data.train
        papers, inputs, mixup = self.draw(rows, rng)
        logits, maps = self.model(**inputs) if mixup is None else self.model(**inputs, mixup=mixup)
        device = self.class_weights.device
        target, weights = self.find_targets(rows)
        loss = compute_loss(logits, target, settings, self.class_weights, weights, mixup)
        if batch is not None:
            loss = loss * (self._sum_weights(rows) / self._sum_weights(batch))
        if train.listed is not None and (known := train.have_lists(rows)).any():
            listed = torch.from_numpy(train.listed[rows[known]]).to(device)
            own = compute_listed_loss(maps["listed_logits"][known], listed, weights[known])
            if batch is not None:
                every = train.weights[batch[train.have_lists(batch)]]
                own = own * (weights[known].sum() / float(every.sum()))
            loss = loss + settings.listed_loss * own
        titled = [row for row, paper in enumerate(papers) if settings.title_loss and len(paper.title)]
        if not titled:
            return loss
        alone = [papers[row].keep_part("title") for row in titled]
        titles, _ = self.model(**self.make_inputs(alone, rows[titled]))
        of_titles = compute_loss(titles, target[titled], settings, self.class_weights, weights[titled])
        return (loss + settings.title_loss * of_titles) / (1 + settings.title_loss)

    def find_targets(self, rows: npt.NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """The targets of papers, (B,) or (B, C), and their weights (B,), on the network's device."""
        device, train = self.class_weights.device, self.data.train
        target = torch.from_numpy(train.get_targets(rows)).to(device)
        return target, torch.from_numpy(train.weights[rows]).to(device)

    def make_inputs(
        self, papers: Sequence[EncodedPaper], rows: npt.NDArray[np.int64] | None = None
    ) -> dict[str, Tensor]:
        """The network's inputs for a batch, on its device.

        Args:
            papers: B papers, as they are or changed.
            rows: (B,) their positions among the training papers; None: they are none of these.
        """
        if self.stored is not None and rows is not None:
            return self.stored.collate(papers, rows)
        device = self.class_weights.device
        return {name: torch.from_numpy(ids).to(device) for name, ids in collate(papers).items()}

    def _sum_weights(self, rows: npt.NDArray[np.int64]) -> Tensor:
        target, weights = self.find_targets(rows)
        return sum_weights(target, self.class_weights, weights)
