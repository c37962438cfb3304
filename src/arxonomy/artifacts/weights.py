"""How a bundle stores a network's tensors, and what they are when read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

Weights = Literal["float32", "compact"]

WORD_VECTORS = "embedding.weight"
TABLES = (WORD_VECTORS, "bag.words.weight", "bag.pairs.weight", "linear.table")
"""The tables, of which rows are looked up: compact weights store them as whole numbers, of 8 or of 4 bits."""

SCALE = ".scale"
"""Added to a table's name: one number per row."""

_CLIPS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5, 0.4)
"""Shares of the largest number of a row that become the largest of 4 bits. With a smaller one, what is
beyond loses more, and all others less, by a finer step."""


def pack(state: Mapping[str, Tensor], weights: Weights) -> dict[str, Tensor]:
    """The tensors to store.

    `float32` stores them as they are. `compact` takes about a quarter of that: tables become
    int8 with one float16 scale per row, symmetric around 0; those that `round_table` has rounded lose
    nothing by 4 bits, two numbers to a byte. Other matrices become float16. Vectors
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
            steps, packed[name + SCALE] = _round(value, 7)
            if value.shape[1] % 2 == 0 and torch.equal(steps * packed[name + SCALE].float(), value):
                left, right = (steps + 8).to(torch.uint8).chunk(2, dim=1)
                packed[name] = left | (right << 4)
            else:
                steps, packed[name + SCALE] = _round(value, 127)
                packed[name] = steps.to(torch.int8)
        else:
            packed[name] = half
    return packed


def unpack(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Stored tensors as a network's state in float32, bit for bit what the ONNX graph computes with.

    Also those of older bundles, with a scale for half a row.
    """
    state = {name: _widen(value) for name, value in packed.items() if not name.endswith(SCALE)}
    for name, value in packed.items():
        if name.endswith(SCALE):
            table = name.removesuffix(SCALE)
            columns = state[table].shape[1] // value.shape[1]  # that have one scale
            state[table] = state[table].float() * value.float().repeat_interleave(columns, dim=1)
    return state


def round_table(table: Tensor) -> Tensor:
    """A table (V, D), D even, with numbers that 4 bits and a float16 scale per row hold.

    Of a few scales each row gets the one with the least squared error.
    """
    import torch

    best, least = table, torch.full((len(table), 1), torch.inf)
    for clip in _CLIPS:
        steps, scale = _round(table, 7, clip)
        rounded = steps * scale.float()
        error = (rounded - table).square().sum(dim=1, keepdim=True)
        best, least = torch.where(error < least, rounded, best), torch.minimum(error, least)
    return best


def _round(value: Tensor, most: int, clip: float = 1.0) -> tuple[Tensor, Tensor]:
    """(V, D) to whole numbers in -most..most (V, D), and their scales (V, 1) in float16."""
    scale = (value.abs().amax(dim=1, keepdim=True) * clip / most).half()
    steps = (value / scale.float()).round().clamp(-most, most)  # 0 / 0 where a row is all zeros
    return steps.nan_to_num(0.0, most, -most), scale


def _widen(value: Tensor) -> Tensor:
    import torch

    if value.dtype == torch.uint8:
        return torch.cat([value & 15, value >> 4], dim=1).float() - 8
    return value.float() if value.is_floating_point() else value
