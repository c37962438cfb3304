"""Requests to arXiv: polite, bounded in time and size, repeated where that may help, and nowhere else."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urljoin

import httpx2
import tenacity

from arxonomy.errors import RemoteError
from arxonomy.harvest.pace import CRAWL_DELAY, INTERVAL, LONGEST_PAUSE, Clock, Pace, Postpone
from arxonomy.harvest.services import Services
from arxonomy.sanitize import clean_for_terminal, shorten
from arxonomy.version import __version__

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")

KEY_VARIABLE = "ARXIV_API_KEY"
"""Variable of the environment that holds a key of arXiv's API, once arXiv gives any out."""
XML = frozenset({"text/xml", "application/xml", "application/atom+xml", "application/rss+xml"})
HTML = frozenset({"text/html", "application/xhtml+xml"})

ATTEMPTS = 8
TIMEOUT = httpx2.Timeout(connect=20, read=120, write=20, pool=20)
"""Seconds; arXiv's OAI-PMH may take 90 until its first byte."""
TOTAL_TIMEOUT = 600.0
"""Seconds for a whole answer."""
MAX_BYTES = 64 << 20
"""Longest answer, decompressed; arXiv's longest pages have about 10 MB."""

_MAX_REDIRECTS = 3
_LOOPBACK_INTERVAL = 0.01
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WORTH_REPEATING = frozenset({408, 425, 429, 500, 502, 503, 504})


class TransientError(RemoteError):
    """What may be well at the next attempt.

    Args:
        message: What is wrong.
        pause: The seconds that arXiv asks to wait; None if it says nothing.
    """

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


