"""Losses that were tried and are no part of the product, each added to the product's own.

R-Drop (Liang et al. 2021, arXiv:2106.14448): two passes under dropout must agree. Virtual adversarial loss
(Miyato et al. 2017, arXiv:1605.07725) with entropy minimization (Sachan et al. 2019, arXiv:2009.04007): on
unlabeled papers too, the answer is to be sure, and to stay the same when the word vectors are moved a little in
the worst direction. Joint heads: the second head's gradient reaches the whole network.

Shapes: B papers, T tokens, D width of a word vector, C classes, W width of what the heads read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from arxonomy.text import EncodedPaper
from arxonomy.training.losses import compute_listed_loss, compute_loss
from arxonomy.training.objective import Objective

AGREEMENT = 1.0
"""Weight of R-Drop's divergence."""
STEP, RADIUS = 1e-3, 0.02
"""Lengths of the first and of the final move of a text's word vectors, as shares of their own length; the
radius is that of Miyato et al.: 5 where 400 vectors have a length of 16 each."""


def get_network(model: nn.Module) -> Any:
    """The network that Fabric has wrapped."""
    return getattr(model, "module", model)


@contextmanager
def watched_features(model: nn.Module) -> Iterator[list[Tensor]]:
    """What the first head reads in each pass of the block, (B, W) each."""
    seen: list[Tensor] = []
    hook = get_network(model).classifier.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    try:
        yield seen
    finally:
        hook.remove()


@contextmanager
def moved_vectors(model: nn.Module, moves: Sequence[Tensor]) -> Iterator[None]:
    """The first texts that are looked up in the block have their vectors (B, T, D) moved."""
    left = list(moves)
    hook = get_network(model).embedding.register_forward_hook(
        lambda _, __, vectors: vectors + left.pop(0).to(vectors.dtype) if left else vectors
    )
    try:
        yield
    finally:
        hook.remove()


def compute_divergence(logits: Tensor, goal: Tensor) -> Tensor:
    """The Kullback-Leibler divergence of the answers (B, C) from those that are the goal, a scalar."""
    return F.kl_div(
        F.log_softmax(logits.float(), dim=1),
        F.log_softmax(goal.float(), dim=1),
        reduction="batchmean",
        log_target=True,
    )


@dataclass(frozen=True)
class RDrop(Objective):
    """Two passes of each paper; their answers must agree."""

    def compute(self, rows: np.ndarray, rng: np.random.Generator, batch: np.ndarray | None = None) -> Tensor:
        """The loss of a batch, a scalar; of one process alone."""
        train = self.data.train
        inputs = self.make_inputs([train.papers[row] for row in rows])
        target = torch.from_numpy(train.get_targets(rows))
        weights = torch.from_numpy(train.weights[rows])
        passes = [self.model(**inputs)[0] for _ in range(2)]  # 2 x (B, C)
        losses = [compute_loss(one, target, self.settings, self.class_weights, weights) for one in passes]
        apart = compute_divergence(passes[0], passes[1]) + compute_divergence(passes[1], passes[0])
        return (losses[0] + losses[1]) / 2 + AGREEMENT * apart / 2


