"""PyTorch tensors <-> the bytes of a safetensors file."""

from __future__ import annotations

import safetensors
from safetensors.numpy import save
from torch import Tensor

from arxonomy.errors import RunError
from arxonomy.records import AnyPath


def tensors_to_bytes(tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """A safetensors file as bytes, so that writing it is ours and a full disk is noticed."""
    # As NumPy's arrays, which share the memory: safetensors' own way from PyTorch takes three times as long,
    # and a small network's checkpoint is written after each epoch.
    return save(
        {name: value.detach().cpu().contiguous().numpy() for name, value in tensors.items()}, metadata
    )


def read_tensors(path: AnyPath) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read tensors and metadata of a safetensors file.

    Raises:
        RunError: The file is missing or damaged.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}
    except (OSError, safetensors.SafetensorError) as error:
        raise RunError(f"{path}: expected a complete safetensors file: {error}") from error
