"""`arxonomy refresh` without files: it harvests what is new."""

from __future__ import annotations

from pathlib import Path

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
    month = open_model(find_model().folder).last_month
    file = Path("runs", f"harvest-from-{month}.parquet")
    assert f"{file}: harvested" in done.stderr
    assert len(list(read_papers(file))) > 0
    assert done.exit_code == 1  # so few papers teach nothing
    assert "error: expected" in done.stderr.splitlines()[-1]


def test_an_incomplete_harvest_teaches_nothing(server, arxonomy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("arxonomy.harvest.report.Report.is_complete", False)
    done = arxonomy("refresh")
    assert done.exit_code == 1
    assert "is not complete; run the same command again, or give that file as it is" in done.stderr


def test_a_model_that_names_no_month_needs_files(arxonomy, monkeypatch):
    monkeypatch.setattr("arxonomy.artifacts.saved_model.SavedModel.last_month", None)
    done = arxonomy("refresh")
    assert done.exit_code == 1
    assert "does not say up to which month it has learned; give files of new papers" in done.stderr


def test_nothing_is_harvested_for_a_model_that_would_not_be_replaced(server, arxonomy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARXONOMY_MODEL", str(find_model().folder))
    done = arxonomy("refresh")
    assert done.exit_code == 1
    assert "ARXONOMY_MODEL names the model" in done.stderr
    assert not Path("runs").exists()


def test_an_interrupted_harvest_says_how_to_go_on(server, arxonomy, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("arxonomy.harvest.harvest_range", stop)
    done = arxonomy("refresh")
    assert done.exit_code == 130
    assert done.stderr.splitlines()[-1] == "hint: resume with the same command"
