"""Each row of docs/formats.md, on the invented file that it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from papers.test_forms import LIBRARY, flatten

from arxonomy.papers import BadRecord, read_papers
from arxonomy.writing import FORMS, guess_form

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and "](" in line
]
EXPORTS = Path(__file__).parent / "exports"


def file_of(row: list[str]) -> Path:
    (name, target) = re.fullmatch(r"\[(.*)\]\((.*)\)", row[-1]).groups()
    file = (DOCUMENT.parent / target).resolve()
    assert file.name == name
    return file


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_the_file_of_a_row_is_read_right(row: list[str]):
    bad: list[BadRecord] = []
    papers = list(read_papers(file_of(row), on_bad=bad.append))
    assert [(flatten(paper.title), flatten(paper.abstract)) for paper in papers] == [
        (flatten(title), flatten(abstract)) for title, abstract in LIBRARY
    ]
    assert len(bad) == 1 and len({paper.id for paper in papers}) == 6


def test_every_program_and_every_format_has_a_row():
    programs = " ".join(row[0] for row in ROWS if len(row) == 3)
    for name in "Zotero Mendeley EndNote JabRef Scopus PubMed OpenAlex arXiv Dimensions Lens".split():
        assert name in programs
    assert "Web of Science" in programs and "IEEE Xplore" in programs
    assert {file.name for file in EXPORTS.iterdir()} <= {file_of(row).name for row in ROWS}


def test_written_forms_are_those_of_the_document():
    written = {row[3].strip("`"): row[1] for row in ROWS if len(row) == 6 and row[3] != "no"}
    assert set(written) == set(FORMS)
    for form, suffixes in written.items():
        assert guess_form(f"out{suffixes.partition(',')[0].strip('`')}") == form