class Client:
    """Asks arXiv for documents, one at a time; a context manager.

    Args:
        services: Where they are. Other addresses are refused, also as the target of a redirect.
        contact: How arXiv may reach the user, such as a mail address, for the User-Agent.
        clock: The time.
        pace: Takes turns with other processes; None: that of the machine. A server on this machine is asked
            without pauses.
        total_timeout: Seconds for a whole answer.
        max_bytes: Longest answer.
    """

    def __init__(
        self,
        services: Services,
        *,
        contact: str | None = None,
        clock: Clock | None = None,
        pace: Pace | None = None,
        timeout: httpx2.Timeout = TIMEOUT,
        total_timeout: float = TOTAL_TIMEOUT,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.services = services
        self._clock = clock or Clock()
        self._pace = (pace or Pace(self._clock)) if services.loopback is None else pace
        self._interval = INTERVAL if self._pace is not None else _LOOPBACK_INTERVAL
        self._total_timeout = total_timeout
        self._max_bytes = max_bytes
        self._http = httpx2.Client(
            headers=_make_headers(services, contact),
            timeout=timeout,
            limits=httpx2.Limits(max_connections=1, max_keepalive_connections=1),
            follow_redirects=False,
            trust_env=services.loopback is None,  # proxies
            verify=services.loopback is None,  # whose addresses have no encryption
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def fetch(self, address: str, kinds: Collection[str], parse: Callable[[bytes], _T]) -> _T:
        """Fetch a document and parse it; what may be well at the next attempt is attempted again.

        Args:
            address: One of arXiv's.
            kinds: The media types that it may have.
            parse: Parses the document; raises a `TransientError` for one that is cut off or damaged.

        Raises:
            RemoteError: arXiv refuses, does not answer, or answers something else in all attempts.
        """
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientError),
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=self._choose_pause,
            sleep=self._clock.sleep,
            before_sleep=_report_attempt,
            reraise=True,
        )
        try:
            return attempts(lambda: parse(self._follow(address, kinds)))
        except TransientError as error:
            raise RemoteError(
                f"{error}; gave up after {ATTEMPTS} attempts; run the same command again later"
            ) from error

    def _follow(self, address: str, kinds: Collection[str]) -> bytes:
        """Make a request, and those of the redirects within arXiv that it leads to."""
        for _ in range(_MAX_REDIRECTS + 1):
            if not self.services.allows(address):
                raise RemoteError(f"{_show(address)} is not an address of arXiv's; it was not asked")
            with self._take_turn() as postpone:
                if address.startswith(self.services.listings):
                    postpone(CRAWL_DELAY)
                target, body = self._request(address, kinds, postpone)
            if target is None:
                return body
            address = urljoin(address, target)
        raise RemoteError(f"arXiv redirects more than {_MAX_REDIRECTS} times, last to {_show(address)}")

    def _take_turn(self) -> AbstractContextManager[Postpone]:
        return nullcontext(lambda _: None) if self._pace is None else self._pace.take_turn()

    def _request(self, address: str, kinds: Collection[str], postpone: Postpone) -> tuple[str | None, bytes]:
        """Make one request.

        Returns:
            Where it redirects, else None; and the document.
        """
        end = self._clock.now() + self._total_timeout
        try:
            with self._http.stream("GET", address) as answer:
                if answer.status_code in _REDIRECTS and "location" in answer.headers:
                    return answer.headers["location"], b""
                if answer.status_code != 200:
                    raise self._explain_status(address, answer, postpone)
                kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
                if kind not in kinds:
                    raise TransientError(
                        f"{_show(address)}: expected {' or '.join(sorted(kinds))}, found "
                        f"{_show(kind) or 'no type'}"
                    )
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > self._max_bytes:
                        raise RemoteError(
                            f"{_show(address)}: the answer is longer than {self._max_bytes / 1e6:,.0f} MB; "
                            "it was not read"
                        )
                    if self._clock.now() > end:
                        raise TransientError(
                            f"{_show(address)}: no whole answer within {self._total_timeout:,.0f} s"
                        )
                return None, bytes(body)
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise TransientError(f"{_show(address)}: {_show(str(error)) or type(error).__name__}") from error

    def _explain_status(self, address: str, answer: httpx2.Response, postpone: Postpone) -> RemoteError:
        status = f"{_show(address)}: arXiv answers {answer.status_code} {answer.reason_phrase}".rstrip()
        if answer.status_code not in _WORTH_REPEATING:
            return RemoteError(status)
        pause = parse_retry_after(answer.headers.get("retry-after"), self._clock.now())
        if pause is not None:
            postpone(pause)  # all processes of the machine
        if pause is not None and pause > LONGEST_PAUSE:
            when = datetime.fromtimestamp(self._clock.now() + min(pause, 1e8), UTC)
            return RemoteError(f"{status}, and asks for a pause until {when:%Y-%m-%d %H:%M} UTC; run it then")
        return TransientError(status, pause)

    def _choose_pause(self, state: tenacity.RetryCallState) -> float:
        """The seconds before the next attempt: as arXiv asks, else doubled each time; with jitter."""
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.pause if isinstance(error, TransientError) else None
        doubled = min(self._interval * 2**state.attempt_number, 100 * self._interval)
        return (doubled if asked is None else asked) + random.uniform(0, self._interval)


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Parse the header Retry-After: a number of seconds, or a date.

    Args:
        value: The header; None if there is none.
        now: The seconds since 1970.

    Returns:
        The seconds to wait, 0 or more; None if it says nothing that can be read.

    >>> parse_retry_after("120", 0), parse_retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 20.0)
    (120.0, 40.0)
    """
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return float(value[:12])
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)


def _make_headers(services: Services, contact: str | None) -> dict[str, str]:
    comment = "https://github.com/arxonomy/arxonomy" + (f"; {contact}" if contact else "")
    comment = "".join(letter for letter in comment if letter.isascii() and letter.isprintable())
    headers = {"User-Agent": f"arxonomy/{__version__} ({comment})", "Accept-Encoding": "gzip"}
    if services.loopback is None and (key := os.environ.get(KEY_VARIABLE, "").strip()):
        headers["Authorization"] = f"Bearer {key}"
    return headers


def _report_attempt(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome is not None else None
    seconds = state.next_action.sleep if state.next_action is not None else 0.0
    _LOG.info("%s; attempt %d of %d in %.0f s", error, state.attempt_number + 1, ATTEMPTS, seconds)


def _show(text: str) -> str:
    return shorten(clean_for_terminal(text), 200)
