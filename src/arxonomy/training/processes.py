"""Processes that train one network together: Lightning Fabric connects them, and gradients are added up here.

`DistributedDataParallel` would add up the gradients that autograd hands over. Those of word vectors are not
among them (`models.layers`), and shares of a batch may be of unequal size; so each process computes what its
share adds to the loss of the whole batch, and its gradients are summed before the step.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

import torch
import torch.distributed as dist
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning_fabric.strategies.ddp import DDPStrategy
from torch import Tensor, nn

from arxonomy.errors import RunError, SettingsError
from arxonomy.runtime import Processes

_TIMEOUT = timedelta(days=7)
"""How long processes wait for the first one, which validates alone; torchrun ends them if it fails."""


class _SumStrategy(DDPStrategy):
    """Processes as of `DDPStrategy`; the network stays as it is, and starts as that of the first process."""

    def setup_module(self, module: nn.Module) -> nn.Module:  # type: ignore[override]
        with torch.no_grad():
            for tensor in module.state_dict().values():
                dist.broadcast(tensor, 0)
        return module


def connect(
    processes: Processes, accelerator: Literal["cpu", "cuda"], precision: Literal["bf16-mixed", "32-true"]
) -> Fabric:
    """Wait for the other processes, if there are some, and connect to them: gloo on CPUs, NCCL on GPUs.

    Raises:
        SettingsError: There are fewer GPUs than processes on this machine.
    """
    if processes.count == 1:
        return Fabric(accelerator=accelerator, devices=1, precision=precision)
    if accelerator == "cuda" and torch.cuda.device_count() < processes.here:
        raise SettingsError(
            f"device: expected a GPU for each of {processes.here} processes of this machine, found "
            f"{torch.cuda.device_count()}; start fewer with torchrun --nproc-per-node"
        )
    fabric = Fabric(
        accelerator=accelerator,
        devices=processes.here,
        num_nodes=processes.count // processes.here,
        strategy=_SumStrategy(cluster_environment=TorchElasticEnvironment(), timeout=_TIMEOUT),
        precision=precision,
    )
    fabric.launch()
    return fabric


class GradientSum:
    """Adds up the gradients of all processes.

    Args:
        fabric: Connects them.
        dense: Weights with dense gradients.
        tables: Weights with sparse gradients.
    """

    def __init__(self, fabric: Fabric, dense: Sequence[Tensor], tables: Sequence[Tensor]) -> None:
        self._alone, self._dense, self._tables = fabric.world_size == 1, dense, tables
        self._parent = os.getppid()
        # NCCL adds up no sparse tensors.
        self._group = None if self._alone or not tables else dist.new_group(backend="gloo", timeout=_TIMEOUT)

    def reduce(self) -> None:
        """Replace each gradient by the sum over all processes; wait for them.

        Raises:
            RunError: The torchrun that started this process is gone, and might be started again.
        """
        if self._alone:
            return
        if os.getppid() != self._parent:
            raise RunError("torchrun was killed; resume with the same command and --resume")
        self._reduce_dense()
        for table in self._tables:
            assert table.grad is not None
            total = table.grad.cpu()
            dist.all_reduce(total, group=self._group)
            table.grad = total.to(table.device)

    def _reduce_dense(self) -> None:
        # One tensor for all: a message takes longer than its numbers. A weight may have a gradient in some
        # processes alone, or in none, and then the optimizer is to leave it as it is.
        device = self._dense[0].device
        has = torch.tensor([float(weight.grad is not None) for weight in self._dense], device=device)
        gradients = [torch.zeros_like(w) if w.grad is None else w.grad for w in self._dense]
        total = torch.cat([has, *(gradient.flatten().float() for gradient in gradients)])
        dist.all_reduce(total)
        counts, *sums = torch.split(total, [len(has), *(gradient.numel() for gradient in gradients)])
        for weight, gradient, own, count in zip(self._dense, gradients, sums, counts.tolist(), strict=True):
            if count:
                weight.grad = gradient.copy_(own.view(gradient.shape))
