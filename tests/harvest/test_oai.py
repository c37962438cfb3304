from __future__ import annotations

from datetime import date

import pytest
from arxiv_papers import Invented, render_header, render_metadata, wrap_oai

from arxonomy.errors import RemoteError, SettingsError
from arxonomy.harvest.client import TransientError
from arxonomy.harvest.oai import Page, Prefix, parse_page

PAPER = Invented(
    "2501.01234", ["cs.NA", "math.NA", "cs.LG"], [date(2025, 1, 15), date(2025, 2, 20)], date(2025, 3, 1)
)


def parse(
    content: str, prefix: Prefix = Prefix.arxiv_raw, verb: str = "ListRecords", is_first: bool = True
) -> Page:
    return parse_page(wrap_oai(content), verb, prefix, is_first=is_first)


def wrap(*records: str, end: str = "") -> str:
    return f"<ListRecords>{''.join(records)}{end}</ListRecords>"


def render(paper: Invented = PAPER, prefix: Prefix = Prefix.arxiv_raw) -> str:
    return f"<record>{render_header(paper)}{render_metadata(paper, prefix.value)}</record>"


def test_the_raw_form_has_the_dates_of_all_versions():
    ((header, record, fault),) = parse(wrap(render())).rows
    assert (header.id, header.day, header.deleted, fault) == ("2501.01234", "2025-03-01", False, "")
    assert (record.published, record.updated, record.version) == ("2025-01-15", "2025-02-20", 2)
    assert (record.category, record.categories) == ("math.NA", ("math.NA", "cs.LG"))
    assert record.title == PAPER.title
    assert record.abstract == " ".join(PAPER.abstract.split())
    assert (record.authors, record.comment, record.doi) == ("Ada Roe, Bo Li Jr", "9 pages", "10.1/x250101234")


def test_the_other_form_has_the_month_of_the_id_since_its_date_is_of_the_current_version():
    ((_, record, _),) = parse(wrap(render(prefix=Prefix.arxiv)), Prefix.arxiv).rows
    assert (record.published, record.updated, record.version) == ("2025-01", "2025-02-20", None)
    assert record.authors == "Ada Roe, Bo Li Jr"


def test_a_single_page_has_no_token_and_the_last_of_several_an_empty_one():
    assert parse(wrap(render())).token is None
    assert parse(wrap(render(), end="<resumptionToken/>"), is_first=False).token is None
    token = "<resumptionToken expires='2026-10-03T00:00:00Z'> verb%3DX%26skip%3D3 </resumptionToken>"
    assert parse(wrap(render(), end=token)).token == "verb%3DX%26skip%3D3"
    with pytest.raises(TransientError, match="a later page of a list has no token; it is not whole"):
        parse(wrap(render()), is_first=False)


def test_an_empty_list_is_an_error_with_the_status_200_and_no_fault():
    assert parse("<error code='noRecordsMatch'>none</error>") == Page((), None)


def test_a_token_that_is_no_longer_known_is_stale():
    assert parse("<error code='badResumptionToken'>gone</error>").is_stale


def test_wrong_arguments_are_the_users_and_other_errors_the_servers():
    with pytest.raises(SettingsError, match="arXiv answers badArgument: Set does not exist"):
        parse("<error code='badArgument'>Set does not\n exist</error>")
    with pytest.raises(RemoteError, match="arXiv answers badVerb: a b"):
        parse("<error code='badVerb'>a\n b</error>")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<ListIdentifiers/>",
        wrap("<record/>"),
        wrap("<record><header/></record>"),
        wrap(
            "<record><header><identifier>oai:example.org:1</identifier><datestamp>2025-01-01</datestamp></header></record>"
        ),
        wrap(
            "<record><header><identifier>oai:arXiv.org:2501.01234</identifier><datestamp>now</datestamp></header></record>"
        ),
    ],
)
def test_a_damaged_page_is_none(content):
    with pytest.raises(TransientError):
        parse(content)


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "<metadata/>",
        "<metadata><dc/></metadata>",
        "<metadata><arXivRaw><id>2501.99999</id><title>x</title></arXivRaw></metadata>",
        "<metadata><arXivRaw><id>2501.01234</id><title> </title></arXivRaw></metadata>",
    ],
)
def test_a_record_that_cannot_be_read_costs_itself_alone(metadata):
    other = Invented("2501.00002", ["cs.CL"], [date(2025, 1, 2)], date(2025, 3, 1))
    bad, good = parse(wrap(f"<record>{render_header(PAPER)}{metadata}</record>", render(other))).rows
    assert bad.record is None
    assert bad.fault
    assert good.record.id == "2501.00002"


def test_a_deleted_record_is_said_to_be():
    header = render_header(PAPER).replace("<header>", "<header status='deleted'>")
    ((found, record, fault),) = parse(wrap(f"<record>{header}</record>")).rows
    assert (found.deleted, record, fault) == (True, None, "")


def test_a_list_of_ids_has_headers_alone():
    page = parse(f"<ListIdentifiers>{render_header(PAPER)}</ListIdentifiers>", verb="ListIdentifiers")
    assert [row.header.id for row in page.rows] == ["2501.01234"]


def test_dates_that_cannot_be_read_leave_the_month():
    text = render().replace("Wed, 15 Jan 2025 23:00:00 GMT", "long ago")
    ((_, record, _),) = parse(wrap(text)).rows
    assert (record.published, record.updated) == ("2025-01", "2025-02-20")
