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
"""The tables, of which rows are looked up: compact weights store them as integers of 8 bits, pairs of 4."""

SCALE = ".scale"
"""Added to a table's name: one number per row, or one for each half of a row."""

_CLIPS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6)
"""Shares of the largest number of a half row that become the largest of 4 bits. With a smaller one, what is
beyond loses more, and all others less, by a finer step."""


def pack(state: Mapping[str, Tensor], weights: Weights) -> dict[str, Tensor]:
    """The tensors to store.

    `float32` stores them as they are. `compact` takes about a quarter of that: tables become
    int8 with one float16 scale per row, symmetric around 0; the vectors of word pairs, which are many and of
    which a text sums hundreds, only 4 bits, two to a byte, with a scale for each half of a row, which has the
    least squared error of a few. Other matrices become float16. Vectors
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
            if name == PAIRS and value.shape[1] % 2 == 0:
                halves = [_round_best(half, 7) for half in value.chunk(2, dim=1)]
                packed[name] = _join_halves(*(steps for steps, _ in halves))
                packed[name + SCALE] = torch.cat([scale for _, scale in halves], dim=1)  # (V, 2)
            else:
                steps, scale = _round(value, 127)
                packed[name], packed[name + SCALE] = steps.to(torch.int8), scale
        else:
            packed[name] = half
    return packed


def unpack(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Stored tensors as a network's state in float32, bit for bit what the ONNX graph computes with."""
    state = {name: _widen(value) for name, value in packed.items() if not name.endswith(SCALE)}
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


def _join_halves(left: Tensor, right: Tensor) -> Tensor:
    """Whole numbers in -7..7 to bytes, (V, G/2) each: the left half of a row in the low 4 bits, 8 added."""
    import torch

    low, high = ((steps + 8).to(torch.uint8) for steps in (left, right))
    return low | (high << 4)


def _widen(value: Tensor) -> Tensor:
    import torch

    if value.dtype == torch.uint8:  # of `_join_halves`
        return torch.cat([value & 15, value >> 4], dim=1).float() - 8
    return value.float() if value.is_floating_point() else value
