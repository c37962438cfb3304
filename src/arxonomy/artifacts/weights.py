"""How a bundle stores a network's tensors, and what they are when read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

Weights = Literal["float32", "compact"]

WORD_VECTORS = "embedding.weight"
TABLES = (WORD_VECTORS, "bag.words.weight", "bag.pairs.weight")
"""The tables, of which rows are looked up: compact weights store them as 8-bit integers."""

SCALE = ".scale"
"""Added to a table's name: one number per row."""


def pack(state: Mapping[str, Tensor], weights: Weights) -> dict[str, Tensor]:
    """The tensors to store.

    `float32` stores them as they are. `compact` takes about a quarter of that: tables become
    int8 with one float16 scale per row, symmetric around 0; other matrices become float16. Vectors
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
            scale = (value.abs().amax(dim=1, keepdim=True) / 127).half()  # (V, 1)
            steps = (value / scale.float()).round().clamp(-127, 127)  # 0 / 0 where a row is all zeros
            packed[name] = steps.nan_to_num(0.0, 127.0, -127.0).to(torch.int8)
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
            state[table] = packed[table].float() * value.float()
    return state


def _widen(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value
