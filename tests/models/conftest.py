"""Small networks whose weights do not depend on PyTorch's random numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from arxonomy.config import ModelSettings
from arxonomy.models import build_model

WORDS, CLASSES = 50, 3
SMALL = {"embed_dim": 12, "num_filters": 8, "kernel_sizes": [3, 4, 5], "lstm_hidden": 6, "dropout": 0.5}


def fill(model: nn.Module, seed: int) -> None:
    """Give every weight and running statistic a value drawn by NumPy, the padding row included."""
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                drawn = torch.from_numpy(rng.normal(0.0, 0.4, tuple(value.shape)))
                value.copy_(0.5 + drawn.abs() if name.endswith("running_var") else drawn)


@pytest.fixture
def small_model() -> Callable[..., Any]:
    """`small_model("v1", seed=0, dropout=0.0)`: a small network in evaluation mode."""

    def make(architecture: str, seed: int = 0, **settings: Any) -> Any:
        chosen = ModelSettings(architecture=architecture, **{**SMALL, **settings})
        model = build_model(chosen, WORDS, CLASSES)
        fill(model, seed)
        return model.eval()

    return make
