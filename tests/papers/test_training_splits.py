import pytest

from arxonomy.config import DataSettings
from arxonomy.errors import SettingsError
from arxonomy.papers import Dataset, check_rest, load_dataset, read_training_split
from arxonomy.records import Paper


def make_papers(count):
    return [Paper(f"2501.{i:05}", f"Title {i}", "", "ab"[i % 2], row=i) for i in range(count)]


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
