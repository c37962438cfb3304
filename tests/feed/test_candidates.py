from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from arxiv_papers import Invented, invent_papers
from arxiv_server import ArxivServer

from arxonomy.errors import SettingsError
from arxonomy.feed.candidates import Candidate, Kind, Wish, harvest_candidates, read_candidates
from arxonomy.harvest import Client
from arxonomy.harvest.services import make_loopback
from arxonomy.records import Paper


def write(path, *papers):
    path.write_text("".join(json.dumps({"title": "t", **paper}) + "\n" for paper in papers))
    return path


def read_one(tmp_path, reader=("cs.CL",), **fields):
    (candidate,) = read_candidates([write(tmp_path / "a.jsonl", fields)], reader)
    return candidate


@pytest.mark.parametrize(
    ("announce_type", "listed", "kind"),
    [
        ("new", ["cs.CL"], Kind.new),
        ("new", ["cs.LG", "cs.CL"], Kind.cross_list),  # new in cs.LG, where the harvest was of both
        ("cross", ["cs.CL", "cs.LG"], Kind.cross_list),  # old in cs.CL, and cross-listed today
        ("cross", ["cs.LG", "cs.CL"], Kind.cross_list),
        ("replace", ["cs.CL"], Kind.replacement),
        ("replace-cross", ["cs.LG", "cs.CL"], Kind.replacement),
        (None, ["cs.CL"], Kind.new),
        (None, ["cs.LG", "cs.CL"], Kind.cross_list),
        (None, [], Kind.new),
    ],
)
def test_the_kind_is_that_of_the_announcement_to_the_reader(tmp_path, announce_type, listed, kind):
    fields = {"announce_type": announce_type} if announce_type else {}
    assert read_one(tmp_path, id="2610.00001", categories=listed, **fields).kind is kind


def test_whoever_reads_everything_has_the_kinds_of_the_source(tmp_path):
    fields = {"id": "2610.00001", "categories": ["cs.LG", "cs.CL"]}
    assert read_one(tmp_path, reader=(), announce_type="new", **fields).kind is Kind.new


def test_categories_have_the_names_of_today_and_the_primary_one_is_first(tmp_path):
    candidate = read_one(tmp_path, id="1", category="cs.NA", categories=["cs.CL", "cs.NA", "68T50"])
    assert candidate.codes == ("math.NA", "cs.CL")


def test_authors_and_links_are_read_from_other_files_too(tmp_path):
    first = read_one(tmp_path, id="arXiv:2610.00001v2", authors="Ada Roe, Bo Li")
    assert (first.authors, first.url) == (("Ada Roe", "Bo Li"), "https://arxiv.org/abs/2610.00001")
    second = read_one(tmp_path, id="x", author="Roe, Ada and Li, Bo", doi="10.1000/a(b)<c>")
    assert second.authors == ("Roe, Ada", "Li, Bo")
    assert second.url == "https://doi.org/10.1000/a%28b%29%3Cc%3E"
    assert read_one(tmp_path, id="x", url="javascript://x").url is None


def test_what_no_version_and_no_day_is_does_not_reach_the_history_or_the_title(tmp_path):
    fields = {"version": "2\n2610.00009", "announced": "today"}
    candidate = read_one(tmp_path, id="2610.00001", announce_type="replace", **fields)
    assert (candidate.version, candidate.announced, candidate.name) == ("", None, "2610.00001v")


def test_the_name_in_the_history_is_the_id_or_the_text():
    paper = Paper("1", "A title", "text")
    new, other = Candidate(paper, Kind.new), Candidate(Paper("1", "Another", "text"), Kind.new)
    assert new.name == Candidate(Paper("2", "A  <i>title</i>", "Text."), Kind.new).name != other.name
    arxiv = Paper("2610.00001v1", "t", "")
    assert Candidate(arxiv, Kind.new).name == Candidate(arxiv, Kind.cross_list).name == "2610.00001"
    assert Candidate(arxiv, Kind.replacement, version="3").name == "2610.00001v3"


