"""Reads a page in tests, and fails where an element is not closed."""

from __future__ import annotations

from html.parser import HTMLParser

ALONE = {"meta", "br", "input"}  # elements without an end


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
