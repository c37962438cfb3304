import gzip
import io
import random
import subprocess
import sys

import orjson
import pytest
import zstandard

from arxonomy.errors import InputError, NoPapersError, SettingsError
from arxonomy.papers import BadRecord, read_papers

HEADER = "id,title,abstract,category,all_categories,published\n"
CSV = (
    HEADER
    + '0704.0010,Nets,"Deep, wide nets",cs.LG,"cs.LG,stat.ML",2025-06\n'
    + '2501.00002,"Two\nlines","He said ""no"".",cs.CL,cs.CL,2025-07\n'
)


def test_csv_fields(read, write):
    (first, second), bad = read(write("papers.csv", CSV), labeled=True)
    assert (first.id, first.title, first.abstract) == ("0704.0010", "Nets", "Deep, wide nets")
    assert (first.category, first.categories, first.published) == ("cs.LG", ("cs.LG", "stat.ML"), "2025-06")
    assert (second.title, second.abstract, second.row) == ("Two\nlines", 'He said "no".', 1)
    assert first.columns == {}
    assert bad == []


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("p.csv", lambda data: data),
        ("p.csv.gz", gzip.compress),
        ("p.csv.zst", zstandard.compress),
        ("p.csv.zst", lambda data: b"".join(zstandard.compress(data[i : i + 50]) for i in range(0, 999, 50))),
        ("p.csv", lambda data: b"\xef\xbb\xbf" + data),
        ("p.csv", lambda data: data.replace(b'"Two\nlines"', b"'Two'").replace(b"\n", b"\r\n")),
        ("p", lambda data: data),
    ],
    ids=["plain", "gzip", "zstd", "zstd frames", "bom", "crlf", "no extension"],
)
def test_csv_in_every_wrapping_from_file_and_stdin(read, write, stdin, name, pack):
    data = pack(CSV.encode())
    from_file, bad = read(write(name, data))
    from_stdin, _ = read(stdin(data))
    assert [paper.id for paper in from_file] == ["0704.0010", "2501.00002"]
    assert from_file[1].published == "2025-07"
    assert from_stdin == from_file
    assert bad == []


def test_tsv_and_semicolons(read, write):
    tsv, _ = read(write("p.tsv", "title\tabstract\nA, b\tc\n"))
    semicolons, _ = read(write("p.csv", "title;abstract\nA, b;c\n"))
    assert [(p.title, p.abstract) for p in tsv + semicolons] == [("A, b", "c")] * 2


def test_json_lines_with_a_bad_one(read, stdin):
    papers, bad = read(stdin('{"title":"x"}\nnot json\n\n{"abstract":"y"}\n'))
    assert [(p.id, p.row, p.title, p.abstract) for p in papers] == [("1", 0, "x", ""), ("3", 2, "", "y")]
    assert [line for line, _ in bad] == [2]
    assert bad[0][1].startswith("not valid JSON: ")


def test_kaggle_snapshot(read, write):
    record = {
        "id": "0704.0001",
        "title": "Calculation of prompt\n  diphoton production",
        "abstract": "  A fully differential\ncalculation.\n",
        "categories": "hep-ph hep-th",
        "versions": [{"version": "v1"}, {"version": "v2"}],
        "update_date": "2008-11-26",
        "doi": None,
    }
    (paper,), _ = read(write("snapshot.json", orjson.dumps(record)), keep_columns=True, labeled=True)
    assert paper.title == record["title"] and paper.abstract == record["abstract"]
    assert paper.category == "hep-ph" and paper.categories == ("hep-ph", "hep-th")
    assert paper.published == "2008-11-26"
    assert list(paper.columns) == list(record)
    assert paper.columns["versions"] == '{"version":"v1"}; {"version":"v2"}'
    assert paper.columns["doi"] == ""


def test_an_id_written_as_a_number_keeps_its_digits(read, stdin):
    papers, _ = read(stdin('{"id": 704.0010, "title": "x"}\n{"id": 42, "title": "x"}\n'))
    assert [paper.id for paper in papers] == ["704.0010", "42"]


GOOD = '{"title":"good"}\n'


def test_strict_stops_at_the_first(write):
    reading = read_papers(write("p.csv", "title,abstract\nA,B\nA\nA,B\n"), strict=True)
    assert next(reading).title == "A"
    with pytest.raises(InputError, match=r"p.csv:3: expected 2 columns, found 1$"):
        next(reading)


def test_reading_is_lazy(monkeypatch):
    class Endless(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            buffer[: len(GOOD)] = GOOD.encode()
            return len(GOOD)

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Endless())))
    reading = read_papers("-")
    assert [next(reading).id for _ in range(3)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("p.csv", ""),
        ("p.csv", "title,abstract\n"),
        ("p.jsonl", "\n\n"),
        ("p.csv.gz", gzip.compress(b"", mtime=0)),
        ("p", ""),
    ],
)
def test_nothing_in_the_file(read, write, name, data):
    with pytest.raises(NoPapersError, match="holds no papers"):
        read(write(name, data))


def test_all_records_bad(write):
    bad = []
    with pytest.raises(NoPapersError, match=r"of 2 bad records the first is .*p.jsonl:1: not valid JSON"):
        list(read_papers(write("p.jsonl", "x\ny\n"), on_bad=bad.append))
    assert [record.line for record in bad] == [1, 2]


def test_random_bytes_are_one_short_error(stdin):
    noise = random.Random(0).randbytes(100_000)
    for start in (b"", b"{", b"title,abstract\n"):
        bad = []
        with pytest.raises(InputError, match="stdin is not text in a known format"):
            list(read_papers(stdin(start + noise), on_bad=bad.append))
        assert bad == []


def test_missing_and_folder(read, tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder"):
        read(tmp_path)


def test_format_is_checked_and_obeyed(read, write):
    with pytest.raises(SettingsError, match="did you mean `jsonl`"):
        read(write("p.csv", CSV), format="jsonll")
    papers, _ = read(write("p.csv", GOOD), format="jsonl")
    assert papers[0].title == "good"


def test_bad_record_as_text():
    assert str(BadRecord("papers.csv", 17, "expected 6 columns, found 4")) == (
        "papers.csv:17: expected 6 columns, found 4"
    )


@pytest.mark.slow
def test_importing_stays_light():
    heavy = "{'torch', 'sklearn', 'scipy', 'pyarrow', 'zstandard'}"
    code = f"import sys, arxonomy.papers; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
