"""`arxonomy refresh` without files: it harvests what is new."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from arxiv_server import ArxivServer

from arxonomy.artifacts.installed import find_model
from arxonomy.artifacts.saved_model import open_model
from arxonomy.harvest.services import VARIABLE
from arxonomy.papers import read_papers


@pytest.fixture
def server(monkeypatch):
    with ArxivServer() as server:
        monkeypatch.setenv(VARIABLE, server.base)
        yield server


def test_papers_since_the_last_month_of_the_model_are_harvested(server, arxonomy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = arxonomy("refresh")
    learned = open_model(find_model().folder).data
    file = Path("runs", f"harvest-from-{learned.last_month}.parquet")
    assert f"{file}\n" in done.stderr
    assert "harvested" in done.stderr
    assert len(list(read_papers(file))) > 0
    assert done.exit_code == 1  # so few papers teach nothing
    assert "error: expected" in done.stderr.splitlines()[-1]


def test_an_incomplete_harvest_teaches_nothing(server, arxonomy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("arxonomy.harvest.report.Report.is_complete", False)
    done = arxonomy("refresh")
    assert done.exit_code == 1
    assert "the same command continues; or give runs/harvest-from-" in done.stderr.splitlines()[-1]


def test_a_model_that_names_no_month_needs_files(arxonomy, monkeypatch):
    monkeypatch.setattr("arxonomy.artifacts.saved_model.open_model", lambda _: SimpleNamespace(data=None))
    done = arxonomy("refresh")
    assert done.exit_code == 1
    assert "does not say up to which month it has learned; give DATA" in done.stderr
