"""Computes a network with PyTorch, on a CPU or a GPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from arxonomy.runtime import choose_device, set_torch_threads


class TorchBackend:
    """A network in evaluation mode and full precision.

    Args:
        network: A network of `arxonomy.models`.
        threads: Threads of PyTorch in this process, >= 1; None leaves them as they are.
        device: `auto` (a GPU where there is one), `cpu` or `cuda`.

    Raises:
        SettingsError: The device is not there.
    """

    name = "torch"

    def __init__(self, network: nn.Module, threads: int | None = None, device: str = "auto") -> None:
        chosen = choose_device(device)
        set_torch_threads(threads)
        self.batch_size = 512 if chosen == "cuda" else 32
        self.device = torch.device(chosen)
        self.network = network.to(self.device).eval()

    def run(
        self, inputs: Mapping[str, npt.NDArray[np.int64]], outputs: Sequence[str]
    ) -> list[npt.NDArray[np.float32]]:
        """Compute the named outputs; see `Backend.run`."""
        tensors = {name: torch.from_numpy(ids).to(self.device) for name, ids in inputs.items()}
        # A GPU's convolutions would round to TensorFloat32 otherwise, and differ in the third digit.
        with torch.inference_mode(), torch.backends.cudnn.flags(allow_tf32=False):
            logits, maps = self.network(**tensors)
        return [({"logits": logits} | maps)[name].float().cpu().numpy() for name in outputs]
