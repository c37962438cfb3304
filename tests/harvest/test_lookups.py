from __future__ import annotations

import pytest
from arxiv_papers import invent_papers
from arxiv_server import Fault

from arxonomy.errors import InputError, SettingsError
from arxonomy.harvest import lookups
from arxonomy.harvest.lookups import fetch_matches, fetch_record, fetch_records
from arxonomy.papers.identifiers import Identifier

EMPTY = b"<feed xmlns='http://www.w3.org/2005/Atom' xmlns:o='x'><o:totalResults>0</o:totalResults></feed>"


def fetch_all(client, names) -> list:
    return [record for records in fetch_records(client, names) for record in records]


def test_ids_are_fetched_a_hundred_at_a_time(server, client):
    server.papers = invent_papers(250)
    assert {record.id for record in fetch_all(client, list(server.papers))} == set(server.papers)
    assert len(server.requests) == 3


def test_an_answer_that_is_empty_for_no_reason_is_asked_for_again(server, client):
    server.faults += [Fault(body=EMPTY)]
    assert len(fetch_all(client, ["2610.00001", "2610.00002"])) == 2


def test_ids_that_arxiv_does_not_have_are_left_out(server, client):
    found = fetch_all(client, ["2610.00001", "2501.99999"])
    assert [record.id for record in found] == ["2610.00001"]
    assert len(server.requests) == 2


def test_an_id_that_arxiv_refuses_costs_itself_alone(server, client):
    names = ["2610.00001", "2610.00002", "2599.00001", "2610.00003"]
    assert {record.id for record in fetch_all(client, names)} == {
        "2610.00001",
        "2610.00002",
        "2610.00003",
    }


def test_a_version_that_is_asked_for_is_not_asked_for_again(server, client):
    (record,) = fetch_all(client, ["2609.00005v2"])
    assert (record.id, record.version) == ("2609.00005", 2)
    assert len(server.requests) == 1


def test_one_paper_or_an_error(client):
    assert fetch_record(client, Identifier("2610.00001")).id == "2610.00001"
    with pytest.raises(InputError, match=r"arXiv has no paper 2501\.99999; is the id right\?"):
        fetch_record(client, Identifier("2501.99999"))


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(lookups, "MATCHES", 7)


def test_matches_are_read_page_by_page(server, client, small_pages):
    pages = list(fetch_matches(client, "cat:cs.CL", 0))
    assert [read for _, read in pages] == [7, 14, 20]
    assert sum(len(answer.records) for answer, _ in pages) == 20
    assert [read for _, read in fetch_matches(client, "cat:cs.CL", 14)] == [20]


@pytest.mark.usefixtures("small_pages")
def test_a_page_without_papers_is_asked_for_again(server, client):
    server.faults += [Fault(body=EMPTY)]
    total = EMPTY.replace(b">0<", b">20<")
    server.faults += [Fault(path="/api/query?search_query=x&start=7", body=total)] * 3
    assert [read for _, read in fetch_matches(client, "x", 0)] == [7, 14, 20]
    assert len(server.requests) == 7


def test_a_query_without_matches_ends(server, client):
    server.papers = {}
    ((answer, read),) = fetch_matches(client, "x", 0)
    assert (answer.records, answer.total, read) == ((), 0, 0)
    assert len(server.requests) == 2


def test_more_matches_than_arxiv_gives_are_refused_before_they_are_read(server, client):
    real = server.answer_api
    server.answer_api = lambda arguments: real(arguments).replace(b">20</open", b">30001</open")
    with pytest.raises(SettingsError, match="30,001 papers match, and arXiv gives at most 30,000; narrow it"):
        list(fetch_matches(client, "x", 0))
    assert len(server.requests) == 1
