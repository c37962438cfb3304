"""Everything that a run needs to be resumed: tensors and JSON in one file, replaced as a whole."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

import torch
from torch import Tensor, nn

from arxonomy.artifacts.epochs import EpochRecord
from arxonomy.artifacts.tensors import read_tensors, tensors_to_bytes
from arxonomy.atomic import write_atomic
from arxonomy.errors import RunError
from arxonomy.records import AnyPath


@dataclass(frozen=True)
class ScheduleState:
    """Where the learning-rate schedule stands."""

    rates: list[float]
    """The rate of each of the optimizer's groups."""
    plateau: dict[str, float | int | list[float]] | None
    """What `ReduceLROnPlateau` knows; None for another schedule."""


@dataclass
class Progress:
    """Where a run stands. All randomness is a function of seed, epoch and batch, so none is kept here."""

    epoch: int = 0
    """Epochs finished."""
    batch: int = 0
    """Batches finished in the epoch under way."""
    loss_sum: float = 0.0
    """Sum over those batches of loss times papers."""
    seconds: float = 0.0
    """Seconds spent in the epoch under way, over all its parts."""
    best_epoch: int = 0
    """The best epoch so far, from 1; 0 before the first."""
    best_score: float = float("-inf")
    """Its validation score."""
    finished: bool = False
    """Whether training has come to its end."""
    schedule: ScheduleState | None = None
    """State of the learning-rate schedule; None before the first checkpoint."""
    history: list[EpochRecord] = field(default_factory=list)
    """One record per finished epoch."""

    @classmethod
    def from_json(cls, text: str) -> Progress:
        """The progress that a checkpoint has in its metadata."""
        values = json.loads(text)
        values["schedule"] = ScheduleState(**values["schedule"])
        values["history"] = [EpochRecord(**line) for line in values["history"]]
        return cls(**values)


def save_checkpoint(
    path: AnyPath,
    progress: Progress,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: dict[str, Tensor],
) -> None:
    """Write model, optimizer, weight average and progress as one safetensors file."""
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    for parameter, state in optimizer.state.items():
        tensors |= {f"optimizer.{key}.{names[id(parameter)]}": value for key, value in state.items()}
    tensors |= {f"average.{name}": value for name, value in average.items()}
    write_atomic(path, tensors_to_bytes(tensors, {"progress": json.dumps(asdict(progress))}))


def load_checkpoint(
    path: AnyPath,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: dict[str, Tensor],
) -> Progress:
    """Put a checkpoint's tensors back where `save_checkpoint` took them from.

    Raises:
        RunError: The file is damaged or belongs to another model.
    """
    tensors, metadata = read_tensors(path)
    parameters = dict(model.named_parameters())
    weights: dict[str, Tensor] = {}
    try:
        for key, value in tensors.items():
            kind, _, rest = key.partition(".")
            if kind == "model":
                weights[rest] = value
            elif kind == "average":
                average[rest].copy_(value)
            elif kind == "optimizer":
                entry, _, name = rest.partition(".")
                parameter = parameters[name]
                optimizer.state[parameter][entry] = value.to(parameter.device)
        model.load_state_dict(weights)
        return Progress.from_json(metadata["progress"])
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path}: the checkpoint does not fit this run: {error}") from error
