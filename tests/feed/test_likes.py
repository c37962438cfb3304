from __future__ import annotations

import json

import pytest

from arxonomy.errors import DataError
from arxonomy.feed.likes import find_liked, read_likes
from arxonomy.records import Paper


def write(path, *papers):
    path.write_text("".join(json.dumps(paper) + "\n" for paper in papers))
    return path


def invent(count, **fields):
    return [
        {"id": f"p{row}", "title": f"Invented title {row}", "abstract": f"text {row}", **fields}
        for row in range(count)
    ]


def test_ten_likes_are_read_without_a_word(tmp_path, notes):
    assert len(read_likes([write(tmp_path / "a.jsonl", *invent(10))])) == 10
    assert notes() == []


def test_likes_in_several_forms_are_read_once_each(tmp_path):
    bib = tmp_path / "b.bib"
    bib.write_text(
        "@article{x, title={Invented title 1}, abstract={text 1}}\n@misc{y, title={Another}, abstract={z}}\n"
    )
    likes = read_likes([write(tmp_path / "a.jsonl", *invent(3)), bib])
    assert [paper.id for paper in likes] == ["p0", "p1", "p2", "y"]


def test_few_likes_are_stated(tmp_path, notes):
    read_likes([write(tmp_path / "a.jsonl", *invent(3))])
    (note,) = notes()
    assert note.endswith("a.jsonl: 3 papers to rank by; with 10 or more the ranking is better")


def test_fewer_than_three_different_likes_are_refused(tmp_path):
    file = write(tmp_path / "a.jsonl", *invent(2), *invent(2))
    with pytest.raises(
        DataError, match=r"expected 3 different papers to rank by, better 10 or more, found 2; add"
    ):
        read_likes([file])


def test_likes_without_abstracts_work_with_a_warning(tmp_path, notes):
    file = write(tmp_path / "a.jsonl", *invent(9), {"id": "x", "title": "Only a title"})
    assert len(read_likes([file])) == 10
    assert notes()[-1].endswith("a.jsonl: 1 of 10 papers has no abstract, and only a title to be compared by")


def test_a_candidate_is_a_like_by_its_id_its_text_or_its_long_title():
    likes = [
        Paper("arXiv:2610.00001v2", "One", "of an id"),
        Paper("key1", "Two", "by the text"),
        Paper("key2", "Parsing <i>sentences</i> with very many pixels", ""),
        Paper("key3", "Editorial", ""),
    ]
    papers = [
        Paper("2610.00001", "One, revised", "another text"),
        Paper("2610.00002", "Two", "By the text!"),
        Paper("2610.00003", "Parsing Sentences With Very Many Pixels", "the abstract"),
        Paper("2610.00004", "Editorial", "of another journal"),
        Paper("2610.00005", "Five", "other"),
    ]
    assert find_liked(papers, likes) == {0, 1, 2}
