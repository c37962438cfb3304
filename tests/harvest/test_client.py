from __future__ import annotations

import itertools
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise

import httpx2
import pytest
from arxiv_server import Fault

from arxonomy.errors import RemoteError, SettingsError
from arxonomy.harvest.client import (
    ATTEMPTS,
    HTML,
    KEY_VARIABLE,
    XML,
    Client,
    _make_headers,
    parse_retry_after,
)
from arxonomy.harvest.feeds import parse_feed, parse_listing
from arxonomy.harvest.pace import CRAWL_DELAY, INTERVAL, Clock, Pace
from arxonomy.harvest.services import Services, make_loopback

BOMB = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><rss>&b;</rss>"


@pytest.fixture
def fetch(client):
    """Fetches the feed, of four papers."""
    return lambda: client.fetch(f"{client.services.feeds}/cs.CL", XML, parse_feed)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(server, fetch, clock, status):
    server.faults += [Fault(status=status), Fault(status=status)]
    assert len(fetch()) == 4
    assert len(server.requests) == 3
    assert len(clock.pauses) == 2
    assert clock.pauses[0] < clock.pauses[1]


def test_the_pause_is_as_long_as_the_server_asks_in_seconds_or_as_a_date(server, fetch, clock):
    when = format_datetime(datetime.fromtimestamp(clock.time + 100, UTC), usegmt=True)
    server.faults += [Fault(status=429, headers={"Retry-After": when})]
    server.faults += [Fault(status=503, headers={"Retry-After": "40"})]
    fetch()
    assert 99 <= clock.pauses[0] < 101
    assert 40 <= clock.pauses[1] < 41


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 7 ", 7.0),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:02:00", 20.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("Thu, 99 Jan 1970 00:02:00 GMT", None),
        (None, None),
    ],
)
def test_a_pause_that_is_asked_for_is_read(value, seconds):
    assert parse_retry_after(value, 100.0) == seconds


def test_a_pause_of_hours_is_an_error_that_names_the_time(server, fetch, clock):
    server.faults += [Fault(status=503, headers={"Retry-After": "7200"})]
    until = datetime.fromtimestamp(clock.time + 7200, UTC)
    with pytest.raises(RemoteError, match=f"asks for a pause until {until:%Y-%m-%d %H:%M} UTC; run it then"):
        fetch()
    assert clock.pauses == []


def test_a_pause_that_is_asked_for_holds_for_all_processes(server, clock, tmp_path):
    pace = Pace(clock.make(), tmp_path / "next")
    server.faults += [Fault(status=429, headers={"Retry-After": "50"})]
    with Client(make_loopback(server.base), clock=clock.make(), pace=pace) as client:
        client.fetch(f"{server.base}/rss/cs.CL", XML, parse_feed)
    assert 50 <= clock.pauses[1] <= 50 + INTERVAL  # our own, before the next attempt
    server.faults += [Fault(status=503, headers={"Retry-After": "7200"})]
    with (
        Client(make_loopback(server.base), clock=clock.make(), pace=pace) as client,
        pytest.raises(RemoteError, match="asks for a pause"),
    ):
        client.fetch(f"{server.base}/rss/cs.CL", XML, parse_feed)
    with Pace(clock.make(), tmp_path / "next").take_turn():
        pass
    assert clock.pauses[-1] == pytest.approx(3600, abs=0.01)


def test_requests_are_paced_also_those_of_attempts_and_redirects(server, clock, tmp_path):
    pace = Pace(clock.make(), tmp_path / "next")
    server.faults += [Fault(status=302, headers={"Location": "/rss/cs.LG"}), Fault(status=500)]
    times = []
    server.before = lambda _: times.append(clock.time)
    with Client(make_loopback(server.base), clock=clock.make(), pace=pace) as client:
        client.fetch(f"{server.base}/rss/cs.CL", XML, parse_feed)
    assert len(times) == 3
    assert all(later - earlier >= INTERVAL - 0.01 for earlier, later in pairwise(times))


def test_a_page_of_the_website_is_followed_by_a_longer_pause(server, clock, tmp_path):
    with Client(
        make_loopback(server.base), clock=clock.make(), pace=Pace(clock.make(), tmp_path / "next")
    ) as client:
        client.fetch(f"{server.base}/list/cs.CL/new?show=2000", HTML, parse_listing)
        client.fetch(f"{server.base}/rss/cs.CL", XML, parse_feed)
    assert clock.pauses == [0.0, pytest.approx(CRAWL_DELAY, abs=0.01)]


def test_a_server_that_stays_busy_is_given_up_with_advice(server, fetch):
    server.faults += [Fault(status=503)] * ATTEMPTS
    with pytest.raises(
        RemoteError, match=r"answers 503 .*gave up after 8 attempts; run the same command again later"
    ):
        fetch()
    assert len(server.requests) == ATTEMPTS


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_refusal_is_final(server, fetch, status):
    server.faults += [Fault(status=status)]
    with pytest.raises(RemoteError, match=f"arXiv answers {status}"):
        fetch()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(cut=300),
        Fault(cut=300, lies=False),
        Fault(cut=0, lies=False),
        Fault(body=b"<html><body>Maintenance</body></html>", kind="text/html"),
        Fault(body=b"<html><body>Maintenance</body></html>"),
        Fault(body=b"\xff\xfenonsense"),
        Fault(body=b"<rss><channel><item><title>x</channel></rss>"),
        Fault(kind="text/plain"),
        Fault(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.cut}-{fault.body}",
)
def test_an_answer_that_is_cut_off_or_something_else_is_never_half_read(server, fetch, fault):
    server.faults += [fault]
    assert [record.id for record in fetch()] == ["2610.00006", "2610.00007", "2610.00008", "2609.00005"]
    assert len(server.requests) == 2


