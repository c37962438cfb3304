"""One library in every format: six papers, the second without an abstract, and a broken record among them."""

import bz2
import gzip
import io
import logging
import lzma
import zipfile
from pathlib import Path

import pytest
import zstandard

from arxonomy.papers import read_papers

FORMS = Path(__file__).parent / "forms"

LIBRARY = [
    (
        "Über feine Risse in bemalten Tafeln",
        "We trace hairline cracks in photographs of painted panels. A convolutional network predicts masks, "
        "and a small decoder joins what is broken: precision rises on 300 images.",
    ),
    ("Asking twice: paraphrased questions", ""),
    (
        "Bandits in a greenhouse",
        "Contextual bandits whose rewards arrive late control a greenhouse. With probability $1-\\delta$ the "
        "regret is at most $O(\\sqrt{T})$.",
    ),
    (
        "Planning with partial knowledge",
        "An agent learns models of actions by trial and error (half of them are wrong) and plans with what "
        "it knows in four domains.",
    ),
    (
        "Depth from puddles",
        'A puddle shows the scene from below. We estimate depth from one picture, "as if" from two cameras.',
    ),
    (
        "Translating recipes between dialects",
        "Dialects lack parallel text; we mine 9,000 sentences of recipes and align them.",
    ),
]

BROKEN = {
    "arxiv.xml": 44,
    "crossref.json": 1,
    "csl.json": 48,
    "dimensions.csv": 5,
    "endnote.xml": 1,
    "excel_sep.csv": 5,
    "library.bib": 22,
    "library.enw": 22,
    "library.nbib": 29,
    "library.ris": 28,
    "library.xlsx": 7,
    "openalex.json": 119,
    "pipes.txt": 4,
    "pretty.json": 18,
    "pubmed.xml": 33,
    "savedrecs.txt": 33,
    "spark.csv": 4,
    "trailing.csv": 4,
    "utf16.txt": 4,
}
"""File -> line of its broken record."""

TEXTS = [name for name in BROKEN if name not in ("library.xlsx", "utf16.txt")]
PACKED = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstandard.compress}


def flatten(text):
    """Leave out how a format folds, escapes and ends a text."""
    for mark in ("<jats:p>", "</jats:p>", "BACKGROUND: ", "RESULTS: "):
        text = text.replace(mark, "")
    return " ".join(text.split()).removesuffix(".")


def check(papers, bad, name):
    found = [(flatten(paper.title), flatten(paper.abstract)) for paper in papers]
    assert found == [(flatten(title), flatten(abstract)) for title, abstract in LIBRARY]
    assert [line for line, _ in bad] == [BROKEN[name]]


def test_every_file_is_listed():
    assert {path.name for path in FORMS.iterdir()} == {*BROKEN}


@pytest.mark.parametrize("name", BROKEN)
def test_every_form_from_a_file_and_from_stdin(read, write, stdin, name):
    data = (FORMS / name).read_bytes()
    check(*read(FORMS / name), name)
    check(*read(stdin(data)), name)
    for other in ("library.txt", "library", "library.dat"):
        check(*read(write(other, data)), name)


def pack_zip(data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.dat", data)
    return file.getvalue()


PACKED[".zip"] = pack_zip


@pytest.mark.parametrize("suffix", PACKED)
@pytest.mark.parametrize("name", [*TEXTS, "utf16.txt"])
def test_every_form_compressed(read, write, stdin, name, suffix):
    data = PACKED[suffix]((FORMS / name).read_bytes())
    check(*read(write(name + suffix, data)), name)
    check(*read(stdin(data)), name)


@pytest.mark.parametrize("name", TEXTS)
def test_every_form_with_other_line_ends_and_encodings(read, write, stdin, name):
    text = (FORMS / name).read_bytes().decode().replace("\r\n", "\n")
    for end in ("\n", "\r\n", "\r"):
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-be"):
            data = text.replace("\n", end).encode(encoding)
            check(*read(write(name, data)), name)
            check(*read(stdin(data)), name)
    data = text.encode("cp1252", errors="ignore")
    papers, bad = read(write(name, data), encoding="windows-1252")
    assert papers[0].title.startswith("Über feine Risse") and len(bad) == 1


@pytest.mark.parametrize("name", TEXTS)
def test_another_encoding_costs_its_records_and_is_explained_once(read, write, caplog, name):
    caplog.set_level(logging.INFO, "arxonomy")
    data = (FORMS / name).read_bytes().decode().encode("cp1252", errors="ignore")
    papers, bad = read(write(name, data))
    assert [papers[0].title.strip("."), papers[-1].title.strip(".")] == [LIBRARY[1][0], LIBRARY[5][0]]
    said = [*(reason for _, reason in bad), *(record.getMessage() for record in caplog.records)]
    assert any("expected UTF-8, found byte 0x" in reason for _, reason in bad)
    assert sum("encoding='cp1252'" in text for text in said) == 1


@pytest.mark.parametrize("name", [*TEXTS, "utf16.txt"])
def test_every_form_cut_off_anywhere(read, write, name):
    data = (FORMS / name).read_bytes()
    for cut in range(len(data) // 2, len(data), max(1, len(data) // 23)):
        papers, bad = read(write(name, data[:cut]))
        assert len(papers) <= 6 and {paper.title for paper in papers[:2]} and len(bad) <= 3


@pytest.mark.parametrize("name", [name for name in TEXTS if name.startswith(("library", "saved"))])
def test_dates_and_lists_of_reference_managers(name):
    papers = list(read_papers(FORMS / name, keep_columns=True))
    dates = [paper.published for paper in papers]
    assert dates[:3] == ["2024-03", "2023", "2022-11"] and dates[4:] == ["2020", "2019-07"]
    assert dates[3] in ("2021-01", "2021-01-15")
    assert papers[0].columns["doi"] == "10.5555/forms.1"
    assert "crack detection" in papers[0].columns["keywords"]
    assert papers[0].category is None
    labeled = list(read_papers(FORMS / name, columns={"category": "keywords"}))
    assert labeled[2].category == "bandits" and labeled[1].category is None


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("p.ris", "TY  - JOUR\nTI  - On cracks\nAB  - {0}\nN2  - {1}\nER  - \n"),
        ("p.nbib", "PMID- 1\nTI  - On cracks\nAB  - {0}\nOAB - {1}\n"),
    ],
)
def test_a_tag_that_only_says_there_is_nothing_hides_no_other(tmp_path, name, record):
    for texts, abstract in ((["None provided.", "We see."], "We see."), (["We see.", "N/A"], "We see.")):
        path = tmp_path / name
        path.write_text(record.format(*texts), encoding="utf-8")
        assert [paper.abstract for paper in read_papers(path)] == [abstract]
