import io

import pytest

from arxonomy.cli.inputs import InputFormat
from arxonomy.errors import InputError, SettingsError
from arxonomy.papers import read_papers
from arxonomy.papers.sources.recognition import FORMATS


@pytest.mark.parametrize(
    ("data", "kind", "cure"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF", "Zotero finds those of a PDF"),
        (b"\\documentclass{article}\n\\title{T}\n", "LaTeX", "the .bib file"),
        (b"% a comment\n\\section{One}\nText, and more\n", "LaTeX", "the .bib file"),
        (b"<!DOCTYPE html>\n<html><body>x</body></html>", "a web page", "RIS, BibTeX, CSV or JSON"),
        (b"\n<html lang='en'>", "a web page", "RIS, BibTeX, CSV or JSON"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a picture", "titles and abstracts"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "a picture", "titles and abstracts"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "a picture", "titles and abstracts"),
        (b"{\\rtf1\\ansi x}", "a rich text document", "titles and abstracts"),
        (b"SQLite format 3\0" + bytes(50), "a database", "export the references as RIS"),
        (b"<?xml version='1.0'?>\n<rdf:RDF xmlns:rdf='x'></rdf:RDF>", "RDF", "in Zotero, export"),
        (
            b"<?xml version='1.0'?>\n<!-- c --><modsCollection/>",
            "XML of the kind `<modsCollection>`",
            "PubMed's",
        ),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "a 7-Zip archive", "unpack it"),
        (b"\x80\x04\x95" + bytes(50), "a Python pickle", "Parquet or CSV"),
        (b"\x93NUMPY\1\0" + bytes(50), "a NumPy array", "titles and abstracts"),
    ],
)
def test_what_holds_no_papers_is_refused_with_a_cure(read, write, stdin, data, kind, cure):
    for source in (write("p.dat", data), write("p.csv.bak", data), stdin(data)):
        with pytest.raises(InputError) as raised:
            read(source)
        assert f" is {kind}, which is no list of papers; " in str(raised.value) and cure in str(raised.value)
        assert "--column" not in str(raised.value)


def test_tex_is_recognized_by_name_too(read, write):
    with pytest.raises(InputError, match=r"is LaTeX, .*the \.bib file"):
        read(write("paper.tex", "Deep nets\n"))


HEADED = {
    "bibtex": "Scopus\nEXPORT DATE: 12 March 2026\n\n@ARTICLE{a,\n title = {T},\n}\n",
    "jabref": "% Encoding: UTF-8\n% made by nobody; today, or so\n\n@Article{a,\n title = {T},\n}\n",
    "ris": "\n\nProvider: Invented\nDatabase: None, really\n\nTY  - JOUR\nTI  - T\nER  - \n",
    "ris with one blank": "TY - JOUR\nTI - T\nAB - Goes on with\nAI - based text\nER - \n",
    "nbib": "\nPMID- 1\nTI  - T\n",
    "wos": "FN Invented\nVR 1.0\nPT J\nTI T\nER\n\nEF\n",
    "enw": "\n%0 Journal Article\n%T T\n",
}


@pytest.mark.parametrize("text", HEADED.values(), ids=HEADED)
@pytest.mark.parametrize("name", ["p.txt", "p", "p.jsonl"])
def test_records_behind_lines_of_talk(read, write, stdin, text, name):
    for source in (write(name, text), stdin(text)):
        papers, bad = read(source)
        assert [paper.title for paper in papers] == ["T"] and bad == []
    if "one blank" in text:
        assert papers[0].abstract == "Goes on with AI - based text"


def test_a_table_whose_cells_hold_other_formats_is_a_table(read, write):
    text = 'title,abstract\n"T","see\n@article{x,\nTY  - JOUR\nPMID- 1"\n'
    for name in ("p.csv", "p.txt", "p"):
        papers, bad = read(write(name, text))
        assert [paper.title for paper in papers] == ["T"] and bad == []


