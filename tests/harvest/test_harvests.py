from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from arxiv_server import Fault

from arxonomy.config import DataSettings
from arxonomy.errors import RemoteError, SettingsError
from arxonomy.harvest import harvest_announcement, harvest_ids, harvest_query, harvest_range, lookups
from arxonomy.harvest.harvests import _name_set, find_codes, list_archives
from arxonomy.harvest.output import METADATA
from arxonomy.papers import load_dataset, read_papers
from arxonomy.papers.identifiers import Identifier
from arxonomy.taxonomy import get_arxiv

FIRST = date(2026, 10, 1)


def read_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", ["papers.jsonl", "papers.parquet"])
def test_a_file_is_read_by_every_command_without_options(server, client, tmp_path, name, notes):
    path = tmp_path / name
    for paper in list(server.papers.values())[5:15]:
        paper.categories.insert(0, "cs.CV")
    harvest_range(client, path, ["cs.CL"], FIRST)
    papers = list(read_papers(path))
    paper, entry = papers[4], server.papers[papers[4].id]
    assert len(papers) == 20
    assert (paper.id, paper.title, paper.published) == ("2609.00005", entry.title, "2026-09-02")
    assert (paper.category, paper.categories) == ("cs.CL", ("cs.CL", "math.NA"))
    assert paper.abstract == " ".join(entry.abstract.split())
    assert len(load_dataset(path, DataSettings()).papers) == 20
    assert notes() == []


def test_both_forms_have_the_same_rows(server, client, tmp_path):
    for name in ("a.jsonl", "a.parquet"):
        harvest_range(client, tmp_path / name, [], FIRST)
    assert pq.ParquetFile(tmp_path / "a.parquet").read().to_pylist() == read_lines(tmp_path / "a.jsonl")


def test_the_report_is_in_the_metadata_and_next_to_the_file(server, client, tmp_path):
    report = harvest_range(client, tmp_path / "a.parquet", ["cs.CL"], FIRST)
    stored = json.loads(pq.read_schema(tmp_path / "a.parquet").metadata[METADATA.encode()])
    beside = json.loads((tmp_path / "a.parquet.report.json").read_text())
    assert stored == beside == json.loads(json.dumps(report.to_dict()))
    assert (stored["papers"], stored["announced"], stored["is_complete"]) == (20, 20, True)
    assert stored["selection"]["categories"] == ["cs.CL"]


def test_a_harvest_is_continued_and_changed_papers_are_replaced(server, client, tmp_path):
    path = tmp_path / "a.jsonl"
    harvest_range(client, path, ["cs.CL"], FIRST, date(2026, 10, 3))
    paper = server.papers["2610.00001"]
    paper.versions.append(date(2026, 10, 5))
    paper.changed = date(2026, 10, 5)
    report = harvest_range(client, path, ["cs.CL"], FIRST)
    rows = {row["id"]: row for row in read_lines(path)}
    assert len(rows) == len(read_lines(path)) == report.papers == 20
    assert rows["2610.00001"]["version"] == 2
    assert report.announced_since == "2026-10-03"


def test_a_stopped_harvest_leaves_the_old_file_and_continues(server, client, tmp_path):
    path = tmp_path / "a.jsonl"
    server.faults += [Fault(path="/oai?verb=ListRecords&resumptionToken", status=404)]
    with pytest.raises(RemoteError):
        harvest_range(client, path, [], FIRST)
    assert not path.exists()
    harvest_range(client, path, [], FIRST)
    assert sorted(row["id"] for row in read_lines(path)) == sorted(server.papers)


def test_a_harvest_of_something_else_is_refused(server, client, tmp_path):
    path = tmp_path / "a.jsonl"
    harvest_range(client, path, ["cs.CL"], FIRST)
    with pytest.raises(SettingsError, match="is of another harvest"):
        harvest_range(client, path, ["cs.LG"], FIRST)
    (tmp_path / "a.jsonl.harvest").unlink()
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="a harvest into it would continue, is not; give another output"):
        harvest_range(client, path, ["cs.CL"], FIRST)
    assert path.read_bytes() == before


def test_all_of_arxiv_has_gaps_in_the_sequence_of_ids_named(server, client, tmp_path):
    del server.papers["2610.00007"]
    report = harvest_range(client, tmp_path / "a.jsonl", [], FIRST)
    assert ("2610.00007", "2610.00007") in report.sequence.gaps
    text = report.to_text()
    assert text.startswith("harvested 19 papers; arXiv lists 19 since 2026-10-01: all of them are there\n")
    assert "of 19 numbers in the sequence of ids 4 are not there" in text
    assert "as a rule on hold or removed: 2610.00005, 2610.00007, 2610.00010, 2610.00015" in text
    assert harvest_range(client, tmp_path / "b.jsonl", ["cs.CL"], FIRST).sequence is None


def test_papers_of_before_do_not_count_as_gaps(server, client, tmp_path):
    report = harvest_range(client, tmp_path / "a.jsonl", [], date(2026, 10, 3))
    assert (report.sequence.present, report.sequence.numbers) == (9, 11)  # the replaced ones have earlier ids


def test_an_announcement_replaces_the_file_of_yesterday(server, client, tmp_path):
    path = tmp_path / "today.jsonl"
    first = harvest_announcement(client, path, ["cs.CL"])
    server.day = date(2026, 10, 3)
    second = harvest_announcement(client, path, ["cs.CL"])
    assert (first.announced_on, second.announced_on) == ("2026-10-02", "2026-10-03")
    assert {row["announced"] for row in read_lines(path)} == {"2026-10-03"}
    assert second.to_text() == (
        "harvested 4 papers; arXiv lists 4 of 2026-10-03 (3 new, 1 replace): all of them are there"
    )


