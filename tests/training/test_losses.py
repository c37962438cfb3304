from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from arxonomy.config import TrainingSettings
from arxonomy.training.losses import compute_loss, draw_mixup

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, 0.3], [-3.0, 0.0, 4.0], [1.0, 1.0, 1.0]])
TARGET = torch.tensor([0, 1, 2, 1])
WEIGHTS = torch.tensor([1.0, 2.0, 1.8])
ONES = torch.ones(4)


def test_without_more_it_is_pytorchs_weighted_smoothed_mean() -> None:
    for smoothing in (0.0, 0.1):
        found = compute_loss(LOGITS, TARGET, TrainingSettings(label_smoothing=smoothing), WEIGHTS, ONES)
        expected = F.cross_entropy(LOGITS, TARGET, WEIGHTS, label_smoothing=smoothing)
        torch.testing.assert_close(found, expected)


def test_papers_have_weights_of_their_own() -> None:
    own = torch.tensor([1.0, 0.0, 0.0, 0.0])
    found = compute_loss(LOGITS, TARGET, TrainingSettings(label_smoothing=0.0), WEIGHTS, own)
    torch.testing.assert_close(found, F.cross_entropy(LOGITS[:1], TARGET[:1]))


def test_the_focal_loss_counts_what_is_already_right_less() -> None:
    settings = TrainingSettings(label_smoothing=0.0, focal_gamma=2.5)
    right = F.softmax(LOGITS, dim=1)[torch.arange(4), TARGET]
    terms = -WEIGHTS[TARGET] * (1 - right) ** 2.5 * right.log()
    torch.testing.assert_close(
        compute_loss(LOGITS, TARGET, settings, WEIGHTS, ONES), terms.sum() / WEIGHTS[TARGET].sum()
    )


def test_mixed_features_have_both_targets() -> None:
    settings, order = TrainingSettings(), torch.tensor([1, 2, 3, 0])
    one = compute_loss(LOGITS, TARGET, settings, WEIGHTS, ONES)
    other = compute_loss(LOGITS, TARGET[order], settings, WEIGHTS, ONES)
    mixed = compute_loss(LOGITS, TARGET, settings, WEIGHTS, ONES, (order, 0.25))
    torch.testing.assert_close(mixed, 0.25 * one + 0.75 * other)


def test_a_distribution_that_is_sure_is_a_label() -> None:
    settings, own = TrainingSettings(label_smoothing=0.1, focal_gamma=1.5), torch.tensor([1.0, 2.0, 0.5, 1.0])
    mixup = (torch.tensor([1, 2, 3, 0]), 0.25)
    sure = F.one_hot(TARGET, 3).float()
    torch.testing.assert_close(
        compute_loss(LOGITS, sure, settings, WEIGHTS, own, mixup),
        compute_loss(LOGITS, TARGET, settings, WEIGHTS, own, mixup),
    )


def test_a_distribution_is_the_mean_of_its_labels() -> None:
    settings, other = TrainingSettings(label_smoothing=0.0), torch.tensor([1, 1, 0, 2])
    mixed = 0.7 * F.one_hot(TARGET, 3).float() + 0.3 * F.one_hot(other, 3).float()
    found = compute_loss(LOGITS, mixed, settings, torch.ones(3), ONES)
    parts = [compute_loss(LOGITS, ids, settings, torch.ones(3), ONES) for ids in (TARGET, other)]
    torch.testing.assert_close(found, 0.7 * parts[0] + 0.3 * parts[1])


def test_a_share_of_the_batches_is_mixed() -> None:
    rng = np.random.default_rng(0)
    settings = TrainingSettings(mixup_share=0.3, mixup_alpha=0.2)
    drawn = [draw_mixup(settings, 8, rng) for _ in range(2000)]
    mixed = [mixup for mixup in drawn if mixup is not None]
    assert 0.25 < len(mixed) / 2000 < 0.35
    assert all(sorted(order.tolist()) == list(range(8)) for order, _ in mixed)
    shares = np.array([share for _, share in mixed])
    # Beta(0.2, 0.2): most shares are near 0 or 1; its variance is 1 / (4 (2 alpha + 1)).
    assert shares.mean() == pytest.approx(0.5, abs=0.06)
    assert shares.var() == pytest.approx(1 / (4 * 1.4), rel=0.1)
    assert all(draw_mixup(TrainingSettings(), 8, rng) is None for _ in range(50))
