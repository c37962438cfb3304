"""All papers that were changed within a range of days, by OAI-PMH, in as many runs as it takes.

For each set two places are kept: the day up to which its list of records was read, and the day up to which it
was compared with the list of ids. Both continue at the day on which the last page ended, which is read again.
Papers that moved while pages were read are found by that comparison, and their days are read once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from arxonomy.errors import RemoteError, SettingsError
from arxonomy.harvest.client import Client
from arxonomy.harvest.oai import FIRST_DAY, Page, Prefix, Row, list_pages
from arxonomy.harvest.store import Store
from arxonomy.messages import format_count, list_some

_ROUNDS = 3
"""How often days are read again for papers that are missing."""
_RESTARTS = 5
"""How often a list is begun again without progress because its token is no longer known."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Comparison:
    """What the lists of ids say next to what was harvested."""

    announced: int
    """Papers that they name."""
    since: str
    """The day from which on they were compared: earlier ones were in an earlier run."""
    missing: frozenset[str]
    """Ids that are not there after all rounds."""
    added: int
    """Papers that came by reading a day again."""
    unreadable: frozenset[str]
    """Ids of records that cannot be read."""


def check_days(first: date, last: date, today: date) -> None:
    """Make sure that arXiv's lists can have a range of days.

    Raises:
        SettingsError: They cannot.
    """
    if not FIRST_DAY <= first <= last <= today:
        raise SettingsError(
            f"expected days from {FIRST_DAY} to {today}, today in UTC, the first one first; found {first} to "
            f"{last}"
        )


class RangeHarvest:
    """A harvest of a range of days.

    Args:
        client: Asks arXiv.
        store: What was harvested so far.
        prefix: Of the metadata.
        first: The first day.
        last: The last day.
        tell: Gets a line for each page.
    """

    def __init__(
        self, client: Client, store: Store, prefix: Prefix, first: date, last: date, tell: Tell
    ) -> None:
        self._client = client
        self._store = store
        self._prefix = prefix
        self._first = first.isoformat()
        self._last = last.isoformat()
        self._tell = tell
        self._unreadable: set[str] = set()

    def read(self, sets: Sequence[str | None]) -> Comparison:
        """Read all sets, and compare with the lists of their ids.

        Args:
            sets: Their names; None for all of arXiv.

        Raises:
            SettingsError: See `list_pages`.
            RemoteError: See `list_pages`.
        """
        since = min(self._get_place("compared", name) for name in sets)
        added = 0
        missing: set[str] = set()
        for name in sets:
            self._read_records(name, self._get_place("read", name), self._last, keep_place=True)
            lost, found = self._compare(name)
            added += found
            missing |= lost
        return Comparison(
            self._store.count_listed(), since, frozenset(missing), added, frozenset(self._unreadable)
        )

    def _get_place(self, part: str, name: str | None) -> str:
        return max(self._first, self._store.get_place(f"{part} {name or ''}") or "")

    def _read_records(self, name: str | None, first: str, last: str, *, keep_place: bool) -> None:
        """Read a list of records into the store, from its start again where arXiv forgets a token."""
        restarts = 0
        while first <= last:
            day, is_whole = self._read_once(name, first, last, keep_place=keep_place)
            if is_whole:
                return
            restarts = 0 if day > first else restarts + 1
            if restarts > _RESTARTS:
                raise RemoteError(
                    f"arXiv keeps forgetting the place in the list of {name or 'all papers'} at {day}; run "
                    "the same command again later"
                )
            first = day

    def _read_once(self, name: str | None, first: str, last: str, *, keep_place: bool) -> tuple[str, bool]:
        """Read a list of records, until it ends or a token is no longer known.

        Returns:
            The day to go on at, and whether the list has ended.
        """
        place, count = first, 0
        for page in list_pages(self._client, "ListRecords", self._prefix, first, last, name):
            if page.is_stale:
                return place, False
            # The days before the last one of a page are whole, if days are in order, as arXiv's are.
            days = [row.header.day for row in page.rows]
            if days and min(days) >= place:
                place = min(max(days), last)
            if page.token is None:
                place = last
            self._add(page, {f"read {name or ''}": place} if keep_place else {})
            count += len(page.rows)
            self._tell(f"{name or 'arXiv'}: {format_count(count, 'record')}, up to {place}")
        return place, True

    def _add(self, page: Page, places: dict[str, str]) -> None:
        for row in page.rows:
            if row.fault:
                self._unreadable.add(row.header.id)
            else:
                self._unreadable.discard(row.header.id)
        self._store.add(
            ((row.header.day, row.record) for row in page.rows if row.record is not None),
            deleted=(row.header.id for row in page.rows if row.header.deleted),
            places=places,
        )

    def _compare(self, name: str | None) -> tuple[set[str], int]:
        """Compare with the list of ids, and read the days again on which papers are missing.

        Returns:
            The ids that are still missing, and how many came by reading again.
        """
        lost = self._find_lost([(self._get_place("compared", name), self._last)], name)
        count = len(lost)
        for _ in range(_ROUNDS):
            if not lost:
                break
            days = sorted(set(lost.values()))
            self._tell(
                f"{name or 'arXiv'}: {format_count(len(lost), 'paper')} moved; reading "
                f"{list_some(days)} again"
            )
            for day in days:
                self._read_records(name, day, day, keep_place=False)
            lost = self._find_lost([(day, day) for day in days], name)
        if not lost:
            self._store.set_places({f"compared {name or ''}": self._last})
        return set(lost), count - len(lost)

    def _find_lost(self, ranges: Sequence[tuple[str, str]], name: str | None) -> dict[str, str]:
        """Find the papers of a list of ids that are not in the store, or only as they were before.

        Returns:
            Their ids and days.
        """
        for _ in range(_RESTARTS):
            lost: dict[str, str] = {}
            is_whole = True
            for first, last in ranges:
                for page in list_pages(self._client, "ListIdentifiers", self._prefix, first, last, name):
                    is_whole = is_whole and not page.is_stale
                    self._store.add_listed(row.header.id for row in page.rows if not row.header.deleted)
                    lost |= self._choose_lost(page.rows)
            if is_whole:
                return lost
        raise RemoteError(
            "arXiv keeps forgetting the place in the list of ids; run the same command again later"
        )

    def _choose_lost(self, rows: Sequence[Row]) -> dict[str, str]:
        named = {header.id: header.day for header, _, _ in rows if not header.deleted}
        there = self._store.find_days(named)
        return {
            name: day
            for name, day in named.items()
            if there.get(name, "") < day and name not in self._unreadable
        }