@dataclass(frozen=True)
class Adversarial(Objective):
    """The product's loss, and on as many unlabeled papers the virtual adversarial loss and the entropy."""

    unlabeled: Sequence[EncodedPaper] = ()
    """The unlabeled papers."""

    def compute(self, rows: np.ndarray, rng: np.random.Generator, batch: np.ndarray | None = None) -> Tensor:
        """The loss of a batch, a scalar; of one process alone."""
        labeled = super().compute(rows, rng)
        chosen = rng.choice(len(self.unlabeled), min(len(rows), len(self.unlabeled)), replace=False)
        inputs = self.make_inputs([self.unlabeled[row] for row in chosen])
        # Each pass has the same dropout: what is compared is the move alone.
        state = torch.get_rng_state()
        logits = self.model(**inputs)[0]  # (B, C)
        shares = F.log_softmax(logits.float(), dim=1)
        entropy = -(shares.exp() * shares).sum(dim=1).mean()
        worst = self.find_worst_moves(inputs, logits.detach(), state)
        with moved_vectors(self.model, worst):
            torch.set_rng_state(state)
            apart = compute_divergence(self.model(**inputs)[0], logits.detach())
        return labeled + entropy + apart

    def find_worst_moves(self, inputs: dict[str, Tensor], goal: Tensor, state: Tensor) -> list[Tensor]:
        """Moves of the vectors of title and abstract that change the answers most, by one power iteration."""
        vectors = get_network(self.model).embedding.weight.detach()
        texts = [vectors[inputs[name]] for name in ("title_ids", "abstract_ids")]  # (B, T, D) each
        moves = [scale_move(torch.randn_like(text), text, STEP).requires_grad_() for text in texts]
        # Fabric lets only `fabric.backward` reach what its wrapper returns, so the network itself is asked.
        network = get_network(self.model)
        with moved_vectors(network, moves):
            torch.set_rng_state(state)
            apart = compute_divergence(network(**inputs)[0], goal)
        found = torch.autograd.grad(apart, moves, allow_unused=True)
        return [
            torch.zeros_like(text) if one is None else scale_move(one, text, RADIUS)
            for one, text in zip(found, texts, strict=True)
        ]


def scale_move(move: Tensor, text: Tensor, share: float) -> Tensor:
    """Each paper's move (B, T, D), padding left out, as long as a share of the paper's vectors."""
    move = move * (text != 0).any(dim=2, keepdim=True)
    length = move.flatten(1).norm(dim=1).clamp(min=1e-12)  # (B,)
    return move * (share * text.flatten(1).norm(dim=1) / length)[:, None, None]


@dataclass(frozen=True)
class JointHeads(Objective):
    """The second head's loss, whose gradient reaches the whole network."""

    def compute(self, rows: np.ndarray, rng: np.random.Generator, batch: np.ndarray | None = None) -> Tensor:
        """The loss of a batch, a scalar; of one process alone."""
        train = self.data.train
        assert train.listed is not None
        alone = Objective(
            self.model, self.settings.model_copy(update={"listed_loss": 0.0}), self.data, self.class_weights
        )
        with watched_features(self.model) as features:
            loss = alone.compute(rows, rng)
        known = train.have_lists(rows)
        if not known.any():
            return loss
        logits = get_network(self.model).listed(features[0][known].float())  # (B, C)
        weights = torch.from_numpy(train.weights[rows[known]])
        own = compute_listed_loss(logits, torch.from_numpy(train.listed[rows[known]]), weights)
        return loss + self.settings.listed_loss * own


@dataclass(frozen=True)
class Contrastive(Objective):
    """Title and abstract of a paper are to be nearer than those of different papers (InfoNCE); no labels."""

    def compute(self, rows: np.ndarray, rng: np.random.Generator, batch: np.ndarray | None = None) -> Tensor:
        """The loss of a batch, a scalar; of one process alone."""
        papers = [self.data.train.papers[row] for row in rows]
        with watched_features(self.model) as features:
            for part in ("title", "abstract"):
                self.model(**self.make_inputs([paper.keep_part(part) for paper in papers]))
        titles, abstracts = (F.normalize(one.float(), dim=1) for one in features)  # (B, W)
        near = titles @ abstracts.T / TEMPERATURE  # (B, B)
        own = torch.arange(len(near))
        return (F.cross_entropy(near, own) + F.cross_entropy(near.T, own)) / 2


TEMPERATURE = 0.05
"""As Gao et al. 2021 (arXiv:2104.08821)."""
OBJECTIVES: dict[str, type[Objective]] = {
    "r-drop": RDrop,
    "adversarial": Adversarial,
    "joint-heads": JointHeads,
    "contrastive": Contrastive,
}


def give_unlabeled(papers: Sequence[EncodedPaper], objective: Adversarial) -> Adversarial:
    """The objective with its unlabeled papers."""
    return replace(objective, unlabeled=papers)
