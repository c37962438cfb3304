"""The machine that work runs on: its cores, and the device and threads of PyTorch."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Literal

from arxonomy.advice import advise_option
from arxonomy.errors import SettingsError

DEVICES = ("auto", "cpu", "cuda")
"""What a user may ask for; `auto` takes a GPU where PyTorch sees one."""


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


def set_torch_threads(threads: int | None) -> None:
    """Set the number of PyTorch's threads in this process, where it is installed; None leaves it as it is."""
    if threads is not None and find_spec("torch") is not None:
        import torch

        torch.set_num_threads(threads)
