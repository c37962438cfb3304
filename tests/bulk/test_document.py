"""docs/bulk.md: its job array does all of the work, and its commands and files are there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from bulk_files import make_records, write_parquet
from typer.testing import CliRunner

from arxonomy.cli import app

REPO = Path(__file__).resolve().parent.parent.parent
DOCUMENT = (REPO / "docs" / "bulk.md").read_text(encoding="utf-8")
((SCRIPT),) = re.findall(r"^```bash\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
FIRST, LAST = map(int, re.search(r"--array=(\d+)-(\d+)", SCRIPT).groups())


@pytest.mark.slow
def test_the_lines_of_the_job_array_do_all_papers(tmp_path):
    (tmp_path / "papers").mkdir()
    for number in range(2):
        write_parquet(tmp_path / "papers" / f"{number}.parquet", make_records(6, start=6 * number))
    program = tmp_path / "arxonomy"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m arxonomy "$@"\n')
    program.chmod(0o755)
    lines = [line for line in SCRIPT.splitlines() if line and not line.startswith("#")]
    ends = []
    for task in range(FIRST, LAST + 1):
        env = {
            **os.environ,
            "PYTHONPATH": str(REPO / "src"),
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "SLURM_ARRAY_TASK_ID": str(task),
        }
        for line in lines:
            done = subprocess.run(
                ["bash", "-c", line], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            ends.append(done.stderr.splitlines()[-1])
    assert "of the whole, 1 shard is missing" in ends[0]
    assert "of the whole, nothing is missing" in ends[-1]
    assert pq.read_table(tmp_path / "answers").column("id").to_pylist() == [f"p{row}" for row in range(12)]


def test_every_option_exists():
    done = CliRunner().invoke(app, ["bulk", "--help"], env={"COLUMNS": "200"})
    others = {"--job-name", "--array", "--cpus-per-task", "--mem", "--constraint", "--prior-output"}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", DOCUMENT)) - others
    assert named >= {"--shard", "--workers", "--keep-columns"}
    assert {option for option in named if option not in done.stdout} == set()
