"""What all pages share: text is harmless, and the head lets nothing in."""

from __future__ import annotations

from html.parser import HTMLParser

from arxonomy.html import page, printable, safe, scroll_box, shortened

ALONE = {"meta", "br"}  # elements without an end


class Reader(HTMLParser):
    """Collects the elements with their own text, and fails where one is not closed in its place."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[int] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs)
        if tag not in ALONE:
            self.open.append(len(self.elements))
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")

    def handle_startendtag(self, tag, attrs):  # within an SVG
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.elements[self.open.pop()][0] == tag

    def handle_data(self, data):
        if self.open:
            self.texts[self.open[-1]] += data

    def of(self, tag: str, **wanted: str) -> list[tuple[dict[str, str | None], str]]:
        """(attributes, own text) of the elements with these attributes."""
        return [
            (attributes, text)
            for (name, attributes), text in zip(self.elements, self.texts, strict=True)
            if name == tag and wanted.items() <= attributes.items()
        ]


def test_text_for_display():
    assert printable("a\x1b[1m\n\u202eb $ü 中\ud800") == "a\ufffd[1m \ufffdb $ü 中\ufffd"
    assert printable("می\u200cخواهم क्\u200dष") == "می\u200cخواهم क्\u200dष"
    assert (shortened("abcd", 4), shortened("abcde", 4)) == ("abcd", "abc…")
    assert safe('<b a="1">&\'\u202e') == "&lt;b a=&quot;1&quot;&gt;&amp;&#x27;\ufffd"
    assert safe(None) == "None"


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
