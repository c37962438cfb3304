"""docs/page.md: its commands print what it says, and its pictures are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser.conftest import fetch_runtime
from typer.testing import CliRunner

from arxonomy.cli import app

REPO = Path(__file__).resolve().parents[2]
DOCUMENT = (REPO / "docs" / "page.md").read_text(encoding="utf-8")


def test_the_command_prints_what_the_document_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch_runtime()
    monkeypatch.chdir(tmp_path)
    shown = re.findall(r"^\$ arxonomy (.*)\n((?:.+\n)*?)```", DOCUMENT, re.MULTILINE)
    assert len(shown) == 1
    for words, output in shown:
        done = CliRunner().invoke(app, words.split(), prog_name="arxonomy")
        assert (done.exit_code, done.stdout + done.stderr) == (0, output)
    assert (tmp_path / "site" / "index.html").is_file()


def test_its_pictures_are_small_and_there() -> None:
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", DOCUMENT)
    assert len(pictures) == 3
    assert all(10_000 < (REPO / "docs" / name).stat().st_size < 200_000 for name in pictures)


def test_a_mistake_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("mine")
    for words, said in (
        ([tmp_path / "thesis"], "choose another folder"),
        ([tmp_path / "site", "--runtime", tmp_path / "none.tgz"], "cannot be read"),
        ([tmp_path / "site", "--model", tmp_path], "expected a bundle"),
    ):
        done = CliRunner().invoke(app, ["page", *map(str, words)], prog_name="arxonomy")
        assert done.exit_code == 1
        assert said in " ".join(done.output.split())
