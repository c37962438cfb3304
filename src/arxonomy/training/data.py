"""What a network is trained on: encoded papers, and their weights in the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from arxonomy.config import TrainingSettings
from arxonomy.text import EncodedPaper
from arxonomy.text.augment import Augmenter

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """Encoded papers with their labels."""

    papers: Sequence[EncodedPaper]
    """N papers."""
    labels: Labels
    """(N,) label ids."""
    weights: npt.NDArray[np.float32]
    """(N,) weight of each paper in the loss, multiplied by that of its class."""
    targets: npt.NDArray[np.float32] | None = None
    """(N, C) what is learned where that is more than the label: a distribution over the labels, rows with
    sum 1; None: the labels."""
    listed: npt.NDArray[np.bool_] | None = None
    """(M, C) which labels each of the first M papers lists, its own included, for the second head; all false
    for a paper whose list is not known, which it does not learn from. None: it learns no lists."""

    def get_targets(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64] | npt.NDArray[np.float32]:
        """What papers are trained on: label ids (B,), or distributions (B, C)."""
        return self.labels[rows] if self.targets is None else self.targets[rows]

    def have_lists(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether the second head learns from papers, (B,): their lists are known."""
        if self.listed is None:
            return np.zeros(len(rows), dtype=np.bool_)
        known = rows < len(self.listed)
        known[known] = self.listed[rows[known]].any(axis=1)
        return known


@dataclass(frozen=True)
class TrainingData:
    """What a network is trained on and chosen by."""

    train: Examples
    """The papers to learn from: the labeled ones, and after them those that teachers have labeled."""
    validation: Examples
    """The papers that choose the best epoch."""
    labels: Sequence[str]
    """The C labels, in the order of their ids."""
    augmenter: Augmenter
    """Changes training papers."""
    labeled: int | None = None
    """How many papers of `train` have labels; None: all of them."""

    def get_labels(self) -> Labels:
        """(N,) the label ids of the labeled training papers."""
        return self.train.labels[: self.labeled]

    def draw_rows(self, settings: TrainingSettings, epoch: int) -> npt.NDArray[np.int64]:
        """Draw the training papers of an epoch: all labeled ones, and some of the others.

        The others are taken in a random order that goes on from epoch to epoch, so that all are seen before
        one is seen again.

        Args:
            settings: `unlabeled_ratio` and `seed` are read.
            epoch: From 1; with the seed it decides which papers are drawn.

        Returns:
            The rows of `train`, as many in each epoch.
        """
        papers = len(self.train.papers)
        labeled = papers if self.labeled is None else self.labeled
        others = papers - labeled
        count = round(settings.unlabeled_ratio * labeled) if others else 0
        places = np.arange((epoch - 1) * count, epoch * count)
        rows = [np.arange(labeled)]
        for turn in range(places[0] // others, places[-1] // others + 1) if count else ():
            order = np.random.default_rng([settings.seed, turn, others]).permutation(others)
            rows.append(labeled + order[places[places // others == turn] % others])
        return np.concatenate(rows)


def drop_parts(
    papers: Sequence[EncodedPaper], settings: TrainingSettings, rng: np.random.Generator
) -> list[EncodedPaper]:
    """Leave out the title of some papers and the abstract of others, never the only part of a paper.

    Args:
        papers: The papers of a batch.
        settings: `drop_title` and `drop_abstract` are read.
        rng: Drawn from once for each paper, unless both are 0: then not at all.
    """
    title, abstract = settings.drop_title, settings.drop_abstract
    if not title + abstract:
        return list(papers)
    drawn = rng.random(len(papers))
    return [
        paper.keep_part("abstract")
        if number < title and len(paper.abstract)
        else paper.keep_part("title")
        if title <= number < title + abstract and len(paper.title)
        else paper
        for paper, number in zip(papers, drawn, strict=True)
    ]


def compute_source_weights(settings: TrainingSettings, sources: Sequence[str]) -> npt.NDArray[np.float32]:
    """(N,) weights of the papers: ones, or inverse to the frequency of each paper's label before merging."""
    if settings.class_weights != "balanced-sources":
        return np.ones(len(sources), dtype=np.float32)
    _, index, counts = np.unique(np.array(sources), return_inverse=True, return_counts=True)
    return (len(sources) / (len(counts) * counts[index])).astype(np.float32)


def compute_class_weights(settings: TrainingSettings, labels: Labels, names: Sequence[str]) -> Tensor:
    """(C,) weights of the loss, by name or inverse to the training papers' frequency."""
    if settings.class_weights == "balanced":
        counts = np.bincount(labels, minlength=len(names)).clip(min=1)
        return torch.tensor(len(labels) / (len(names) * counts), dtype=torch.float32)
    if settings.class_weights == "balanced-sources":
        return torch.ones(len(names))
    return torch.tensor([settings.class_weights.get(name, 1.0) for name in names])
