"""Files that are cut into slices: all records once, in order, with the rows and lines of the whole."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arxonomy.errors import InputError, NoPapersError
from arxonomy.papers import BadRecord, FileSlice, read_papers, slice_file

LINES = [
    b'\xef\xbb\xbf{"title": "one"}\n',
    b"\n",
    b' {"title": "two\\nlines"}\r\n',
    b"{broken\n",
    "\u00a0 \n".encode(),
    b'{"title": "\xff"}\n',
    b'{"title": "three", "id": "own"}\n',
    b"\x00\n",
    b'{"title": "four"}',
]


def read_all(path: Path, slices: tuple[FileSlice, ...] | None) -> tuple[list[tuple], list[tuple]]:
    papers, bad = [], []

    def add(record: BadRecord) -> None:
        bad.append((record.line, record.reason.partition(";")[0]))

    for part in slices or (None,):
        try:
            read = list(read_papers(path, slice=part, on_bad=add))
        except NoPapersError:
            read = []
        papers += [(paper.id, paper.title, paper.row, paper.line) for paper in read]
    return papers, bad


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_slices_of_json_lines_hold_what_the_file_holds(tmp_path, size):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(LINES))
    cut = slice_file(path, size)
    assert (cut.records, cut.bytes) == (7, path.stat().st_size)
    assert len(cut.slices) == -(-7 // size)
    assert read_all(path, cut.slices) == read_all(path, None)
    assert [paper[0] for paper in read_all(path, cut.slices)[0]] == ["1", "2", "own", "7"]


@pytest.mark.parametrize("size", [1, 4, 6, 100])
@pytest.mark.parametrize("row_group_size", [1, 5, 100])
def test_slices_of_parquet_hold_what_the_file_holds(tmp_path, size, row_group_size):
    titles = [None if row == 3 else f"paper {row}" for row in range(13)]
    pq.write_table(pa.table({"title": titles}), tmp_path / "a.parquet", row_group_size=row_group_size)
    cut = slice_file(tmp_path / "a.parquet", size)
    assert cut.records == 13
    assert read_all(tmp_path / "a.parquet", cut.slices) == read_all(tmp_path / "a.parquet", None)


def test_slices_are_read_in_the_encoding_that_was_asked_for(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"title": "café"}\n\xa0\n{"title": "naïve"}\n'.encode("cp1252"))
    cut = slice_file(path, 1, "cp1252")
    assert cut.records == 2
    papers = [paper for part in cut.slices for paper in read_papers(path, encoding="cp1252", slice=part)]
    assert [(paper.id, paper.title, paper.line) for paper in papers] == [("1", "café", 1), ("2", "naïve", 3)]


def test_other_files_are_whole(tmp_path):
    (tmp_path / "a.csv").write_text('title\n"two\nlines"\n')
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"title": "one"}\n'))
    (tmp_path / "wide.jsonl").write_bytes('{"title": "one"}\n'.encode("utf-16"))
    (tmp_path / "a.json").write_text(json.dumps([{"title": "one"}]))
    (tmp_path / "empty.jsonl").touch()
    for path in sorted(tmp_path.iterdir()):
        cut = slice_file(path, 1)
        assert (path.name, cut.slices) == (path.name, None)
        assert cut.bytes == path.stat().st_size


def test_a_slice_of_what_cannot_be_cut_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("title\none\n")
    with pytest.raises(InputError, match="expected Parquet or JSON lines"):
        list(read_papers(tmp_path / "a.csv", slice=FileSlice(0, 4, 0, 0)))


def test_ids_after_a_damaged_row_group_are_those_of_their_rows(tmp_path):
    path = tmp_path / "a.parquet"
    titles = [f"paper {row}" for row in range(9)]
    pq.write_table(
        pa.table({"title": titles}), path, row_group_size=3, compression="none", use_dictionary=False
    )
    with pq.ParquetFile(path) as table:
        start = table.metadata.row_group(1).column(0).data_page_offset
    data = bytearray(path.read_bytes())
    data[start : start + 20] = b"\xff" * 20
    path.write_bytes(data)
    bad: list[BadRecord] = []
    papers = list(read_papers(path, on_bad=bad.append))
    assert [(paper.id, paper.title) for paper in papers] == [
        (str(row + 1), f"paper {row}") for row in (0, 1, 2, 6, 7, 8)
    ]
    assert [(record.line, record.records) for record in bad] == [(4, 3)]
    assert "row group 1 is damaged; rows 4 to 6 are lost" in bad[0].reason
