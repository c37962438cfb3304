"""The newest announcement: the feed's records, completed and proven by the listing."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from urllib.parse import quote

from arxonomy.errors import RemoteError
from arxonomy.harvest.client import HTML, XML, Client
from arxonomy.harvest.feeds import TYPES, Listing, parse_feed, parse_listing
from arxonomy.harvest.lookups import fetch_records
from arxonomy.harvest.records import Record

_LOG = logging.getLogger(__name__)
_SHOWN = 2000
"""Most entries that a page of a listing shows."""


@dataclass(frozen=True)
class Announcement:
    """What was announced, and what was harvested of it."""

    records: tuple[Record, ...]
    """In the order of the listing."""
    day: str | None
    """Of the announcement; None where not all listings could be read."""
    types: Mapping[str, str]
    """Id -> how it was announced, of all papers."""
    is_proven: bool
    """Whether all listings could be read; else `types` are those of the feeds."""
    added: int
    """Papers that the feed lacked."""
    left_out: int
    """Papers of the feed that belong to an earlier announcement."""


def read_announcement(client: Client, names: Sequence[str]) -> Announcement:
    """Read the newest announcement of some categories.

    Args:
        client: Asks arXiv.
        names: Categories and archives.

    Raises:
        RemoteError: arXiv does not answer, or not as expected. Where only a listing cannot be read, that is
            logged, and the announcement is what the feeds have.
    """
    found: dict[str, Record] = {}
    listings: list[Listing] = []
    left_out: set[str] = set()
    is_proven = True
    for name in names:
        feed = client.fetch(f"{client.services.feeds}/{quote(name)}", XML, parse_feed)
        try:
            pages = list(_read_listing(client, name))
        except RemoteError as error:
            _LOG.warning("the listing of %s cannot be read: %s", name, error)
            is_proven = False
        else:
            listings += pages
            extra = {record.id for record in feed} - {one for page in pages for one, _ in page.entries}
            if extra:  # the feed is of an earlier announcement, perhaps with earlier versions of these papers
                left_out |= extra
                continue
        for record in feed:
            other = found.get(record.id)
            if other is None or _rank(record) < _rank(other):
                found[record.id] = record
    newest = max((page.day for page in listings), default=None)
    day = newest if is_proven else None
    types = {} if is_proven else {one: record.announce_type or "new" for one, record in found.items()}
    for page in listings:
        for identifier, kind in page.entries if page.day == newest else ():
            types[identifier] = min(kind, types.get(identifier, kind), key=TYPES.index)
    absent = [identifier for identifier in types if identifier not in found]
    fetched = {record.id: record for record in chain.from_iterable(fetch_records(client, absent))}
    found |= fetched
    records = tuple(
        dataclasses.replace(found[one], announced=day, announce_type=_choose_type(kind, found[one]))
        for one, kind in types.items()
        if one in found
    )
    return Announcement(records, day, types, is_proven, len(fetched), len(left_out - types.keys()))


def _rank(record: Record) -> int:
    """Papers may be new in one category and cross-listed in another: the most telling type counts."""
    return TYPES.index(record.announce_type) if record.announce_type in TYPES else len(TYPES)


def _choose_type(kind: str, record: Record) -> str:
    """The type as the listing says, which does not tell replaced cross-lists from other replaced papers."""
    return "replace-cross" if kind == "replace" and record.announce_type == "replace-cross" else kind


def _read_listing(client: Client, name: str) -> Iterable[Listing]:
    """Read the pages of a listing."""
    skip = 0
    while True:
        address = f"{client.services.listings}/{quote(name)}/new?skip={skip}&show={_SHOWN}"
        listing = client.fetch(address, HTML, parse_listing)
        yield listing
        skip += len(listing.entries)
        if skip >= listing.total:
            return