def test_an_announcement_that_is_not_whole_says_what_is_missing(server, client, tmp_path):
    server.feed_lacks = {"2610.00007"}
    server.faults += [Fault(path="/api", body=_EMPTY)] * 2
    report = harvest_announcement(client, tmp_path / "today.jsonl", ["cs.CL"])
    assert (report.papers, report.missing, report.is_complete) == (3, ("2610.00007",), False)
    assert report.to_text().splitlines() == [
        "harvested 3 papers; arXiv lists 4 of 2026-10-02 (3 new, 1 replace): 3 of them are there",
        "warning: 1 paper missing: 2610.00007",
    ]


_EMPTY = b"<feed xmlns='http://www.w3.org/2005/Atom' xmlns:o='x'><o:totalResults>0</o:totalResults></feed>"


def test_all_of_arxiv_is_announced_archive_by_archive(server, client, tmp_path):
    report = harvest_announcement(client, tmp_path / "today.jsonl", [])
    assert report.papers == 4
    assert server.count("/rss/") == server.count("/list/") == len(list_archives()) == 20
    assert report.sequence.present == 3


def test_ids_are_harvested_once_each_and_what_is_missing_is_named(server, client, tmp_path):
    path = tmp_path / "a.jsonl"
    wanted = [Identifier("2610.00001"), Identifier("2610.00002", 1), Identifier("2610.00001", 1)]
    report = harvest_ids(client, path, [*wanted, Identifier("2501.99999")])
    assert [row["id"] for row in read_lines(path)] == ["2610.00001", "2610.00002"]
    assert (report.announced, report.missing) == (3, ("2501.99999",))
    assert not Path(f"{path}.harvest").exists()


def test_ids_continue_after_an_interruption(server, client, tmp_path, monkeypatch):
    monkeypatch.setattr(lookups, "IDS", 4)
    wanted = [Identifier(name) for name in server.papers]
    server.before = lambda _: len(server.requests) == 3 and server.faults.append(Fault(status=404))
    with pytest.raises(RemoteError):
        harvest_ids(client, tmp_path / "a.jsonl", wanted)
    before = len(server.requests)
    harvest_ids(client, tmp_path / "a.jsonl", wanted)
    assert len(server.requests) - before == 3
    assert [row["id"] for row in read_lines(tmp_path / "a.jsonl")] == list(server.papers)


def test_no_ids_are_an_error(client, tmp_path):
    with pytest.raises(SettingsError, match="expected ids of arXiv's"):
        harvest_ids(client, tmp_path / "a.jsonl", [])


def test_a_query_continues_after_an_interruption(server, client, tmp_path, monkeypatch):
    monkeypatch.setattr(lookups, "MATCHES", 6)
    server.before = lambda _: len(server.requests) == 3 and server.faults.append(Fault(status=404))
    with pytest.raises(RemoteError):
        harvest_query(client, tmp_path / "a.jsonl", "cat:cs.CL")
    server.before = lambda _: None
    report = harvest_query(client, tmp_path / "a.jsonl", "cat:cs.CL")
    assert "start=12" in server.requests[3][0]
    assert (report.papers, report.announced, report.is_complete) == (20, 20, True)
    assert len(read_lines(tmp_path / "a.jsonl")) == 20


def test_matches_that_are_fewer_than_arxiv_says_are_missing(server, client, tmp_path):
    real = server.answer_api
    server.answer_api = lambda arguments: real(arguments).replace(b"2610.00003v1", b"2610.00001v1")
    report = harvest_query(client, tmp_path / "a.jsonl", "cat:cs.CL")
    assert (report.papers, report.announced, report.missing_count) == (19, 20, 1)


@pytest.mark.parametrize("name", ["a.csv", "a", "a.json", "a.jsonl.gz"])
def test_other_forms_are_refused_before_anything_is_asked(server, client, tmp_path, name):
    with pytest.raises(SettingsError, match=r"expected a name that ends in \.jsonl or \.parquet"):
        harvest_announcement(client, tmp_path / name, ["cs.CL"])
    assert server.requests == []


def test_names_are_checked_before_anything_is_asked(server, client, tmp_path):
    with pytest.raises(SettingsError, match=r"found `cs\.CLL`: did you mean `cs\.CL`"):
        harvest_announcement(client, tmp_path / "a.jsonl", ["cs.CLL"])
    with pytest.raises(SettingsError, match="expected days from 2005-09-16"):
        harvest_range(client, tmp_path / "a.jsonl", [], date(2000, 1, 1))
    assert server.requests == []


def test_names_are_those_of_today_and_archives_stay():
    assert find_codes(["cs.SY", "cmp-lg", "astro-ph", "hep-th", "cs.CL"]) == [
        "eess.SY",
        "cs.CL",
        "astro-ph",
        "hep-th",
    ]


def test_sets_have_the_names_that_arxiv_gives_them():
    names = ["cs.AI", "math.NA", "hep-th", "cond-mat.supr-con", "cond-mat", "cs", "physics", "q-bio.QM"]
    assert [_name_set(name) for name in names] == [
        "cs:cs:AI",
        "math:math:NA",
        "physics:hep-th",
        "physics:cond-mat:supr-con",
        "physics:cond-mat",
        "cs:cs",
        "physics:physics",
        "q-bio:q-bio:QM",
    ]
    active = [code for code, node in get_arxiv().nodes.items() if node.status == "active"]
    assert len({_name_set(code) for code in active}) == len(active) == 149
