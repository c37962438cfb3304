"""Months and days of papers, as their files or their arXiv ids tell them."""

from __future__ import annotations

from datetime import date

import pytest

from arxonomy.papers.dates import UNKNOWN, find_days, find_months, month_of
from arxonomy.records import Paper


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2025-06", "2025-06"),
        ("2025-06-01", "2025-06"),
        ("2025-06-30T23:59:59Z", "2025-06"),
        ("2025-06-30 23:59:59+00:00", "2025-06"),
        (" 2025/6/1 ", "2025-06"),
        ("2025.12", "2025-12"),
        ("Mon, 2 Apr 2007 19:18:42 GMT", "2007-04"),
        ("September 1998", "1998-09"),
        ("Sept. 1998", "1998-09"),
        ("1993-01", "1993-01"),
        (None, None),
        ("", None),
        ("2025", None),
        ("2025-13", None),
        ("2025-00-10", None),
        ("0000-01", None),
        ("20250601", None),
        ("1717200000", None),
        ("01/06/2025", None),
        ("06.2025", None),
        ("2025-06-", None),
        ("2025-06.5", None),
        ("2025-061", None),
        ("unknown", None),
        ("<b>2025-06</b>", None),
        ("\u0662\u0660\u0662\u0665-\u0660\u0666", "2025-06"),  # digits of another script
    ],
)
def test_months_of_dates(text, month):
    assert month_of(text) == month


def make_papers(*dated: tuple[str, str | None]) -> list[Paper]:
    return [Paper(id, "A title", "", published=published) for id, published in dated]


def test_days_are_those_that_files_state() -> None:
    stated = ["2026-03-05", "5 Mar 2026", "March 5, 2026", "Thu, 5 Mar 2026 19:18:42 GMT", "2026/3/5"]
    days = find_days(make_papers(*(("x", text) for text in stated)))
    assert days.numbers.tolist() == [date(2026, 3, 5).toordinal()] * 5
    assert days.estimated == 0


def test_arxiv_numbers_of_a_month_are_spread_over_its_days_in_order() -> None:
    papers = make_papers(*((f"2602.{number:05}", "2026-02") for number in range(56, 0, -1)))
    days = find_days(papers)
    first = date(2026, 2, 1).toordinal()
    assert days.numbers.tolist() == [first + (number - 1) // 2 for number in range(56, 0, -1)]
    assert days.estimated == 56


def test_a_day_that_nothing_tells_is_unknown() -> None:
    papers = make_papers(("x", "2026-02"), ("2601.00001", "2026-02"), ("x", None), ("x", "2026-02-31"))
    assert find_days(papers).numbers.tolist() == [UNKNOWN] * 4
    assert find_months(papers) == ["2026-02", "2026-02", "", "2026-02"]


def test_an_arxiv_id_tells_the_month_where_the_file_does_not() -> None:
    assert find_months(make_papers(("2602.00001", None), ("hep-th/9901001", ""))) == ["2026-02", "1999-01"]
