"""What is reported once of a whole file, in the words of the interface."""

from __future__ import annotations

import csv
import io
import logging

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arxonomy.advice import Interface, use_interface
from arxonomy.errors import InputError
from arxonomy.papers import read_papers

LONG = "We sort glass from 40 beaches. Two cameras see each piece, and a small network names its colour. " * 3


@pytest.fixture
def write_text(tmp_path):
    def write(text):
        path = tmp_path / "p.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def notes(tmp_path):
    """The notes on rows written as a file, without its name, and which of them are warnings."""

    def read(rows, name="p.csv", interface=Interface.COMMAND_LINE, **options):
        path = tmp_path / name
        if name.endswith(".parquet"):
            pq.write_table(pa.Table.from_pylist(rows), path)
        else:
            text = io.StringIO()
            writer = csv.DictWriter(text, rows[0])
            writer.writeheader()
            writer.writerows(rows)
            path.write_text(text.getvalue(), encoding="utf-8")
        found = []
        with use_interface(interface):
            list(read_papers(path, on_note=found.append, **options))
        assert all(note.text.startswith(f"{path}: ") for note in found)
        return [(note.text.removeprefix(f"{path}: "), note.is_warning) for note in found]

    return read


@pytest.mark.parametrize("name", ["p.csv", "p.parquet"])
@pytest.mark.parametrize(
    ("interface", "advice"),
    [
        (Interface.COMMAND_LINE, "say --column abstract=abstarct"),
        (Interface.PYTHON, 'say columns={"abstract": "abstarct"}'),
        (Interface.KEYS, "then call it `abstract`"),
    ],
)
def test_a_column_with_nearly_a_name(notes, name, interface, advice):
    rows = [{"title": f"Glass {n}", "abstarct": LONG if n % 2 else ""} for n in range(4)]
    note = f"column `abstarct` of 2 records is not read; did you mean `abstract`? {advice}"
    assert notes(rows, name, interface) == [(note, True), ("titles from `title`, no abstracts found", False)]


@pytest.mark.parametrize("name", ["p.csv", "p.parquet"])
@pytest.mark.parametrize("column", ["Zusammenfassung", "Résumé", "description", "fulltext", "col7"])
def test_a_column_that_looks_like_the_missing_abstracts(notes, name, column):
    rows = [
        {"n": str(n), "Title": f"Glass {n}", "journal": "Letters of Glass", column: LONG} for n in range(3)
    ]
    note = f"titles from `Title`, no abstracts found; `{column}` looks like them: --column "
    ((text, is_warning),) = notes(rows, name)
    assert text.startswith(note) and f"abstract={column}" in text and is_warning


def test_a_column_that_looks_like_the_missing_titles(notes):
    rows = [{"Título": f"Glass {n}", "abstract": LONG, "journal": "Letters"} for n in range(3)]
    note = "abstracts from `abstract`, no titles found; `Título` looks like them: --column 'title=Título'"
    assert notes(rows) == [(note, True)]


def test_a_file_of_titles_says_so_and_guesses_nothing(notes):
    rows = [{"title": f"Glass {n}", "journal": "Letters of Glass", "year": "2024"} for n in range(3)]
    assert notes(rows) == [("titles from `title`, no abstracts found", False)]
    assert notes([{"title": "Glass", "abstract": LONG}, {"title": "Sand", "abstract": ""}]) == []


def test_words_for_nothing_are_counted(notes):
    rows = [{"title": "Glass", "abstract": LONG}, {"title": "Sand", "abstract": "n/a"}]
    rows += [{"title": f"Sand {n}", "abstract": "[No abstract available]"} for n in range(3)]
    rows += [{"title": "NaN", "abstract": LONG}]
    assert notes(rows) == [
        ("1 title says `NaN`; taken as missing", False),
        ("4 abstracts say `n/a` or `[No abstract available]`; taken as missing", False),
    ]


def test_nothing_odd_gives_no_note(notes):
    rows = [{"title": "Glass", "abstract": LONG, "abstract_url": "x", "labels": "x", "publisher": "y"}] * 2
    assert notes(rows) == []
    with_labels = [row | {"label": "a"} for row in rows]
    assert notes(with_labels, labeled=True) == []


def test_a_label_with_nearly_a_name_is_missed_where_labels_are_asked_for(notes):
    rows = [{"title": "Glass", "abstract": LONG, "categry": "cs.CV"}]
    with pytest.raises(InputError, match="did you mean `categry`\\? Say --column category=categry"):
        notes(rows, labeled=True)


def test_notes_go_to_the_log_once(tmp_path, caplog):
    path = tmp_path / "p.jsonl"
    path.write_text('{"title": "x", "abstarct": "y"}\n' * 500, encoding="utf-8")
    with caplog.at_level(logging.INFO, "arxonomy"):
        assert len(list(read_papers(path))) == 500
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_names_that_untrusted_input_makes_up_are_bounded(tmp_path):
    path = tmp_path / "p.jsonl"
    lines = (
        f'{{"title": "x", "{"k" * (n % 90)}{n}": "{"y" * 100}", "abstarc{n % 10}": "z"}}' for n in range(3000)
    )
    path.write_text("\n".join(lines), encoding="utf-8")
    notes = []
    assert len(list(read_papers(path, on_note=notes.append))) == 3000
    assert len(notes) <= 10 and all(len(note.text) < 500 for note in notes)


@pytest.mark.parametrize("field", ["title", "abstract"])
@pytest.mark.parametrize("interface", Interface)
def test_a_column_that_is_there_twice_is_told(write_text, field, interface):
    other = "abstract" if field == "title" else "title"
    path = write_text(f"{other},{field},{field},{field}\nOne,a,b,c\nTwo,,b,c\nThree,,,c\n")
    found = []
    with use_interface(interface):
        papers = list(read_papers(path, on_note=found.append))
    assert [getattr(paper, field) for paper in papers] == ["a", "b", "c"]
    assert all(note.is_warning for note in found) and len(found) == 2
    assert f"column `{field}` is there several times; the first one that holds" in found[0].text
    assert ("reads this one" in found[0].text) is (interface is not Interface.KEYS)
    (paper, *_) = read_papers(path, columns={field: f"{field}.1"}, on_note=found.append)
    assert getattr(paper, field) == "b" and len(found) == 2


@pytest.mark.parametrize("abstract", ["On cracks", "ON CRACKS.", " On  cracks . "])
def test_an_abstract_that_only_repeats_the_title_is_none(write_text, abstract):
    path = write_text(f"title,abstract\nOn cracks,{abstract}\nOn cracks,On cracks and panels.\n")
    found = []
    papers = list(read_papers(path, on_note=found.append))
    assert [paper.abstract for paper in papers] == ["", "On cracks and panels."]
    assert [note.text for note in found] == [f"{path}: 1 abstract only repeats its title; taken as missing"]
