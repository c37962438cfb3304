"""CSL-JSON: the user's items with a keyword added, or items made of papers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from arxonomy.papers.formats.json_scanner import scan_objects
from arxonomy.writing.entries import Entry

TYPES = frozenset(
    "article article-journal article-magazine article-newspaper bill book broadcast chapter classic "
    "collection dataset document entry entry-dictionary entry-encyclopedia event figure graphic hearing "
    "interview legal_case legislation manuscript map motion_picture musical_score pamphlet paper-conference "
    "patent performance periodical personal_communication post post-weblog regulation report review "
    "review-book software song speech standard thesis treaty webpage".split()
)
"""The types of items."""

_OWN = ("issued", "container-title", "author", "citation-key", "DOI", "URL", "keyword", "abstract")
_BLANKS = re.compile(r"[ \t\r\n]*")


def format_csl(entry: Entry) -> str:
    """Format an entry as an item of CSL-JSON, indented as a member of an array."""
    item: dict[str, Any] = {
        "id": entry.id,
        "type": "article-journal" if entry.journal else "article",
        "title": entry.title,
        "author": [_make_name(author) for author in entry.authors],
        "abstract": entry.abstract,
        "container-title": entry.journal,
        "issued": {"date-parts": [list(entry.date)]} if entry.date else None,
        "DOI": entry.doi,
        "URL": entry.url,
        "keyword": ", ".join(entry.keywords),
    }
    kept = {name: value for name, value in item.items() if value}
    text = json.dumps(kept, ensure_ascii=False, indent=2)
    return "  " + text.replace("\n", "\n  ")  # a string of JSON holds no line end


def _make_name(author: str) -> dict[str, str]:
    family, comma, given = author.partition(",")
    return {"family": family.strip(), "given": given.strip()} if comma else {"literal": author}


def is_csl(head: str) -> bool:
    """Whether a JSON text, or its beginning, holds items of CSL-JSON, by the first one that can be read."""
    for found in islice(scan_objects([head]), 10):
        try:
            item = json.loads(found.text)
        except (ValueError, RecursionError):
            continue
        return item.get("type") in TYPES and any(name in item for name in _OWN)
    return False


def add_to_csl(pieces: Iterable[str], keywords: Mapping[int, str]) -> Iterator[str]:
    """Add keywords to the items of a JSON text; everything else stays as it is.

    Args:
        pieces: The text without a byte-order mark, cut anywhere.
        keywords: Place of an item among the records of the file, from 0 -> its keyword.

    Yields:
        The text in pieces.
    """
    ahead = ""  # what has been looked at and not yet yielded

    def feed() -> Iterator[str]:
        nonlocal ahead
        for piece in pieces:
            ahead += piece
            yield piece

    for row, found in enumerate(scan_objects(feed())):
        if found.text:
            before, _, ahead = ahead.partition(found.text)
            yield before
            yield _add_keyword(found.text, keywords[row]) if row in keywords else found.text
    yield ahead


def _add_keyword(item: str, keyword: str) -> str:
    """Add a keyword to the text of an object."""
    decoder = json.JSONDecoder()
    place = last = _skip(item, 1)
    indent = item[1:place]
    while item[place] == '"':
        name, end = decoder.raw_decode(item, place)
        start = _skip(item, _skip(item, end) + 1)  # behind the colon
        value, last = decoder.raw_decode(item, start)
        if name == "keyword" and isinstance(value, str):
            if keyword in (word.strip() for word in re.split("[,;]", value)) or value == keyword:
                return item
            between = "; " if ";" in value and "," not in value else ", "
            joined = f"{value}{between}{keyword}" if value.strip() else keyword
            return item[:start] + json.dumps(joined, ensure_ascii=False) + item[last:]
        place = _skip(item, last)
        if item[place] == ",":
            place = _skip(item, place + 1)
    comma = "," if last > _skip(item, 1) else ""
    space = indent or (" " if comma else "")
    return f'{item[:last]}{comma}{space}"keyword": {json.dumps(keyword, ensure_ascii=False)}{item[last:]}'


def _skip(text: str, place: int) -> int:
    match = _BLANKS.match(text, place)
    return match.end() if match else place
