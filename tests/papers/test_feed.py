from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arxonomy.papers import BadRecord, JsonLinesFeed, read_papers

LINES = (
    b'\xef\xbb\xbf{"id": 704.0010, "title": "a"}\n'
    b"\n"
    b'{"title": \r\n'
    b'{"id": "x", "summary": "an abstract", "authors": ["one"]}\r\n'
    b'{"title": "\xff"}\n'
    b'{"title": "a\0b"}\n'
    b"   \n"
    b"[1]\n"
    b'{"title": " "}\n'
    b'{"title": "\\ud800"}\n' + b'{"title": ' * 3000 + b"\n"
    b'{"title": "no line end"}'
)


def feed_in_pieces(data: bytes, cuts: list[int], **options: int) -> list[object]:
    feed = JsonLinesFeed("body", **options)
    edges = [0, *sorted(cuts), len(data)]
    records = [record for a, b in pairwise(edges) for record in feed.feed(data[a:b])]
    return records + feed.end()


@given(st.lists(st.integers(0, len(LINES)), max_size=20))
@settings(max_examples=30, deadline=None)
def test_any_cuts_give_what_the_file_gives(tmp_path_factory, cuts: list[int]):
    file: Path = tmp_path_factory.mktemp("feed") / "body"
    file.write_bytes(LINES)
    bad: list[BadRecord] = []
    good = list(read_papers(file, format="jsonl", on_bad=bad.append))
    records = feed_in_pieces(LINES, cuts)
    assert [record for record in records if not isinstance(record, BadRecord)] == good
    # How a file's encoding is given is no advice for a body, which is UTF-8.
    bad = [replace(record, reason=record.reason.partition("; give its encoding")[0]) for record in bad]
    reasons = [(record.line, record.reason) for record in records if isinstance(record, BadRecord)]
    assert reasons == [(record.line, record.reason) for record in bad]
    assert len(good) == 3 and len(bad) == 7


@pytest.mark.parametrize("cuts", [[], [10], list(range(0, 60, 7)), list(range(60))])
def test_a_line_too_long_costs_itself_alone(cuts: list[int]):
    data = b'{"title":"a"}\n{"title":"' + b"x" * 40 + b'"}\n{"title":"b"}'
    first, second, third = feed_in_pieces(data, [cut for cut in cuts if cut < len(data)], max_line=20)
    assert (first.title, third.title, third.id) == ("a", "b", "3")
    assert isinstance(second, BadRecord) and second.line == 2 and "longer than" in second.reason


def test_a_line_too_long_without_an_end_is_reported_and_not_kept_in_memory():
    feed = JsonLinesFeed("body", max_line=100)
    for _ in range(1000):
        assert feed.feed(b"x" * 64) == []
        assert len(feed._rest) <= 100
    (bad,) = feed.end()
    assert isinstance(bad, BadRecord) and bad.line == 1


def test_nothing_gives_nothing():
    assert feed_in_pieces(b"", []) == [] and feed_in_pieces(b"\n \n", [1]) == []
