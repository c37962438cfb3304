"""Papers by their ids, and papers that match a query, by arXiv's interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from urllib.parse import urlencode

from arxonomy.errors import InputError, SettingsError
from arxonomy.harvest.client import XML, Client, TransientError
from arxonomy.harvest.feeds import Answer, parse_answer
from arxonomy.harvest.records import Record
from arxonomy.papers.identifiers import Identifier

IDS = 100
"""Ids of a request."""
MATCHES = 500
"""Matches of a request."""
MOST_MATCHES = 30_000
"""Most matches that arXiv gives to a query."""


def fetch_records(client: Client, identifiers: Sequence[str]) -> Iterator[tuple[Record, ...]]:
    """Fetch papers by their ids, with or without a version.

    Yields:
        Those that arXiv has, of one answer after the other, in no certain order; those that it leaves out are
        asked for once more.

    Raises:
        RemoteError: arXiv does not answer.
    """
    for start in range(0, len(identifiers), IDS):
        wanted = list(identifiers[start : start + IDS])
        for _ in range(2):  # sometimes an answer is empty for no reason
            found = _ask_ids(client, wanted)
            yield found
            names = {name for record in found for name in (record.id, f"{record.id}v{record.version}")}
            wanted = [name for name in wanted if name not in names]
            if not wanted:
                break


def fetch_record(client: Client, identifier: Identifier) -> Record:
    """Fetch a paper by its id.

    Raises:
        InputError: arXiv has no such paper.
        RemoteError: arXiv does not answer.
    """
    for record in chain.from_iterable(fetch_records(client, [str(identifier)])):
        return record
    raise InputError(f"arXiv has no paper {identifier}; is the id right?")


def _ask_ids(client: Client, wanted: Sequence[str]) -> tuple[Record, ...]:
    """Ask for ids; where arXiv refuses one of several, ask for each half."""
    arguments = {"id_list": ",".join(wanted), "max_results": str(len(wanted))}
    try:
        return client.fetch(f"{client.services.api}?{urlencode(arguments)}", XML, parse_answer).records
    except SettingsError:
        if len(wanted) == 1:
            return ()
        middle = len(wanted) // 2
        return _ask_ids(client, wanted[:middle]) + _ask_ids(client, wanted[middle:])


def fetch_matches(client: Client, query: str, start: int) -> Iterator[tuple[Answer, int]]:
    """Fetch papers that match a query, in the order in which they were submitted.

    Args:
        client: Asks arXiv.
        query: In the syntax of arXiv's interface, as in `ti:parsing AND cat:cs.CL`.
        start: How many matches to pass over.

    Yields:
        Each page, and how many matches were read with it.

    Raises:
        SettingsError: arXiv takes the query for wrong, or it has too many matches.
        RemoteError: arXiv does not answer.
    """
    empty = 0

    def parse(body: bytes) -> Answer:
        nonlocal empty
        answer = parse_answer(body)
        if not answer.records and (start < answer.total or empty < 1):
            empty += 1
            raise TransientError("arXiv's answer has no papers")  # sometimes it is so for no reason
        return answer

    while True:
        arguments = {
            "search_query": query,
            "start": str(start),
            "max_results": str(MATCHES),
            "sortBy": "submittedDate",
            "sortOrder": "ascending",
        }
        answer = client.fetch(f"{client.services.api}?{urlencode(arguments)}", XML, parse)
        if answer.total > MOST_MATCHES:
            raise SettingsError(
                f"{answer.total:,} papers match, and arXiv gives at most {MOST_MATCHES:,}; narrow it, as in "
                f"`({query}) AND submittedDate:[202501010000 TO 202502010000]`, or harvest a range of days"
            )
        start += len(answer.records)
        yield answer, start
        if start >= answer.total:
            return
