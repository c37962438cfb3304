"""Untrusted text is harmless on a terminal, a page and a picture."""

from __future__ import annotations

import pytest

from arxonomy.sanitize import clean_for_page, clean_for_terminal, replace_controls, shorten


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, Größe, 深度 and ∑", "plain, Größe, 深度 and ∑"),
        ("two\r\nlines\tand  spaces\u2028", "two lines and spaces"),
        ("\x1b]0;title\x07\x7f\x9b31m", "␛]0;title␇\ufffd\ufffd31m"),
        ("\u202eexe\u2066\u200b\ufeff", "exe"),
        ("\ud800", "\ufffd"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
    ],
)
def test_text_for_a_terminal(text, shown):
    assert clean_for_terminal(text) == shown


def test_text_for_a_page():
    assert clean_for_page("a\x1b[1m\n\u202eb $ü 中\ud800") == "a\ufffd[1m \ufffdb $ü 中\ufffd"
    assert clean_for_page("می\u200cخواهم क्\u200dष") == "می\u200cخواهم क्\u200dष"
    assert replace_controls("  a\n\u202e ") == "  a\ufffd\ufffd "
    assert (shorten("abcd", 4), shorten("abcde", 4)) == ("abcd", "abc…")
