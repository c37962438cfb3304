"""A paper of any format as an entry of a bibliography."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from arxonomy.papers.fields.literals import parse_literal
from arxonomy.records import Paper
from arxonomy.sanitize import clean_for_terminal

MAX_PEOPLE = 1_000
"""Most authors of an entry; a list may hold thousands, and no reference manager shows them."""

_NAMES = {
    "authors": (
        *("authors", "author", "author full names", "author names", "author/s", "creators", "creator"),
        *("authorships", "au", "a1"),
    ),
    "doi": ("doi", "doi link", "di", "do"),
    "url": ("url", "urls", "link", "ur", "article url"),
    "journal": (
        *("journal", "journaltitle", "journal name", "container-title", "publication title", "source title"),
        *("journal_ref", "booktitle", "venue", "source", "so"),
    ),
    "keywords": ("keywords", "keyword", "author keywords", "manual tags", "kw", "de"),
}
"""Part of an entry -> names, in lower case, under which files have it, the preferred one first."""

_DATE = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?(?!\d)")
_YEAR = re.compile(r"\b(1[5-9]|20)\d\d\b")
_DOI = re.compile(r"10\.\d{4,9}/\S+")


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says; all texts are of one line, without control characters."""

    id: str
    """The paper's id."""
    title: str
    """May be empty."""
    abstract: str
    """May be empty."""
    authors: tuple[str, ...]
    """Each as `Family, Given` or as the file has it."""
    date: tuple[int, ...]
    """Year, month and day, as far as they are known."""
    doi: str
    """Without an address in front; may be empty."""
    url: str
    """May be empty."""
    journal: str
    """Or the proceedings; may be empty."""
    keywords: tuple[str, ...]
    """The user's own, then the category."""


def make_entry(paper: Paper, keyword: str) -> Entry:
    """Make the entry of a paper, read with all its columns.

    Args:
        paper: The paper.
        keyword: What is said of it; empty for nothing.
    """
    columns = {name.strip().lower(): value for name, value in paper.columns.items() if value.strip()}
    found = {
        part: next((columns[name] for name in names if name in columns), "") for part, names in _NAMES.items()
    }
    doi = _DOI.search(found["doi"])
    keywords = [clean_for_terminal(word) for word in split_keywords(found["keywords"])]
    return Entry(
        id=clean_for_terminal(paper.id),
        title=clean_for_terminal(paper.title),
        abstract=clean_for_terminal(paper.abstract),
        authors=tuple(map(clean_for_terminal, list_authors(found["authors"])))[:MAX_PEOPLE],
        date=parse_date(paper.published or ""),
        doi=doi[0] if doi else "",
        url=clean_for_terminal(found["url"]) if "://" in found["url"] else "",
        journal=clean_for_terminal(found["journal"]),
        keywords=tuple(dict.fromkeys([*filter(None, keywords), *([keyword] if keyword else [])])),
    )


def list_authors(text: str) -> list[str]:
    """List the authors that a file names in one text.

    >>> [list_authors(text) for text in ("Roe, Ada; Wu, B.", "Roe, Ada and Li, Bo", "A. Roe, B. Li")]
    [['Roe, Ada', 'Wu, B.'], ['Roe, Ada', 'Li, Bo'], ['A. Roe', 'B. Li']]
    """
    text = text.strip()
    if text.startswith("{"):
        names = [_format_name(person) for person in _iterate_objects(text)]
    elif isinstance(items := parse_literal(text), list):
        names = [str(item) for item in items]
    elif ";" in text:
        names = text.split(";")
    elif " and " in text:
        names = text.split(" and ")
    else:
        names = text.split(",")
        # `Roe, Ada` is one name; `Ada Roe, Bo Li` and `Roe A, Li B, Wu C` are several.
        if len(names) == 2 and not all(" " in name.strip() for name in names):
            names = [text]
    return [name.strip() for name in names if name.strip()]


def split_keywords(text: str) -> list[str]:
    """Split keywords at semicolons, or at commas where there are none."""
    return [word.strip() for word in re.split("[;\n]" if ";" in text else "[,\n]", text) if word.strip()]


def parse_date(text: str) -> tuple[int, ...]:
    """Parse year, month and day, as far as they can be read.

    >>> parse_date("2025-06"), parse_date("Mon, 2 Apr 2007 19:18:42 GMT"), parse_date("soon")
    ((2025, 6), (2007,), ())
    """
    if match := _DATE.match(text.strip()):
        year, month, day = (int(part or 0) for part in match.groups())
        if not 1 <= month <= 12:
            return (year,)
        return (year, month, day) if 1 <= day <= 31 else (year, month)
    year_alone = _YEAR.search(text)
    return (int(year_alone[0]),) if year_alone else ()


def _iterate_objects(text: str) -> Iterator[Mapping[str, Any]]:
    """The objects of JSON that stand one after the other in a text."""
    decoder, place = json.JSONDecoder(), 0
    while (place := text.find("{", place)) >= 0:
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return
        yield value


def _format_name(person: Mapping[str, Any]) -> str:
    family, given = person.get("family"), person.get("given")
    if isinstance(family, str):
        return f"{family}, {given}" if isinstance(given, str) else family
    if isinstance(author := person.get("author"), dict):  # OpenAlex
        return _format_name(author)
    return next(
        (name for key in ("literal", "name", "display_name") if isinstance(name := person.get(key), str)), ""
    )
