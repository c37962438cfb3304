"""What a whole process costs, and the papers that it reads."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bulk_growth import write_papers
from processes import describe_machine, read_shuffled, run, run_apart


def test_a_process_counts_with_its_children() -> None:
    child = "import time\nlarge = b'1' * 300_000_000\nwhile time.process_time() < 0.2: pass"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    usage = run_apart(run, [sys.executable, "-c", code])
    assert usage.processor_seconds >= 0.2
    assert usage.wall_seconds >= 0.2
    assert 300 < usage.peak_mb < 400


def test_a_process_whose_memory_cannot_be_seen_is_refused() -> None:
    with pytest.raises(SystemExit, match="hides that of the one that it measures"):
        run(["true"])


def test_a_command_that_fails_is_shown_with_what_it_said() -> None:
    with pytest.raises(SystemExit, match=r"(?s)import sys.* failed:\nno such model"):
        run([sys.executable, "-c", "import sys; sys.exit('no such model')"])


def test_a_function_is_called_in_another_process() -> None:
    assert run_apart(os.getpid) != os.getpid()


def test_the_machine_is_described_with_its_load() -> None:
    machine = describe_machine()
    assert machine["cores"] >= 1 and machine["load_before"] >= 0
    assert {"python", "arxonomy", "onnxruntime"} <= machine["versions"].keys()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [{"id": str(number), "title": f"t{number}", "abstract": "", "more": 1} for number in range(50)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "all.parquet")
    return tmp_path / "all.parquet"


def test_papers_are_shuffled_always_alike(data: Path) -> None:
    first, second = read_shuffled(data), read_shuffled(data)
    assert first == second and first.column_names == ["id", "title", "abstract"]
    ids = first["id"].to_pylist()
    assert ids != sorted(ids, key=int) and sorted(ids, key=int) == [str(number) for number in range(50)]


@pytest.mark.parametrize("size", [1, 50, 120])
def test_papers_come_again_under_new_ids(data: Path, tmp_path: Path, size: int) -> None:
    write_papers(data, size, tmp_path / "many.parquet")
    many = pq.read_table(tmp_path / "many.parquet")
    assert many.num_rows == len(set(many["id"].to_pylist())) == size
    assert set(many["title"].to_pylist()[:50]) == set(read_shuffled(data)["title"].to_pylist()[:size])
