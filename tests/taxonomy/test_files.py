from __future__ import annotations

import logging
from pathlib import Path

import pytest

from arxonomy.errors import DataError, InputError
from arxonomy.taxonomy import Taxonomy, format_taxonomy, get_arxiv, parse_taxonomy, read_taxonomy


def read(tmp_path: Path, text: str, name: str = "own.csv") -> Taxonomy:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_taxonomy(tmp_path / name)


def get_path(taxonomy: Taxonomy, code: str) -> list[str]:
    return [taxonomy.get_broader(code, level) for level in taxonomy.levels]


def test_a_table_of_broader_categories(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    own = read(tmp_path, "category;name;broader\nB1;Birds;B\nB;Animals;\nB1a;Owls;B1\nC1;Ferns;C\n")
    assert own.levels == ("1", "2", "3") and get_path(own, "B1a") == ["B", "B1", "B1a"]
    assert get_path(own, "B1") == ["B", "B1", "B1"] and own.get_name("B1a") == "Owls"
    assert own.nodes["C"].name is None and get_path(own, "C1")[0] == "C"
    assert "own.csv: 1 broader category has no entry" in caplog.text and "`C`" in caplog.text


def test_a_table_of_levels(tmp_path: Path) -> None:
    own = read(tmp_path, "# ours\ncategory\tname\tfaculty\nowls\tOwls\tbiology\nlaw\tLaw\t\n", "own.tsv")
    assert own.levels == ("faculty", "category") and get_path(own, "owls") == ["biology", "owls"]
    assert get_path(own, "law") == ["law", "law"] and own.find_canonical("biology") is None


def test_bad_rows_are_named_and_lose_no_good_ones(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    own = read(tmp_path, "category,name,broader,status\na,A,,\n,B,a,\na,C,,\nd,D,a,old\ne,E\n")
    assert list(own.nodes) == ["a", "e"] and own.get_name("a") == "A"
    warnings = [record.getMessage().partition(": ")[0] for record in caplog.records]
    assert warnings == ["own.csv:3", "own.csv:4", "own.csv:5"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("category,name,broader\na,A,b\nb,B,a\n", "found a circle: a < b < a"),
        ("code,name\na,A\n", "expected the columns category, .*found code, name"),
        ("", "found none"),
        ("category,name,broader\n", "expected a row for each category"),
    ],
)
def test_what_is_no_hierarchy_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(DataError, match=fault):
        read(tmp_path, text)


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.csv"):
        read_taxonomy(tmp_path / "own.doc")
    with pytest.raises(InputError, match="cannot be read"):
        read_taxonomy(tmp_path / "own.csv")
    with pytest.raises(DataError, match="expected a taxonomy as arxonomy writes it"):
        read(tmp_path, "[1]", "own.json")


def test_json_keeps_all() -> None:
    assert parse_taxonomy(format_taxonomy(get_arxiv())) == get_arxiv()
