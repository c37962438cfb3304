import io
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arxonomy.errors import InputError
from arxonomy.papers import read_papers


def make_table(count=3):
    return pa.table(
        {
            "id": [f"2501.{i:05}" for i in range(count)],
            "title": [f"Title {i}" for i in range(count)],
            "abstract": [f"Abstract {i}" for i in range(count)],
            "primary_category": ["cs.CL"] * count,
            "categories": [["cs.CL", "cs.AI"]] * count,
            "published": ["2025-01"] * count,
            "score": [0.5] * count,
        }
    )


def test_fields(tmp_path):
    pq.write_table(make_table(), tmp_path / "p.parquet")
    papers = list(read_papers(tmp_path / "p.parquet", labeled=True))
    assert [p.id for p in papers] == ["2501.00000", "2501.00001", "2501.00002"]
    assert papers[2].row == 2
    assert (papers[0].category, papers[0].categories) == ("cs.CL", ("cs.CL", "cs.AI"))
    assert papers[0].columns == {}


def test_stdin_and_kept_columns(monkeypatch):
    buffer = io.BytesIO()
    pq.write_table(make_table(), buffer)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(buffer.getvalue())))
    paper = next(read_papers("-", keep_columns=True))
    assert list(paper.columns) == make_table().column_names
    assert (paper.columns["categories"], paper.columns["score"]) == ("cs.CL; cs.AI", "0.5")


def test_blank_rows_and_text_that_is_not_utf8(tmp_path):
    titles = pa.array([b"good", b"\xff", None, b"good"]).cast(pa.string(), safe=False)
    pq.write_table(pa.table({"title": titles}), tmp_path / "p.parquet")
    bad = []
    papers = list(read_papers(tmp_path / "p.parquet", on_bad=bad.append))
    assert [paper.row for paper in papers] == [0, 3]
    assert [record.line for record in bad] == [2, 3]


def test_truncated(tmp_path):
    path = tmp_path / "p.parquet"
    pq.write_table(make_table(1000), path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match=r"p.parquet is not a whole Parquet file"):
        list(read_papers(path))


def test_damaged_in_the_middle_keeps_the_rows_before(tmp_path):
    path = tmp_path / "p.parquet"
    pq.write_table(make_table(4000), path, row_group_size=2000, compression="zstd")
    start = pq.ParquetFile(path).metadata.row_group(1).column(0).dictionary_page_offset
    data = bytearray(path.read_bytes())
    data[start : start + 2000] = b"\xff" * 2000
    path.write_bytes(data)
    bad = []
    papers = list(read_papers(path, on_bad=bad.append))
    assert len(papers) == 2000
    assert [record.line for record in bad] == [2001]
    assert "damaged" in bad[0].reason


def test_missing_columns(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "p.parquet")
    with pytest.raises(InputError, match="found `a`"):
        list(read_papers(tmp_path / "p.parquet"))
