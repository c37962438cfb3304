"""The same harvest from a server of another make: oai-repo, which knows nothing of arXiv's dialect.

Its lists have a size and a cursor, its tokens are base64, and it refuses a token once its list has shrunk.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from arxiv_papers import invent_papers, render_metadata
from lxml import etree
from oai_repo import DataInterface, Identify, MetadataFormat, OAIRepository, RecordHeader

from arxonomy.errors import SettingsError
from arxonomy.harvest import Prefix, harvest_range
from arxonomy.harvest.ranges import RangeHarvest
from arxonomy.harvest.store import Store
from arxonomy.papers import read_papers

FIRST = date(2026, 10, 1)


class Papers(DataInterface):
    """Invented papers, three on a page."""

    limit = 3

    def __init__(self, papers):
        self.papers = papers

    def get_identify(self):
        return Identify(
            "Invented", "http://127.0.0.1/oai", ["ada@example.org"], "2005-09-16", "no", "YYYY-MM-DD", [], []
        )

    def is_valid_identifier(self, identifier):
        return identifier.removeprefix("oai:arXiv.org:") in self.papers

    def get_metadata_formats(self, identifier=None):
        return [MetadataFormat(one.value, "http://arxiv.org/x.xsd", "http://arxiv.org/x/") for one in Prefix]

    def get_record_header(self, identifier):
        paper = self.papers[identifier.removeprefix("oai:arXiv.org:")]
        return RecordHeader(identifier, paper.changed.isoformat(), sorted(paper.sets))

    def get_record_metadata(self, identifier, metadataprefix):
        return etree.fromstring(render_metadata(self.papers[identifier[14:]], metadataprefix))[0]

    def get_record_abouts(self, identifier):
        return []

    def list_identifiers(
        self, metadataprefix, filter_from=None, filter_until=None, filter_set=None, cursor=0
    ):
        def is_wanted(paper):
            day = datetime(paper.changed.year, paper.changed.month, paper.changed.day, tzinfo=UTC)
            in_range = (filter_from or day) <= day <= (filter_until or day)
            return in_range and (filter_set is None or filter_set in paper.sets)

        found = [f"oai:arXiv.org:{name}" for name, paper in sorted(self.papers.items()) if is_wanted(paper)]
        found.sort(key=lambda name: self.papers[name[14:]].changed)
        return found[cursor : cursor + self.limit], len(found), None


@pytest.fixture
def papers(server):
    server.papers = invent_papers(20)
    repository = OAIRepository(Papers(server.papers))
    server.oai = lambda arguments: bytes(repository.process(dict(arguments)))
    return server.papers


@pytest.mark.parametrize("prefix", list(Prefix))
def test_all_papers_are_harvested(papers, server, client, tmp_path, prefix):
    report = harvest_range(client, tmp_path / "a.jsonl", [], FIRST, prefix=prefix)
    assert sorted(paper.id for paper in read_papers(tmp_path / "a.jsonl")) == sorted(papers)
    assert (report.announced, report.is_complete) == (20, True)
    assert server.count("/oai?verb=ListRecords") == 7


def test_a_set_and_a_range_of_days(papers, client, tmp_path):
    harvest_range(client, tmp_path / "a.jsonl", ["cs.LG"], FIRST, date(2026, 10, 2))
    found = {paper.id for paper in read_papers(tmp_path / "a.jsonl")}
    assert found == {
        one.id for one in papers.values() if "cs.LG" in one.categories and one.changed <= date(2026, 10, 2)
    }


def test_a_list_that_shrinks_while_it_is_read_loses_nothing(papers, server, client, tmp_path):
    """A paper leaves the range between two pages: its token is refused, and the list begun again."""

    def move(path: str) -> None:
        if server.count("/oai?verb=ListRecords") == 4:
            papers["2610.00002"].changed = date(2026, 11, 1)

    server.before = move
    with Store(tmp_path / "s", {}) as store:
        days = FIRST, date(2026, 10, 31)
        found = RangeHarvest(client, store, Prefix.arxiv_raw, *days, lambda _: None).read([None])
        assert sorted(store.list_ids()) == sorted(papers)
    assert (found.announced, found.missing) == (19, frozenset())


def test_an_empty_range_and_errors_are_those_of_the_protocol(papers, server, client, tmp_path):
    with Store(tmp_path / "s", {}) as store:
        days = date(2026, 9, 1), date(2026, 9, 2)
        assert (
            RangeHarvest(client, store, Prefix.arxiv_raw, *days, lambda _: None).read([None]).announced == 0
        )
        server.oai = (lambda real: lambda arguments: real({**arguments, "color": "green"}))(server.oai)
        with pytest.raises(SettingsError, match="badArgument"):
            RangeHarvest(client, store, Prefix.arxiv_raw, *days, lambda _: None).read([None])
