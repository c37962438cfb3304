"""The validation papers that a run keeps as its network reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from arxonomy.artifacts.kept_papers import read_kept_papers, write_kept_papers
from arxonomy.artifacts.run import Run
from arxonomy.errors import RunError
from arxonomy.text import EncodedPaper


def make_paper(*title: int, abstract: tuple[int, ...] = (), words: bool = False) -> EncodedPaper:
    spelled = np.array(["a"] * len(title)) if words else None
    return EncodedPaper(np.array(title, np.int32), np.array(abstract, np.int32), 0.5, title_words=spelled)


def test_they_come_back_as_they_are_read(tmp_path: Path) -> None:
    papers = [make_paper(5, 1, abstract=(7, 8, 9)), make_paper(abstract=(3,)), make_paper(4)]
    write_kept_papers(Run(tmp_path), papers)
    kept = read_kept_papers(Run(tmp_path))
    assert kept is not None and kept.rows.tolist() == [0, 1, 2]
    for paper, back in zip(papers, kept.papers, strict=True):
        assert (paper.title.tolist(), paper.abstract.tolist()) == (
            back.title.tolist(),
            back.abstract.tolist(),
        )
        assert paper.read == back.read


def test_of_many_papers_some_are_kept_from_first_to_last(tmp_path: Path) -> None:
    write_kept_papers(Run(tmp_path), [make_paper(number) for number in range(1, 101)], most=5)
    kept = read_kept_papers(Run(tmp_path))
    assert kept is not None
    assert len(kept.papers) == 5 and kept.rows[0] == 0 and kept.rows[-1] == 99
    assert [int(paper.title[0]) - 1 for paper in kept.papers] == kept.rows.tolist()


def test_a_network_of_characters_keeps_none_and_an_older_run_has_none(tmp_path: Path) -> None:
    write_kept_papers(Run(tmp_path), [make_paper(5, words=True)])
    write_kept_papers(Run(tmp_path), [])
    assert read_kept_papers(Run(tmp_path)) is None


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    write_kept_papers(Run(tmp_path), [make_paper(5)])
    path = Run(tmp_path).kept_papers
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(RunError, match=r"kept_papers\.safetensors: expected a complete"):
        read_kept_papers(Run(tmp_path))
