"""The goals of the network, and what the records say that it reaches."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tables import ROOT, format_mean

from network.records import Record, read_pool_records
from network.systems import BASELINES, FINAL, IDEAS

ABSENT = "not measured yet"
ARXONOMY, TAUGHT, LARGE = FINAL[0].name, FINAL[1].name, FINAL[-1].name
CLASSIFYING = ROOT / "bench" / "records" / "bulk_cost.json"


def name_system(name: str) -> str:
    """Its name in a table."""
    return next((system.title for system in (*BASELINES, *FINAL, *IDEAS) if system.name == name), name)


def read_json(path: Path) -> dict[str, Any] | None:
    """The contents of a record; None where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def choose_final(records: dict[str, Record]) -> Record | None:
    """The record of the variant of the recipe that validation papers prefer."""
    found = [records[system.name] for system in FINAL if system.name in records]
    return max(
        found,
        key=lambda record: statistics.mean(record.get_scores("validation", "accuracy")),
        default=None,
    )


def choose_part(records: Sequence[Record]) -> str:
    """The part that all of the records have been scored on: `test`, or else `validation`."""
    tested = records and all(record.get_scores("test", "accuracy") for record in records)
    return "test" if tested else "validation"


def judge(value: float, goal: float, floor: float) -> str:
    """Which of the two a value reaches; more is better."""
    return "goal reached" if value >= goal else "floor reached" if value >= floor else "missed"


def judge_test(records: Path, pool: str, goal: float, floor: float) -> str:
    """The test accuracy of the chosen system on a pool."""
    record = choose_final(read_pool_records(records / "goals" / pool))
    if record is None:
        return ABSENT
    accuracies = record.get_scores("test", "accuracy")
    if not accuracies:
        known = record.get_scores("validation", "accuracy")
        return f"{ABSENT} on test papers (validation: {format_mean(known)}%, {format_seeds(len(known))})"
    verdict = judge(statistics.mean(accuracies), goal, floor)
    return f"**{format_mean(accuracies)}%**, {format_seeds(len(accuracies))}: {verdict}"


def format_seeds(count: int) -> str:
    """As in `5 seeds`."""
    return f"{count} seed{'s' * (count != 1)}"


def judge_folds(records: Path) -> str:
    """The recipe, taught where that was measured, against each other system in cross-validation."""
    record = read_json(records / "folds.json")
    if record is None:
        return ABSENT
    said, beaten = [], True
    own = TAUGHT if TAUGHT in record["systems"] else ARXONOMY
    gain = -1.0
    for pair in record["pairs"]:
        if own not in (pair["first"], pair["second"]):
            continue
        sign = 1 if pair["first"] == own else -1
        other = pair["second"] if sign == 1 else pair["first"]
        points = sign * pair["accuracy"]
        gain = points if other == "linear-svm" else gain
        beaten = beaten and pair["better"] == own
        note = "" if pair["better"] == own else ", not significantly better"
        said.append(f"{100 * points:+.1f} over {name_system(other)} (p = {pair['p_holm']:.2g}{note})")
    return f"{name_system(own)}: {'; '.join(said)}: {judge(gain if beaten else -1.0, 0.015, -0.5)}"


def judge_arxiv(records: Path) -> str:
    """The recipe against fastText on all of arXiv."""
    systems = read_pool_records(records / "goals" / "all")
    if LARGE not in systems or "fasttext" not in systems:
        return ABSENT
    gains = []
    for score in ("accuracy", "macro_f1"):
        ours, theirs = (
            statistics.mean(systems[name].get_scores("validation", score)) for name in (LARGE, "fasttext")
        )
        gains.append(ours - theirs)
    reached = [judge(gains[0], 0.03, 0.01), judge(gains[1], 0.05, 0.03)]
    worst = max(reached, key=["goal reached", "floor reached", "missed"].index)
    return f"top-1 {100 * gains[0]:+.1f} points, macro-F1 {100 * gains[1]:+.1f}: {worst}"


def judge_classifying(path: Path = CLASSIFYING) -> str:
    """Processor seconds of classifying with the model in the package, against a linear model."""
    record = read_json(path)
    if record is None:
        return ABSENT
    systems = record["systems"]
    ours, theirs = (statistics.median(systems[name]["processor_seconds"]) for name in ("bulk", "linear-svm"))
    ratio = ours / theirs
    return f"**{ratio:.2f}**, {systems['bulk']['papers']:,} papers: {judge(-ratio, -1.0, -2.0)}"


def judge_training(records: Path) -> str:
    """Minutes of the whole process of training."""
    record = read_json(records / "goals" / "process.json")
    if record is None:
        return ABSENT
    minutes = statistics.median(one["seconds"] for one in record["rounds"]) / 60
    return f"**{minutes:.1f} minutes**, median of {len(record['rounds'])}: {judge(-minutes, -3.0, -8.0)}"
