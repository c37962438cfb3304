"""docs/for: the pages show what their commands print, and their other commands run too."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
from arxiv_papers import invent_papers
from arxiv_server import ArxivServer
from reader_pages import open_folder, replay
from typer.testing import CliRunner

from arxonomy.cli import app
from arxonomy.harvest.services import VARIABLE

REPO = Path(__file__).resolve().parent.parent
PAGES = sorted((REPO / "docs" / "for").glob("*.md"))
SHOWN = re.compile(r"^<!-- \[\[\[cog.*?\]\]\] -->\n(.*?)<!-- \[\[\[end\]\]\] -->", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture
def arxiv(monkeypatch, invented_papers):
    """arXiv on this machine, which has announced papers today."""
    today = datetime.now(UTC).date()
    with ArxivServer(invent_papers(15, today, a_day=15)) as server:
        server.day = today
        monkeypatch.setenv(VARIABLE, server.base)
        yield


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_its_commands_print(page, arxiv, monkeypatch, capsys):
    text = page.read_text(encoding="utf-8")
    shown = SHOWN.findall(text)
    assert shown
    for block in shown:
        assert replay(block, page.name) == block

    folder = open_folder(page.name)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    for kind, block in BLOCK.findall(SHOWN.sub("", text)):
        if kind == "python":
            exec(compile(block, page.name, "exec"), {})
            assert capsys.readouterr().out
            continue
        for line in block.splitlines():
            name, *words = shlex.split(line)
            if name == "arxonomy":
                done = CliRunner().invoke(app, words, prog_name="arxonomy")
                assert done.exit_code == 0, f"{line}: {done.output}"
            else:
                assert name in {"pip", "ARXONOMY_API_KEY=a-long-secret"}, f"{line} is not tested"


def test_a_page_takes_ten_minutes():
    assert {page.stem for page in PAGES} == {"author", "engineer", "librarian", "researcher", "teacher"}
    for page in PAGES:
        assert len(page.read_text(encoding="utf-8").splitlines()) <= 120, page
