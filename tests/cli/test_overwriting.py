"""An output is never written over a file that the command reads."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import shutil
from pathlib import Path
from typing import get_args

import pytest

from arxonomy.cli import COMMANDS
from arxonomy.cli.overwriting import OUTPUTS


@pytest.fixture
def papers(papers_csv: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(papers_csv, tmp_path / "papers.csv"))


@pytest.mark.parametrize(
    "words",
    [
        ("classify", "PAPERS", "-o", "PAPERS"),
        ("check", "PAPERS", "--queue", "PAPERS"),
        ("audit", "PAPERS", "--suspects", "PAPERS"),
        ("embed", "PAPERS", "--out", "PAPERS"),
    ],
    ids=lambda words: words[0],
)
def test_an_output_that_is_an_input_is_refused(arxonomy, papers: Path, words) -> None:
    before = papers.read_bytes()
    done = arxonomy(*(papers if word == "PAPERS" else word for word in words))
    assert done.exit_code == 2
    assert "expected another file than those that are read" in " ".join(done.stderr.replace("│", " ").split())
    assert papers.read_bytes() == before


def test_every_option_that_names_a_file_to_write_is_known() -> None:
    """An option that is added later must be added to `OUTPUTS` too."""
    written = set()
    for command in COMMANDS:
        module = importlib.import_module(f"arxonomy.cli.{command.replace('-', '_')}")
        for name, annotation in inspect.get_annotations(module.command, eval_str=True).items():
            kind, *options = get_args(annotation) or (annotation,)
            text = " ".join(str(getattr(option, "help", "")) for option in options)
            if Path in (kind, *get_args(kind)) and re.search(
                r"(?i)\bwrite\b|\bwritten\b|\boutput file\b", text
            ):
                written.add(name)
    assert {"output", "report", "queue", "html"} <= written
    assert written <= set(OUTPUTS)


def test_another_name_of_the_same_file_is_refused_too(arxonomy, papers: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    os.link(papers, link)
    assert arxonomy("classify", papers, "-o", link).exit_code == 2


def test_an_older_output_is_replaced(arxonomy, papers: Path, tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text("older")
    assert arxonomy("classify", papers, "-o", answers, "--threads", 1).exit_code == 0
    assert "older" not in answers.read_text()
    done = arxonomy("classify", "--title", "a" * 5000, "-o", answers, "--threads", 1)  # no path at all
    assert done.exit_code == 0, done.stderr


def test_a_bibliography_gets_its_keywords_in_place(arxonomy, tmp_path: Path) -> None:
    library = tmp_path / "library.bib"
    entry = "@article{owls, title = {Parsing the grammar of sentences}, year = {2024}}\n"
    library.write_text(entry + "@comment{kept}\n")
    done = arxonomy("classify", library, "-o", library, "--threads", 1)
    assert done.exit_code == 0, done.stderr
    written = library.read_text()
    assert "keywords" in written and "year = {2024}" in written and "@comment{kept}" in written
    before = library.read_bytes()
    assert arxonomy("classify", library, "-o", library, "--format", "jsonl").exit_code == 2
    assert library.read_bytes() == before
