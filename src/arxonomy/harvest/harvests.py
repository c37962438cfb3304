"""The four kinds of harvests, each into a file with a report of its completeness."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from arxonomy.errors import SettingsError, suggest_name
from arxonomy.harvest.announcements import read_announcement
from arxonomy.harvest.client import Client
from arxonomy.harvest.lookups import fetch_matches, fetch_records
from arxonomy.harvest.oai import Prefix
from arxonomy.harvest.output import check_name, write_papers
from arxonomy.harvest.ranges import RangeHarvest, Tell, check_days
from arxonomy.harvest.report import MAX_MISSING, Report
from arxonomy.harvest.sequence import find_gaps
from arxonomy.harvest.store import SUFFIX, Store
from arxonomy.messages import format_count
from arxonomy.papers.identifiers import Identifier
from arxonomy.taxonomy import Node, get_arxiv


def harvest_range(
    client: Client,
    path: Path,
    names: Sequence[str],
    first: date,
    last: date | None = None,
    *,
    prefix: Prefix = Prefix.arxiv_raw,
    tell: Tell = lambda _: None,
) -> Report:
    """Harvest the papers that were changed within a range of days into a file, or continue to.

    What was harvested stays in a file next to it, `PATH.harvest`: after an interruption, and on later days,
    the same call reads only what is new, and writes the file with all of it.

    Args:
        client: Asks arXiv.
        path: The file, .jsonl or .parquet.
        names: Categories and archives; none for all of arXiv.
        first: The first day, in UTC.
        last: The last day; None: today.
        prefix: Of the metadata.
        tell: Gets a line for each page.

    Raises:
        SettingsError: A name, a day or the file's name is wrong, or the file is of another harvest.
        RemoteError: arXiv does not answer, or not as expected.
        ArxonomyError: The file cannot be written.
    """
    check_name(path)
    today = datetime.now(UTC).date()
    check_days(first, last or today, today)
    codes = find_codes(names)
    state = Path(f"{path}{SUFFIX}")
    if path.exists() and not state.exists():
        raise SettingsError(
            f"{path} is there, but {state}, by which a harvest into it would continue, is not; give another "
            "output, or delete it"
        )
    selection: dict[str, Any] = {
        "source": "oai", "prefix": prefix.value, "from": first.isoformat(), "categories": codes,
    }  # fmt: skip
    with Store(state, selection) as store:
        harvest = RangeHarvest(client, store, prefix, first, last or today, tell)
        found = harvest.read([_name_set(code) for code in codes] or [None])
        report = Report(
            {**selection, "until": (last or today).isoformat()},
            store.count(),
            found.announced,
            _cut(found.missing),
            len(found.missing),
            unreadable=len(found.unreadable),
            added=found.added,
            announced_since=found.since,
            harvested_at=_get_time(),
            sequence=None if codes else find_gaps(store.list_ids(first.isoformat())),
        )
        write_papers(path, store.list_json(), report)
    return report


def harvest_announcement(client: Client, path: Path, names: Sequence[str]) -> Report:
    """Harvest the newest announcement into a file, which it replaces.

    Args:
        client: Asks arXiv.
        path: The file, .jsonl or .parquet.
        names: Categories and archives; none for all of arXiv.

    Raises:
        SettingsError: A name or the file's name is wrong.
        RemoteError: arXiv does not answer, or not as expected.
        ArxonomyError: The file cannot be written.
    """
    check_name(path)
    codes = find_codes(names)
    found = read_announcement(client, codes or list_archives())
    lost = set(found.types) - {record.id for record in found.records}
    new = sorted(record.id for record in found.records if record.announce_type == "new")
    report = Report(
        {"source": "announcement", "categories": codes},
        len(found.records),
        len(found.types) if found.is_proven else None,
        _cut(lost),
        len(lost),
        added=found.added,
        left_out=found.left_out,
        announced_on=found.day,
        by_type=dict(Counter(found.types.values())),
        harvested_at=_get_time(),
        sequence=None if codes else find_gaps(new),
    )
    write_papers(path, (record.to_json() for record in found.records), report)
    return report


def harvest_ids(
    client: Client, path: Path, identifiers: Iterable[Identifier], *, tell: Tell = lambda _: None
) -> Report:
    """Harvest papers by their ids into a file; the same call continues after an interruption.

    Args:
        client: Asks arXiv.
        path: The file, .jsonl or .parquet.
        identifiers: The ids; of a paper that is named twice the first counts.
        tell: Gets a line for each request.

    Raises:
        SettingsError: There is no id, the file's name is wrong, or a stopped harvest into it was of others.
        RemoteError: arXiv does not answer, or not as expected.
        ArxonomyError: The file cannot be written.
    """
    check_name(path)
    wanted: dict[str, str] = {}
    for identifier in identifiers:
        wanted.setdefault(identifier.id, str(identifier))
    if not wanted:
        raise SettingsError("expected ids of arXiv's, as in 2501.01234, found none")
    digest = hashlib.sha256("\n".join(wanted.values()).encode()).hexdigest()
    selection = {"source": "ids", "count": len(wanted), "sha256": digest}
    with Store(Path(f"{path}{SUFFIX}"), selection) as store:
        there = store.find_days(wanted)
        absent = [written for name, written in wanted.items() if name not in there]
        for records in fetch_records(client, absent):
            store.add(("", record) for record in records)
            tell(format_count(store.count(), "paper"))
        lost = wanted.keys() - store.find_days(wanted)
        report = Report(
            selection, store.count(), len(wanted), _cut(lost), len(lost), harvested_at=_get_time()
        )
        write_papers(path, store.list_json(), report)
        store.delete()
    return report


def harvest_query(client: Client, path: Path, query: str, *, tell: Tell = lambda _: None) -> Report:
    """Harvest the papers that match a query into a file; the same call continues after an interruption.

    Args:
        client: Asks arXiv.
        path: The file, .jsonl or .parquet.
        query: In the syntax of arXiv's interface, as in `ti:parsing AND cat:cs.CL`.
        tell: Gets a line for each request.

    Raises:
        SettingsError: arXiv takes the query for wrong, it has too many matches, or a stopped harvest into the
            file was of another one.
        RemoteError: arXiv does not answer, or not as expected.
        ArxonomyError: The file cannot be written.
    """
    check_name(path)
    selection = {"source": "query", "query": query}
    with Store(Path(f"{path}{SUFFIX}"), selection) as store:
        total = 0
        for answer, read in fetch_matches(client, query, int(store.get_place("matches") or 0)):
            total = answer.total
            store.add((("", record) for record in answer.records), places={"matches": str(read)})
            tell(f"{format_count(read, 'match', 'matches')} of {total:,}")
        lost = max(0, total - store.count())
        report = Report(selection, store.count(), total, missing_count=lost, harvested_at=_get_time())
        write_papers(path, store.list_json(), report)
        store.delete()
    return report


def find_codes(names: Iterable[str]) -> list[str]:
    """Find the codes of categories and archives, each once; other names give the category of today.

    Raises:
        SettingsError: A name is neither.

    >>> find_codes(["cs.NA", "cs", "math.NA"])
    ['math.NA', 'cs']
    """
    taxonomy = get_arxiv()
    archives = set(list_archives())
    codes = []
    for name in names:
        code = name if name in archives else taxonomy.find_canonical(name)
        if code is None:
            known = [*archives, *(one.code for one in _list_categories())]
            raise SettingsError(
                f"expected a category or an archive of arXiv's, found `{name}`: {suggest_name(name, known)}"
            )
        codes.append(code)
    return list(dict.fromkeys(codes))


def list_archives() -> list[str]:
    """List the archives of arXiv that get papers today."""
    return sorted({node.path[1] for node in _list_categories()})


def _list_categories() -> Iterable[Node]:
    return (node for node in get_arxiv().nodes.values() if node.status == "active")


def _name_set(code: str) -> str:
    """Name the set of OAI-PMH of a category or an archive: cs.CL is cs:cs:CL, hep-th physics:hep-th."""
    nodes = get_arxiv().nodes
    archive, _, rest = code.partition(".")
    group = next(node.path[0] for node in _list_categories() if node.path[1] == archive)
    return ":".join(filter(None, (group, nodes[code].path[1] if code in nodes else archive, rest)))


def _cut(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[:MAX_MISSING])


def _get_time() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
