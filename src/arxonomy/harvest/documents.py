"""XML and HTML of a server elsewhere: parsed strictly and without entities, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from lxml import etree, html

from arxonomy.errors import RemoteError
from arxonomy.harvest.client import TransientError

_REFUSED = "expected plain XML in UTF-8, found a document type or another encoding; it was not read"


def parse_xml(body: bytes, *roots: str) -> etree._Element:
    """Parse XML in UTF-8 that has no document type.

    Args:
        body: The document.
        roots: Local names of the root element, one of which it must have.

    Raises:
        TransientError: It is cut off, damaged, or something else.
        RemoteError: It has a document type, which could declare entities.
    """
    if b"<!DOCTYPE" in body or b"\0" in body[:4]:
        raise RemoteError(_REFUSED)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise TransientError(f"the answer is no valid XML: {error.msg}; is it cut off?") from None
    if root.getroottree().docinfo.internalDTD is not None:  # in an encoding of which the bytes say nothing
        raise RemoteError(_REFUSED)
    if get_name(root) not in roots:
        raise TransientError(f"expected XML with the root {' or '.join(roots)}, found {get_name(root)[:100]}")
    return root


def parse_html(body: bytes) -> html.HtmlElement:
    """Parse HTML, whatever its faults: that it is whole must be checked by what it says.

    Raises:
        TransientError: There is none.
    """
    try:
        return html.document_fromstring(body, html.HTMLParser(encoding="utf-8", no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError):
        raise TransientError("expected a page of HTML, found nothing") from None


def get_name(element: etree._Element) -> str:
    """Get the local name of an element; there are no comments and no entities, whose names are no text."""
    return _cut_namespace(element.tag)


@lru_cache(maxsize=1000)
def _cut_namespace(tag: str) -> str:
    return tag.rpartition("}")[2]


def find_all(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Find the children of a local name."""
    return element.iterchildren(f"{{*}}{name}")


def get_text(element: etree._Element) -> str:
    """Get the text of an element, in one line."""
    return " ".join((element.text or "").split())


def read_texts(element: etree._Element) -> dict[str, str]:
    """Read the texts of the children without elements: local name -> text, of a repeated one the first."""
    texts: dict[str, str] = {}
    for child in element:
        name = _cut_namespace(child.tag)
        if name not in texts and not len(child):
            texts[name] = " ".join((child.text or "").split())
    return texts
