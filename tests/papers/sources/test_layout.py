from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from arxonomy.errors import InputError
from arxonomy.papers import Layout, read_papers
from arxonomy.papers.sources import source


def layout_of(name: str, data: bytes) -> Layout:
    found: list[Layout] = []
    list(read_papers(name, stream=io.BytesIO(data), on_layout=found.append))
    (layout,) = found
    return layout


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"title,n\na,1\n", Layout("csv", ("title", "n"))),
        (b"title;n\r\na;1\r\n", Layout("csv", ("title", "n"), ";", line_end="\r\n")),
        (
            b'\xef\xbb\xbf"title"\t"n"\na\t1\n',
            Layout("csv", ("title", "n"), "\t", quotes_all=True, has_bom=True),
        ),
        (b'"title, long",title\na,1\n', Layout("csv", ("title, long", "title"))),
        (b'"long\r\nname",title\r\n1,a\r\n', Layout("csv", ("long\r\nname", "title"), line_end="\r\n")),
        (b"title,title\na,1", Layout("csv", ("title", "title"))),
    ],
)
def test_the_form_of_a_table(data, expected):
    assert layout_of("papers.csv", data) == expected


def test_the_form_of_records_that_name_their_own_fields():
    assert layout_of("a.jsonl", b'{"title": "a"}\n') == Layout("jsonl")
    assert layout_of("a.bib", b"\xef\xbb\xbf@misc{a, title={a}}\n") == Layout("bibtex", has_bom=True)


def test_the_bytes_that_are_read_are_copied_whole(tmp_path: Path):
    entries = b"% Encoding: UTF-8\r\n@misc{a,\r\n title={A}}\n\n@misc{b, title={\xff}}\n"
    entries += b"@misc{c, title={C}}\n\nthe end"
    (tmp_path / "refs.bib").write_bytes(entries)
    (tmp_path / "refs.bib.gz").write_bytes(gzip.compress(entries))
    for file in sorted(tmp_path.iterdir()):
        copy = io.BytesIO()
        papers = list(read_papers(file, copy=copy))
        assert [(paper.id, paper.line) for paper in papers] == [("a", 2), ("c", 6)]
        assert copy.getvalue() == entries


def test_a_copy_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(source, "MAX_COPY", 100)
    data = b"@misc{a, title={A}}\n" * 10_000
    with pytest.raises(InputError, match=r"refs\.bib: expected at most 1e-07 GB of entries"):
        list(read_papers("refs.bib", stream=io.BytesIO(data), copy=io.BytesIO()))
