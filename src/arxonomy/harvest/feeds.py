"""What arXiv announces: the RSS feed and the listing of the newest announcement, and the interface for ids.

The feed has the records, but may be of an earlier day, cut at 2,000, or lack papers, without a sign. The
listing says what was announced: its date, the ids, and how many there are of each kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from arxonomy.errors import SettingsError
from arxonomy.harvest.client import TransientError
from arxonomy.harvest.documents import find_all, get_text, parse_html, parse_xml, read_texts
from arxonomy.harvest.records import Record, read_codes, read_date
from arxonomy.papers.fields.dates import format_date
from arxonomy.papers.identifiers import find_month, parse_identifier
from arxonomy.sanitize import clean_for_terminal, shorten

TYPES = ("new", "cross", "replace", "replace-cross")
"""How papers are announced, the most telling first."""

_SECTIONS = {"new": "new", "cross": "cross", "replacement": "replace"}
_HEADING = re.compile(
    r"(New|Cross|Replacement) submissions \((?:continued, )?showing (?:first |last )?(\d+) of \d+ entries ?\)"
)
_DATE = re.compile(r"Showing new listings for \w+, (\d{1,2} \w+ \d{4})")
_TOTAL = re.compile(r"Total of (\d+) entries", re.IGNORECASE)
_ABSTRACT = re.compile(r"\AarXiv:\S+\s+Announce Type:\s*\S+\s+Abstract:\s*")


@dataclass(frozen=True)
class Listing:
    """What was announced in a category, as one page of its listing says."""

    day: str
    """Of the announcement."""
    entries: tuple[tuple[str, str], ...]
    """Ids and their types: new, cross or replace."""
    total: int
    """How many entries there are on all pages."""


@dataclass(frozen=True)
class Answer:
    """A page of the interface's answer."""

    records: tuple[Record, ...]
    total: int
    """How many papers match, on all pages."""


def parse_feed(body: bytes) -> tuple[Record, ...]:
    """Parse the RSS feed of categories.

    Raises:
        TransientError: It is cut off or damaged.
        RemoteError: See `parse_xml`.
    """
    channel = next(find_all(parse_xml(body, "rss"), "channel"), None)
    if channel is None:
        raise TransientError("expected a channel in the feed, found none")
    return tuple(map(_read_item, find_all(channel, "item")))


def _read_item(item: etree._Element) -> Record:
    texts = read_texts(item)
    identifier = parse_identifier(texts.get("guid", "")) or parse_identifier(texts.get("link", ""))
    if identifier is None:
        raise TransientError("an item of the feed has no id of arXiv's; the feed is damaged")
    codes = read_codes(get_text(child) for child in find_all(item, "category"))
    kind = texts.get("announce_type", "")
    return Record(
        id=identifier.id,
        title=texts.get("title", ""),
        abstract=_ABSTRACT.sub("", texts.get("description", "")),
        authors=texts.get("creator"),
        category=codes[0] if codes else None,
        categories=codes,
        version=identifier.version,
        published=find_month(identifier.id),
        announce_type=kind if kind in TYPES else None,
        doi=texts.get("DOI"),
        journal_ref=texts.get("journal_reference"),
        license=texts.get("rights"),
    )


def parse_listing(body: bytes) -> Listing:
    """Parse a page of a category's listing of new papers.

    Raises:
        TransientError: It is not whole: it has fewer papers than it says, or is something else.
    """
    page = parse_html(body)
    content = page.get_element_by_id("dlpage", page)
    text = _join(content)
    date, total = _DATE.search(text), _TOTAL.search(text)
    entries: list[tuple[str, str]] = []
    shown, kind = 0, ""
    for element in content.iter("h3", "dt"):
        if element.tag == "h3":
            if heading := _HEADING.search(_join(element)):
                kind = _SECTIONS[heading[1].lower()]
                shown += int(heading[2])
            continue
        links = (parse_identifier(link.get("href", "").removeprefix("/abs/")) for link in element.iter("a"))
        identifier = next(filter(None, links), None)
        if identifier is None or not kind:
            raise TransientError("the listing has an entry without an id, or outside of its sections")
        entries.append((identifier.id, kind))
    is_empty = total is None and "No updates today" in text
    if date is None or len(entries) != shown or not (is_empty if total is None else entries):
        raise TransientError(
            f"the listing is not whole: it says that it shows {shown} papers, and has {len(entries)}"
        )
    return Listing(format_date(date[1]), tuple(entries), int(total[1]) if total else 0)


def _join(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext(with_tail=False))).split())


def parse_answer(body: bytes) -> Answer:
    """Parse the interface's answer to a query or to ids.

    Raises:
        SettingsError: arXiv takes the query for wrong.
        TransientError: It is cut off or damaged.
        RemoteError: See `parse_xml`.
    """
    feed = parse_xml(body, "feed")
    total = read_texts(feed).get("totalResults", "")
    if not total.isdecimal():
        raise TransientError("arXiv's answer does not say how many papers match")
    records: list[Record] = []
    for entry in find_all(feed, "entry"):
        texts = read_texts(entry)
        if "/api/errors" in texts.get("id", ""):
            said = shorten(clean_for_terminal(texts.get("summary", "")), 300)
            raise SettingsError(f"arXiv answers: {said or 'an error'}")
        identifier = parse_identifier(texts.get("id", ""))
        if identifier is None:  # an id that is not there
            continue
        records.append(_read_entry(entry, texts, identifier.id, identifier.version))
    return Answer(tuple(records), int(total))


def _read_entry(entry: etree._Element, texts: dict[str, str], name: str, version: int | None) -> Record:
    primary = next((child.get("term", "") for child in find_all(entry, "primary_category")), "")
    listed = [child.get("term", "") for child in find_all(entry, "category")]
    codes = read_codes([primary, *listed])
    names = [read_texts(child).get("name", "") for child in find_all(entry, "author")]
    return Record(
        id=name,
        title=texts.get("title", ""),
        abstract=texts.get("summary", ""),
        authors=", ".join(filter(None, names)) or None,
        category=codes[0] if codes and primary else None,
        categories=codes,
        version=version,
        published=read_date(texts.get("published", "")) or find_month(name),
        updated=read_date(texts.get("updated", "")),
        doi=texts.get("doi"),
        journal_ref=texts.get("journal_ref"),
        comment=texts.get("comment"),
    )
