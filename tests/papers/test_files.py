"""Several files of labeled papers are read as one."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arxonomy.config import DataSettings
from arxonomy.errors import DataError, InputError
from arxonomy.papers import Dataset, hash_files, load_dataset, make_split
from arxonomy.papers.files import are_files, join_names
from arxonomy.records import Paper


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A CSV with a bad line, and a Parquet file with other columns."""
    lines = ["title,category", *(f"On ferns {n},{'ab'[n % 2]}" for n in range(4)), "broken"]
    (tmp_path / "old.csv").write_text("\n".join(lines) + "\n")
    table = {
        "id": ["x1", "x2", "x3"],
        "title": ["On moss 1", "On moss 2", "On ferns 0"],
        "primary_category": ["b", "c", "a"],
        "categories": [["b", "62H30", "I.5.3; I.2.10"], ["c"], ["a", "b"]],
    }
    pq.write_table(pa.table(table), tmp_path / "new.parquet")
    return [tmp_path / "old.csv", tmp_path / "new.parquet"]


def test_several_files_are_one_dataset(files):
    bad = []
    data = load_dataset(files, DataSettings(), any_labels=True, on_bad=bad.append)
    assert [paper.row for paper in data.papers] == [0, 1, 2, 3, 5, 6, 7]  # a bad record counts
    assert [paper.id for paper in data.papers] == ["1", "2", "3", "4", "x1", "x2", "x3"]
    assert data.labels == ("a", "b", "c") and data.bad == 1
    assert data.papers[4].categories == ("b", "62H30", "I.5.3; I.2.10")  # no kept label, but listed
    assert str(bad[0]) == f"{files[0]}:6: expected 2 columns, found 1"
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    assert [file.sha256 for file in data.files] == hashes
    assert data.sha256 == hashlib.sha256("\n".join(hashes).encode()).hexdigest()
    assert (data.name, data.source) == ("old.csv + new.parquet", f"{files[0]} + {files[1]}")


def test_one_file_in_a_list_is_that_file(files):
    alone, listed = (load_dataset(given, DataSettings()) for given in (files[0], [str(files[0])]))
    assert alone == listed
    assert alone.sha256 == hashlib.sha256(files[0].read_bytes()).hexdigest()
    assert alone.name == "old.csv"


def test_the_order_counts(files):
    assert (
        load_dataset(files[::-1], DataSettings(), any_labels=True).sha256
        != load_dataset(hash_files(files), DataSettings(), any_labels=True).sha256
    )


def test_ids_of_rows_go_on(tmp_path):
    """Files without ids do not share their papers' ids."""
    for name, word in (("a.csv", "ferns"), ("b.csv", "moss")):
        (tmp_path / name).write_text("title,category\n" + "".join(f"{word} {n},x{n % 2}\n" for n in range(4)))
    data = load_dataset([tmp_path / "a.csv", tmp_path / "b.csv"], DataSettings())
    assert [paper.id for paper in data.papers] == [str(n + 1) for n in range(8)]


def test_copies_in_two_files_stay_together(files):
    data = load_dataset(files, DataSettings(), any_labels=True)
    assert data.groups.tolist() == [0, 1, 2, 3, 4, 5, 0]


def test_labels_are_those_of_all_files(files):
    data = load_dataset(files, DataSettings(among="a,new=b+c", min_papers=3), any_labels=True)
    assert data.labels == ("new",)  # three papers of a, of which two are copies
    assert data.choice.rare == (("a", 2),)
    with pytest.raises(DataError, match=r"old.csv \+ .*new.parquet has no papers labeled `d`"):
        load_dataset(files, DataSettings(among="a,d"))


def test_a_column_is_that_of_each_file(files):
    with pytest.raises(InputError, match=r"new.parquet.*`label`"):
        (files[0]).write_text("title,label\nx,a\ny,b\n")
        load_dataset(files, DataSettings(), columns={"category": "label"})


def test_an_encoding_is_that_of_each_text(files):
    files[0].write_bytes("title,category\nÜber Moos,a\nÜber Farn,b\n".encode("cp1252"))
    data = load_dataset(files, DataSettings(), any_labels=True, encoding="cp1252")
    assert data.papers[0].title == "Über Moos" and len(data.papers) == 5


def test_a_file_that_cannot_be_read_is_named(files, tmp_path):
    with pytest.raises(InputError, match=r"none.csv: cannot be read"):
        load_dataset([*files, tmp_path / "none.csv"], DataSettings())
    (tmp_path / "empty.csv").touch()
    with pytest.raises(InputError, match=r"empty.csv holds no papers"):
        load_dataset([*files, tmp_path / "empty.csv"], DataSettings())
    with pytest.raises(InputError, match=r"found .*old.csv twice"):
        load_dataset([*files, tmp_path / "." / "old.csv"], DataSettings())
    with pytest.raises(InputError, match="expected a file"):
        load_dataset([], DataSettings())
    with pytest.raises(InputError, match="found Paper among them"):
        load_dataset([files[0], Paper("1", "x", "", "a")], DataSettings())
    with pytest.raises(InputError, match="stdin"):
        load_dataset([*files, "-"], DataSettings())


def test_names_of_many_files():
    assert join_names([f"{n}.csv" for n in range(5)]) == "0.csv + 1.csv + 2.csv + 2 more"


def test_files_are_told_from_papers():
    paper = Paper("1", "x", "", "a")
    assert are_files("a.csv") and are_files(Path("a.csv")) and are_files(["a.csv", Path("b.csv")])
    assert not are_files([paper]) and not are_files([]) and not are_files(iter([paper]))
    assert not are_files(Dataset.from_papers([paper]))


def test_a_drawn_split_keeps_copies_of_two_files_in_one_part(tmp_path):
    for name in ("a.csv", "b.csv"):
        rows = "".join(f"{name[0]}{n},On ferns {n},{'xy'[n % 2]}\n" for n in range(60))
        (tmp_path / name).write_text(f"id,title,category\n{rows}")
    data = load_dataset([tmp_path / "a.csv", tmp_path / "b.csv"], DataSettings())
    parts = make_split(data.papers, DataSettings())
    assert (parts[:60] == parts[60:]).all()
