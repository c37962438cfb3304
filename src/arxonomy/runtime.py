"""What work runs on: cores, processes, the device and threads of PyTorch, and ONNX Runtime."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal

from arxonomy.advice import advise_option
from arxonomy.errors import SettingsError

DEVICES = ("auto", "cpu", "cuda")
"""What a user may ask for; `auto` takes a GPU where PyTorch sees one."""


_TORCHRUN = ("WORLD_SIZE", "RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True)
class Processes:
    """The processes that train one network, of which this is one."""

    count: int = 1
    """How many there are, on all machines."""
    rank: int = 0
    """The number of this one, 0..count-1; 0 writes and talks."""
    here: int = 1
    """How many of them are on this machine."""


ALONE = Processes()
"""This process alone, as without torchrun."""


def read_processes() -> Processes:
    """Read from the environment, as torchrun sets it, which process this is; alone without torchrun.

    Raises:
        SettingsError: The environment holds something else than torchrun sets.
    """
    if not all(os.environ.get(name) for name in _TORCHRUN):
        return ALONE
    try:
        count, rank = int(os.environ["WORLD_SIZE"]), int(os.environ["RANK"])
        here = int(os.environ.get("LOCAL_WORLD_SIZE", count))
        if not 0 <= rank < count or not 1 <= here <= count:
            raise ValueError
    except ValueError:
        found = ", ".join(f"{name}={os.environ[name]}" for name in _TORCHRUN)
        raise SettingsError(
            f"environment: expected the numbers that torchrun sets, found {found}; start the command with "
            "torchrun, or unset WORLD_SIZE"
        ) from None
    return Processes(count, rank, here)


def count_cores() -> int:
    """Count the cores that this process may use.

    In a container or under `taskset` they are fewer than the machine has.
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_device(device: str) -> None:
    """Make sure that a device is one of `DEVICES`; whether it is there is not looked at.

    Raises:
        SettingsError: It is none of them.
    """
    if device not in DEVICES:
        raise SettingsError(f"device: expected auto, cpu or cuda, found `{device}`")


def choose_device(device: str) -> Literal["cpu", "cuda"]:
    """Choose where PyTorch computes.

    Args:
        device: One of `DEVICES`.

    Raises:
        SettingsError: It is none of them, or PyTorch sees no GPU and one was asked for.
        ModuleNotFoundError: PyTorch is not installed.
    """
    import torch  # here, since the functions above are used without it

    check_device(device)
    gpu = torch.cuda.is_available()
    if device == "cuda" and not gpu:
        advice = advise_option("--device", "cpu")
        raise SettingsError(f"device: cuda was asked for, but PyTorch sees no GPU; use {advice}")
    return "cuda" if gpu and device != "cpu" else "cpu"


def import_onnxruntime() -> Any:
    """Import ONNX Runtime with its telemetry off.

    Official builds since 1.29 keep an identifier of the device and send events of sessions to their maker,
    unless the environment says so before it is initialized (microsoft/onnxruntime, pull request 27379). On
    Windows, and where another package has imported it before, the call below is what stops the events.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime


def set_torch_threads(threads: int | None) -> None:
    """Set the number of PyTorch's threads in this process, where it is installed; None leaves it as it is."""
    if threads is not None and find_spec("torch") is not None:
        import torch

        torch.set_num_threads(threads)
