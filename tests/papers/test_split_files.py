import pytest

from arxonomy.config import DataSettings
from arxonomy.errors import DataError, InputError
from arxonomy.papers import (
    make_split,
    read_folds,
    read_split,
    write_split,
)
from arxonomy.papers.split_files import list_parts
from arxonomy.records import Paper

RANDOM = DataSettings(split="random")


def make_papers(count=200, distinct=None):
    distinct = distinct or count
    return [
        Paper(f"2501.{i % distinct:05}", f"Title {i % distinct}", "", "ab"[i % distinct % 2], row=i)
        for i in range(count)
    ]


def test_written_split_reads_back(tmp_path):
    papers = make_papers(300, distinct=200)[5:]
    parts = make_split(papers, RANDOM)
    parts[3] = ""
    write_split(tmp_path / "s.csv", papers, parts, "abc123")
    assert (read_split(tmp_path / "s.csv", papers) == parts).all()
    lines = (tmp_path / "s.csv").read_text().splitlines()
    assert "abc123" in lines[0]
    assert lines[1:3] == ["row,id,split", f"5,2501.00005,{parts[0]}"]
    assert len(lines) == 2 + len(papers) - 1


def read_text(tmp_path, text, papers=None):
    path = tmp_path / "s.csv"
    path.write_text(text, encoding="utf-8")
    return read_split(path, papers or make_papers(4)).tolist()


def test_every_name_of_a_part(tmp_path):
    names = ["train", "val", "validation", "Dev", "valid", "test"]
    text = "fold,split,row\n" + "".join(f"0,{name},{row}\n" for row, name in enumerate(names))
    want = ["train", "validation", "validation", "validation", "validation", "test", ""]
    assert read_text(tmp_path, text, make_papers(7)) == want


def test_by_id(tmp_path):
    text = "\ufeffID,Split\n2501.00001,val\n2501.00000,train\nunknown,test\n"
    assert read_text(tmp_path, text, make_papers(4, distinct=2)) == ["train", "validation"] * 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("row,split\n0,train\n1,\n", r"s.csv:3: expected a split of train, validation or test, found ``"),
        ("row,split\n0,train\n1," + 101 * "x", r"s.csv:3: expected a split of train, validation or test"),
        ("row,part\n0,train\n", r"expected the columns `split` and `row` or `id`, found row, part"),
        ("row,split\n0,train\n1\n", r"s.csv:3: expected 2 columns, found 1"),
        (
            "id,split\nx,train\n\nx,val\n",
            r"s.csv:4: id x was assigned to train before, and now to validation",
        ),
        ("row,id,split\n0,2501.00001,train\n", r"s.csv:2: expected id 2501.00000 at row 0, found 2501.00001"),
        ('row,split\n0,"train\n', r"s.csv:2"),
        ("", "expected the columns"),
    ],
)
def test_bad_split_files(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_text(tmp_path, text)


def test_a_split_of_other_papers(tmp_path):
    with pytest.raises(DataError, match="names none of the papers"):
        read_text(tmp_path, "id,split\nx,train\n")


def test_missing_split_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_split(tmp_path / "none.csv", make_papers())


def read_fold_text(tmp_path, text, papers=None):
    path = tmp_path / "folds.csv"
    path.write_text(text, encoding="utf-8")
    return read_folds(path, papers or make_papers(4)).tolist()


def test_folds_by_id_and_by_row(tmp_path):
    # A file with folds may have a split too, in other words.
    text = "id,split,fold\n2501.00002,x,10\n2501.00000,y,2\n2501.00001,,9\nunknown,z,1\n"
    assert read_fold_text(tmp_path, text) == [0, 1, 2, -1]
    assert read_fold_text(tmp_path, "row,Fold\n3,b\n0,a\n1,b\n") == [0, 1, -1, 1]


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (
            "row,split\n0,train\n",
            InputError,
            "expected the columns `fold` and `row` or `id`, found row, split",
        ),
        ("row,fold\n0,1\n1,\n", InputError, "folds.csv:3: expected the name of a fold, found ``"),
        ("row,fold\n0,1\n0,2\n", InputError, "folds.csv:3: row 0 was assigned to 1 before, and now to 2"),
        ("row,id,fold\n0,x,1\n", InputError, "expected id 2501.00000 at row 0, found x"),
        ("id,fold\nx,1\n", DataError, "names none of the papers"),
    ],
)
def test_bad_folds(tmp_path, text, error, message):
    with pytest.raises(error, match=message):
        read_fold_text(tmp_path, text)


def test_parts_of_other_names_stay_what_they_are(tmp_path):
    text = "id,split\n2501.00000,final-fit\n2501.00001,val\n2501.00002,a,b\n".replace("a,b", '"a,b"')
    want = ["final-fit", "validation", "a,b", ""]
    assert read_text(tmp_path, text) == want
    assert list_parts(tmp_path / "s.csv") == ["validation", "a,b", "final-fit"]
    write_split(tmp_path / "own.csv", make_papers(4), want, "abc123")
    assert read_split(tmp_path / "own.csv", make_papers(4)).tolist() == want