class Drip(io.RawIOBase):
    """A pipe that gives one byte at a time."""

    def __init__(self, data):
        self._data = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, buffer):
        piece = self._data.read(1)
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize(
    "text", [*HEADED.values(), "title,abstract\nT,A\n", '{"title": "T"}\n', '[{"title": "T"}]']
)
def test_a_pipe_of_single_bytes(monkeypatch, text):
    for encoding in ("utf-8", "utf-16"):
        stream = io.TextIOWrapper(io.BufferedReader(Drip(text.encode(encoding)), 1))
        monkeypatch.setattr("sys.stdin", stream)
        assert [paper.title for paper in read_papers("-")] == ["T"]


def test_every_format_can_be_asked_for():
    assert {*InputFormat} == {*FORMATS}


def test_an_asked_format_that_the_bytes_contradict(read, write):
    with pytest.raises(InputError, match="expected xlsx, found something else"):
        read(write("p.xlsx", "title\nT\n"), format="xlsx")
    with pytest.raises(InputError, match="expected csv, found parquet"):
        read(write("p.csv", b"PAR1" + bytes(50)), format="csv")
    assert len(read(write("p.xlsx", "title\nT\n"))[0]) == 1


@pytest.mark.parametrize("name", ["cp1252", "Windows-1252", "latin-1", "mac_roman", "cp437"])
def test_encodings(read, write, name):
    papers, bad = read(write("p.csv", "title\nÜber\n".encode(name)), encoding=name)
    assert papers[0].title == "Über" and bad == []


def test_an_encoding_that_does_not_fit_costs_its_rows(read, write):
    papers, bad = read(write("p.csv", b"title\nGood\nbad \x81\nGood\n"), encoding="cp1252")
    assert [paper.title for paper in papers] == ["Good", "Good"]
    assert bad == [
        (3, "expected CP1252, found byte 0x81 at position 5; give the file's own encoding with `encoding`")
    ]


@pytest.mark.parametrize("name", ["utf8-or-so", "hex", "rot13", "zlib", ""])
def test_unknown_encodings(read, write, name):
    with pytest.raises(SettingsError, match=f"unknown encoding `{name}`; usual ones are utf-8, cp1252"):
        read(write("p.csv", "title\nT\n"), encoding=name)


def test_half_a_sign_of_utf_16_costs_its_row(read, write):
    data = "title\nGood\nx\nGood\n".encode("utf-16-le").replace("x".encode("utf-16-le"), b"\x00\xd8")
    papers, bad = read(write("p.csv", b"\xff\xfe" + data))
    assert [paper.title for paper in papers] == ["Good", "Good"] and [line for line, _ in bad] == [3]


@pytest.mark.parametrize("name", ["p.bib", "p.txt", "p"])
@pytest.mark.parametrize("field", ["abstract={}", "title={}", "abstract={{}}", 'summary=""'])
def test_an_entry_on_one_line_with_an_empty_field_is_bibtex(read, write, name, field):
    entries = f"@article{{a, {field}, year={{2024}}}}\n@article{{b, title={{On cracks}}}}\n"
    papers, bad = read(write(name, entries))
    assert [paper.title for paper in papers] == ["On cracks"]
    assert [line for line, _ in bad] == [1]


@pytest.mark.parametrize(
    ("data", "encoding", "is_told"),
    [
        ("title\nÜber Risse\n".encode(), "cp1252", True),
        ("title\nÜber Risse\n".encode(), "latin-1", True),
        ("title\nÜber Risse\n".encode(), "utf-8", False),
        ("title\nÜber Risse\n".encode("utf-8-sig"), "utf-8-sig", False),
        ("title\nÜber Risse\n".encode("cp1252"), "cp1252", False),
        ("title\n绘画的裂纹\n".encode("gb18030"), "gb18030", False),
        (b"title\nOn cracks\n", "cp1252", False),
    ],
)
def test_another_encoding_asked_for_text_in_utf_8_is_told(read, write, caplog, data, encoding, is_told):
    assert len(read(write("p.csv", data), encoding=encoding)[0]) == 1
    assert ("its letters look like UTF-8, which is read without `encoding`" in caplog.text) is is_told
