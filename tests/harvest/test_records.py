from __future__ import annotations

import pytest

from arxonomy.harvest.records import read_codes, read_date


def test_categories_have_the_names_of_today_once_and_in_order():
    assert read_codes(["cs.SY", "eess.SY", "cmp-lg", "math.MP", "math-ph"]) == ("eess.SY", "cs.CL", "math-ph")


def test_codes_of_other_schemes_and_archives_are_left_out():
    assert read_codes(["cs.CL", "68T50", "I.2.7", "cs", "free text", ""]) == ("cs.CL",)


def test_a_retired_name_without_a_single_successor_stays():
    assert read_codes(["astro-ph", "cond-mat", "hep-th"]) == ("astro-ph", "cond-mat", "hep-th")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-01-15", "2025-01-15"),
        ("2025-01-15T18:00:00Z", "2025-01-15"),
        ("2025-01", None),
        ("15 Jan 2025", None),
        ("", None),
        ("2025-xx-15", None),
    ],
)
def test_dates(text, day):
    assert read_date(text) == day
