"""Files that are sent, beyond what the route's own tests see."""

from __future__ import annotations

import time

import pytest

from arxivist.serving.problems import Problem
from arxivist.serving.uploads import read_upload


def test_a_file_that_takes_too_long_does_not_keep_the_thread():
    stray = b"title\nT\n" + b'"a"b\n' * 100_000
    with pytest.raises(Problem, match="takes too long") as raised:
        read_upload("x.csv", stray, 10_000_000, time.monotonic())
    assert raised.value.status == 504


def test_the_text_of_all_papers_and_all_faults_is_bounded():
    for data in (b"title\n" + b"12345\n" * 21, b'title\nT\n"a"b\n"c"d\n'):
        with pytest.raises(Problem, match="at most 100 characters") as raised:
            read_upload("x.csv", data, 100, time.monotonic() + 60)
        assert raised.value.status == 413
