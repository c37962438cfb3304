"""What docs/performance.md says of the goals of speed and memory, from the records of bench/ alone."""

from __future__ import annotations

from pathlib import Path

from network.goals import ABSENT, read_json
from performance import COSTS, RECORDS, TITLES, Growth, compute_seconds, get_start, read_growth
from tables import make_table

RATIO_GOAL = 1.0
"""Most processor seconds of `bulk` over those of a linear model."""
TRAINING_MINUTES = 3
"""Most minutes of the whole process that trains `v1` on the papers of the reference document."""
SAME_RATE, MOST_MB = 0.10, 600
"""Largest change of the rate from 10,000 to 1,000,000 papers; most memory of a worker."""


def goals_table(folder: Path = RECORDS) -> str:
    """What was to be reached, and what is."""
    rows = [
        [
            f"processor seconds of `bulk`, 100,000 papers, {TITLES[system]} = 1",
            f"at most {RATIO_GOAL}",
            judge_ratio(system, folder),
        ]
        for system in ("linear-svm", "fasttext")
    ]
    growth = {row.papers: row for row in read_growth(folder) if row.workers == 1}
    rows += [
        ["papers per processor second, 10,000 and 1,000,000 papers", "equal to 10%", judge_rates(growth)],
        ["memory of a worker, 1,000 to 1,000,000 papers", f"flat, under {MOST_MB} MB", judge_memory(growth)],
    ]
    goal = f"{TRAINING_MINUTES} minutes"
    rows.append(["`arxonomy train` of `v1`, the whole process", goal, judge_training(folder)])
    return "\n" + make_table(["what", "goal", "reached"], rows)


def judge_training(folder: Path = RECORDS) -> str:
    """How long the whole process of training takes."""
    record = read_json(folder / "train_process.json")
    if not record:
        return ABSENT
    minutes = record["wall_seconds"] / 60
    return f"**{minutes:.1f} minutes**: {'reached' if minutes <= TRAINING_MINUTES else 'missed'}"


def judge_ratio(system: str, folder: Path = RECORDS) -> str:
    """Processor seconds of `bulk` over those of another system, at 100,000 papers or else at fewer."""
    for name in reversed(COSTS):
        systems = (read_json(folder / name) or {}).get("systems", {})
        if system in systems:
            ratio = compute_seconds(systems["bulk"]) / compute_seconds(systems[system])
            verdict = "reached" if ratio <= RATIO_GOAL else "missed"
            papers = systems["bulk"]["papers"]
            return f"**{ratio:.2f}**: {verdict}" + (f", at {papers:,} papers" if papers != 100_000 else "")
    return ABSENT


def judge_rates(growth: dict[int, Growth]) -> str:
    """How the rate changes from 10,000 to 1,000,000 papers, with the start and without it."""
    if not {10_000, 1_000_000} <= growth.keys():
        return ABSENT
    few, many = growth[10_000], growth[1_000_000]
    start = get_start(list(growth.values()))
    parts = []
    for part, own in (("whole processes", 0.0), ("without the start", start)):
        rates = [row.papers / (row.processor_seconds - own) for row in (few, many)]
        change = rates[1] / rates[0] - 1
        verdict = "reached" if abs(change) <= SAME_RATE else "missed"
        parts.append(f"**{100 * change:+.0f}%** {part}: {verdict}")
    return "; ".join(parts)


def judge_memory(growth: dict[int, Growth]) -> str:
    """The most memory at any size, and whether the largest size needs no more than a tenth of it."""
    if 1_000_000 not in growth:
        return ABSENT
    most, before = growth[1_000_000].peak_mb, growth[100_000].peak_mb
    reached = max(row.peak_mb for row in growth.values()) < MOST_MB and most <= 1.1 * before
    return f"**{most:,.0f} MB** at 1,000,000 papers, {before:,.0f} MB at 100,000: {'reached' if reached else 'missed'}"
