import gzip
import random
import tracemalloc

import orjson
import pytest
import zstandard

from arxonomy.errors import InputError, NoPapersError
from arxonomy.papers import read_papers
from arxonomy.papers.formats import tables

ENCODING = "give its encoding, as in encoding='cp1252' (Excel on Windows), or save it as CSV UTF-8"
GOOD = '{"title":"good"}\n'


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1]", "expected a JSON object"),
        (b'{"title": 3}', "expected title to be text, found a number"),
        (b'{"title": [3]}', "expected title to be text, found a number"),
        (b'{"title": {"x": 1}}', "expected title to be text, found an object"),
        (b'{"title": "x", "y": NaN, "z": "\\ud800"}', "not valid JSON"),
        (b'{"title": " ", "abstract": null}', "expected a title or an abstract, found neither"),
        (b'{"text": "x"}', "found neither among `text`; did you mean `text`? Say columns={"),
        (b'{"title": "caf\xe9"}', "expected UTF-8, found byte 0xe9 at position 15"),
        (b'{"title": "x", "y": ' + b"[" * 100_000, "not valid JSON"),
        (b'{"title": "\\ud800"}', "not valid JSON"),
        (b'{"title": "' + b"x" * 10_000_000 + b'"}', "the line is longer than 10 MB"),
        (b'{"title": "x\0"}', "found a NUL byte"),
    ],
)
def test_a_bad_json_line_costs_only_itself(read, write, line, reason):
    path = write("p.jsonl", GOOD.encode() + line + b"\n" + GOOD.encode())
    papers, bad = read(path)
    assert [paper.row for paper in papers] == [0, 2]
    assert [number for number, _ in bad] == [2]
    assert reason in bad[0][1]


def test_nesting_that_only_one_of_the_two_json_parsers_accepts(read, write):
    # The standard library reads the id's digits; how deep it goes depends on Python's version.
    nested = b'{"title": "x", "id": 1, "y": ' + b"[" * 1020 + b"]" * 1020 + b"}\n"
    papers, bad = read(write("p.jsonl", nested + GOOD.encode()))
    assert len(papers) + len(bad) == 2
    assert papers[-1].title == "good"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"2,T", "expected 3 columns, found 2"),
        (b"2,T,A,x", "expected 3 columns, found 4"),
        (b"2, ,", "expected a title or an abstract, found neither"),
        (b"2,T,caf\xe9", "expected UTF-8"),
        (b"2,T\0,A", "found a NUL byte"),
        (b'2,"T"x,A', "stray quote"),
        (b'2,"T,A', "stray quote"),
        (b"2,T\rx,A", "carriage return"),
        (b"2," + b"T" * 10_000_001 + b",A", "the line is longer than 10 MB"),
    ],
)
def test_a_bad_csv_row_costs_only_itself(read, write, line, reason):
    path = write("p.csv", b'id,title,abstract\n1,T,A\n\n%b\n3,T,"A"\n4,"T\n2",A\n5,T,A\n' % line)
    papers, bad = read(path)
    assert [paper.id for paper in papers] == ["1", "3", "4", "5"]
    assert [paper.row for paper in papers] == [0, 2, 3, 4]
    assert [number for number, _ in bad] == [4]
    assert reason in bad[0][1]


def test_a_quote_never_closed_gives_the_rows_after_it_back(read, write):
    rows = "".join(f"{i},T,A\n" for i in range(2, 200))
    papers, bad = read(write("p.csv", f'id,title,abstract\n1,"T,A\n{rows}'))
    assert [paper.id for paper in papers] == [str(i) for i in range(2, 200)]
    assert bad == [(2, "a quoted field is never closed")]


def test_a_record_over_the_limit_gives_the_rows_after_it_back(read, write):
    rows = "".join(f"{i},T,{'A' * 1_000_000}\n" for i in range(2, 14))
    papers, bad = read(write("p.csv", f'id,title,abstract\n1,"T,A\n{rows}'))
    assert [paper.id for paper in papers] == [str(i) for i in range(2, 14)]
    assert [line for line, _ in bad] == [2]


