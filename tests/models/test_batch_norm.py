"""Batch normalization against PyTorch's own, values and gradients."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from arxonomy.models.batch_norm import BatchNorm1d, MaskedBatchNorm1d, synchronize_batch_norm

LENGTHS = torch.tensor([7, 1, 4, 0, 6])
MASK = torch.arange(7) < LENGTHS.unsqueeze(1)  # (5, 7)


def inputs(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), requires_grad=True)


def gradients(out: Tensor, *wanted: Tensor) -> tuple[Tensor, ...]:
    """Gradients of a sum in which every element of `out` has a weight of its own."""
    weights = torch.randn(out.shape, generator=torch.Generator().manual_seed(9))
    return torch.autograd.grad((out * weights).sum(), wanted)


def assert_close(one: Tensor, other: Tensor, atol: float = 1e-5) -> None:
    torch.testing.assert_close(one, other, atol=atol, rtol=1e-4)


@pytest.fixture
def one_process() -> Iterator[None]:
    """A process group of this process alone: all that several compute, but for the sum."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.parametrize("momentum", [0.1, None])
def test_places_are_normalized_as_packed_tokens_are(momentum: float | None) -> None:
    packed, every = (MaskedBatchNorm1d(3, momentum=momentum).train() for _ in range(2))
    nn.init.normal_(packed.weight)
    nn.init.normal_(packed.bias)
    every.load_state_dict(packed.state_dict())
    for seed, mask in ((0, MASK), (1, MASK.flip(0)), (2, MASK & (LENGTHS == 1).unsqueeze(1)), (3, MASK)):
        x, own = inputs(5, 7, 3, seed=seed), inputs(5, 7, 3, seed=seed)
        out, again = packed(x, mask), every.normalize_places(own, mask)
        assert_close(again, out)
        if mask.sum() > 1:
            expected = gradients(out, x, packed.weight, packed.bias)
            for one, other in zip(gradients(again, own, every.weight, every.bias), expected, strict=True):
                assert_close(one, other)
        for name, tensor in packed.state_dict().items():
            assert_close(every.state_dict()[name].double(), tensor.double())


def test_batch_norm_counts_tokens_alone() -> None:
    ours, x = MaskedBatchNorm1d(3).train(), inputs(5, 7, 3)
    nn.init.normal_(ours.weight)
    nn.init.normal_(ours.bias)
    mean, variance = torch.zeros(3), torch.ones(3)
    out = ours(x, MASK)
    rows = F.batch_norm(x[MASK], mean, variance, ours.weight, ours.bias, training=True)
    assert_close(out[MASK], rows)
    assert not out[~MASK].any()
    assert_close(ours.running_mean, mean)
    assert_close(ours.running_var, variance)
    expected = torch.zeros(5, 7, 3).masked_scatter(MASK.unsqueeze(-1), rows)
    for one, other in zip(
        gradients(out, x, ours.weight, ours.bias), gradients(expected, x, ours.weight, ours.bias), strict=True
    ):
        assert_close(one, other)
    ours.eval()
    assert_close(ours(x, MASK)[MASK], F.batch_norm(x[MASK], mean, variance, ours.weight, ours.bias))


def test_batch_norm_without_a_mask_is_pytorch_s() -> None:
    ours, plain, x = MaskedBatchNorm1d(3), nn.BatchNorm1d(3), inputs(5, 7, 3)
    for _ in range(2):
        assert_close(ours(x), plain(x.transpose(1, 2)).transpose(1, 2))
        assert_close(ours.running_mean, plain.running_mean)
        ours.eval(), plain.eval()


@pytest.mark.parametrize("tokens", [0, 1])
def test_batch_norm_of_one_token_is_skipped(tokens: int) -> None:
    layer, x = MaskedBatchNorm1d(3).train(), inputs(2, 4, 3)
    mask = torch.zeros(2, 4)
    mask[0, :tokens] = 1
    assert torch.equal(layer(x, mask), x * mask.unsqueeze(-1))
    assert layer.num_batches_tracked == 0


@pytest.mark.parametrize("shape", [(6, 3), (6, 3, 4)])
@pytest.mark.parametrize("momentum", [0.1, None])
def test_synchronized_statistics_are_those_of_pytorch(
    one_process: None, shape: tuple[int, ...], momentum: float | None
) -> None:
    ours, plain = BatchNorm1d(3, momentum=momentum), nn.BatchNorm1d(3, momentum=momentum)
    nn.init.normal_(plain.weight)
    nn.init.normal_(plain.bias)
    ours.load_state_dict(plain.state_dict())
    synchronize_batch_norm(ours)
    for seed in range(3):
        x = inputs(*shape, seed=seed)
        out, expected = ours(x + 5), plain(x + 5)
        assert_close(out, expected)
        for one, other in zip(
            gradients(out, x, ours.weight, ours.bias),
            gradients(expected, x, plain.weight, plain.bias),
            strict=True,
        ):
            assert_close(one, other)
    for name, value in plain.state_dict().items():
        assert_close(ours.state_dict()[name], value)
    ours.eval(), plain.eval()
    assert_close(ours(x), plain(x))


@pytest.mark.parametrize("tokens", [0, 1, 2])
def test_synchronized_batch_norm_of_one_token_is_skipped(one_process: None, tokens: int) -> None:
    layer, x = MaskedBatchNorm1d(3).train(), inputs(2, 4, 3)
    synchronize_batch_norm(layer)
    mask = torch.zeros(2, 4)
    mask[0, :tokens] = 1
    assert torch.equal(layer(x, mask), x * mask.unsqueeze(-1)) is (tokens < 2)
    assert layer.num_batches_tracked == int(tokens == 2)