@pytest.mark.parametrize("bomb", [BOMB, BOMB.decode().encode("utf-16"), b"<!-- x --><!DOCTYPE rss><rss/>"])
def test_a_document_type_is_refused_and_not_asked_for_again(server, fetch, bomb):
    server.faults += [Fault(body=bomb)]
    with pytest.raises(RemoteError, match="found a document type or another encoding"):
        fetch()
    assert len(server.requests) == 1


@pytest.mark.parametrize("compressed", [False, True])
def test_an_answer_without_an_end_is_not_read(server, clock, compressed):
    server.faults += [Fault(body=b"<rss>" + b" " * 300_000, compressed=compressed)]
    with (
        Client(make_loopback(server.base), clock=clock.make(), max_bytes=100_000) as client,
        pytest.raises(RemoteError, match="longer than 0 MB; it was not read"),
    ):
        client.fetch(f"{server.base}/rss/cs.CL", XML, parse_feed)
    assert len(server.requests) == 1


def test_a_compressed_answer_is_read(server, fetch):
    server.faults += [Fault(compressed=True)]
    assert len(fetch()) == 4


def test_a_server_that_drips_is_cut_off(server):
    server.faults += [Fault(pause=0.002)]
    ticks = itertools.count()  # each look at the clock takes a second, and there is one for each piece
    clock = Clock(lambda: float(next(ticks)), lambda _: None)
    with Client(make_loopback(server.base), clock=clock, total_timeout=20) as client:
        assert len(client.fetch(f"{server.base}/rss/cs.CL", XML, parse_feed)) == 4
    assert len(server.requests) == 2


def test_a_server_that_says_nothing_is_cut_off(server, clock):
    server.faults += [Fault(pause=0.3)]
    timeout = httpx2.Timeout(0.05)
    with Client(make_loopback(server.base), clock=clock.make(), timeout=timeout) as client:
        assert len(client.fetch(f"{server.base}/rss/cs.CL", XML, parse_feed)) == 4


def test_nobody_there_is_an_error(server, clock):
    base = server.base
    server.__exit__()
    try:
        with (
            Client(make_loopback(base), clock=clock.make()) as client,
            pytest.raises(RemoteError, match=f"{base}/rss/cs.CL: .*gave up"),
        ):
            client.fetch(f"{base}/rss/cs.CL", XML, parse_feed)
        assert len(clock.pauses) == ATTEMPTS - 1
    finally:
        server.__enter__()


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.2:8000/rss", "https://arxiv.org.evil.example/", "//evil.example/", "file:///etc/passwd"],
)
def test_a_redirect_to_elsewhere_is_refused(server, fetch, target):
    server.faults += [Fault(status=301, headers={"Location": target})]
    with pytest.raises(RemoteError, match="is not an address of arXiv's; it was not asked"):
        fetch()
    assert len(server.requests) == 1


def test_a_redirect_within_is_followed_but_not_in_circles(server, fetch):
    server.faults += [Fault(status=301, headers={"Location": "/rss/cs.LG"})]
    assert len(fetch()) == 1
    server.faults += [Fault(status=302, headers={"Location": "/rss/cs.LG"})] * 9
    with pytest.raises(RemoteError, match="redirects more than 3 times"):
        fetch()


def test_the_user_agent_names_the_tool_and_a_contact(server, clock):
    contact = "ada@example.org\r\nX-Evil: 1"
    with Client(make_loopback(server.base), contact=contact, clock=clock.make()) as client:
        client.fetch(f"{server.base}/rss/cs.CL", XML, parse_feed)
    ((_, headers),) = server.requests
    assert headers["User-Agent"].startswith("arxonomy/")
    assert "github.com/arxonomy/arxonomy; ada@example.org" in headers["User-Agent"]
    assert "X-Evil" not in headers


def test_a_key_goes_to_arxiv_alone(monkeypatch, server):
    monkeypatch.setenv(KEY_VARIABLE, "secret")
    assert _make_headers(Services(), None)["Authorization"] == "Bearer secret"
    assert "Authorization" not in _make_headers(make_loopback(server.base), None)


def test_one_connection_serves_all_requests(server, client):
    for _ in range(3):
        client.fetch(f"{server.base}/rss/cs.CL", XML, parse_feed)
    assert server.most_busy == 1
    assert server.connections == 1


def test_a_fault_in_the_arguments_is_not_asked_for_again(server, client):
    def parse(_: bytes) -> None:
        raise SettingsError("wrong")

    with pytest.raises(SettingsError, match="wrong"):
        client.fetch(f"{server.base}/rss/cs.CL", XML, parse)
    assert len(server.requests) == 1
