import pytest

from arxonomy.config import DataSettings
from arxonomy.errors import DataError, InputError, SettingsError
from arxonomy.papers import (
    Dataset,
    check_rest,
    load_dataset,
    make_split,
    read_folds,
    read_split,
    read_training_split,
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


def read_rest(tmp_path, text, papers, rest="train"):
    path = tmp_path / "s.csv"
    path.write_text(f"id,split\n{text}", encoding="utf-8")
    return read_training_split(path, Dataset.from_papers(papers), rest).tolist()


def test_the_rest_is_trained_on(tmp_path, notes):
    text = "2501.00001,val\n2501.00002,test\n2501.00003,final-fit\n2501.00009,test\n"
    papers = make_papers(6)
    assert read_rest(tmp_path, text, papers) == ["train", "validation", "test", "final-fit", "train", "train"]
    assert read_rest(tmp_path, text, papers, None) == ["", "validation", "test", "final-fit", "", ""]
    left_out = "note: {}: 1 paper of other parts left out (final-fit 1); 3 papers that it does not name {}; "
    left_out += "1 paper that it names not among these"
    path = tmp_path / "s.csv"
    assert notes() == [
        left_out.format(path, "for training"),
        left_out.format(path, "left out (rest='train' trains on them)"),
    ]


def test_copies_of_named_papers_are_no_rest(tmp_path, notes):
    """The same text under another id, another version of a paper, and a copy of such a version."""
    papers = [
        Paper("2501.00001", "On ferns", "", "a"),
        Paper("local-7", "On Ferns!", "", "a"),
        Paper("2501.00002v2", "On moss", "", "b"),
        Paper("local-8", "On moss", "", "b"),
        Paper("2501.00003", "On lichen", "", "b"),
        Paper("local-9", "On lichen", "", "b"),
    ]
    text = "2501.00001,cs3-test\n2501.00002,test\n2501.00003,train\n"
    assert read_rest(tmp_path, text, papers) == ["cs3-test", "", "", "", "train", "train"]
    assert notes()[0].endswith(
        "1 paper of other parts left out (cs3-test 1); 1 paper that it does not name for training; "
        "3 copies of papers of its other parts left out; 1 paper that it names not among these"
    )


def test_names_of_parts_are_not_cut(tmp_path):
    """The array is as wide as its longest name, also where a part is given after reading."""
    papers = make_papers(3)
    assert read_rest(tmp_path, "2501.00001,test\n", papers) == ["train", "test", "train"]
    assert read_rest(tmp_path, "2501.00001,a-name-that-is-long\n", papers)[1] == "a-name-that-is-long"


def test_with_one_file_a_complete_split_says_nothing(tmp_path, notes):
    assert read_rest(tmp_path, "2501.00001,test\n", make_papers(3), None) == ["", "test", ""]
    assert notes() == []


def test_one_id_of_two_papers_is_reported(tmp_path, notes):
    for name, title in (("a.csv", "On ferns"), ("b.csv", "On moss")):
        (tmp_path / name).write_text(f"id,title,category\n17,{title},x\n18,On trees,y\n")
    (tmp_path / "s.csv").write_text("id,split\n17,test\n18,train\n")
    dataset = load_dataset([tmp_path / "a.csv", tmp_path / "b.csv"], DataSettings())
    assert read_training_split(tmp_path / "s.csv", dataset).tolist() == ["test", "train"] * 2
    assert notes()[-1].endswith("1 id is of several papers, as 17, and these are all in one part")


def test_a_rest_needs_a_split(tmp_path):
    check_rest("train", "s.csv")
    check_rest(None, None)
    with pytest.raises(SettingsError, match="give `split_file` too"):
        check_rest("train", None)
    with pytest.raises(SettingsError, match="expected train, found 'test'"):
        check_rest("test", "s.csv")
