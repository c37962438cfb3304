"""docs/drift.md: its commands run, one after the other, with a tiny model and arXiv on this machine."""

from __future__ import annotations

import random
import re
import shlex
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from arxiv_papers import invent_papers
from arxiv_server import ArxivServer
from typer.testing import CliRunner

from arxonomy.cli import app
from arxonomy.harvest.services import VARIABLE

REPO = Path(__file__).resolve().parent.parent.parent
DOCUMENT = (REPO / "docs" / "drift.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
COMMANDS = [line for kind, block in BLOCKS if not kind for line in block.splitlines()]


@pytest.fixture
def folder(bundle_of, tmp_path, monkeypatch):
    """A folder with all that the page names: new papers, a bundle, and arXiv on this machine."""
    draw = random.Random(5)
    names = ("march.parquet", "april.parquet", "newest.csv")
    for month, name in zip(("2026-07", "2026-08", "2026-09"), names, strict=True):
        rows = []
        for row in range(80):
            category, words = (("cs.CL", "grammar corpus syntax"), ("cs.CV", "pixel camera pose"))[row % 2]
            title = f"{name} {row} {draw.choice(words.split())}"
            abstract = " ".join(draw.choices(words.split(), k=9))
            day = f"{month}-{1 + row % 28:02}"
            rows.append((f"{name}-{row}", title, abstract, category, day))
        columns = ("id", "title", "abstract", "category", "published")
        table = pa.table(dict(zip(columns, zip(*rows, strict=True), strict=True)))
        if name.endswith(".csv"):
            table.to_pandas().to_csv(tmp_path / name, index=False)
        else:
            pq.write_table(table, tmp_path / name)
    (tmp_path / "my-bundle").symlink_to(bundle_of())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("arxonomy.studies.new_papers.FEWEST_PAPERS", 15)
    with ArxivServer(invent_papers(60)) as server:
        server.day = date(2026, 10, 15)
        monkeypatch.setenv(VARIABLE, server.base)
        yield tmp_path


@pytest.mark.slow
def test_the_commands_of_the_document_run(folder):
    assert len(COMMANDS) >= 10
    for line in COMMANDS:
        if line.startswith("arxonomy refresh"):  # each starts from the same tiny model
            run("arxonomy models use my-bundle")
        done = run(line)
        assert done.exit_code == 0, f"{line}: {done.output}"
    assert (folder / "drift.json").exists()
    assert (folder / "drift.html").exists()
    assert list(folder.glob("runs/harvest-from-*.parquet"))


def run(line):
    words = shlex.split(line, comments=True)
    return CliRunner().invoke(app, words[1:], prog_name="arxonomy")
