"""The system, the processor, its cores and instruction sets."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from arxonomy.doctor.results import Machine
from arxonomy.runtime import count_cores

VARIABLES = (
    *("ARXONOMY_MODEL", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_OFFLINE"),
    *("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES"),
)
"""Variables of the environment that change what is done; no key, token or proxy is among them."""


def describe_machine() -> Machine:
    """Describe the machine that this process runs on."""
    return Machine(
        system=platform.platform(),
        python=f"{platform.python_version()} in {sys.prefix}",
        processor=_read_processor_name() or platform.processor() or platform.machine(),
        instructions=_list_instructions(),
        cores=count_cores(),
        all_cores=os.cpu_count() or 1,
        gpu=_find_gpu(),
    )


def read_environment() -> dict[str, str]:
    """Read the variables that change what is done, as far as they are set."""
    return {name: os.environ[name] for name in VARIABLES if name in os.environ}


def _read_processor_name() -> str | None:
    """Read the processor's name, where Linux has it; Python knows it on other systems."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, None)


def _list_instructions() -> tuple[str, ...]:
    try:
        import numpy as np
    except ImportError:  # a missing or damaged requirement, which is named as such
        return ()
    found = np.show_config(mode="dicts").get("SIMD Extensions", {})
    return (*found.get("baseline", ()), *found.get("found", ()))


def _find_gpu() -> str | None:
    # PyTorch takes seconds to load, so it is asked only where there is a driver.
    if shutil.which("nvidia-smi") is None or find_spec("torch") is None:
        return None
    try:
        import torch

        return torch.cuda.get_device_name() if torch.cuda.is_available() else None
    except (ImportError, OSError, RuntimeError):  # a library or driver that does not fit
        return None
