"""Entries of BibTeX: made so that reading gives the paper back, or the user's own with a keyword added."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arxonomy.papers import read_papers
from arxonomy.papers.formats.bibtex import remove_tex
from arxonomy.writing.bibtex import add_to_bibtex, escape_tex, format_bibtex
from arxonomy.writing.entries import Entry

HOSTILE = 'a}b{c% \\input{x} "q" #1 & _2 $3, ; @misc{z, title={q}}'


def add(text: str, keywords: dict[int, list[tuple[str, str]]], encoding: str = "utf-8") -> str:
    lines = io.BytesIO(text.encode(encoding))
    return b"".join(add_to_bibtex(lines, keywords, encoding)).decode(encoding)


@given(st.text(st.sampled_from("ab \\{}$&%#_~^-`'\"@,é.*") | st.characters(exclude_categories=["C"])))
def test_reading_undoes_escaping(text: str):
    assert " ".join(remove_tex(escape_tex(text)).split()) == " ".join(text.split())


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("@misc{a,\n  title = {A},\n}\n", "@misc{a,\n  title = {A},\n  keywords = {cs.CL},\n}\n"),
        ("@misc{a,\r\n\ttitle={A}\r\n}\r\n", "@misc{a,\r\n\ttitle={A},\r\n\tkeywords={cs.CL}\r\n}\r\n"),
        ("@misc{a, title = {A}}", "@misc{a, title = {A}, keywords = {cs.CL}}"),
        ("@misc(a, title = {A})\n", "@misc(a, title = {A}, keywords = {cs.CL})\n"),
        ("@misc{a, Keywords = {x, y}, title={A}}", "@misc{a, Keywords = {x, y, cs.CL}, title={A}}"),
        ('@misc{a, keywords = "x; y", title={A}}', '@misc{a, keywords = "x; y; cs.CL", title={A}}'),
        ("@misc{a, keywords = {}, title={A}}", "@misc{a, keywords = {cs.CL}, title={A}}"),
        ("@misc{a, keywords = kw, title={A}}", "@misc{a, keywords = kw # {, cs.CL}, title={A}}"),
        ("@misc{a, keywords = {x, cs.CL}, title={A}}", "@misc{a, keywords = {x, cs.CL}, title={A}}"),
        (
            '@misc{a, title = "{A "} b" # jan # {c},}',
            '@misc{a, title = "{A "} b" # jan # {c}, keywords = {cs.CL},}',
        ),
        ("@misc{a, title = {A \\} b {c} \\{}}", "@misc{a, title = {A \\} b {c} \\{}, keywords = {cs.CL}}"),
        (
            "@misc{a,\n title={A, keywords = {no}}\n}",
            "@misc{a,\n title={A, keywords = {no}},\n keywords={cs.CL}\n}",
        ),
    ],
)
def test_a_keyword_is_added_where_it_belongs(entry: str, expected: str):
    assert add(entry, {1: [("a", "cs.CL")]}) == expected
    assert add(expected, {1: [("a", "cs.CL")]}) == expected  # only once


def test_everything_else_stays_as_it_is():
    text = (
        "\ufeff% Encoding: UTF-8\r\nsome talk about @ signs\r\n@string{kw = {a}}\r\n"
        "@article{a,\r\n  title = {A}\r\n}\r\n\r\n@comment{jabref-meta: {x}}\r\n"
        "@misc{broken, title = {never closed\r\n@misc{b, title={B}} @misc{c, title={C}}\r\nthe end"
    )
    keywords = {4: [("a", "cs.CL")], 10: [("b", "cs.CV"), ("c", "cs.LG")]}
    assert text.splitlines()[9].startswith("@misc{b")
    expected = (
        text.replace("{A}\r\n", "{A},\r\n  keywords = {cs.CL}\r\n")
        .replace("title={B}}", "title={B}, keywords={cs.CV}}")
        .replace("title={C}}", "title={C}, keywords={cs.LG}}")
    )
    assert add(text, keywords) == expected
    assert add(text, {}) == text


def test_an_entry_without_an_end_stays_as_it_is():
    text = "@misc{a, title = {A}\n" + "x\n" * 5
    assert add(text, {1: [("a", "cs.CL")]}) == text


def test_bytes_of_another_encoding_stay():
    text = "@misc{a, title = {Über}}\n"
    assert add(text, {1: [("a", "cs.CL")]}, "cp1252").startswith("@misc{a, title = {Über}, keywords")
    broken = b"@misc{a, title = {\xdcber}}\n"
    added = b"".join(add_to_bibtex(io.BytesIO(broken), {1: [("a", "x")]}, "utf-8"))
    assert added == b"@misc{a, title = {\xdcber}, keywords = {x}}\n"


def test_a_hostile_label_stays_one_keyword():
    added = add("@misc{a, title = {A}}\n@misc{b, title = {B}}\n", {1: [("a", HOSTILE)]})
    assert added.count("\n") == 2
    papers = list(read_papers("a.bib", stream=io.BytesIO(added.encode()), keep_columns=True))
    assert [(paper.id, paper.title) for paper in papers] == [("a", "A"), ("b", "B")]


def test_a_new_entry_is_read_back():
    taken: set[str] = set()
    entries = [
        Entry("0704.0010", "50% {of} A_1", "", ("Müller, Anna", "A and B"), (2025, 6), "", "", "", ()),
        Entry("a b", HOSTILE, "x -- y", (), (2025,), "10.1/a_b", "https://a.b/c_d", "J & K", ("k", "cs.CL")),
        Entry("a b", "same id", "", (), (), "", "", "", (HOSTILE,)),
    ]
    text = "".join(format_bibtex(entry, taken) for entry in entries)
    papers = list(read_papers("a.bib", stream=io.BytesIO(text.encode()), keep_columns=True))
    assert [(paper.id, paper.title, paper.abstract) for paper in papers] == [
        (entry.id, entry.title, entry.abstract) for entry in entries
    ]
    assert papers[0].published == "2025-06" and papers[1].columns["doi"] == "10.1/a_b"
    assert len({paper.columns["key"] for paper in papers}) == 3


@pytest.mark.parametrize(
    "id",
    [
        "key",
        "2401.00001v2",
        "hep-th/9901001",
        "http://arxiv.org/abs/2401.00001v1",
        "https://a.b/W1",
        "ü §",
        "10.1/a",
    ],
)
def test_ids_survive_and_keys_are_plain(id: str):
    text = format_bibtex(Entry(id, "A", "", (), (), "", "", "", ()), set())
    (paper,) = read_papers("a.bib", stream=io.BytesIO(text.encode()), keep_columns=True)
    assert paper.id == id
    assert paper.columns["key"].isascii() and "://" not in paper.columns["key"]