def test_lines_of_a_record_with_too_many_columns_are_no_records(read, write):
    papers, bad = read(write("p.csv", 'title,abstract\nT,"one\ntwo, three\nfour",x\nU,A\n'))
    assert [paper.title for paper in papers] == ["U"]
    assert bad == [(2, "expected 2 columns, found 3")]


@pytest.mark.parametrize("value", [b"[" * 900 + b"]" * 900, b'{"a":' * 900 + b"1" + b"}" * 900])
def test_a_column_nested_too_deeply_to_be_kept(read, write, value):
    path = write("p.jsonl", b'{"title": "x", "y": ' + value + b"}\n" + GOOD.encode())
    assert len(read(path)[0]) == 2
    papers, bad = read(path, keep_columns=True)
    assert [paper.title for paper in papers] == ["good"]
    assert bad == [(1, "a column is nested too deeply to be kept")]


def test_a_fault_inside_a_quoted_record_names_its_line(read, write):
    papers, bad = read(write("p.csv", b'id,title\n1,"T\n\xff\n2,T\n'))
    assert [paper.id for paper in papers] == ["2"]
    assert bad[0] == (2, "its line 3 is bad: expected UTF-8, found byte 0xff at position 1; " + ENCODING)
    assert [line for line, _ in bad] == [2, 3]


def test_long_csv_field(read, write):
    (paper,), _ = read(write("p.csv", f"title,abstract\nT,{'a' * 500_000}\n"))
    assert len(paper.abstract) == 500_000


def test_a_huge_line_is_not_held_in_memory(read, tmp_path):
    path = tmp_path / "p.jsonl"
    with path.open("wb") as file:
        file.write(GOOD.encode() + b'{"title":"')
        for _ in range(50):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n' + GOOD.encode())
    tracemalloc.start()
    papers, bad = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(papers) == 2 and bad == [(2, "the line is longer than 10 MB")]
    assert peak < 30_000_000


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_truncated_compression_keeps_the_papers_before_it(read, write, pack):
    draw = random.Random(0)
    lines = b"".join(orjson.dumps({"title": str(draw.random())}) + b"\n" for _ in range(20_000))
    packed = pack(lines)
    papers, bad = read(write("p.jsonl.x", packed[: len(packed) // 2]))
    assert 5_000 < len(papers) < 15_000
    assert [line for line, _ in bad] == [len(papers) + 1]
    assert "damaged or cut short" in bad[0][1]


def test_damaged_gzip(read, write):
    data = bytearray(gzip.compress(GOOD.encode() * 3))
    data[12] ^= 0xFF
    bad = []
    with pytest.raises(NoPapersError, match=r"holds no usable paper; of 4 bad records"):
        list(read_papers(write("p.jsonl.gz", bytes(data)), on_bad=bad.append))
    assert "the file is damaged or cut short here: CRC check failed" in bad[-1].reason


def test_endless_chains_of_quotes_take_bounded_work(read, write, monkeypatch):
    assert tables.MAX_RECORD_LINES == 5_000
    monkeypatch.setattr(tables, "MAX_RECORD_LINES", 500)
    # Each line closes the quote of the line before and opens another.
    papers, bad = read(write("p.csv", "title,abstract\n" + 'a","b\n' * 550 + "T,A\n"))
    assert [paper.title for paper in papers] == ["T"]
    assert [line for line, _ in bad] == list(range(2, 552))
    assert bad[0][1].startswith("expected a record of at most 500 lines")


@pytest.mark.parametrize("name", ["p", "p.jsonl", "p.json", "p.csv", "p.ris", "p.xml", "p.bib"])
@pytest.mark.parametrize("text", ['{"title": "A"}', "<feed>", "TY  - JOUR"])
def test_a_text_that_only_begins_like_utf_32(read, write, name, text):
    data = b"\xff\xfe\0\0" + text.encode("utf-16-le") * 9
    with pytest.raises(InputError, match="not UTF-32"):
        read(write(name, data))
