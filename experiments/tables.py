"""What the generated documents share: records, numbers as text, Markdown tables."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def read_record(name: str) -> dict[str, Any]:
    """A record by its path below the repository's root."""
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


def format_percent(value: float, deviation: float | None = None) -> str:
    """0.8217 -> `82.2%`, with a standard deviation where there is one."""
    return f"{100 * value:.1f}%" if deviation is None else f"{100 * value:.1f} ± {100 * deviation:.1f}%"


def format_mean(values: Sequence[float]) -> str:
    """Mean in percent, and standard deviation where there are several values; a dash where there is none."""
    if not values:
        return "-"
    mean = f"{100 * statistics.mean(values):.1f}"
    return mean if len(values) == 1 else f"{mean} ± {100 * statistics.stdev(values):.1f}"


def make_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
