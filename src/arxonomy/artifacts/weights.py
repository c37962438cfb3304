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
"""Added to a table's name: one number per row."""


def pack(state: Mapping[str, Tensor], weights: Weights) -> dict[str, Tensor]:
    """The tensors to store.

    `float32` stores them as they are. `compact` takes about a quarter of that: tables become
    int8 with one float16 scale per row, symmetric around 0; the vectors of word pairs, which are many and of
    which a text sums hundreds, only 4 bits, two to a byte. Other matrices become float16. Vectors
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
            most = 7 if name == PAIRS and value.shape[1] % 2 == 0 else 127
            scale = (value.abs().amax(dim=1, keepdim=True) / most).half()  # (V, 1)
            steps = (value / scale.float()).round().clamp(-most, most)  # 0 / 0 where a row is all zeros
            steps = steps.nan_to_num(0.0, most, -most)
            packed[name] = _join_halves(steps) if most == 7 else steps.to(torch.int8)
            packed[name + SCALE] = scale
        else:
            packed[name] = half
    return packed


def unpack(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Stored tensors as a network's state in float32, bit for bit what the ONNX graph computes with."""
    state = {name: _widen(value) for name, value in packed.items() if not name.endswith(SCALE)}
    for name, value in packed.items():
        if name.endswith(SCALE):
            table = name.removesuffix(SCALE)
            state[table] = state[table].float() * value.float()
    return state


def _join_halves(steps: Tensor) -> Tensor:
    """(V, G) whole numbers in -7..7 to (V, G/2) bytes: the left half of a row in the low 4 bits, 8 added."""
    import torch

    left, right = (steps + 8).to(torch.uint8).chunk(2, dim=1)
    return left | (right << 4)


def _widen(value: Tensor) -> Tensor:
    import torch

    if value.dtype == torch.uint8:  # of `_join_halves`
        return torch.cat([value & 15, value >> 4], dim=1).float() - 8
    return value.float() if value.is_floating_point() else value
