"""The optimizer and the learning-rate schedule."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from arxonomy.artifacts.checkpoint import Progress, ScheduleState
from arxonomy.config import TrainingSettings


class SparseAdamW(torch.optim.Optimizer):
    """AdamW, with sparse Adam for the tables whose gradients are sparse; one optimizer to a caller.

    Sparse Adam moves only the rows that a batch has looked up, and knows no weight decay.

    Args:
        dense: Optimizes all other weights.
        tables: Optimizes the tables.
    """

    def __init__(self, dense: torch.optim.AdamW, tables: torch.optim.SparseAdam) -> None:
        super().__init__([*dense.param_groups, *tables.param_groups], {})
        self.dense, self.tables = dense, tables
        # Groups and state are those of the two, so that rates set here and states loaded here are theirs.
        self.param_groups = [*dense.param_groups, *tables.param_groups]
        self.state = tables.state = dense.state
        for table in self.list_tables():
            # The steps as a tensor, which a checkpoint can hold.
            self.state[table]["step"] = torch.zeros((), dtype=torch.float64)
            for moment in ("exp_avg", "exp_avg_sq"):
                self.state[table][moment] = torch.zeros_like(table)

    def list_tables(self) -> list[Tensor]:
        """List the weights with sparse gradients."""
        return [table for group in self.tables.param_groups for table in group["params"]]

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Move all weights; `closure` is there for the interface alone."""
        self.dense.step()
        self.tables.step()  # type: ignore[no-untyped-call]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear all gradients; the sparse ones are always thrown away."""
        self.dense.zero_grad(set_to_none)
        self.tables.zero_grad()


def list_sparse_tables(network: nn.Module) -> list[Tensor]:
    """List the embedding tables of a network whose gradients are sparse."""
    return [
        module.weight for module in network.modules() if isinstance(module, nn.Embedding) and module.sparse
    ]


def list_dense(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    """List an optimizer's weights without tables whose gradients are sparse; those are not clipped."""
    groups = (optimizer.dense if isinstance(optimizer, SparseAdamW) else optimizer).param_groups
    return [parameter for group in groups for parameter in group["params"]]


def make_optimizer(network: nn.Module, settings: TrainingSettings, pretrained: bool) -> torch.optim.Optimizer:
    """AdamW over all weights; word vectors may have their own learning rate, and 0 freezes them.

    Tables with sparse gradients, if the network has some, get sparse Adam.

    Args:
        network: Its weights are trained.
        settings: The rates and the weight decay are read.
        pretrained: Whether the word vectors come from a file or another run; those that start at random have
            to learn as fast as the other weights.
    """
    tables = list_sparse_tables(network)
    sparse = {id(table) for table in tables}
    vectors = [p for name, p in network.named_parameters() if name == "embedding.weight"]
    rest = [p for name, p in network.named_parameters() if name != "embedding.weight" and id(p) not in sparse]
    rate = settings.learning_rate
    vector_rate = rate
    if settings.embedding_learning_rate is not None and (pretrained or settings.embedding_learning_rate == 0):
        vector_rate = settings.embedding_learning_rate
    groups = [(rest, rate), (vectors, vector_rate)] if vector_rate > 0 else [(rest, rate)]
    for parameter in vectors:
        parameter.requires_grad_(vector_rate > 0)
    optimizer = torch.optim.AdamW(
        [{"params": parameters, "lr": own_rate} for parameters, own_rate in groups],
        lr=rate,
        weight_decay=settings.weight_decay,
        fused=True,
    )
    if not tables:
        return optimizer
    return SparseAdamW(optimizer, torch.optim.SparseAdam(tables, lr=settings.table_learning_rate or rate))


class Schedule:
    """The learning rate over time: a plateau on the validation score, or a cosine with warm-up."""

    def __init__(
        self, optimizer: torch.optim.Optimizer, settings: TrainingSettings, progress: Progress
    ) -> None:
        self.optimizer = optimizer
        self.settings = settings
        self.start = [group["lr"] for group in optimizer.param_groups]
        self.plateau = None
        if settings.schedule == "plateau":
            self.plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(
                optimizer, "max", factor=settings.plateau_factor, patience=settings.plateau_patience
            )
        if progress.schedule is not None:
            for group, rate in zip(optimizer.param_groups, progress.schedule.rates, strict=True):
                group["lr"] = rate
            if self.plateau is not None and progress.schedule.plateau is not None:
                self.plateau.load_state_dict(progress.schedule.plateau)

    def before_batch(self, epochs_done: float) -> None:
        """Set the rates of a cosine, or of weight averaging, at a time in epochs."""
        average_from = self.settings.average_from
        constant = self.settings.average_learning_rate
        if average_from is not None and constant is not None and epochs_done >= average_from - 1:
            for group, rate in zip(self.optimizer.param_groups, self.start, strict=True):
                group["lr"] = rate * constant / self.settings.learning_rate
        elif self.settings.schedule == "cosine":
            warmup, total = self.settings.warmup_epochs, self.settings.epochs
            if epochs_done < warmup:
                factor = (epochs_done + 1e-3) / warmup
            else:
                factor = 0.5 * (1 + math.cos(math.pi * (epochs_done - warmup) / max(total - warmup, 1e-9)))
            for group, rate in zip(self.optimizer.param_groups, self.start, strict=True):
                group["lr"] = rate * factor

    def after_epoch(self, score: float) -> None:
        """Lower the rates of a plateau schedule when the score has stalled."""
        if self.plateau is not None:
            self.plateau.step(score)

    def rate(self) -> float:
        """The current learning rate."""
        return float(self.optimizer.param_groups[0]["lr"])

    def state(self) -> ScheduleState:
        """What a checkpoint keeps of the schedule."""
        rates = [group["lr"] for group in self.optimizer.param_groups]
        plateau = None
        if self.plateau is not None:
            kept = ("best", "num_bad_epochs", "cooldown_counter", "last_epoch", "_last_lr")
            plateau = {key: value for key, value in self.plateau.state_dict().items() if key in kept}
        return ScheduleState(rates, plateau)
