"""What all measurements share: the cost of a whole process, samples of papers, and the machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import arxonomy

COMPILED = {
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir(), "arxonomy-bytecode")),
}
"""Environment of a process that finds compiled modules, as those that pip has installed are."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Environment of a process whose libraries compute on one thread."""
PACKAGES = (
    "onnxruntime", "numpy", "pyarrow", "scikit-learn", "fasttext-wheel", "torch", "sentence-transformers",
)  # fmt: skip
"""Packages whose versions a record states, where they are installed."""
COLUMNS = ("id", "title", "abstract")

Result = TypeVar("Result")


class Usage(NamedTuple):
    """What a process has cost, with all processes that it started and waited for."""

    processor_seconds: float
    """Of user and system, together."""
    wall_seconds: float
    """From its start to its end."""
    peak_mb: float
    """The largest resident memory of any one of these processes, in MB of 1,000,000 bytes."""


def run(command: Sequence[str], environment: Mapping[str, str] = ONE_THREAD) -> Usage:
    """Run a command to its end.

    Args:
        command: The command; what it prints is thrown away.
        environment: Added to that of this process.

    Raises:
        SystemExit: It fails; with the last lines that it printed to stderr. Or it is smaller than this
            process, which hides its memory.
    """
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=said, env=os.environ | COMPILED | environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if status:
            said.seek(0)
            raise SystemExit(f"`{' '.join(command)}` failed:\n{said.read().decode()[-2000:]}")
    if usage.ru_maxrss <= read_own_peak():
        raise SystemExit("the memory of this process hides that of the one that it measures; see `run_apart`")
    return Usage(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024 / 1e6)


def read_own_peak() -> int:
    """Read the most memory that this process has had since it began its program, in KiB (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(status.partition("VmHWM:")[2].split()[0])


def run_apart(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call a function in a process of its own, which takes its memory with it.

    The system counts what this process holds when it starts another one as the memory of that one.
    """
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def describe_machine() -> dict[str, Any]:
    """Describe the processor, the memory, the versions, and what else the machine does at the moment."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="ascii")
    processor = next(line.partition(":")[2].strip() for line in cpu.splitlines() if "model name" in line)
    return {
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        # Mean number of processes at work in the minute before: 0 on a quiet machine.
        "load_before": round(os.getloadavg()[0], 2),
        "versions": {"python": platform.python_version(), "arxonomy": arxonomy.__version__}
        | {name: importlib.metadata.version(name) for name in PACKAGES if _is_installed(name)},
    }


def read_shuffled(data: Path, columns: Sequence[str] = COLUMNS) -> pa.Table:
    """Read columns of a file of papers, in an order that is random, but always the same."""
    table = pq.read_table(data, columns=list(columns))
    return table.take(np.random.default_rng(0).permutation(table.num_rows))


def _is_installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
