from __future__ import annotations

import pytest

from arxonomy.errors import SettingsError
from arxonomy.harvest.client import TransientError
from arxonomy.harvest.feeds import parse_answer, parse_feed, parse_listing


def listing(content: str, day: str = "Friday, 2 October 2026") -> bytes:
    heading = f"<h3>Showing new listings for {day}</h3>"
    return f"<html><body><div id='dlpage'>{heading}{content}</div></body></html>".encode()


def entries(*names: str) -> str:
    return "".join(
        f"<dt><a name='item1'>[1]</a> <a href='/abs/{name}'>arXiv:{name}</a></dt><dd/>" for name in names
    )


def test_an_item_of_the_feed(server):
    first, *_, last = parse_feed(server.answer_rss("cs.CL"))
    paper = server.papers[first.id]
    assert (first.title, first.abstract) == (paper.title, " ".join(paper.abstract.split()))
    assert (first.version, first.announce_type, first.published) == (1, "new", "2026-10")
    assert first.categories == ("cs.CL",)  # which the feed repeats
    assert first.authors == "Ada Roe, Bo Li"
    assert (last.version, last.announce_type) == (2, "replace")


def test_a_feed_without_items_is_one(server):
    assert parse_feed(server.answer_rss("hep-th")) == ()


@pytest.mark.parametrize("body", [b"<rss/>", b"<rss><channel><item><title>x</title></item></channel></rss>"])
def test_a_damaged_feed_is_none(body):
    with pytest.raises(TransientError):
        parse_feed(body)


def test_a_listing_says_the_day_the_ids_and_how_many_there_are(server):
    found = parse_listing(server.answer_listing("cs.CL", {"show": "2000"}))
    assert (found.day, found.total) == ("2026-10-02", 4)
    assert found.entries[0] == ("2610.00006", "new")
    assert found.entries[-1] == ("2609.00005", "replace")


def test_a_listing_without_news_is_empty(server):
    found = parse_listing(server.answer_listing("hep-th", {"show": "2000"}))
    assert (found.day, found.entries, found.total) == ("2026-10-02", (), 0)


def test_a_page_of_a_long_listing_is_whole_in_itself():
    content = (
        "<div class='paging'>Total of 5 entries : <span>1-3</span></div><dl id='articles'>"
        f"<h3>New submissions (continued, showing last 1 of 3 entries)</h3>{entries('2610.00003')}</dl>"
        "<dl id='articles'><h3>Cross submissions (showing first 2 of 9 entries )</h3>"
        f"{entries('2610.00001', 'hep-th/9901001')}</dl>"
    )
    found = parse_listing(listing(content))
    assert found.total == 5
    assert found.entries == (("2610.00003", "new"), ("2610.00001", "cross"), ("hep-th/9901001", "cross"))


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Down for maintenance</body></html>",
        listing("<h3>New submissions (showing 2 of 2 entries)</h3>" + entries("2610.00001")),
        listing(
            "Total of 2 entries<h3>New submissions (showing 2 of 2 entries)</h3>" + entries("2610.00001")
        ),
        listing("Total of 1 entries" + entries("2610.00001")),
        listing("Total of 1 entries<h3>New submissions (showing 1 of 1 entries)</h3><dt>nothing</dt>"),
        listing(""),
        listing(
            "Total of 1 entries<h3>New submissions (showing 1 of 1 entries)</h3>" + entries("2610.00001"),
            day="soon",
        ),
    ],
)
def test_a_listing_that_is_cut_off_or_has_another_form_proves_nothing(body):
    with pytest.raises(TransientError):
        parse_listing(body)


def test_a_listing_that_is_cut_anywhere_is_never_taken_for_whole(server):
    body = server.answer_listing("cs.CL", {"show": "2000"})
    whole = parse_listing(body)
    for end in range(body.index(b"2609.00005")):
        try:
            part = parse_listing(body[:end])
        except TransientError:
            continue
        assert part.entries == whole.entries[:3]  # cut between two sections, as if there were another page
        assert part.total == 4


def test_an_entry_of_the_interface(server):
    answer = parse_answer(server.answer_api({"id_list": "2609.00005"}))
    (record,) = answer.records
    assert answer.total == 1
    assert (record.version, record.published, record.updated) == (2, "2026-09-02", "2026-10-02")
    assert (record.category, record.categories) == ("cs.CL", ("cs.CL", "math.NA"))  # 68T50 is left out
    assert (record.authors, record.comment) == ("Ada Roe, Bo Li Jr", "9 pages")


def test_an_error_of_the_interface_is_the_users(server):
    with pytest.raises(SettingsError, match=r"arXiv answers: incorrect id format for 2599\.1"):
        parse_answer(server.answer_api({"id_list": "2599.1"}))


def test_an_answer_without_a_count_is_not_whole():
    with pytest.raises(TransientError, match="does not say how many"):
        parse_answer(b"<feed xmlns='http://www.w3.org/2005/Atom'/>")
