"""In which precision a network is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch


def choose_precision(
    wanted: Literal["auto", "32", "bf16"], accelerator: str = "cpu", cpu_has: Callable[[], bool] | None = None
) -> Literal["bf16-mixed", "32-true"]:
    """Choose the precision on `cpu` or `cuda`, by Lightning's name: `bf16-mixed` or `32-true`."""
    if wanted == "auto":
        if accelerator == "cuda":
            return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
        return "bf16-mixed" if (cpu_has or _has_bf16_tiles)() else "32-true"
    return "bf16-mixed" if wanted == "bf16" else "32-true"


def _has_bf16_tiles() -> bool:
    """Whether this CPU multiplies matrices of bfloat16 in tiles (AMX).

    The vector instructions alone (AVX512-BF16) do not pay: with them training is slower than in float32
    (`bench/train_epoch.py`, record `train_epoch_without_tiles.json`).
    """
    return bool(getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)())  # private in PyTorch
