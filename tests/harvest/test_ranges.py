from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import quote, urlencode

import pytest
from arxiv_papers import invent_papers
from arxiv_server import Fault

from arxonomy.errors import RemoteError, SettingsError
from arxonomy.harvest.oai import Prefix
from arxonomy.harvest.ranges import RangeHarvest, check_days
from arxonomy.harvest.store import Store

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "store", {}) as store:
        yield store


@pytest.fixture
def harvest(client, store):
    """Harvests all papers into the store."""

    def read(*sets: str, first: date = FIRST, last: date = LAST):
        return RangeHarvest(client, store, Prefix.arxiv_raw, first, last, lambda _: None).read(sets or [None])

    return read


def count_records(server) -> int:
    return server.count("/oai?verb=ListRecords")


@pytest.mark.parametrize("page", [1, 4, 7, 20, 21])
def test_pages_of_any_size_give_all_papers(server, harvest, store, page):
    server.page = page
    found = harvest()
    assert list(store.list_ids()) == sorted(server.papers)
    assert (found.announced, found.missing, found.added) == (20, frozenset(), 0)


def test_a_set_has_its_papers_alone(server, harvest, store):
    harvest("cs:cs:LG")
    assert set(store.list_ids()) == {one.id for one in server.papers.values() if "cs.LG" in one.categories}


def test_papers_of_several_sets_count_once(server, harvest, store):
    found = harvest("cs:cs:LG", "cs:cs:CL", "math:math:NA")
    assert (found.announced, store.count()) == (20, 20)


def test_a_range_without_papers_is_empty(server, harvest, store):
    found = harvest(first=date(2026, 9, 1), last=date(2026, 9, 2))
    assert (found.announced, store.count()) == (0, 0)


def test_days_outside_of_the_range_are_left_out(server, harvest, store):
    harvest(first=date(2026, 10, 2), last=date(2026, 10, 3))
    days = set(store.find_days(store.list_ids()).values())
    assert days == {"2026-10-02", "2026-10-03"}


def test_a_later_run_reads_from_the_last_day_on(server, harvest, store):
    harvest(last=date(2026, 10, 3))
    before = len(server.requests)
    found = harvest(last=date(2026, 10, 5))
    assert [path for path, _ in server.requests[before:] if "from=2026-10-01" in path] == []
    assert (found.since, store.count()) == ("2026-10-03", 20)


def test_an_interrupted_run_goes_on_at_the_last_day_that_is_whole(server, harvest, store):
    server.page = 3
    third = quote(
        quote(urlencode({"verb": "ListRecords", "metadataPrefix": "arXivRaw", "from": "2026-10-03"}))
    )
    server.faults += [Fault(path=f"/oai?verb=ListRecords&resumptionToken={third}", status=404)]
    with pytest.raises(RemoteError, match="404"):
        harvest()
    assert 0 < store.count() < 20
    before = len(server.requests)
    assert harvest().announced == 20
    assert "from=2026-10-03" in server.requests[before][0]
    assert list(store.list_ids()) == sorted(server.papers)


def test_a_paper_that_is_skipped_since_another_one_moved_is_found(server, harvest, store):
    """The second page of a day begins one paper too late, if one of its first page has moved to today."""
    server.page = 3

    def move(path: str) -> None:
        if "resumptionToken" in path and server.papers["2610.00001"].changed == FIRST:
            server.papers["2610.00001"].changed = LAST

    server.before = move
    found = harvest()
    assert found.added == 1
    assert list(store.list_ids()) == sorted(server.papers)
    assert store.find_days(["2610.00001"]) == {"2610.00001": LAST.isoformat()}


def test_papers_that_move_all_the_time_are_found_while_the_last_day_is_not_over(server, harvest, store):
    names, day = sorted(server.papers), [LAST]

    def move(path: str) -> None:
        if "resumptionToken" in path and names:
            server.papers[names.pop(0)].changed = day[0]

    server.page, server.before = 2, move
    harvest()
    assert list(store.list_ids()) == sorted(server.papers)


def test_what_cannot_be_found_is_named(server, harvest, store):
    real = server.answer_oai

    def hide(arguments):
        body = real(arguments)
        return body if arguments["verb"] == "ListIdentifiers" else body.replace(b"2610.00003", b"2610.00001")

    server.oai = hide
    found = harvest()
    assert found.missing == {"2610.00003"}
    assert found.announced == 20
    server.oai = real
    assert harvest().since == FIRST.isoformat()  # it is compared with the same days again
    assert store.count() == 20


def test_a_record_that_cannot_be_read_is_named_and_not_asked_for_again(server, harvest, store):
    real = server.answer_oai
    server.oai = lambda arguments: real(arguments).replace(b"<id>2610.00003</id>", b"<id>2610.99999</id>")
    found = harvest()
    assert (found.unreadable, found.missing, store.count()) == ({"2610.00003"}, frozenset(), 19)


def test_a_token_that_expires_begins_the_list_again_where_it_was(server, harvest, store):
    real, times = server.answer_oai, [0]

    def forget(arguments):
        times[0] += 1
        if times[0] % 3 == 0 and "resumptionToken" in arguments:
            return b"<OAI-PMH><error code='badResumptionToken'>gone</error></OAI-PMH>"
        return real(arguments)

    server.oai = forget
    harvest()
    assert list(store.list_ids()) == sorted(server.papers)


def test_tokens_that_always_expire_end_in_an_error(server, harvest):
    real = server.answer_oai
    gone = b"<OAI-PMH><error code='badResumptionToken'>gone</error></OAI-PMH>"
    server.oai = lambda arguments: gone if "resumptionToken" in arguments else real(arguments)
    server.page = 2
    with pytest.raises(RemoteError, match="keeps forgetting the place in the list of all papers"):
        harvest()


def test_a_list_that_leads_back_ends_in_an_error(server, harvest):
    real = server.answer_oai
    first = {"verb": "ListRecords", "metadataPrefix": "arXivRaw", "from": "2026-10-01"}
    server.oai = lambda _: real(first)
    with pytest.raises(RemoteError, match="leads back to a page that was read"):
        harvest()


def test_a_page_that_is_cut_off_is_read_again(server, harvest, store):
    server.faults += [Fault(cut=900), Fault(cut=900, lies=False), Fault(status=503)]
    harvest()
    assert list(store.list_ids()) == sorted(server.papers)


def test_a_deleted_paper_is_taken_out(server, harvest, store):
    harvest()
    real = server.answer_oai
    gone = b"<header status='deleted'><identifier>oai:arXiv.org:2610.00003<"
    server.papers["2610.00003"].changed = LAST
    server.oai = lambda arguments: real(arguments).replace(
        b"<header><identifier>oai:arXiv.org:2610.00003<", gone
    )
    found = harvest()
    assert "2610.00003" not in list(store.list_ids())
    assert found.missing == frozenset()


def test_a_set_that_arxiv_does_not_know_is_an_error(harvest):
    with pytest.raises(SettingsError, match="arXiv answers badArgument: Set does not exist"):
        harvest("cs:cs:XX")


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2005, 9, 15), LAST),
        (LAST, FIRST),
        (FIRST, LAST + timedelta(1)),
    ],
)
def test_days_that_arxiv_would_refuse_are_refused_before(first, last):
    with pytest.raises(SettingsError, match="expected days from 2005-09-16 to 2026-10-31"):
        check_days(first, last, LAST)


def test_many_papers_on_one_day_need_no_more_than_their_pages(server, harvest, store):
    server.papers = invent_papers(50, a_day=50)
    server.page, server.id_page = 7, 20
    harvest()
    assert store.count() == 50
    assert count_records(server) == 8
