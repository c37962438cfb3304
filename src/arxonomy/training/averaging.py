"""Averaged weights (EMA, SWA), which are validated and kept instead of those of the last step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, update_bn

from arxonomy.config import TrainingSettings
from arxonomy.errors import SettingsError

Tensors = tuple[Tensor, ...] | list[Tensor]


class WeightAverage:
    """The moving average of `weight_average`, the equal one of `average_from`, or neither.

    The moving one follows every step, batch normalization's statistics included. The equal one takes
    the weights at the end of each epoch from `average_from` on (stochastic weight averaging, Izmailov et
    al. 2018, arXiv:1803.05407, algorithm 1); before its first epoch it does not exist, so that nothing
    untrained is ever used. No statistics belong to its weights: `refresh_batch_norm` recomputes them.

    Args:
        network: Its weights are averaged.
        settings: `weight_average` and `average_from` are read.

    Attributes:
        tensors: The average, by the names of the network's state; empty without an average.

    Raises:
        SettingsError: Both are given.
    """

    def __init__(self, network: nn.Module, settings: TrainingSettings) -> None:
        self._decay, self._first = settings.weight_average, settings.average_from
        if self._decay is not None and self._first is not None:
            raise SettingsError("settings `training.weight_average` and `training.average_from`: give one")
        self._network = network
        self._averaged: AveragedModel | None = None
        self.tensors: dict[str, Tensor] = {}
        if self._decay is not None or self._first is not None:
            self._averaged = AveragedModel(network, multi_avg_fn=self._move, use_buffers=True)
            self.tensors = self._averaged.module.state_dict()

    def after_step(self, step: int) -> None:
        """Move the moving average, `step` steps after the start; early steps count more."""
        if self._decay is not None:
            self._update(step + 1)

    def after_epoch(self, epoch: int) -> None:
        """Let the weights of epoch `epoch`, from 1, enter the equal average."""
        if self._first is not None and epoch >= self._first:
            self._update(epoch - self._first)

    def network_after(self, epoch: int) -> nn.Module:
        """The network to validate and keep after epoch `epoch`: the average, or without one the network."""
        if self._averaged is None or (self._first is not None and epoch < self._first):
            return self._network
        return self._averaged.module

    def _update(self, count: int) -> None:
        # The count follows from the place in the epochs, so that a resumed run needs no state of its own.
        assert self._averaged is not None
        self._averaged.n_averaged.fill_(count)
        self._averaged.update_parameters(self._network)

    def _move(self, averaged: Tensors, current: Tensors, count: Tensor | int) -> None:
        if not averaged[0].is_floating_point():  # how many batches the statistics have seen
            torch._foreach_copy_(averaged, current)
            return
        n = int(count)
        share = 1 / (n + 1) if self._decay is None else 1 - min(self._decay, n / (9 + n))
        torch._foreach_lerp_(averaged, current, share)


class _KeywordInputs(nn.Module):
    """Passes inputs by name to a network; `update_bn` has one positional input."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.training = network.training

    def forward(self, inputs: Mapping[str, Tensor]) -> object:
        return self.network(**inputs)


def refresh_batch_norm(network: nn.Module, batches: Iterable[Mapping[str, Tensor]]) -> None:
    """Recompute the statistics of batch normalization as means over `batches`, inputs by name."""
    update_bn(batches, _KeywordInputs(network))
