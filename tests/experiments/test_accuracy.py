"""docs/accuracy.md is made of records alone, whichever there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import accuracy
import numpy as np
import pytest
from network.goals import judge_folds
from network.records import Record, read_record
from network.systems import GOALS, IDEAS, PLAN, SYSTEMS

TRUTH = np.arange(400, dtype=np.uint8) % 3


def write(path: Path, right: float, seeds: int = 3, parts: tuple[str, ...] = ("validation",)) -> None:
    """A record whose runs are right about a share of the papers, other ones with each seed."""
    record = Record({"system": path.stem})
    for seed in range(1, seeds + 1):
        wrong = np.random.default_rng(seed).random(len(TRUTH)) >= right
        answers = np.where(wrong, (TRUTH + 1) % 3, TRUTH).astype(np.uint8)
        run: dict[str, Any] = {
            "seed": seed,
            "processor_seconds": {"training": 60.0, "answering": 1.0},
            "papers_per_processor_second": {"training": 800.0, "answering": 1000.0 * right},
        }
        for part in parts:
            share = float((answers == TRUTH).mean())
            scores = {"accuracy": share, "any_listed_accuracy": share, "macro_f1": share, "log_loss": 0.4}
            run[part] = scores
            record = record.add(run, {f"{part}-{seed}": answers, part: TRUTH})
    record.write(path)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    write(tmp_path / "bag.json", 0.9)
    record = read_record(tmp_path / "bag.json")
    assert record is not None and record.seeds == [1, 2, 3]
    hits = record.get_hits("validation")
    assert hits.shape == (3, 400)
    np.testing.assert_allclose(hits.mean(axis=1), record.get_scores("validation", "accuracy"))
    assert record.get_hits("test").size == 0


def test_gains_are_bold_where_they_are_significant(tmp_path: Path) -> None:
    write(tmp_path / "few" / "control.json", 0.7)
    write(tmp_path / "few" / "bag.json", 0.9)
    write(tmp_path / "few" / "smoothing.json", 0.7)
    lines = [line for line in accuracy.ideas_table("few", tmp_path).splitlines() if "|" in line]
    rows = {line.split(" | ")[1]: line for line in lines}
    bag = next(row for name, row in rows.items() if name.startswith(SYSTEMS["bag"].title))
    smoothing = next(row for name, row in rows.items() if name.startswith(SYSTEMS["smoothing"].title))
    assert "| **+" in bag and "| +0.0 (" in smoothing
    assert sum("not measured yet" in row for row in rows.values()) == len(PLAN["few"]) - 3


def test_one_seed_is_compared_over_papers(tmp_path: Path) -> None:
    write(tmp_path / "sample" / "control.json", 0.6, seeds=1)
    write(tmp_path / "sample" / "bag.json", 0.9, seeds=1)
    assert "**+" in accuracy.ideas_table("sample", tmp_path)


def test_what_is_missing_is_said_so(tmp_path: Path) -> None:
    table = accuracy.goals_table(tmp_path)
    assert table.count("not measured yet") >= 5
    for text in (
        accuracy.systems_table("few", tmp_path),
        accuracy.ideas_table("sample", tmp_path),
        accuracy.ablation_table(tmp_path),
    ):
        assert text == "\nNot measured yet.\n"


@pytest.mark.parametrize(("right", "verdict"), [(0.95, "goal reached"), (0.6, "missed")])
def test_a_goal_is_judged_by_test_papers(tmp_path: Path, right: float, verdict: str) -> None:
    path = tmp_path / "goals" / "few" / "arxonomy.json"
    write(path, right, seeds=5)
    assert "on test papers (validation:" in accuracy.goals_table(tmp_path)
    write(path, right, seeds=5, parts=("validation", "test"))
    (row,) = (row for row in accuracy.goals_table(tmp_path).splitlines() if row.startswith("| 8,399"))
    assert row.endswith(f"5 seeds: {verdict} |")


def test_folds_must_be_won_against_each(tmp_path: Path) -> None:
    def pair(first: str, second: str, gain: float, better: str | None) -> dict[str, Any]:
        return {"first": first, "second": second, "accuracy": gain, "p_holm": 0.01, "better": better}

    for own in ("arxonomy", "arxonomy-taught"):  # taught, where that was measured
        won = pair(own, "linear-svm", 0.02, own)
        others = [pair("v1", "linear-svm", 0.0, None)]
        for last, verdict in (
            (pair("v1", own, -0.01, own), "goal reached"),
            (pair("v1", own, -0.001, None), "missed"),
        ):
            record = {"systems": {own: {}, "arxonomy": {}}, "pairs": [won, *others, last]}
            (tmp_path / "folds.json").write_text(json.dumps(record))
            said = judge_folds(tmp_path)
            assert "+2.0 over TF-IDF + LinearSVC" in said and said.endswith(verdict)


@pytest.mark.parametrize("systems", [(), ("arxonomy", "linear-svm", "packaged")])
def test_the_picture_is_a_file_that_stands_alone(tmp_path: Path, systems: tuple[str, ...]) -> None:
    for number, name in enumerate(systems):
        write(tmp_path / "goals" / "few" / f"{name}.json", 0.8 + 0.05 * number)
    points = accuracy.list_points("few", tmp_path)
    assert len(points) == len(systems)
    picture = accuracy.draw_picture("few", "A title", points)
    root = ElementTree.fromstring(picture)
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {point.name for point in points} <= texts
    assert "http" not in picture.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_the_study_has_ideas_that_can_be_told_apart() -> None:
    numbers = [system.number for system in IDEAS if system.number]
    assert len(numbers) >= 10 and numbers == sorted(set(numbers))
    assert len({system.name for system in IDEAS}) == len(IDEAS)
    assert {name for names in (*PLAN.values(), *GOALS.values()) for name in names} <= SYSTEMS.keys()
