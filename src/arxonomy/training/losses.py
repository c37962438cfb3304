"""What a batch is trained on: weighted, smoothed, focused cross-entropy, and mixup's two targets."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from arxonomy.config import TrainingSettings

Mixup = tuple[Tensor, float]
"""An order (B,) of the batch's papers and the share in 0..1 that each paper keeps of itself."""


def draw_mixup(settings: TrainingSettings, papers: int, rng: np.random.Generator) -> Mixup | None:
    """Partners and a share for a share of the batches (mixup, Zhang et al. 2018, arXiv:1710.09412)."""
    if settings.mixup_share == 0.0 or rng.random() >= settings.mixup_share:
        return None
    return torch.from_numpy(rng.permutation(papers)), float(
        rng.beta(settings.mixup_alpha, settings.mixup_alpha)
    )


def compute_loss(
    logits: Tensor,
    target: Tensor,
    settings: TrainingSettings,
    class_weights: Tensor,
    paper_weights: Tensor,
    mixup: Mixup | None = None,
) -> Tensor:
    """The loss of a batch, a scalar.

    Args:
        logits: (B, C).
        target: (B,) label ids, or a distribution over the labels for each paper, (B, C), rows with sum 1.
        settings: `label_smoothing` and `focal_gamma` are read.
        class_weights: (C,).
        paper_weights: (B,), on top of the class's weight.
        mixup: If the features were mixed, so are the losses for the two targets.
    """
    if mixup is None:
        return _compute_target_loss(logits, target, settings, class_weights, paper_weights)
    order, share = mixup
    loss = _compute_target_loss(logits, target, settings, class_weights, paper_weights)
    return share * loss + (1 - share) * _compute_target_loss(
        logits, target[order], settings, class_weights, paper_weights[order]
    )


def compute_listed_loss(logits: Tensor, listed: Tensor, paper_weights: Tensor) -> Tensor:
    """The loss of the second head: binary cross-entropy, summed over the labels, a scalar.

    Args:
        logits: (B, C).
        listed: (B, C), true for the labels that a paper lists.
        paper_weights: (B,).
    """
    losses = F.binary_cross_entropy_with_logits(logits, listed.to(logits.dtype), reduction="none")  # (B, C)
    return (losses.sum(dim=1) * paper_weights).sum() / paper_weights.sum()


def _compute_target_loss(
    logits: Tensor, target: Tensor, settings: TrainingSettings, class_weights: Tensor, paper_weights: Tensor
) -> Tensor:
    losses = F.cross_entropy(
        logits, target, class_weights, label_smoothing=settings.label_smoothing, reduction="none"
    )  # (B,)
    soft = target.dim() == 2
    if settings.focal_gamma > 0:
        # Papers that are already right count less (focal loss, Lin et al. 2017, arXiv:1708.02002).
        shares = F.softmax(logits, dim=1)  # (B, C)
        right = (shares * target).sum(dim=1) if soft else shares.gather(1, target.unsqueeze(1)).squeeze(1)
        losses = (1 - right) ** settings.focal_gamma * losses
    # Divided as `cross_entropy` divides its weighted mean over ids; over distributions it would not.
    return (losses * paper_weights).sum() / sum_weights(target, class_weights, paper_weights)


def sum_weights(target: Tensor, class_weights: Tensor, paper_weights: Tensor) -> Tensor:
    """The sum of the weights of papers, by which their loss is divided, a scalar; see `compute_loss`."""
    weights = target @ class_weights if target.dim() == 2 else class_weights[target]  # (B,)
    return (weights * paper_weights).sum()