@pytest.mark.parametrize(
    ("wish", "shown"),
    [
        (Wish(("cs.CL",)), "new cross"),
        (Wish(("cs",)), "new cross other"),
        (Wish(), "new cross other physics"),
        (Wish(("cs.CL",), ("cs.LG",)), "new"),
        (Wish((), ("cs",)), "physics"),
        (Wish(("cs.CL",), cross_lists=False), "new"),
        (Wish(("cs.CL",), replacements=True), "new cross replaced"),
    ],
)
def test_a_reader_gets_what_is_wished_for(wish, shown):
    candidates = {
        "new": Candidate(Paper("1", "t", ""), Kind.new, ("cs.CL", "cs.AI")),
        "cross": Candidate(Paper("2", "t", ""), Kind.cross_list, ("cs.LG", "cs.CL")),
        "replaced": Candidate(Paper("3", "t", ""), Kind.replacement, ("cs.CL",)),
        "other": Candidate(Paper("4", "t", ""), Kind.new, ("cs.CV",)),
        "changed": Candidate(Paper("6", "t", ""), Kind.change, ("cs.CL",)),
        "physics": Candidate(Paper("5", "t", ""), Kind.new, ("hep-th",)),
    }
    assert " ".join(name for name, one in candidates.items() if wish.find_fault(one) is None) == shown


def test_papers_that_list_nothing_are_kept():
    assert Wish(("cs.CL",), ("cs.LG",)).find_fault(Candidate(Paper("1", "t", ""), Kind.new)) is None


def test_a_paper_in_two_files_is_one(tmp_path):
    files = [
        write(tmp_path / "a.jsonl", {"id": "2610.00001v1"}, {"id": "b", "title": "Same text"}),
        write(
            tmp_path / "b.jsonl",
            {"id": "2610.00001v2", "title": "revised"},
            {"id": "c", "title": "same text"},
        ),
    ]
    assert [one.paper.id for one in read_candidates(files)] == ["2610.00001v1", "b"]


@pytest.fixture
def server():
    with ArxivServer() as server:
        yield server


def test_one_day_is_the_newest_announcement(server):
    server.papers = invent_papers(10, a_day=10)
    server.day = date(2026, 10, 1)
    with Client(make_loopback(server.base)) as client:
        candidates, report = harvest_candidates(client, ["cs.CL"], 1)
    assert report.is_complete and report.announced == len(candidates) == 10
    assert {one.kind for one in candidates} == {Kind.new, Kind.replacement}
    assert {one.announced for one in candidates} == {"2026-10-01"}


def test_an_empty_announcement_is_no_candidate_and_no_error(server):
    server.papers = {}
    with Client(make_loopback(server.base)) as client:
        candidates, report = harvest_candidates(client, ["cs.CL"], 1)
    assert (candidates, report.is_complete) == ([], True)


def test_of_several_days_new_papers_and_versions_are_told_apart(server):
    today = datetime.now(UTC).date()
    ago = {count: today - timedelta(count) for count in (1, 2, 20, 90)}

    def add(number: int, versions: list[date], *categories: str) -> None:
        paper = Invented(f"2610.0000{number}", list(categories), versions, ago[1])
        server.papers[paper.id] = paper

    server.papers = {}
    add(1, [ago[1]], "cs.CL")
    add(2, [ago[1]], "cs.LG", "cs.CL")
    add(3, [ago[20]], "cs.CL")  # on hold
    add(4, [ago[2], ago[1]], "cs.CL")  # its first version was never shown
    add(5, [ago[20], ago[1]], "cs.CL")
    add(6, [ago[90]], "cs.CL")  # got a journal, say
    server.day = today
    with Client(make_loopback(server.base)) as client:
        candidates, report = harvest_candidates(client, ["cs.CL"], 3)
    assert report.is_complete
    assert {int(one.paper.id[-1]): one.kind.value for one in candidates} == {
        1: "new", 2: "cross-list", 3: "new", 4: "new", 5: "replacement", 6: "change",
    }  # fmt: skip


def test_no_days_are_an_error(server):
    with (
        Client(make_loopback(server.base)) as client,
        pytest.raises(SettingsError, match="at least 1, found 0"),
    ):
        harvest_candidates(client, ["cs.CL"], 0)
