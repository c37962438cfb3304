"""OAI-PMH as arXiv speaks it: the pages of a list, and the records in them.

arXiv orders a list by the day of the last change, then by id. A page ends with a token for the next one; the
last page of several has an empty token, and a single page has none. Errors have the status 200, and an empty
list is one of them. A paper that changes while a list is read moves to its end, so that one of its old day
may be skipped at the edge of two pages: `ranges.py` compares what it has with the list of ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlencode

from lxml import etree

from arxonomy.errors import RemoteError, SettingsError
from arxonomy.harvest.client import XML, Client, TransientError
from arxonomy.harvest.documents import find_all, get_name, get_text, parse_xml, read_texts
from arxonomy.harvest.records import Record, read_codes, read_date
from arxonomy.papers.identifiers import find_month, parse_identifier
from arxonomy.sanitize import clean_for_terminal, shorten

FIRST_DAY = date(2005, 9, 16)
"""The first day that arXiv's lists have; older changes count as of this day."""


class Prefix(StrEnum):
    """Metadata prefixes of OAI-PMH that are read."""

    arxiv = "arXiv"
    """The date of the current version; Unicode in place of LaTeX's accents."""
    arxiv_raw = "arXivRaw"
    """The dates of all versions; texts as the authors wrote them."""


class Header(NamedTuple):
    """What a list of ids says of a paper."""

    id: str
    day: str
    """Of the last change."""
    deleted: bool


class Row(NamedTuple):
    """A paper in a list."""

    header: Header
    record: Record | None
    """None if it was deleted, or cannot be read."""
    fault: str = ""
    """Why it cannot be read."""


@dataclass(frozen=True)
class Page:
    """A page of a list."""

    rows: tuple[Row, ...]
    """In order; of a list of ids without records."""
    token: str | None
    """Leads to the next page; None on the last one."""
    is_stale: bool = False
    """Whether the token that led here is no longer known; then there is nothing else."""


def list_pages(
    client: Client,
    verb: str,
    prefix: Prefix,
    first: str,
    last: str,
    set_name: str | None,
) -> Iterator[Page]:
    """List the pages of papers that were changed within some days.

    Args:
        client: Asks arXiv.
        verb: `ListRecords` or `ListIdentifiers`.
        prefix: Of the metadata.
        first: The first day.
        last: The last day.
        set_name: As in `cs:cs:CL`; None: all of arXiv.

    Yields:
        The pages; one that is stale is the last, and the list must be begun again.

    Raises:
        SettingsError: arXiv knows no such set, or takes no such days.
        RemoteError: See `Client.fetch`; or the list has no end.
    """
    arguments = {"verb": verb, "metadataPrefix": prefix.value, "from": first, "until": last}
    if set_name is not None:
        arguments["set"] = set_name
    seen: set[str] = set()
    while True:
        page = client.fetch(
            f"{client.services.oai}?{urlencode(arguments)}",
            XML,
            lambda body: parse_page(body, verb, prefix, is_first=not seen),
        )
        yield page
        if page.token is None:
            return
        if page.token in seen:
            raise RemoteError(
                f"{client.services.oai}: the list leads back to a page that was read; run it again later"
            )
        seen.add(page.token)
        arguments = {"verb": verb, "resumptionToken": page.token}


def parse_page(body: bytes, verb: str, prefix: Prefix, *, is_first: bool) -> Page:
    """Parse a page of a list.

    Args:
        body: The document.
        verb: What was asked for.
        prefix: Of the metadata.
        is_first: Whether it is the first page of its list: a later one without a token is not whole.

    Raises:
        TransientError: It is cut off or damaged.
        SettingsError: arXiv takes an argument for wrong.
        RemoteError: arXiv reports another error.
    """
    root = parse_xml(body, "OAI-PMH")
    for error in find_all(root, "error"):
        code = error.get("code", "")
        said = f"arXiv answers {code}: {shorten(clean_for_terminal(get_text(error)), 300)}"
        if code == "noRecordsMatch":
            return Page((), None)
        if code == "badResumptionToken":
            return Page((), None, is_stale=True)
        raise SettingsError(said) if code == "badArgument" else RemoteError(said)
    content = next(find_all(root, verb), None)
    if content is None:
        raise TransientError(f"expected {verb} in arXiv's answer, found neither that nor an error")
    token: etree._Element | None = None
    rows: list[Row] = []
    for child in content:
        name = get_name(child)
        if name == "record":
            rows.append(_read_row(child, prefix))
        elif name == "header":
            rows.append(Row(_read_header(child), None))
        elif name == "resumptionToken":
            token = child
    if token is None and not is_first:
        raise TransientError("a later page of a list has no token; it is not whole")
    return Page(tuple(rows), (get_text(token) or None) if token is not None else None)


def _read_header(header: etree._Element) -> Header:
    texts = read_texts(header)
    identifier = parse_identifier(texts.get("identifier", ""))
    day = read_date(texts.get("datestamp", ""))
    if identifier is None or day is None:
        raise TransientError("a record has no id of arXiv's, or no date; the page is damaged")
    return Header(identifier.id, day, header.get("status") == "deleted")


def _read_row(element: etree._Element, prefix: Prefix) -> Row:
    header = next((_read_header(child) for child in find_all(element, "header")), None)
    if header is None:
        raise TransientError("a record has no header; the page is damaged")
    if header.deleted:
        return Row(header, None)
    metadata = next(find_all(element, "metadata"), None)
    content = None if metadata is None else next(find_all(metadata, prefix.value), None)
    if content is None:
        return Row(header, None, f"no metadata of the form {prefix.value}")
    texts = read_texts(content)
    if texts.get("id") != header.id or not (texts.get("title") or texts.get("abstract")):
        return Row(header, None, "no title and no abstract, or another id in the metadata")
    return Row(header, (_read_raw if prefix is Prefix.arxiv_raw else _read_arxiv)(content, texts))


def _read_arxiv(content: etree._Element, texts: dict[str, str]) -> Record:
    names = [
        " ".join(filter(None, (parts.get("forenames"), parts.get("keyname"), parts.get("suffix"))))
        for authors in find_all(content, "authors")
        for parts in map(read_texts, authors)
    ]
    updated = read_date(texts.get("updated", "")) or read_date(texts.get("created", ""))
    return _make_record(texts, ", ".join(names), find_month(texts["id"]), updated, None)


def _read_raw(content: etree._Element, texts: dict[str, str]) -> Record:
    versions = {
        int(number): next(map(_parse_date, map(get_text, find_all(version, "date"))), None)
        for version in find_all(content, "version")
        if (number := version.get("version", "").removeprefix("v")).isdecimal()
    }
    current = max(versions, default=None)
    published = versions.get(1) or find_month(texts["id"])
    updated = None if current is None else versions[current]
    return _make_record(texts, texts.get("authors", ""), published, updated, current)


def _make_record(
    texts: dict[str, str], authors: str, published: str | None, updated: str | None, version: int | None
) -> Record:
    codes = read_codes(texts.get("categories", "").split())
    return Record(
        id=texts["id"],
        title=texts.get("title", ""),
        abstract=texts.get("abstract", ""),
        authors=authors or None,
        category=codes[0] if codes else None,
        categories=codes,
        version=version,
        published=published,
        updated=updated,
        doi=texts.get("doi"),
        journal_ref=texts.get("journal-ref"),
        comment=texts.get("comments"),
        license=texts.get("license"),
    )


@lru_cache(maxsize=1000)
def _parse_date(text: str) -> str | None:
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except ValueError:
        return None
