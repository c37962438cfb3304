"""The optimizer and the learning-rate schedule."""

from __future__ import annotations

import math

import torch
from torch import nn

from arxonomy.artifacts.checkpoint import Progress, ScheduleState
from arxonomy.config import TrainingSettings


def make_optimizer(network: nn.Module, settings: TrainingSettings, pretrained: bool) -> torch.optim.Optimizer:
    """AdamW over all weights; word vectors may have their own learning rate, and 0 freezes them.

    Args:
        network: Its weights are trained.
        settings: The rates and the weight decay are read.
        pretrained: Whether the word vectors come from a file or another run; those that start at random have
            to learn as fast as the other weights.
    """
    vectors = [p for name, p in network.named_parameters() if name == "embedding.weight"]
    rest = [p for name, p in network.named_parameters() if name != "embedding.weight"]
    rate = settings.learning_rate
    vector_rate = rate
    if settings.embedding_learning_rate is not None and (pretrained or settings.embedding_learning_rate == 0):
        vector_rate = settings.embedding_learning_rate
    groups = [(rest, rate), (vectors, vector_rate)] if vector_rate > 0 else [(rest, rate)]
    for parameter in vectors:
        parameter.requires_grad_(vector_rate > 0)
    return torch.optim.AdamW(
        [{"params": parameters, "lr": own_rate} for parameters, own_rate in groups],
        lr=rate,
        weight_decay=settings.weight_decay,
        fused=True,
    )


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
