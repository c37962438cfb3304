"""An average of the weights over training, which is validated and kept in their stead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from arxonomy.config import TrainingSettings
from arxonomy.errors import SettingsError


class WeightAverage:
    """The moving average of `weight_average`, the equal one of `average_from`, or neither.

    The moving one follows every step, batch normalization's statistics included. The equal one takes
    the weights at the end of each epoch from `average_from` on (stochastic weight averaging, Izmailov et
    al. 2018, arXiv:1803.05407, algorithm 1); before its first epoch it does not exist, so that nothing
    untrained can be answered with, and since no statistics belong to its weights, it takes them anew.

    Args:
        network: Whose weights are averaged.
        settings: `weight_average` and `average_from` are read.

    Raises:
        SettingsError: Both are given.
    """

    def __init__(self, network: nn.Module, settings: TrainingSettings) -> None:
        self.decay, self.first = settings.weight_average, settings.average_from
        if self.decay is not None and self.first is not None:
            raise SettingsError("settings `training.weight_average` and `training.average_from`: give one")
        self.network = network
        self.tensors: dict[str, Tensor] = {}
        """By the names of the network's state; empty without an average."""
        if self.decay is not None or self.first is not None:
            self.tensors = {name: value.clone() for name, value in network.state_dict().items()}

    def after_step(self, step: int) -> None:
        """Move the moving average, `step` steps after the start; early steps count more."""
        if self.decay is not None:
            self._move(1 - min(self.decay, (1 + step) / (10 + step)))

    def after_epoch(self, epoch: int) -> None:
        """Let the weights of epoch `epoch`, from 1, enter the equal average."""
        if self.first is not None and epoch >= self.first:
            self._move(1 / (epoch - self.first + 1))

    def _move(self, share: float) -> None:
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                if value.is_floating_point():
                    self.tensors[name].lerp_(value, share)
                else:
                    self.tensors[name].copy_(value)

    @contextmanager
    def applied(self, epoch: int, refresh: Callable[[], None]) -> Iterator[None]:
        """Within the block the network holds the average as it is after epoch `epoch`, if there is one.

        Args:
            epoch: From 1.
            refresh: Takes batch normalization's statistics anew, for the equal average.
        """
        if self.decay is None and (self.first is None or epoch < self.first):
            yield
            return
        own = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.tensors)
        try:
            if self.first is not None:
                refresh()
            yield
        finally:
            self.network.load_state_dict(own)


def refresh_batch_norm(
    network: nn.Module, model: Callable[..., object], batches: Iterable[Mapping[str, Tensor]]
) -> None:
    """Take the statistics of batch normalization anew, as means over `batches`.

    Args:
        network: Whose layers are refreshed.
        model: What computes it, in the precision of training.
        batches: Inputs by name.
    """
    layers = [module for module in network.modules() if isinstance(module, nn.BatchNorm1d)]
    if not layers:
        return
    momenta = [layer.momentum for layer in layers]
    was_training = network.training
    network.train()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the plain mean over all batches
    try:
        with torch.no_grad():
            for inputs in batches:
                model(**inputs)
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
        network.train(was_training)
