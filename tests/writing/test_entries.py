"""A paper of any format becomes an entry that says the same."""

from __future__ import annotations

import pytest

from arxonomy.records import Paper
from arxonomy.writing.entries import list_authors, make_entry, parse_date, split_keywords


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("Roe, Ada", ["Roe, Ada"]),
        ("Roe, Ada; Li, Bo;", ["Roe, Ada", "Li, Bo"]),
        ("Roe, Ada and Li, Bo", ["Roe, Ada", "Li, Bo"]),
        ("Ada Roe, Bo Li", ["Ada Roe", "Bo Li"]),
        ("Roe A, Li B, Wu C", ["Roe A", "Li B", "Wu C"]),
        ("['Ada Roe', 'Bo Li']", ["Ada Roe", "Bo Li"]),
        ('{"family":"Roe","given":"Ada"}; {"literal":"ACME"}', ["Roe, Ada", "ACME"]),
        ('{"author":{"display_name":"Ada Roe"}}', ["Ada Roe"]),
        ("{not json", []),
        ("{" * 100_000, []),
    ],
)
def test_authors_as_files_list_them(text: str, names: list[str]):
    assert list_authors(text) == names


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2025-06-12", (2025, 6, 12)),
        ("2025/6", (2025, 6)),
        ("2025-13-40", (2025,)),
        ("2025-06-99", (2025, 6)),
        ("12 June 2025", (2025,)),
        ("20250612", ()),
        ("", ()),
    ],
)
def test_dates(text: str, date: tuple[int, ...]):
    assert parse_date(text) == date


def test_the_category_comes_last_and_only_once():
    paper = Paper("1", "a\nb", "", columns={"Keywords": "x; cs.CL; y"})
    assert make_entry(paper, "cs.CV").keywords == ("x", "cs.CL", "y", "cs.CV")
    assert make_entry(paper, "cs.CL").keywords == ("x", "cs.CL", "y")
    assert make_entry(paper, "").keywords == ("x", "cs.CL", "y")
    assert make_entry(paper, "").title == "a b"
    assert split_keywords("a, b,,c") == ["a", "b", "c"]
