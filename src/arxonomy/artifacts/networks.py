"""A run or a bundle of one model -> its network, with its weights."""

from __future__ import annotations

import torch
from torch import nn

from arxonomy.artifacts.bundle import Bundle
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.tensors import read_tensors
from arxonomy.artifacts.weights import unpack
from arxonomy.errors import BundleError, RunError
from arxonomy.models import build_model


def load_network(saved: Run | Bundle) -> nn.Module:
    """Load the network of a run, with the weights of its best epoch, or that of a bundle.

    Returns:
        The network in evaluation mode, on the CPU.

    Raises:
        RunError: No epoch of the run is finished yet, or a file is damaged.
        BundleError: The weights do not fit the bundle's settings.
    """
    if isinstance(saved, Bundle):
        settings, labels = saved.model, saved.labels
    elif saved.weights.is_file():
        settings, labels = saved.recipe().model, saved.info().labels
    else:
        raise RunError(f"{saved.folder}: no epoch is finished yet; resume it with `arxonomy train --resume`")
    with torch.random.fork_rng(devices=[]):  # the initial weights are replaced at once
        network = build_model(settings, len(saved.vocabulary()), len(labels))
    tensors, _ = read_tensors(saved.weights)
    try:
        network.load_state_dict(unpack(tensors))
    except RuntimeError as error:
        message = f"{saved.weights}: the weights do not fit the settings of the network: {error}"
        raise (BundleError if isinstance(saved, Bundle) else RunError)(message) from error
    return network.eval()
