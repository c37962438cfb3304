"""docs/checking.md: its commands run, one after the other."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from arxonomy.cli import app

REPO = Path(__file__).resolve().parent.parent.parent
DOCUMENT = (REPO / "docs" / "checking.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
COMMANDS = [line for kind, block in BLOCKS if not kind for line in block.splitlines()]


@pytest.fixture
def folder(invented_papers, tmp_path, monkeypatch):
    """A folder with the files that the page names; some papers are filed in a wrong category."""
    papers = [
        {"id": paper.id, "title": paper.title, "abstract": paper.abstract, "category": paper.category}
        for paper in invented_papers
    ]
    for name, rows in (("papers.csv", papers[:30]), ("older.csv", papers[30:])):
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    for name, rows in (("june.jsonl", papers[:10]), ("july.jsonl", papers[10:20])):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    decided = papers[0] | {"decision": "accept", "filed_category": "math.AG", "move_to": "cs.CL", "add": []}
    (tmp_path / "decisions.jsonl").write_text(json.dumps(decided) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_commands_of_the_document_run(folder):
    assert len(COMMANDS) == 4
    for line in COMMANDS:
        words = shlex.split(line.partition(" > ")[0], comments=True)
        if words[1] == "train":  # a baseline, since what is shown is that its files fit together
            words += ["--recipe", "majority", "--out", "run"]
        done = CliRunner().invoke(app, words[1:], prog_name="arxonomy")
        assert done.exit_code == 0, f"{line}: {done.output}"
        if "verdicts" in line:
            assert len(done.stdout.splitlines()) == 20
    assert {"queue.csv", "queue.html"} <= {file.name for file in folder.iterdir()}
