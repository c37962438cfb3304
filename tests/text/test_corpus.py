from __future__ import annotations

import csv
import gzip
import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from arxonomy.errors import ArxonomyError, InputError, NoPapersError
from arxonomy.papers import BadRecord, write_split
from arxonomy.records import Paper
from arxonomy.text.corpus import Corpus, Exclusions, read_excluded, write_corpus


def make_paper(name: str, title: str, abstract: str = "", row: int = 0) -> Paper:
    return Paper(name, title, abstract, row=row)


def read_lines(corpus: Corpus) -> list[str]:
    return corpus.path.read_text().splitlines()


def write_table(path: Path, names: Sequence[str], *rows: Sequence[str]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows((names, *rows))
    return path


def test_each_paper_is_a_line_of_its_words(tmp_path: Path) -> None:
    papers = [
        make_paper("a", "Deep\nnets", "We, see."),
        make_paper("b", "图神经"),
        make_paper("c", "", "We see: deep"),
    ]
    corpus = write_corpus(papers, tmp_path, Exclusions())
    assert read_lines(corpus) == ["deep nets we see", "we see deep"]
    assert corpus.counts == {"deep": 2, "nets": 1, "we": 2, "see": 2}
    assert (corpus.papers, corpus.words, corpus.wordless) == (2, 7, 1)
    assert (corpus.excluded, corpus.repeated) == (0, 0)
    assert os.listdir(tmp_path) == [corpus.path.name]


def test_a_paper_that_comes_again_is_used_once(tmp_path: Path) -> None:
    papers = [
        make_paper("2501.00001v1", "first"),
        make_paper("http://arxiv.org/abs/2501.00001v3", "first improved"),
        make_paper("own-7", "second"),
        make_paper("own-7", "second again"),
        make_paper("other", "SECOND!"),
        make_paper("1", "third"),
        make_paper("1", "fourth"),  # rows of two files
    ]
    corpus = write_corpus(papers, tmp_path, Exclusions())
    assert read_lines(corpus) == ["first", "second", "third", "fourth"]
    assert (corpus.papers, corpus.repeated) == (4, 3)


def test_papers_are_left_out_with_their_copies(tmp_path: Path) -> None:
    excluded = read_excluded(write_ids(tmp_path, "arXiv:2501.00001v2", "own-7", "12"))
    papers = [
        make_paper("x", "Text of one."),  # a copy that comes before
        make_paper("2501.00001", "text of one"),
        make_paper("2501.00001v9", "text of one revised"),
        make_paper("y", "text of one, revised"),
        make_paper("own-7", "two"),
        make_paper("12", "three"),
        make_paper("2501.00002", "four"),
    ]
    corpus = write_corpus(papers, tmp_path, excluded)
    assert read_lines(corpus) == ["four"]
    assert corpus.counts == {"four": 1}
    assert (corpus.excluded, corpus.repeated) == (6, 0)


def write_ids(folder: Path, *names: str) -> Path:
    path = folder / "ids.txt"
    path.write_text("# to be tested on\n" + "".join(f"{name}\n" for name in names))
    return path


def test_a_file_of_papers_leaves_out_ids_and_texts(tmp_path: Path) -> None:
    path = write_table(tmp_path / "test.csv", ("id", "title"), ("2501.00001", "One one"), ("own", "Two two"))
    excluded = read_excluded(path)
    assert excluded.ids == {"2501.00001", "own"}
    papers = [
        make_paper("2501.00001", "a"),
        make_paper("b", "one, ONE"),
        make_paper("own", "c"),
        make_paper("d", "two"),
    ]
    assert read_lines(write_corpus(papers, tmp_path, excluded)) == ["two"]
    record = json.dumps({"id": "2501.00001v1", "title": "One one"})
    (tmp_path / "test.jsonl.gz").write_bytes(gzip.compress(record.encode()))
    assert read_excluded(tmp_path / "test.jsonl.gz").ids == {"2501.00001"}
    mapped = write_table(tmp_path / "titel.csv", ("Titel", "nr"), ("One one", "own"))
    assert read_excluded(mapped, columns={"title": "Titel", "id": "nr"}).ids == {"own"}


def test_row_numbers_of_a_file_of_papers_are_no_ids(tmp_path: Path) -> None:
    excluded = read_excluded(write_table(tmp_path / "test.csv", ("title",), ("One one",), ("Two two",)))
    assert excluded.ids == set()
    papers = [make_paper("1", "three"), make_paper("2", "one one")]
    assert read_lines(write_corpus(papers, tmp_path, excluded)) == ["three"]


def test_a_split_leaves_out_what_is_not_trained_on(tmp_path: Path, invented_papers: list[Paper]) -> None:
    import numpy as np

    parts = np.array(["train", "validation", "test"] * 30)
    write_split(tmp_path / "split.csv", invented_papers, parts, "0" * 64)
    excluded = read_excluded(tmp_path / "split.csv")
    assert excluded.ids == {p.id for p, part in zip(invented_papers, parts, strict=True) if part != "train"}
    assert write_corpus(invented_papers, tmp_path, excluded).papers == 30
    table = write_table(
        tmp_path / "own.csv", ("split", "id", "fold"), ("Training", "a", "1"), ("dev", "arXiv:2501.1", "2")
    )
    assert read_excluded(table).ids == {"arXiv:2501.1"}


def test_bad_records_to_leave_out_are_reported(tmp_path: Path) -> None:
    path = write_table(tmp_path / "test.csv", ("id", "title"), ("a", "one"), ("b", "two", "three"))
    bad: list[BadRecord] = []
    assert read_excluded(path, on_bad=bad.append).ids == {"a"}
    assert [str(record) for record in bad] == [f"{path}:3: expected 2 columns, found 3"]
    with pytest.raises(InputError, match=r"test\.csv:3: expected 2 columns"):
        read_excluded(path, strict=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected papers, a split or ids to leave out, found an empty file"),
        ("# nothing\n", "found an empty file"),
        (
            "2501.00001\n2501.00002 test\n",
            r"ids\.txt:2: expected one id on each line, or .*`2501.00002 test`",
        ),
        (
            "id,fold\na,1\n",
            r"ids\.txt:1: expected one id on each line, or a header of columns; found `id,fold`",
        ),
        ("a\nb\0c\n", r"ids\.txt:2: expected one id on each line, .* NUL byte"),
        ("row,split\n1,test\n", r"ids\.txt:2: expected a column `id`"),
        ("split,row,id\ntest,1\n", r"ids\.txt:2: expected 3 columns, found 2"),
    ],
)
def test_another_kind_of_file_is_reported(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "ids.txt").write_text(text)
    with pytest.raises(InputError, match=message):
        read_excluded(tmp_path / "ids.txt")


def test_missing_and_empty_files_to_leave_out_are_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent does not exist"):
        read_excluded(tmp_path / "absent")
    with pytest.raises(NoPapersError):
        read_excluded(write_table(tmp_path / "none.csv", ("id", "title")))


def test_ids_may_come_from_a_pipe_but_papers_may_not(tmp_path: Path) -> None:
    def read_pipe(text: str) -> Exclusions:
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_text, args=(text,))
        writer.start()
        try:
            return read_excluded(pipe)
        finally:
            writer.join()
            pipe.unlink()

    pipe = tmp_path / "pipe"
    assert read_pipe("a\nb\n").ids == {"a", "b"}
    with pytest.raises(InputError, match=r"pipe: papers and splits to leave out are read twice"):
        read_pipe("id,title\na,one\n")


def test_a_full_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ArxonomyError, match=r"cannot write to .*absent: No such .*; TMPDIR can name"):
        write_corpus([make_paper("a", "one")], tmp_path / "absent", Exclusions())
