"""What docs/performance.md and docs/scaling.md show, from the records of bench/ alone.

Neither papers nor a model are needed. What has not been measured yet is shown as such, and what was measured
beside other work of the machine says so.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from network.goals import ABSENT, read_json
from tables import ROOT, make_table

RECORDS = ROOT / "bench" / "records"
COSTS = ("bulk_cost.json", "bulk_cost_100000.json")
QUIET = 0.3
"""Load of a machine before a measurement, up to which its seconds are taken for its own."""
TITLES = {
    "bulk": "**`arxonomy bulk`**",
    "linear-svm": "TF-IDF + LinearSVC",
    "fasttext": "fastText",
    "network": "the same network, plain PyTorch",
    "minilm": "MiniLM-L6, sentence vectors alone",
}
EXACTNESS = {
    "onnx": "ONNX Runtime against PyTorch, with packed weights",
    "compact": "packed weights against those of the run (float32)",
}
"""Step from a trained network to its answers -> what is compared."""


class Growth(NamedTuple):
    """What a number of papers costs `bulk`; medians of whole processes."""

    papers: int
    workers: int
    processor_seconds: float
    wall_seconds: float
    peak_mb: float
    answers_mb: float

    @property
    def rate(self) -> float:
        """Papers per processor second, the start included."""
        return self.papers / self.processor_seconds


def describe_conditions(*names: str, folder: Path = RECORDS) -> str:
    """The machine and the versions of records, and a warning where the machine was busy."""
    found = {name: record for name in names if (record := read_json(folder / name))}
    if not found:
        return f"\n{ABSENT.capitalize()}.\n"
    records, measured = list(found.values()), {}
    for name, record in found.items():
        machine = record["machine"]
        versions = ", ".join(f"{package} {version}" for package, version in machine["versions"].items())
        processor = (
            f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']:.0f} GB of memory"
        )
        measured.setdefault(processor, (versions, []))[1].append(f"`{name}`")
    if len(measured) == 1:
        ((processor, (versions, _)),) = measured.items()
        text = f"\n{processor}; {versions}.\n"
    else:  # seconds of different machines cannot be compared
        lines = [
            f"- {', '.join(own)}: {processor}; {versions}." for processor, (versions, own) in measured.items()
        ]
        text = (
            "\nSeveral machines; compare seconds of one with each other only:\n\n" + "\n".join(lines) + "\n"
        )
    busy = max(record["machine"]["load_before"] for record in records)
    if busy > QUIET:
        text += (
            f"\n**The machine did other work at the same time (a load of up to {busy:.1f} before a measurement), so that "
            "seconds are more than they would be alone; ratios of systems that take turns are affected less.**\n"
        )
    if stand_ins := sorted({name for record in records for name in record.get("stand_ins", ())}):
        named = " and ".join(TITLES[name] for name in stand_ins)
        text += f"\n**The model of {named} is a stand-in that was trained on 20,000 papers.**\n"
    return text


def cost_table(name: str, folder: Path = RECORDS) -> str:
    """Processor seconds, wall seconds and memory of each system."""
    record = read_json(folder / name)
    if record is None:
        return f"\n{ABSENT.capitalize()}.\n"
    systems = record["systems"]
    ours = compute_seconds(systems["bulk"])
    rows = []
    for system, measured in systems.items():
        seconds = compute_seconds(measured)
        rows.append(
            [
                TITLES[system],
                f"{measured['papers']:,}",
                f"{statistics.median(measured['processor_seconds']):.1f}",
                f"{1000 * seconds:.3f}",
                f"{seconds / ours:.2f}",
                f"{statistics.median(measured['wall_seconds']):.1f}",
                f"{max(measured['peak_mb']):,.0f}",
                str(len(measured["processor_seconds"])),
            ]
        )
    head = [
        "system",
        "papers",
        "processor seconds",
        "ms a paper",
        "`bulk` = 1",
        "wall seconds",
        "MB at most",
        "runs",
    ]
    return "\n" + make_table(head, rows)


def compute_seconds(measured: dict[str, Any]) -> float:
    """Processor seconds of a paper: the median of the runs."""
    return statistics.median(measured["processor_seconds"]) / measured["papers"]


def exactness_table(folder: Path = RECORDS) -> str:
    """How far answers of an exported model are from those of the plain network."""
    record = read_json(folder / "exactness.json")
    if record is None:
        return f"\n{ABSENT.capitalize()}.\n"
    rows = []
    for name, title in EXACTNESS.items():
        own = record[name]
        rows.append(
            [
                title,
                f"{own['largest_difference']:.2g}",
                f"{100 * own['same_category']:.2f}%",
                f"{own['largest_margin']:.3f}",
                f"{100 * own['accuracy_before']:.2f}% -> {100 * own['accuracy_after']:.2f}%",
            ]
        )
    head = [
        "step",
        "largest difference in probability",
        "same category",
        "largest margin of others",
        "accuracy",
    ]
    return f"\n{record['papers']:,} papers that the measured model has not seen:\n\n{make_table(head, rows)}"


def describe_harvest(folder: Path = RECORDS) -> str:
    """What a harvest of records takes that are ready on the same machine."""
    record = read_json(folder / "harvest.json")
    if record is None:
        return f"\n{ABSENT.capitalize()}.\n"
    own = record["parquet"]
    return f"""
{own["papers"]:,} records in pages that a server on the same machine has ready take {own["processor_seconds"]:.1f} seconds of one core,
{own["records_per_processor_second"]:,} records per second, and {own["peak_megabytes"]} MB of memory as Parquet (`bench/harvest.py`).
"""


def latency_table(folder: Path = RECORDS) -> str:
    """One paper at a time."""
    record = read_json(folder / "latency.json")
    if record is None:
        return f"\n{ABSENT.capitalize()}.\n"
    quantiles = ("p50_ms", "p95_ms", "p99_ms")
    rows = [
        [title, *(f"{record[name][quantile]:.1f}" for quantile in quantiles), ""]
        for title, name in (("Python, model loaded", "python"), ("HTTP, one connection", "http"))
    ]
    cold = record["cold"]
    wall, used = (
        f"{1000 * statistics.median(cold[field]):,.0f}" for field in ("wall_seconds", "processor_seconds")
    )
    rows.append(["`arxonomy classify --title ...`, from nothing", wall, "", "", used])
    return "\n" + make_table(["one paper", "p50, ms", "p95, ms", "p99, ms", "processor time, ms"], rows)


def install_table(folder: Path = RECORDS) -> str:
    """What installs bring and take, each in a fresh environment; and the largest packages of the first."""
    record = read_json(folder / "install.json")
    if record is None:
        return f"\n{ABSENT.capitalize()}.\n"
    rows = []
    for install in record["installs"]:
        extra = f"[{install['extra']}]" if install["extra"] else ""
        rows.append(
            [
                f"`arxonomy{extra}`",
                install["python"],
                str(len(install["wheels"])),
                f"{sum(install['wheels'].values()) / 1e6:.0f}",
                f"{install['installed_bytes'] / 1e6:.0f}",
                f"{sum(install[step]['wall_seconds'] for step in ('download', 'install')):.0f}",
                f"{sum(install[step]['processor_seconds'] for step in ('download', 'install')):.0f}",
            ]
        )
    header = [
        "`pip install`",
        "Python",
        "packages",
        "MB downloaded",
        "MB on the disk",
        "seconds",
        "processor seconds",
    ]
    largest = list(record["installs"][0]["wheels"].items())[:5]
    named = ", ".join(f"{wheel.partition('-')[0]} {size / 1e6:.0f} MB" for wheel, size in largest)
    return f"\n{make_table(header, rows)}\nThe largest of a plain install: {named}.\n"


def read_growth(folder: Path = RECORDS) -> list[Growth]:
    """The medians of each size, in the order of the record; none where it was not measured."""
    record = read_json(folder / "bulk_growth.json")
    return [
        Growth(
            size["papers"],
            size["workers"],
            *(statistics.median(one[field] for one in size["rounds"]) for field in Growth._fields[2:]),
        )
        for size in (record["sizes"] if record else ())
    ]


def growth_table(folder: Path = RECORDS) -> str:
    """Cost and memory of `bulk` by the number of papers."""
    growth = read_growth(folder)
    if not growth:
        return f"\n{ABSENT.capitalize()}.\n"
    start = get_start(growth)
    rows = [
        [
            f"{row.papers:,}",
            str(row.workers),
            f"{row.processor_seconds:,.1f}",
            f"{row.rate:,.0f}",
            f"{row.papers / (row.processor_seconds - start):,.0f}" if row.papers > 1 else "",
            f"{row.wall_seconds:,.1f}",
            f"{row.peak_mb:,.0f}",
        ]
        for row in growth
    ]
    head = ["papers", "workers", "processor seconds", "papers per processor second", "without the start"]
    return "\n" + make_table([*head, "wall seconds", "MB of a process at most"], rows)


def get_start(growth: Sequence[Growth]) -> float:
    """Processor seconds of one paper alone: what a start costs; 0 where it was not measured."""
    return next((row.processor_seconds for row in growth if row.papers == 1), 0.0)


def training_table(folder: Path = RECORDS) -> str:
    """What the whole process of `arxonomy train` takes."""
    record = read_json(folder / "train_process.json")
    if not record:
        return f"\n{ABSENT.capitalize()}.\n"
    row = [
        f"`{record['recipe']}`",
        f"{record['train_papers']:,}",
        str(record["epochs"]),
        str(record["threads"]),
        f"{record['wall_seconds']:,.0f}",
        f"{record['processor_seconds']:,.0f}",
        f"{record['peak_mb']:,.0f}",
        f"{100 * record['validation_accuracy']:.1f}%",
    ]
    head = [
        "recipe",
        "training papers",
        "epochs",
        "threads",
        "wall seconds",
        "processor seconds",
        "MB at most",
    ]
    return "\n" + make_table([*head, "validation accuracy"], [row])
