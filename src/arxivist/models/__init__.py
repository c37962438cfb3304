"""Networks: word ids -> logits and attention maps. One file per architecture, readable alone."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from arxivist.config import ModelSettings
from arxivist.errors import SettingsError, did_you_mean

if TYPE_CHECKING:
    from torch import nn

    from arxivist.models.hybrid import HybridCNNLSTM as HybridCNNLSTM

ARCHITECTURES = {
    "baseline": ("arxivist.models.baseline", "BaselineCNNLSTM"),
    "v1": ("arxivist.models.hybrid", "HybridCNNLSTM"),
}
"""Name of an architecture -> the module and class that define it, imported only when it is built."""


def build_model(settings: ModelSettings, vocab_size: int, num_classes: int) -> nn.Module:
    """Build a network with fresh weights.

    Raises:
        SettingsError: The architecture is unknown, or PyTorch is not installed.
    """
    if settings.architecture not in ARCHITECTURES:
        hint = did_you_mean(settings.architecture, ARCHITECTURES)
        raise SettingsError(f"no architecture is called `{settings.architecture}`: {hint}")
    module, name = ARCHITECTURES[settings.architecture]
    try:
        network = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise SettingsError(f"this needs PyTorch: pip install 'arxivist[train]' ({error})") from error
    model: nn.Module = network(
        vocab_size=vocab_size,
        embed_dim=settings.embed_dim,
        num_filters=settings.num_filters,
        kernel_sizes=settings.kernel_sizes,
        lstm_hidden=settings.lstm_hidden,
        num_classes=num_classes,
        dropout=settings.dropout,
        variational=settings.variational,
    )
    return model


def __getattr__(name: str) -> Any:
    if name == "HybridCNNLSTM":  # lazily: importing PyTorch takes seconds
        from arxivist.models.hybrid import HybridCNNLSTM

        return HybridCNNLSTM
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
