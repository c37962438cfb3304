"""Regular expressions of Python become the same ones of JavaScript; what has no translation is an error."""

from __future__ import annotations

import re

import pytest

from arxonomy.browser.patterns import Pattern, find_members, format_ranges, list_classes, translate


@pytest.mark.parametrize(
    ("pattern", "source"),
    [
        (r"(?P<name>a+)|b{2,3}?", "(?:(?<name>a+)|b{2,3}?)"),
        (r"(?:ab)*c$", r"(?:ab)*c(?=\n?$)"),
        (r"[^\w.-]x", r"[^\w.\-]x"),
        (r"a-b/c", r"a-b\/c"),
        (r"\\d{", r"\x5cd\{"),
        (r"(?<!x)y(?=z)", "(?<!x)y(?=z)"),
        (r"a++b", r"(?=(?<atom1>a+))\k<atom1>b"),
        ("[α-ω\U0001d7ff]", r"[\u{3b1}-\u{3c9}\u{1d7ff}]"),
        (r".", r"[^\n]"),
    ],
)
def test_each_part_has_its_word(pattern: str, source: str) -> None:
    assert translate(re.compile(pattern)) == Pattern(source, "u")


def test_flags_are_kept() -> None:
    assert translate(re.compile("a . b", re.VERBOSE | re.DOTALL)).source == "a[^]b"
    assert translate(re.compile("a", re.IGNORECASE)).flags == "iu"


def test_a_set_without_letters_is_written_as_ranges() -> None:
    source = translate(re.compile(r"[^\W\d_a-z]")).source
    assert source.startswith("[A-Z\\u{aa}")  # Python's letters, but for digits, _ and a-z
    assert "a-z" not in source


@pytest.mark.parametrize("pattern", [r"(a)\1", r"(?i:a)b", r"\Ba", r"(?>a)"])
def test_what_is_not_translated_is_an_error(pattern: str) -> None:
    with pytest.raises(ValueError, match="expected what can be translated"):
        translate(re.compile(pattern))


def test_classes_are_those_of_python() -> None:
    spaces = list_classes()["s"]
    assert spaces.startswith(r"\u{9}-\u{d}\u{1c}- ")
    assert format_ranges(find_members(str.isdecimal)).startswith(r"0-9\u{660}-\u{669}")
