"""Each layer against PyTorch's own, values and gradients; the layers only add masks and speed."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from arxonomy.models.layers import (
    FastDropout,
    MaskedBiLSTM,
    TokenConv1d,
    WordEmbedding,
    add_rows,
    add_rows_at_once,
    init_weights,
    masked_mean,
    masked_softmax,
)
from arxonomy.text.vectors import INIT_LENGTH

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


def test_softmax_ignores_masked_places() -> None:
    scores = inputs(5, 7)
    attention = masked_softmax(scores, MASK, dim=1)
    for row, length in zip(range(5), LENGTHS.tolist(), strict=True):
        assert_close(attention[row, :length], F.softmax(scores[row, :length], dim=0))
        assert not attention[row, length:].any()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_softmax_of_nothing_is_zeros_with_a_finite_gradient(dtype: torch.dtype) -> None:
    scores = torch.tensor([[3e4, -3e4, 0.0]], dtype=dtype, requires_grad=True)
    attention = masked_softmax(scores, torch.zeros(1, 3), dim=1)
    assert not attention.any()
    assert torch.autograd.grad(attention.sum(), scores)[0].isfinite().all()


def test_mean_counts_tokens_alone() -> None:
    x = inputs(5, 7, 3)
    mean = masked_mean(x, MASK)
    for row, length in zip(range(5), LENGTHS.tolist(), strict=True):
        assert_close(mean[row], x[row, :length].mean(dim=0) if length else torch.zeros(3))


@pytest.mark.parametrize("p", [0.1, 0.3, 0.6, 0.999])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_dropout_keeps_its_share_scales_and_lets_the_same_gradient_through(
    p: float, dtype: torch.dtype
) -> None:
    torch.manual_seed(0)
    x = torch.full((300, 301), 2.0, dtype=dtype, requires_grad=True)
    out = FastDropout(p).train()(x)
    kept = out != 0
    rate = min(round(p * 256), 255) / 256
    assert kept.double().mean().item() == pytest.approx(1 - rate, abs=0.01)
    assert rate == pytest.approx(p, abs=1 / 256)
    expected = torch.tensor(2.0, dtype=dtype) * (1 / (1 - rate))
    torch.testing.assert_close(out[kept], expected.expand(int(kept.sum())))
    (grad,) = torch.autograd.grad(out.sum(), x)
    torch.testing.assert_close(grad, out.detach() / 2)


def test_dropout_draws_from_the_seed_and_leaves_its_input_alone() -> None:
    x, layer = inputs(4, 5, 6).transpose(1, 2), FastDropout(0.5)
    before = x.detach().clone()
    torch.manual_seed(3)
    one = layer(x)
    torch.manual_seed(3)
    assert torch.equal(one, layer(x))
    assert not torch.equal(one, layer(x))
    assert torch.equal(x, before)
    assert torch.equal(layer.eval()(x), x)
    assert torch.equal(FastDropout(0.0).train()(x), x)


@pytest.mark.parametrize("training", [True, False])
def test_the_embedding_s_gradient_is_that_of_f_embedding(training: bool) -> None:
    layer = WordEmbedding(10, 4, dropout=0.0, variational=True).train(training)
    title, abstract = torch.tensor([[2, 2, 0], [9, 1, 0]]), torch.tensor([[3, 2], [2, 0]])
    plain = layer.weight.detach().clone().requires_grad_()
    for _ in range(2):  # the second time adds to the first
        out = torch.cat([layer(title).flatten(0, 1), layer(abstract).flatten(0, 1)])
        own = torch.cat([F.embedding(ids, plain, 0).flatten(0, 1) for ids in (title, abstract)])
        assert torch.equal(out, own)
        weights = torch.randn(own.shape)
        (out * weights).sum().backward()
        (own * weights).sum().backward()
    assert layer.weight.grad is not None and plain.grad is not None
    assert_close(layer.weight.grad, plain.grad)
    assert not layer.weight.grad[0].any()
    assert layer.weight.grad[2].any()


def test_rows_are_added_at_once_as_they_are_one_word_after_another() -> None:
    ids, rows = torch.randint(0, 6, (4, 7)), torch.randn(4, 7, 3)
    tables = [torch.ones(6, 3), torch.ones(6, 3)]
    add_rows(tables[0], ids, rows)
    add_rows_at_once(tables[1], ids, rows)
    assert_close(tables[0], tables[1])
    assert torch.equal(tables[1][0], torch.ones(3))
    assert not torch.equal(tables[1][1:], torch.ones(5, 3))


@pytest.mark.parametrize("width", [16, 300])
def test_the_embedding_starts_small_and_with_zeros_for_padding(width: int) -> None:
    weight = WordEmbedding(1000, width, dropout=0.0, variational=False).weight
    assert not weight[0].any()
    assert weight[1:].norm(dim=1).square().mean().sqrt().item() == pytest.approx(INIT_LENGTH, rel=0.05)


def test_a_frozen_embedding_gets_no_gradient() -> None:
    layer = WordEmbedding(10, 4, dropout=0.0, variational=True).train()
    layer.weight.requires_grad_(False)
    assert not layer(torch.tensor([[1, 2]])).requires_grad


def test_variational_dropout_is_one_mask_per_paper() -> None:
    torch.manual_seed(0)
    layer = WordEmbedding(10, 64, dropout=0.6, variational=True).train()
    mask = layer.draw_paper_mask(200)
    assert mask is not None and mask.shape == (200, 1, 64)
    assert set(mask.unique().tolist()) == {0.0, mask.max().item()}
    assert mask.max().item() == pytest.approx(1 / 0.4)
    assert (mask == 0).float().mean().item() == pytest.approx(0.6, abs=0.02)
    assert not torch.equal(mask[0], mask[1])
    ids = torch.randint(1, 10, (200, 5))
    assert_close(layer(ids, None, mask), F.embedding(ids, layer.weight) * mask)
    assert layer.eval().draw_paper_mask(200) is None
    assert torch.equal(layer(ids), F.embedding(ids, layer.weight))
    assert WordEmbedding(10, 64, dropout=0.0, variational=True).train().draw_paper_mask(200) is None


def test_ordinary_dropout_draws_for_every_number() -> None:
    torch.manual_seed(0)
    layer = WordEmbedding(10, 64, dropout=0.6, variational=False).train()
    assert layer.draw_paper_mask(200) is None
    ids = torch.full((200, 5), 3)
    dropped = layer(ids) == 0
    assert dropped.float().mean().item() == pytest.approx(0.6, abs=0.02)
    assert not torch.equal(dropped[0, 0], dropped[0, 1])
    assert torch.equal(layer.eval()(ids), F.embedding(ids, layer.weight))


def test_padding_is_zero_whatever_its_row_holds() -> None:
    layer = WordEmbedding(10, 4, dropout=0.0, variational=True).eval()
    torch.nn.init.constant_(layer.weight, 7.0)
    out = layer(torch.tensor([[3, 0]]), torch.tensor([[1, 0]]))
    assert out.tolist() == [[[7.0] * 4, [0.0] * 4]]


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("padded", [False, True])
def test_the_convolution_is_conv1d(kernel: int, dilation: int, padded: bool) -> None:
    ours = TokenConv1d(6, 5, kernel, padding=kernel // 2 if padded else 0, dilation=dilation)
    plain = nn.Conv1d(6, 5, kernel, padding=kernel // 2 if padded else 0, dilation=dilation)
    plain.load_state_dict(ours.state_dict())
    x = inputs(3, 11, 6)
    out, expected = ours(x), plain(x.transpose(1, 2)).transpose(1, 2)
    assert_close(out, expected)
    for one, other in zip(
        gradients(out, x, ours.weight, ours.bias),
        gradients(expected, x, plain.weight, plain.bias),
        strict=True,
    ):
        assert_close(one, other)


@settings(max_examples=20, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 12), min_size=1, max_size=6),
    extra=st.integers(0, 9),
    layers=st.integers(1, 3),
)
def test_the_lstm_is_the_packed_one(lengths: list[int], extra: int, layers: int) -> None:
    torch.manual_seed(0)
    ours = MaskedBiLSTM(5, 4, num_layers=layers)
    plain = nn.LSTM(5, 4, num_layers=layers, batch_first=True, bidirectional=True)
    plain.load_state_dict(ours.state_dict())
    width = max(lengths)
    mask = torch.arange(width + extra) < torch.tensor(lengths).unsqueeze(1)
    x = inputs(len(lengths), width + extra, 5)
    packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), True, enforce_sorted=False)
    expected, _ = nn.utils.rnn.pad_packed_sequence(plain(packed)[0], True, total_length=width + extra)
    out = ours(x, mask) * mask.unsqueeze(-1)
    assert_close(out, expected)
    ours_grads = gradients(out, x, *ours.parameters())
    for one, other in zip(ours_grads, gradients(expected, x, *plain.parameters()), strict=True):
        assert_close(one, other)


def test_the_lstm_drops_between_layers_in_training_only() -> None:
    layer, x = MaskedBiLSTM(5, 4, num_layers=2, dropout=0.5), inputs(5, 7, 5)
    assert not torch.equal(layer(x, MASK), layer(x, MASK))
    layer.eval()
    assert torch.equal(layer(x, MASK), layer(x, MASK))


def test_weights_start_as_in_the_reference_system() -> None:
    torch.manual_seed(0)
    model = nn.ModuleDict(
        {
            "linear": nn.Linear(300, 200),
            "conv": nn.Conv1d(300, 128, 3),
            "lstm": nn.LSTM(64, 32, num_layers=2, bidirectional=True),
        }
    )
    init_weights(model)
    weights = dict(model.named_parameters())
    linear = weights["linear.weight"]
    assert linear.abs().max().item() == pytest.approx((6 / 500) ** 0.5, rel=0.01)  # Xavier, uniform
    assert weights["conv.weight"].std().item() == pytest.approx((2 / (128 * 3)) ** 0.5, rel=0.02)  # fan out
    recurrent = weights["lstm.weight_hh_l1_reverse"]  # (4H, H)
    assert_close(recurrent.T @ recurrent, torch.eye(32))
    assert weights["lstm.weight_ih_l0"].abs().max().item() == pytest.approx((6 / (64 + 128)) ** 0.5, rel=0.01)
    assert not any(value.any() for name, value in weights.items() if "bias" in name)
