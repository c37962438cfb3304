"""CSV and TSV out: the user's own columns, dialect and encoding marks come back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

import pytest

from arxonomy.papers import Layout, read_papers
from arxonomy.records import Prediction
from arxonomy.writing import make_writer
from arxonomy.writing import table as table_module

OURS = ["predicted_category", "predicted_probability", "read", "unknown_words", "warnings", "abstained"]


def answer(name: str, data: bytes, form: str = "csv", **columns: str) -> bytes:
    """The table that is written for the papers of a file."""
    layouts: list[Layout] = []
    papers = list(
        read_papers(
            name, stream=io.BytesIO(data), keep_columns=True, columns=columns, on_layout=layouts.append
        )
    )
    out = io.BytesIO()
    writer = make_writer(form, out, layouts[0], columns, scratch=io.BytesIO())
    for paper in papers:
        writer.write(paper, Prediction(paper.id, (("cs.CL", 0.75),), 0.0))
    writer.finish()
    return out.getvalue()


def rows_of(data: bytes, **dialect: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True, **dialect))


def without_ours(lines: Iterable[list[str]]) -> list[list[str]]:
    return [line[: -len(OURS)] for line in lines]


@pytest.mark.parametrize(
    ("data", "delimiter"),
    [
        (b'id,title\n1,a\n2,"b, c"\n', ","),
        (b'id;title\r\n1;a\r\n2;"b; c"\r\n', ";"),
        ("\ufeffid;title;Größe\r\n1;Über;-0,5\r\n".encode(), ";"),
        (b'id\ttitle\n1\ta "quoted" word\n'.replace(b'a "quoted" word', b'"a ""quoted"" word"'), "\t"),
        (b'"id","title"\n"1","a"\n"2","b"\n', ","),
        (b'"id";"title"\r\n"1";"two\r\nlines"\r\n', ";"),
        (b"id,title,title\n1,a,second\n", ","),
    ],
)
def test_a_table_comes_back_byte_for_byte_with_our_columns_added(data: bytes, delimiter: str):
    written = answer("papers.csv", data)
    assert without_ours(rows_of(written, delimiter=delimiter)) == rows_of(data, delimiter=delimiter)
    end = b"\r\n" if b"\r\n" in data else b"\n"
    first, *_ = data.split(end)
    assert written.startswith(first + (b"," if delimiter == "," else delimiter.encode()))
    assert written.endswith(end) and written.count(b"\n") == data.count(b"\n")
    assert written.startswith(b"\xef\xbb\xbf") == data.startswith(b"\xef\xbb\xbf")
    if data.startswith(b'"'):
        assert all(b'"' in line for line in written.split(b"\n")[:1])


def test_csv_becomes_tsv_and_back():
    written = answer("papers.csv", b"id;title\r\n1;a\r\n", "tsv")
    assert written.startswith(b"id\ttitle\tpredicted_category\t") and written.endswith(b"false\r\n")
    assert rows_of(answer("papers.tsv", written, "csv"))[0][:2] == ["id", "title"]


@pytest.mark.parametrize(
    ("name", "data", "columns"),
    [
        (
            "keys.jsonl",
            b'{"title": "a", "x": 1}\n{"title": "b", "abstract": "c", "y": "2"}\n',
            ["id", "title", "x", "abstract", "y"],
        ),
        (
            "keys.bib",
            b"@misc{a, title={A}}\n@misc{b, title={B}, abstract={C}, doi={10.1/2}}\n",
            ["abstract", "doi"],
        ),
    ],
)
def test_all_columns_are_kept_where_records_differ(name: str, data: bytes, columns: list[str]):
    header, *rows = rows_of(answer(name, data))
    assert set(columns) <= set(header) and header[-len(OURS) :] == OURS
    assert {len(row) for row in rows} == {len(header)} and len(rows) == 2
    assert [dict(zip(header, row, strict=True))["abstract"] for row in rows] == [
        "",
        rows[1][header.index("abstract")],
    ]
    assert rows[1][header.index("abstract")].lower() == "c"


def test_a_limit_on_columns_is_told(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(table_module, "MAX_COLUMNS", 10)
    caplog.set_level("INFO", "arxonomy")
    lines = [json.dumps({"id": str(row), "title": "a", f"key{row}": "x"}) for row in range(50)]
    header, *rows = rows_of(answer("many.jsonl", "\n".join(lines).encode()))
    assert len(header) == 10 + len(OURS) and len(rows) == 50
    assert [line for line in caplog.messages if "42 columns are left out" in line]


def test_rows_are_not_kept_without_bound(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(table_module, "MAX_KEPT", 100)
    caplog.set_level("INFO", "arxonomy")
    lines = [
        json.dumps({"id": str(row), "title": "a", **({"late": 1} if row > 20 else {})}) for row in range(30)
    ]
    header, *rows = rows_of(answer("late.jsonl", "\n".join(lines).encode()))
    assert "late" not in header and [row[0] for row in rows] == [str(row) for row in range(30)]
    assert (
        "note: 1 column is left out; a table gets the first 1,000 of the first 0 GB: `late`"
        in caplog.messages
    )


def test_quotes_are_escaped_as_the_user_does():
    out = io.BytesIO()
    layout = Layout("csv", ("id", "title"), escape="\\", has_bom=True, names_delimiter=True, delimiter=";")
    writer = make_writer("csv", out, layout, {}, scratch=io.BytesIO())
    (paper,) = read_papers(
        "a.jsonl", stream=io.BytesIO(b'{"id": "1", "title": "a \\"b\\"; c"}'), keep_columns=True
    )
    writer.write(paper, Prediction("1", (("cs.CL", 1.0),), 0.0))
    writer.finish()
    marked, header, row = out.getvalue().decode("utf-8").splitlines()
    assert marked == "\ufeffsep=;"
    assert header.startswith("id;title;predicted_category")
    assert row.startswith('1;"a \\"b\\"; c";cs.CL')
