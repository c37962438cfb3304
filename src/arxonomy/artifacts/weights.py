"""How a bundle stores a network's tensors, and what they are when read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

Weights = Literal["float32", "compact"]

WORD_VECTORS = "embedding.weight"
PAIRS = "bag.pairs.weight"
TABLES = (WORD_VECTORS, "bag.words.weight", PAIRS)
"""The tables, of which rows are looked up: compact weights store them as integers of 8 bits, pairs of 5."""

SCALE = ".scale"
"""Added to a table's name: one number per row."""
FIFTH_BIT = ".fifth_bit"
"""Added to the name of the table of pairs: the highest bit of each number, 8 numbers to a byte."""

_CLIPS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6)
"""Shares of the largest number of a row that become the largest of 5 bits. With a smaller one, what is
beyond loses more, and all others less, by a finer step."""


def pack(state: Mapping[str, Tensor], weights: Weights) -> dict[str, Tensor]:
    """The tensors to store.

    `float32` stores them as they are. `compact` takes about a quarter of that: tables become
    int8 with one float16 scale per row, symmetric around 0; the vectors of word pairs, which are many and of
    which a text sums hundreds, only 5 bits, with the scale of the least squared error among a few: 4 of them
    two to a byte, and the fifth in a tensor of its own. Other matrices become float16. Vectors
    (biases, norms, BatchNorm's statistics) stay float32: they are small, and a variance may be too
    small for float16. So does a matrix with a value beyond float16's range.
    """
    import torch  # here, since the names below are known without it

    if weights == "float32":
        return dict(state)
    packed: dict[str, Tensor] = {}
    for name, value in state.items():
        half = value.half() if value.is_floating_point() and value.dim() > 1 else None
        if half is None or not half.isfinite().all():
            packed[name] = value
        elif name in TABLES:
            if name == PAIRS and value.shape[1] % 8 == 0:
                steps, scale = _round_best(value, 15)
                packed[name], packed[name + FIFTH_BIT] = _split_bits(steps)
            else:
                steps, scale = _round(value, 127)
                packed[name] = steps.to(torch.int8)
            packed[name + SCALE] = scale
        else:
            packed[name] = half
    return packed


def unpack(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Stored tensors as a network's state in float32, bit for bit what the ONNX graph computes with.

    Also those of bundles from before pairs had a fifth bit, with a scale for each row or half a row.
    """
    state = {
        name: _widen(value, packed.get(name + FIFTH_BIT))
        for name, value in packed.items()
        if not name.endswith((SCALE, FIFTH_BIT))
    }
    for name, value in packed.items():
        if name.endswith(SCALE):
            table = name.removesuffix(SCALE)
            columns = state[table].shape[1] // value.shape[1]  # that have one scale
            state[table] = state[table].float() * value.float().repeat_interleave(columns, dim=1)
    return state


def _round(value: Tensor, most: int, clip: float = 1.0) -> tuple[Tensor, Tensor]:
    """(V, D) to whole numbers in -most..most (V, D), and their scales (V, 1) in float16."""
    scale = (value.abs().amax(dim=1, keepdim=True) * clip / most).half()
    steps = (value / scale.float()).round().clamp(-most, most)  # 0 / 0 where a row is all zeros
    return steps.nan_to_num(0.0, most, -most), scale


def _round_best(value: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """The same, with the scale of each row that has the least squared error."""
    import torch

    steps, scale = _round(value, most)
    least = (steps * scale.float() - value).square().sum(dim=1, keepdim=True)
    for clip in _CLIPS[1:]:
        others, other = _round(value, most, clip)
        error = (others * other.float() - value).square().sum(dim=1, keepdim=True)
        steps, scale = torch.where(error < least, others, steps), torch.where(error < least, other, scale)
        least = torch.minimum(error, least)
    return steps, scale


def _split_bits(steps: Tensor) -> tuple[Tensor, Tensor]:
    """Whole numbers in -15..15 (V, G), 16 added, to their 4 lower bits (V, G/2) and their fifth (V, G/8).

    The left half of a row is in the low bits of its bytes; bit b of the second tensor's byte c is that of the
    number in column b * G/8 + c.
    """
    import torch

    numbers = (steps + 16).to(torch.uint8)
    left, right = (numbers & 15).chunk(2, dim=1)
    fifth = torch.zeros(len(numbers), numbers.shape[1] // 8, dtype=torch.uint8)
    for bit, columns in enumerate((numbers >> 4).chunk(8, dim=1)):
        fifth |= columns << bit
    return left | (right << 4), fifth


def _widen(value: Tensor, fifth: Tensor | None) -> Tensor:
    import torch

    if value.dtype != torch.uint8:
        return value.float() if value.is_floating_point() else value
    lower = torch.cat([value & 15, value >> 4], dim=1)
    if fifth is None:
        return lower.float() - 8
    highest = torch.cat([(fifth >> bit) & 1 for bit in range(8)], dim=1)
    return (lower | (highest << 4)).float() - 16
