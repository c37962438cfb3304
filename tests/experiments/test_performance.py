"""docs/performance.md and docs/scaling.md are made of records alone, whichever there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import performance
import performance_goals
import pytest
import roofline_document
from network.goals import judge_classifying

MACHINE = {
    "processor": "A processor",
    "cores": 2,
    "memory_gb": 8.0,
    "load_before": 0.1,
    "versions": {"python": "3.11.7"},
}


def write(folder: Path, name: str, load: float = 0.1, **fields: Any) -> None:
    record = {"machine": MACHINE | {"load_before": load}, **fields}
    (folder / name).write_text(json.dumps(record), encoding="utf-8")


def cost_of(seconds: float, papers: int = 100_000) -> dict[str, Any]:
    return {
        "papers": papers,
        "processor_seconds": [seconds * 9, seconds, seconds / 9],
        "wall_seconds": [seconds],
        "peak_mb": [300.0],
    }


def write_growth(folder: Path, seconds: dict[int, float], peak: float = 350.0) -> None:
    def make(papers: int, workers: int, used: float, wall: float) -> dict[str, Any]:
        one = {"processor_seconds": used, "wall_seconds": wall, "peak_mb": peak, "answers_mb": papers / 5000}
        return {"papers": papers, "workers": workers, "rounds": [one]}

    sizes = [make(papers, 1, used, used) for papers, used in seconds.items()]
    write(folder, "bulk_growth.json", sizes=[*sizes, make(200_000, 2, 200.0, 110.0)])


LINEAR = {1: 2.0, 1000: 3.0, 10_000: 12.0, 100_000: 102.0, 1_000_000: 1002.0}


def test_what_is_missing_is_said_so(tmp_path: Path) -> None:
    for text in (
        performance.describe_conditions("bulk_cost.json", folder=tmp_path),
        performance.cost_table("bulk_cost.json", tmp_path),
        performance.growth_table(tmp_path),
        performance.latency_table(tmp_path),
        performance.training_table(tmp_path),
        roofline_document.roofline_table(tmp_path),
        roofline_document.time_table(tmp_path),
        roofline_document.factor_of_two(tmp_path),
        roofline_document.scaling_table(0.05, tmp_path),
    ):
        assert text == "\nNot measured yet.\n"
    assert performance_goals.goals_table(tmp_path).count("not measured yet") == 5
    assert judge_classifying(tmp_path / "bulk_cost.json") == "not measured yet"


@pytest.mark.parametrize(("load", "busy"), [(0.1, False), (2.5, True)])
def test_a_busy_machine_is_said_so(tmp_path: Path, load: float, busy: bool) -> None:
    write(tmp_path, "bulk_cost.json", load, stand_ins=["linear-svm"])
    text = performance.describe_conditions("bulk_cost.json", "latency.json", folder=tmp_path)
    assert ("a load of up to 2.5" in text) == busy
    assert "A processor, 2 cores, 8 GB of memory; python 3.11.7." in text
    assert "The model of TF-IDF + LinearSVC is a stand-in" in text


def test_each_record_is_of_its_machine(tmp_path: Path) -> None:
    names = ("bulk_cost.json", "latency.json", "roofline.json")
    for name in names:
        write(tmp_path, name, 0.1)
    record = json.loads((tmp_path / names[1]).read_text())
    record["machine"]["processor"] = "Another"
    (tmp_path / names[1]).write_text(json.dumps(record))
    text = performance.describe_conditions(*names, folder=tmp_path)
    assert "- `bulk_cost.json`, `roofline.json`: A processor, 2 cores" in text
    assert "- `latency.json`: Another, 2 cores" in text


@pytest.mark.parametrize(
    ("seconds", "verdict", "other"),
    [
        (80.0, "reached", "goal reached"),
        (150.0, "missed", "floor reached"),
        (300.0, "missed", "missed"),
    ],
)
def test_a_linear_model_is_what_bulk_is_judged_by(
    tmp_path: Path, seconds: float, verdict: str, other: str
) -> None:
    systems = {"bulk": cost_of(seconds), "linear-svm": cost_of(100.0)}
    write(tmp_path, "bulk_cost_100000.json", systems=systems)
    assert performance_goals.judge_ratio("linear-svm", tmp_path) == f"**{seconds / 100:.2f}**: {verdict}"
    assert performance_goals.judge_ratio("fasttext", tmp_path) == "not measured yet"
    assert judge_classifying(tmp_path / "bulk_cost_100000.json").endswith(f"100,000 papers: {other}")


def test_fewer_papers_are_named_where_the_goal_was_not_measured(tmp_path: Path) -> None:
    systems = {
        "bulk": cost_of(20.0, 20_000),
        "fasttext": cost_of(10.0, 20_000),
        "minilm": cost_of(50.0, 1000),
    }
    write(tmp_path, "bulk_cost.json", systems=systems)
    assert performance_goals.judge_ratio("fasttext", tmp_path) == "**2.00**: missed, at 20,000 papers"
    rows = performance.cost_table("bulk_cost.json", tmp_path).splitlines()
    assert (
        rows[-1] == "| MiniLM-L6, sentence vectors alone | 1,000 | 50.0 | 50.000 | 50.00 | 50.0 | 300 | 3 |"
    )


def test_rates_are_judged_with_the_start_and_without(tmp_path: Path) -> None:
    write_growth(tmp_path, LINEAR)
    table = performance_goals.goals_table(tmp_path)
    assert "**+20%** whole processes: missed; **+0%** without the start: reached" in table
    assert "**350 MB** at 1,000,000 papers, 350 MB at 100,000: reached" in table
    write_growth(tmp_path, LINEAR | {1_000_000: 1202.0}, peak=700.0)
    table = performance_goals.goals_table(tmp_path)
    assert (
        "**-17%** without the start: missed" in table
        and "350" not in table
        and "700 MB at 100,000: missed" in table
    )
    assert "| 10,000 | 1 | 12.0 | 833 | 1,000 | 12.0 | 700 |" in performance.growth_table(tmp_path)


def test_millions_of_papers_cost_the_hours_of_all_cores(tmp_path: Path) -> None:
    write_growth(tmp_path, LINEAR)
    rows = roofline_document.scaling_table(0.10, tmp_path).splitlines()
    # One worker takes 1,002 s for a million; two take 110 s for 200,000, so 1,100 s of a core for a million.
    assert rows[3].startswith("| 3 million | 1 | 50 minutes | 0.8 | $0.08 | 0.6 |")
    assert "| 100 million | 16 | 1.9 hours | 30.6 | $3.06 | 20.0 | 5.6 |" in rows
    assert "two workers are 1.82" in roofline_document.scaling_table(0.10, tmp_path)


def test_the_roofline_says_what_a_factor_of_two_needs(tmp_path: Path) -> None:
    write(
        tmp_path,
        "roofline.json",
        batch=32,
        mean_tokens={"title": 10.0, "abstract": 170.0},
        paper={
            "operations_of_products": 10_000_000,
            "bytes_between_operators": 2_000_000,
            "bytes_of_rows": 100_000,
            "operators": 220,
        },
        limits={"gflops": 100.0, "cache_gb_per_second": 50.0, "memory_gb_per_second": 10.0},
        papers=1000,
        processor_seconds={"network": [0.5, 0.4, 0.6], "start": [0.7, 0.2, 0.3], "bulk": [2.0, 1.2, 1.4]},
        share_of_time={"Conv": 0.6, "others": 0.4},
    )
    table = roofline_document.roofline_table(tmp_path)
    assert "| products of matrices | 10.0 million operations | 100 billion a second | 100 | 25% |" in table
    assert "of the measured 400 µs" in table
    assert "| `Conv` | 60% |" in roofline_document.time_table(tmp_path)
    said = " ".join(roofline_document.factor_of_two(tmp_path).split())
    # 1,000 µs a paper in all, of which the network is 400, and 100 at its limit.
    assert "takes 1000 µs a paper (1,000 papers), of which the network takes 400 µs (40%)" in said
    assert "1.7 times as fast" in said and "100 µs, 1.4 times" in said
    assert "500 µs a paper: with the network at that limit, all the rest may take 400 µs" in said


def test_one_paper_from_nothing_has_a_row_of_its_own(tmp_path: Path) -> None:
    quantiles = {"p50_ms": 1.25, "p95_ms": 2.0, "p99_ms": 3.0}
    cold = {"processor_seconds": [0.5, 0.7, 0.6], "wall_seconds": [1.5, 1.0, 2.0]}
    write(tmp_path, "latency.json", python=quantiles, http=quantiles, cold=cold)
    rows = performance.latency_table(tmp_path).splitlines()
    assert rows[3] == "| Python, model loaded | 1.2 | 2.0 | 3.0 |  |"
    assert rows[5] == "| `arxonomy classify --title ...`, from nothing | 1,500 |  |  | 600 |"


def test_what_exporting_changes_is_a_row_for_each_step(tmp_path: Path) -> None:
    assert performance.exactness_table(tmp_path) == "\nNot measured yet.\n"
    step = {
        "largest_difference": 2e-6,
        "same_category": 0.994,
        "largest_margin": 0.0425,
        "accuracy_before": 0.7,
        "accuracy_after": 0.71,
    }
    write(tmp_path, "exactness.json", papers=20_000, onnx=step, compact=step)
    table = performance.exactness_table(tmp_path)
    assert "20,000 papers" in table
    assert table.count("| 2e-06 | 99.40% | 0.043 | 70.00% -> 71.00% |") == 2


def test_an_install_is_a_row_with_its_bytes_and_seconds(tmp_path: Path) -> None:
    assert "Not measured yet" in performance.install_table(tmp_path)
    step = {"wall_seconds": 3.1, "processor_seconds": 1.2}
    install = {"python": "3.12.1", "installed_bytes": 9e6, "download": step, "install": step}
    wheels = {"big-1-py3-none-any.whl": 4_000_000, "small-2-py3-none-any.whl": 1_000_000}
    installs = [install | {"extra": extra, "wheels": wheels} for extra in ("", "parquet")]
    write(tmp_path, "install.json", installs=installs)
    text = performance.install_table(tmp_path)
    assert (
        "| `arxonomy` | 3.12.1 | 2 | 5 | 9 | 6 | 2 |" in text and "| `arxonomy[parquet]` | 3.12.1 |" in text
    )
    assert "plain install: big 4 MB, small 1 MB." in text


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(170.0, "**2.8 minutes**: reached"), (200.0, "**3.3 minutes**: missed")]
)
def test_training_is_judged_by_the_clock(tmp_path: Path, seconds: float, verdict: str) -> None:
    write(
        tmp_path,
        "train_process.json",
        recipe="v1",
        train_papers=8399,
        validation_accuracy=0.8306,
        epochs=6,
        threads=2,
        processor_seconds=520.0,
        wall_seconds=seconds,
        peak_mb=1825.0,
    )
    assert verdict in performance_goals.goals_table(tmp_path)
    assert f"| `v1` | 8,399 | 6 | 2 | {seconds:.0f} | 520 | 1,825 | 83.1% |" in performance.training_table(
        tmp_path
    )
