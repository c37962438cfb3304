from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arxonomy.papers.fields.missing import is_missing_text


@pytest.mark.parametrize(
    "text",
    [
        "<p>[No abstract available]</p>",
        "<jats:title>Abstract</jats:title><jats:p>No abstract available.</jats:p>",
        "&lt;p&gt;N/A&lt;/p&gt;",
        "<jats:p/>",
        "&nbsp;",
        "<b>Abstract:</b> <p>Withdrawn.</p>",
        r"\emph{Withdrawn.}",
    ],
)
def test_words_for_nothing_are_found_in_markup(text: str) -> None:
    assert is_missing_text(text)


@pytest.mark.parametrize(
    "text", ["<p>Abstract interpretation</p>", "<i>None</i> of these", r"$\alpha$", "Abstract art"]
)
def test_words_for_something_stay(text: str) -> None:
    assert not is_missing_text(text)


PIECES = [
    "No",
    "no ",
    "N",
    "A",
    "abstract",
    "Abstract ",
    "N/A",
    " ",
    "<b>",
    "</b>",
    "&amp;",
    "$x$",
    "withdrawn",
    "图",
    "τ",
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join))
def test_a_text_that_need_not_be_cleaned_is_judged_alike(text: str) -> None:
    assert is_missing_text(text) == is_missing_text(f"<i></i>{text}")
