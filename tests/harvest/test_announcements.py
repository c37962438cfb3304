from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from arxiv_papers import Invented, invent_papers
from arxiv_server import Fault

from arxonomy.errors import RemoteError
from arxonomy.harvest.announcements import read_announcement

DAY = date(2026, 10, 2)


def types(found) -> dict[str, str]:
    return {record.id: record.announce_type for record in found.records}


def test_the_feed_and_the_listing_agree(server, client):
    found = read_announcement(client, ["cs.CL"])
    assert types(found) == {
        "2610.00006": "new",
        "2610.00007": "new",
        "2610.00008": "new",
        "2609.00005": "replace",
    }
    assert (found.day, found.is_proven, found.added, found.left_out) == ("2026-10-02", True, 0, 0)
    assert {record.announced for record in found.records} == {"2026-10-02"}
    assert len(server.requests) == 2


def test_papers_that_the_feed_lacks_are_fetched(server, client):
    server.feed_lacks = {"2610.00007", "2609.00005"}
    found = read_announcement(client, ["cs.CL"])
    assert (len(found.records), found.added) == (4, 2)
    fetched = {record.id: record for record in found.records}["2609.00005"]
    assert (fetched.announce_type, fetched.announced, fetched.published) == (
        "replace",
        "2026-10-02",
        "2026-09-02",
    )


def test_a_feed_of_yesterday_is_not_used(server, client):
    """It is stale without a sign, and has an earlier version of a paper that was replaced today."""
    yesterday = {name: paper for name, paper in server.papers.items() if paper.changed == date(2026, 10, 1)}
    replaced = dataclasses.replace(server.papers["2609.00005"], versions=[date(2026, 9, 2)], kind="new")
    server.feed_papers = {**yesterday, replaced.id: replaced}
    found = read_announcement(client, ["cs.CL"])
    assert sorted(types(found)) == ["2609.00005", "2610.00006", "2610.00007", "2610.00008"]
    assert (found.added, found.left_out) == (4, 4)
    assert {record.id: record.version for record in found.records}["2609.00005"] == 2


def test_an_empty_feed_on_a_weekend_is_made_up_for(server, client):
    server.feed_papers = {}
    assert read_announcement(client, ["cs.CL"]).added == 4


def test_the_most_telling_type_of_several_categories_counts(server, client):
    server.papers["2609.00010"] = Invented(
        "2609.00010", ["math.NA", "cs.CL"], [date(2026, 9, 1), DAY], DAY, kind="replace"
    )
    server.papers["2610.00099"] = Invented("2610.00099", ["math.NA", "cs.CL"], [DAY], DAY)
    alone = read_announcement(client, ["cs.CL"])
    assert types(alone)["2610.00099"] == "cross"
    assert types(alone)["2609.00010"] == "replace-cross"
    for names in (["cs.CL", "math.NA"], ["math.NA", "cs.CL"]):
        both = read_announcement(client, names)
        assert types(both)["2610.00099"] == "new"
        assert types(both)["2609.00010"] == "replace"
        assert len(both.records) == len(both.types) == 6


def test_a_long_listing_is_read_to_its_end(server, client):
    server.papers = invent_papers(33, first=DAY, a_day=33)
    server.listing_page = 10
    server.feed_lacks = {name for name in server.papers if name > "2610.00020"}
    found = read_announcement(client, ["cs"])
    assert len(found.records) == len(found.types) == 33
    assert server.count("/list/cs/new") == 4


def test_no_news_is_an_announcement_too(server, client):
    found = read_announcement(client, ["hep-th"])
    assert (found.records, found.day, found.is_proven) == ((), "2026-10-02", True)


def test_what_cannot_be_fetched_is_known_to_be_missing(server, client):
    server.feed_lacks = {"2610.00007"}
    real = server.answer_listing
    server.answer_listing = lambda name, arguments: real(name, arguments).replace(
        b"2610.00007", b"2610.77777"
    )
    found = read_announcement(client, ["cs.CL"])
    assert set(found.types) - {record.id for record in found.records} == {"2610.77777"}


def test_without_a_listing_nothing_is_proven(server, client, notes):
    server.faults += [Fault(path="/list/", status=404)]
    found = read_announcement(client, ["cs.CL"])
    assert (len(found.records), found.is_proven, found.day) == (4, False, None)
    assert types(found)["2609.00005"] == "replace"
    assert "the listing of cs.CL cannot be read" in notes()[0]


def test_without_a_feed_there_is_an_error(server, client):
    server.faults += [Fault(path="/rss/", status=404)]
    with pytest.raises(RemoteError, match="404"):
        read_announcement(client, ["cs.CL"])
