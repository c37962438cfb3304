"""docs/feed.md: its commands run, one after the other, against a server on this machine."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
from arxiv_papers import invent_papers
from arxiv_server import ArxivServer
from typer.testing import CliRunner

from arxonomy.cli import app
from arxonomy.harvest.services import VARIABLE

REPO = Path(__file__).resolve().parent.parent.parent
DOCUMENT = (REPO / "docs" / "feed.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
COMMANDS = [line for kind, block in BLOCKS if not kind for line in block.splitlines()]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder with likes, and arXiv on this machine."""
    today = datetime.now(UTC).date()
    likes = [
        f"@misc{{l{row}, title={{On the grammar of {row}}}, abstract={{kernel}}}}\n" for row in range(10)
    ]
    (tmp_path / "liked.bib").write_text("".join(likes))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with ArxivServer(invent_papers(15, today, a_day=15)) as server:
        server.day = today
        monkeypatch.setenv(VARIABLE, server.base)
        yield tmp_path


@pytest.mark.slow
def test_the_commands_and_the_python_of_the_document_run(folder, capsys):
    for line in COMMANDS:
        done = CliRunner().invoke(app, shlex.split(line)[1:], prog_name="arxonomy")
        assert done.exit_code == 0, f"{line}: {done.output}"
    shown = {path.name for path in folder.iterdir()}
    assert shown >= {"today.html", "today.atom", "liked.txt", "arxonomy"}
    assert (folder / "arxonomy" / "feed-history.txt").exists()
    (code,) = [block for kind, block in BLOCKS if kind == "python"]
    exec(compile(code, "feed.md", "exec"), {})
    assert "ranked by how alike they are to 10 liked papers" in capsys.readouterr().out


def test_the_options_of_the_document_are_those_of_the_command():
    shown = CliRunner().invoke(app, ["feed", "--help"], env={"COLUMNS": "200"}).stdout
    rows = re.findall(r"^\| (`-.*?) \|", DOCUMENT, re.MULTILINE)
    named = {option for row in rows for option in re.findall(r"--[a-z-]+", row)}
    assert {option for option in named if option not in shown} == set()
    others = {"--model", "--threads", "--contact", "--help", "--output", "--cross-lists", "--no-replacements"}
    assert set(re.findall(r"(?<!\S)--[a-z][a-z-]+", shown)) - named - others == set()
