"""docs/daily.md: its commands run, one after the other, against servers on this machine."""

from __future__ import annotations

import json
import re
import shlex
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from arxiv_papers import invent_papers
from typer.testing import CliRunner

from arxonomy.cli import app
from arxonomy.harvest.services import VARIABLE

REPO = Path(__file__).resolve().parent.parent.parent
DOCUMENT = (REPO / "docs" / "daily.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
COMMANDS = [line for kind, block in BLOCKS if not kind for line in block.splitlines()]


@pytest.fixture
def runner(server, tmp_path, monkeypatch):
    """Runs a command in an empty folder."""
    server.papers = invent_papers(60)
    for number, paper in enumerate(server.papers.values()):
        if number % 3 == 0:
            paper.categories.reverse()  # most of them are of another primary category
        if number % 10 == 0:
            paper.categories.append("hep-th")
    server.day = date(2026, 10, 3)
    likes = [f"@misc{{l{row}, title={{On the grammar of {row}}}}}\n" for row in range(10)]
    (tmp_path / "liked.bib").write_text("".join(likes))
    monkeypatch.setenv(VARIABLE, server.base)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("arxonomy.studies.new_papers.FEWEST_PAPERS", 15)
    monkeypatch.chdir(tmp_path)
    return lambda line: CliRunner().invoke(app, shlex.split(line)[1:], prog_name="arxonomy")


@pytest.mark.slow
def test_the_commands_of_the_document_run(server, runner, tmp_path):
    assert len(COMMANDS) >= 10
    for line in COMMANDS:
        done = runner(line)
        assert done.exit_code == 0, f"{line}: {done.output}"
    assert {file.name for file in tmp_path.glob("*.csv")} == {"queue.csv", "today.csv"}
    assert {file.name for file in tmp_path.glob("*.html")} == {"drift.html", "queue.html", "today.html"}
    assert [file.name for file in tmp_path.glob("data/arxonomy/feed-history.txt")]
    assert pq.ParquetFile(tmp_path / "cs.CL.parquet").metadata.num_rows == 60
    assert json.loads((tmp_path / "cs.CL.parquet.report.json").read_text())["is_complete"]
    assert len((tmp_path / "some.jsonl").read_text().splitlines()) == 2


def test_the_python_of_the_document_runs(server, runner, tmp_path, capsys):
    (code,) = [block for kind, block in BLOCKS if kind == "python"]
    exec(compile(code, "daily.md", "exec"), {})
    assert capsys.readouterr().out == "True ()\n"


def test_the_fields_of_the_document_are_those_of_the_file(server, runner, tmp_path):
    runner("arxonomy harvest --category cs.CL -o a.jsonl")
    (table,) = re.findall(r"\| field \| what it is \|\n\|---\|---\|\n(.*?)\n\n", DOCUMENT, re.DOTALL)
    named = [name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(json.loads((tmp_path / "a.jsonl").read_text().splitlines()[0])) == sorted(named)


def test_the_options_of_the_document_exist():
    shown = CliRunner().invoke(app, ["harvest", "--help"], env={"COLUMNS": "200"}).stdout
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", DOCUMENT)) - {"--recipe", "--out"}
    named -= {"--like", "--queue", "--html", "--report", "--prior"}  # of other commands
    assert named >= {"--category", "--from", "--until", "--ids", "--query", "--metadata", "--contact"}
    assert {option for option in named if option not in shown} == set()


def test_the_numbers_of_the_document_are_those_of_the_record():
    record = json.loads((REPO / "bench" / "records" / "harvest.json").read_text())["parquet"]
    flat = " ".join(DOCUMENT.split())
    assert (
        f"{record['papers']:,} records in pages that a server on the same machine has ready take "
        f"{record['processor_seconds']:.1f} seconds of one core, {record['records_per_processor_second']:,} "
        f"records per second, and {record['peak_megabytes']} MB of memory"
    ) in flat


def test_the_text_of_the_document_is_what_is_said(server, runner):
    done = runner("arxonomy harvest --category cs.CL -o today.jsonl")
    (example,) = [block for kind, block in BLOCKS if kind == "text"]
    form = re.sub(r"\d+", "0", example)
    said = re.sub(r"\d+", "0", done.stderr)
    assert set(re.sub(r"\(.*\)", "", form).split()) == set(re.sub(r"\(.*\)", "", said).split())
