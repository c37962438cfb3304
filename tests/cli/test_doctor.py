"""`arxonomy doctor`: a table to read, JSON, and an exit status."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from cli.test_commands import run_without
from test_plain_install import EXTRAS

from arxonomy.artifacts.bundle import find_packaged_bundle
from arxonomy.doctor.results import Extra
from arxonomy.version import __version__


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def without_packages(monkeypatch):
    lacking = Extra("serve", "missing", (), "pip install 'arxonomy[serve]'")
    monkeypatch.setattr("arxonomy.doctor.diagnosis.check_packages", lambda: ((), (lacking,)))


def test_a_sound_installation_ends_with_status_0_though_an_extra_is_missing(arxonomy, without_packages):
    done = arxonomy("doctor", "--seconds", "0.01")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"arxonomy {__version__}" and lines[-1] == "no problems"
    assert "  serve  missing: pip install 'arxonomy[serve]'" in lines
    assert any(line.startswith("  packaged  ") for line in lines)
    assert any(" papers a second, and " in line for line in lines)


def test_json_has_what_the_table_has(arxonomy, without_packages):
    found = json.loads(arxonomy("doctor", "--seconds", "0", "--json").stdout)
    assert (found["version"], found["speed"], found["problems"]) == (__version__, None, [])
    assert found["models"][0]["name"] == "packaged" and found["models"][0]["answers"]
    assert found["extras"][0]["advice"] == "pip install 'arxonomy[serve]'"
    assert {folder["fault"] for folder in found["folders"]} == {None}


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_problem_ends_with_status_1_after_the_whole_report(
    arxonomy, without_packages, monkeypatch, tmp_path, form
):
    monkeypatch.setenv("ARXONOMY_MODEL", str(tmp_path / "gone"))
    done = arxonomy("doctor", "--seconds", "0", *form)
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (1, "error: 1 problem; each says what to do")
    assert "expected a bundle or a run folder" in done.stdout
    assert "temporary files" in done.stdout


def test_no_stream_names_the_home_folder(arxonomy, without_packages, monkeypatch, tmp_path):
    home = tmp_path / "jane-doe"
    shutil.copytree(find_packaged_bundle(), home / "bundle")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ARXONOMY_MODEL", str(home / "bundle"))
    done = arxonomy("doctor", "--seconds", "0")
    assert "~/bundle" in done.stdout.replace(os.sep, "/")
    assert "jane-doe" not in done.stdout + done.stderr


def test_one_inspection_that_fails_leaves_the_others(arxonomy, without_packages, monkeypatch):
    def fail():
        raise RuntimeError("no home folder")

    monkeypatch.setattr("arxonomy.doctor.folders.check_folders", fail)
    done = arxonomy("doctor", "--seconds", "0")
    assert done.exit_code == 1 and "Traceback" not in done.output
    assert "the folders cannot be inspected (RuntimeError: no home folder)" in done.stdout
    assert any(line.startswith("  packaged  ") for line in done.stdout.splitlines())


@pytest.mark.slow
def test_it_works_without_any_extra_and_names_a_requirement_that_cannot_be_imported():
    done = run_without([*EXTRAS, "numpy"], "doctor", "--json")
    problems = json.loads(done.stdout)["problems"]
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert any(text.startswith("no model can be loaded (") and "numpy" in text for text in problems)
