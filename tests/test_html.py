"""What all pages share: text is harmless, and the head lets nothing in."""

from __future__ import annotations

from html_reader import Reader

from arxonomy.html import page, scroll_box


def test_a_page_stands_alone():
    source = page("<script>", "p { color: red }", "<p>text</p>\n")
    found = Reader(source)
    assert source.startswith('<!doctype html>\n<html lang="en">')
    assert found.of("meta", content="default-src 'none'; style-src 'unsafe-inline'")
    assert found.of("title")[0][1] == "<script>"
    assert found.of("p") == [({}, "text")]
    assert "p { color: red }" in found.of("style")[0][1]


def test_a_box_that_scrolls_has_a_name_and_is_within_reach_of_the_keyboard():
    (box,) = Reader(scroll_box('a "table"', "<p>wide</p>\n")).of("div")
    assert box[0] == {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": 'a "table"'}
