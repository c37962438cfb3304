"""Computes a network with PyTorch, on a CPU or a GPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from arxonomy.artifacts.bundle import Bundle
from arxonomy.artifacts.checkpoint import read_tensors
from arxonomy.artifacts.weights import unpack
from arxonomy.errors import BundleError, SettingsError
from arxonomy.models import build_model


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
        if device == "cuda" and not torch.cuda.is_available():
            raise SettingsError("device: cuda was asked for, but PyTorch sees no GPU; use --device cpu")
        if threads is not None:
            torch.set_num_threads(threads)
        gpu = torch.cuda.is_available() and device != "cpu"
        self.batch_size = 512 if gpu else 32
        self.device = torch.device("cuda" if gpu else "cpu")
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


def bundled_network(bundle: Bundle) -> nn.Module:
    """The network of a bundle, with its weights.

    Raises:
        BundleError: The weights do not fit the bundle's settings.
    """
    with torch.random.fork_rng(devices=[]):  # the weights drawn here are replaced at once
        network = build_model(bundle.model, len(bundle.vocabulary()), len(bundle.labels))
    tensors, _ = read_tensors(bundle.weights)
    try:
        network.load_state_dict(unpack(tensors))
    except RuntimeError as error:
        raise BundleError(f"{bundle.weights}: the weights do not fit bundle.json: {error}") from error
    return network.eval()
