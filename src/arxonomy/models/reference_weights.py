"""Weights of the reference system: a `.pth` checkpoint -> a network with the same logits."""

from __future__ import annotations

from typing import Any, TypedDict

import torch
from torch import Tensor

from arxonomy.errors import RunError, SettingsError
from arxonomy.models.hybrid import HybridCNNLSTM
from arxonomy.records import AnyPath


class _Sizes(TypedDict):
    vocab_size: int
    embed_dim: int
    num_filters: int
    kernel_sizes: list[int]
    lstm_hidden: int
    num_classes: int


def load_reference_weights(path: AnyPath) -> HybridCNNLSTM:
    """Load a checkpoint of the reference system, which is a dict with `vocab_size` and `model_state_dict`.

    Only tensors and plain values are read; a file that would run anything is refused. All sizes are
    read off the tensors.

    Args:
        path: The `.pth` file.

    Returns:
        The network on the CPU in evaluation mode, with `padding="original"`. Its weights were
        trained with titles padded to 30 tokens and abstracts to 300, so pad to these widths.

    Raises:
        RunError: The file is missing, is no such checkpoint, or holds more than tensors and plain values.
    """
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise RunError(f"{path}: the checkpoint cannot be read: {error.strerror or error}") from error
    except Exception as error:  # a damaged or hostile file fails in torch.load in many ways
        raise RunError(
            f"{path}: expected a PyTorch checkpoint of tensors and plain values, found something else; "
            "if you trust the file, save its `vocab_size` and `model_state_dict` again with plain PyTorch"
        ) from error
    weights = _read_weights(checkpoint, path)
    try:
        with torch.random.fork_rng(devices=[]):  # the initial weights are replaced at once
            network = HybridCNNLSTM(**_read_sizes(weights), padding="original")
        network.load_state_dict(weights)
    except (KeyError, IndexError, ValueError, RuntimeError, SettingsError) as error:
        raise RunError(
            f"{path}: expected the weights of a HybridCNNLSTM, found others; load it with the code that "
            f"saved it ({error})"
        ) from error
    words, stated = len(weights["embedding.weight"]), checkpoint.get("vocab_size")
    if stated != words:
        raise RunError(
            f"{path}: expected `vocab_size` to be {words}, the number of word vectors, found {stated!r}; "
            "is this the whole checkpoint?"
        )
    return network.eval()


def _read_weights(checkpoint: Any, path: AnyPath) -> dict[str, Tensor]:
    weights = checkpoint.get("model_state_dict") if isinstance(checkpoint, dict) else None
    if not isinstance(weights, dict) or not all(isinstance(value, Tensor) for value in weights.values()):
        content = list(checkpoint) if isinstance(checkpoint, dict) else type(checkpoint).__name__
        raise RunError(
            f"{path}: expected a dict with `vocab_size` and `model_state_dict` (tensors by name), "
            f"found {content}; save both with torch.save"
        )
    return weights


def _read_sizes(weights: dict[str, Tensor]) -> _Sizes:
    """The arguments of `HybridCNNLSTM`, read off the shapes of its weights."""
    vocab_size, embed_dim = weights["embedding.weight"].shape
    blocks = sum(name.startswith("cnn_blocks.") and name.endswith(".conv1.weight") for name in weights)
    kernels = [weights[f"cnn_blocks.{block}.conv1.weight"] for block in range(blocks)]  # each (F, D, K)
    return _Sizes(
        vocab_size=vocab_size,
        embed_dim=embed_dim,
        num_filters=kernels[0].shape[0],
        kernel_sizes=[kernel.shape[2] for kernel in kernels],
        lstm_hidden=weights["lstm.weight_hh_l0"].shape[1],
        num_classes=weights["classifier.6.weight"].shape[0],
    )
