import hashlib
import os
from dataclasses import replace

import pytest

from arxonomy.config import DataSettings
from arxonomy.errors import DataError, InputError
from arxonomy.papers import Dataset, load_dataset
from arxonomy.records import Paper

ROWS = [
    ("cs.AI", "cs.AI,cs.LG,cs.CL"),
    (" cs.LG ", "cs.LG"),
    ("cs.CV", "cs.CV,cs.AI"),
    ("cs.CV", "cs.CV"),
    ("cs.CL", "cs.CL"),
    ("cs.CL", "cs.CL"),
]
AMONG = {"cs.AI-LG": ["cs.AI", "cs.LG"], "*": []}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "p.csv"
    lines = [f'Title {i},{label},"{listed}"' for i, (label, listed) in enumerate(ROWS)]
    path.write_text("\n".join(["title,category,all_categories", *lines, "broken"]) + "\n")
    return path


def test_merge(path):
    bad = []
    data = load_dataset(path, DataSettings(among=AMONG), on_bad=bad.append)
    assert data.labels == ("cs.AI-LG", "cs.CL", "cs.CV")
    assert data.get_label_ids().tolist() == [0, 0, 2, 2, 1, 1]
    assert data.get_label_ids().dtype == "int64"
    assert data.papers[0].categories == ("cs.AI-LG", "cs.CL")
    assert data.original_labels == ("cs.AI", "cs.LG", "cs.CV", "cs.CV", "cs.CL", "cs.CL")
    assert data.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (data.source, data.bad, len(bad)) == (str(path), 1, 1)


def test_only_labels_that_are_named_are_kept(path):
    data = load_dataset(path, DataSettings(among="cs.AI-LG=cs.AI+cs.LG,cs.CL"))
    assert data.labels == ("cs.AI-LG", "cs.CL")
    assert [paper.row for paper in data.papers] == [0, 1, 4, 5]
    assert data.choice.others == (("cs.CV", 2),)


@pytest.mark.parametrize("among", ["cs.CX,cs.CL", "new=cs.CL+cs.CX,*"])
def test_unknown_label(path, among):
    with pytest.raises(DataError, match=r"no papers labeled `cs.CX`: did you mean `cs.CV`"):
        load_dataset(path, DataSettings(among=among))
    known = load_dataset(path, DataSettings(among=among), any_labels=True, ignore_absent=True)
    assert "cs.CX" not in known.labels


def test_label_seen_once(path):
    with pytest.raises(
        DataError, match=r"found one of `cs.AI`, `cs.LG`; .*min_papers=3 .*among='NEW=ONE\+OTHER,\*'"
    ):
        load_dataset(path, DataSettings())


def test_one_label_is_named_as_the_file_names_it(path):
    with pytest.raises(DataError, match=r"at least two labels, found only `cs.CL`$"):
        load_dataset(path, DataSettings(among="cs.CL"))
    with pytest.raises(DataError, match=r"found only `x` \(cs.CL \+ cs.CV\)$"):
        load_dataset(path, DataSettings(among="x=cs.CL+cs.CV"))
    with pytest.raises(DataError, match=r"found none; 4 labels of fewer than 3 .* left out: cs.AI \(1\), "):
        load_dataset(path, DataSettings(min_papers=3))


def test_strict_and_stdin(path):
    with pytest.raises(InputError, match=r"p.csv:8: expected 3 columns, found 1"):
        load_dataset(path, DataSettings(among=AMONG), strict=True)
    with pytest.raises(InputError, match="stdin"):
        load_dataset("-", DataSettings())


def test_a_pipe_would_be_empty_when_it_is_hashed(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="cannot come from stdin or a pipe"):
        load_dataset(tmp_path / "pipe", DataSettings())


def test_papers_in_memory_are_a_dataset_too():
    papers = [
        Paper(str(row + 1), "abc"[row], "", label, row=row) for row, label in enumerate(("10", "9", "10"))
    ]
    data = Dataset.from_papers(papers)
    assert (data.papers, data.labels, data.source, data.bad) == (tuple(papers), ("10", "9"), "memory", 0)
    assert data.get_label_ids().tolist() == [0, 1, 0]
    by_number = Dataset.from_papers(iter(papers), labels=["9", "10"])
    assert by_number.get_label_ids().tolist() == [1, 0, 1]
    assert by_number.sha256 == data.sha256
    assert Dataset.from_papers(papers[1:]).sha256 != data.sha256


def test_papers_in_memory_have_rows_of_their_own():
    same = [Paper(str(number), "a", "", "x") for number in (1, 2, 3)]
    assert [paper.row for paper in Dataset.from_papers(same).papers] == [0, 1, 2]
    apart = [replace(paper, row=row) for paper, row in zip(same, (4, 0, 7), strict=True)]
    assert Dataset.from_papers(apart).papers == tuple(apart)
