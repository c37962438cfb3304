"""Uploaded files, beyond what the route's own tests see."""

from __future__ import annotations

import time

import pytest
import zstandard

from arxonomy.errors import InputError
from arxonomy.papers import read_papers
from arxonomy.serving.api_errors import ApiError
from arxonomy.serving.uploads import read_upload


def test_a_file_that_takes_too_long_does_not_keep_the_thread():
    stray = b"title\nT\n" + b'"a"b\n' * 100_000
    with pytest.raises(ApiError, match="takes too long") as raised:
        read_upload("x.csv", stray, 10_000_000, time.monotonic())
    assert raised.value.status == 504


def test_the_text_of_all_papers_and_all_faults_is_bounded():
    for data in (b"title\n" + b"12345\n" * 21, b'title\nT\n"a"b\n"c"d\n'):
        with pytest.raises(ApiError, match="at most 100 characters") as raised:
            read_upload("x.csv", data, 100, time.monotonic() + 60)
        assert raised.value.status == 413


@pytest.mark.slow
def test_nothing_is_unpacked_and_no_parquet_is_read(tmp_path):
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    unpacked = zstandard.compress(b"title\n" + b"T\n" * 100_000)
    path = tmp_path / "x.csv"
    path.write_bytes(skippable + unpacked)
    assert sum(1 for _ in read_papers(path)) == 100_000  # from disk it is read
    for name in ("x.csv", "x.csv.zst", ""):
        with pytest.raises((InputError, ApiError)):
            read_upload(name, skippable + unpacked, 10_000_000, time.monotonic() + 60)
    for name in ("x.parquet", "x.pq", "x.parquet.gz"):  # text under such a name is read as what it is
        assert len(read_upload(name, b"title\nT\nPAR1", 10_000_000, time.monotonic() + 60)) == 2
        with pytest.raises((InputError, ApiError), match="found Parquet"):
            read_upload(name, b"PAR1title\nT\nPAR1", 10_000_000, time.monotonic() + 60)
