from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from xml.etree import ElementTree as ET

import pytest
from html_reader import Reader
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from arxonomy.feed.candidates import Candidate, Kind, Wish
from arxonomy.feed.feed import Entry, Feed
from arxonomy.feed.forms import escape_markdown, render_feed
from arxonomy.feed.ranker import Precision
from arxonomy.records import Paper, Prediction
from arxonomy.sanitize import clean_for_page

HOSTILE = (
    "<script>alert(1)</script> [a](javascript:x) \x1b[31m\u202e **b** ]]> &amp; {{ 7 * 7 }} @ada\n# head"
)
ATOM = "{http://www.w3.org/2005/Atom}"


def make_entry(text: str = "A title", number: int = 1, **fields) -> Entry:
    paper = Paper(f"2610.{number:05}", text, f"The abstract: {text}")
    prediction = Prediction(paper.id, ((text, 0.75), ("cs.LG", 0.25)), 0.5, warnings=(f"beware of {text}",))
    entry = Entry(
        Candidate(paper, Kind.new, ("cs.CL", "cs.LG"), (text, "Bo Li"), announced="2026-10-02"),
        prediction, 0.75, 2.5, (text, "grammar"), text,
    )  # fmt: skip
    return replace(entry, **fields)


def make(*entries: Entry, **fields) -> Feed:
    feed = Feed(
        entries=entries,
        wish=Wish(("cs.CL",), ("cs.AI",)),
        ranked=40,
        left_out={"replacements": 7},
        likes=12,
        precision=Precision(0.375, 0.6, 0.02, 6, 46),
        made_at=datetime(2026, 10, 3, 6, 7, tzinfo=UTC),
        announced_on="2026-10-02",
        completeness="harvested 40 papers; arXiv lists 40 of 2026-10-02: all of them are there",
    )
    return replace(feed, **fields)


SUMMARY = (
    "1 of 40 papers, ranked by how alike they are to 12 liked papers.",
    "Precision at 10: 0.38. That is, when 6 liked papers were put among the others and the rest of the likes "
    "ranked all 46, they took 3.8 of the first 10 places, of 6 that they could take and 0.2 by chance.",
    "Not shown: 7 replacements.",
    "Harvested 40 papers; arXiv lists 40 of 2026-10-02: all of them are there.",
)


def test_markdown_says_what_is_shown_and_why():
    text = render_feed(make(make_entry()), "markdown")
    assert text == (
        "# cs.CL without cs.AI, 2026-10-02\n\n"
        + "".join(f"{line}\n\n" for line in SUMMARY)
        + "## 1. [A title](https://arxiv.org/abs/2610.00001)\n\n"
        "A title, Bo Li\n\n"
        "new, listed cs.CL, cs.LG, predicted A title 75.0%\n\n"
        "*like “A title”, by the words: A title, grammar*\n\n"
        "**Warning:** beware of A title\n\n"
        "> The abstract: A title\n\n"
    )


def test_without_likes_the_words_are_those_of_the_prediction():
    feed = make(make_entry(nearest=None), likes=0, precision=None, left_out={}, completeness=None)
    text = render_feed(feed, "markdown")
    assert "1 of 40 papers, ranked by the probability of cs.CL.\n" in text
    assert "*because of: A title, grammar*" in text
    assert "because of" in render_feed(feed, "html")


def test_a_paper_without_a_page_and_a_word_is_shown_too():
    bare = Candidate(Paper("", "", "Only an abstract"), Kind.cross_list)
    entry = make_entry(candidate=bare, words=(), nearest=None)
    text = render_feed(make(entry), "markdown")
    assert "## 1. \n\ncross-list, predicted" in text and "](" not in text
    assert Reader(render_feed(make(entry), "html")).of("a") == []
    (element,) = ET.fromstring(render_feed(make(entry), "atom")).iter(f"{ATOM}entry")
    assert element.find(f"{ATOM}link") is None


def test_hostile_texts_stay_texts_in_markdown():
    html = MarkdownIt("commonmark").render(render_feed(make(make_entry(HOSTILE)), "markdown"))
    assert set(html.split("<a ")[1:]) == {html.split("<a ")[1]} and 'href="https://arxiv.org/' in html
    assert "<script" not in html and "\x1b" not in html and "\u202e" not in html
    assert html.count("<strong>") == 1 and html.count("<h") == 2
    assert "@ada" not in html


def test_hostile_texts_stay_texts_in_html():
    page = Reader(render_feed(make(make_entry(HOSTILE)), "html"))
    assert page.of("script") == []
    ((link, title),) = page.of("a")
    assert link["href"] == "https://arxiv.org/abs/2610.00001"
    assert title == clean_for_page(HOSTILE)
    assert "{{ 7 * 7 }}" in title and "\x1b" not in title and "\u202e" not in title
    assert page.of("li") and page.of("details") and page.of("cite")


def test_hostile_texts_stay_texts_in_atom():
    feed = make(make_entry(HOSTILE), make_entry("\x00\ufffe\ud800 lone", number=2))
    root = ET.fromstring(render_feed(feed, "atom").encode("utf-8", "replace"))
    first, second = root.iter(f"{ATOM}entry")
    assert first.findtext(f"{ATOM}title") == clean_for_page(HOSTILE)
    assert second.findtext(f"{ATOM}title") == "��� lone"


def test_atom_has_what_the_standard_asks_for():
    feed = make(make_entry(), make_entry("Another", number=2))
    root = ET.fromstring(render_feed(feed, "atom"))
    assert root.findtext(f"{ATOM}title") == "cs.CL without cs.AI, 2026-10-02"
    assert root.findtext(f"{ATOM}updated") == "2026-10-03T06:07:00Z"
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "arXiv"
    entries = list(root.iter(f"{ATOM}entry"))
    ids = [element.findtext(f"{ATOM}id") for element in [root, *entries]]
    assert len(set(ids)) == 3 and all(one.startswith("urn:uuid:") for one in ids)
    later = ET.fromstring(render_feed(make(make_entry(), made_at=datetime(2026, 10, 4, tzinfo=UTC)), "atom"))
    assert [later.findtext(f"{ATOM}id"), later.findtext(f"{ATOM}entry/{ATOM}id")] == ids[:2]
    first = entries[0]
    assert first.findtext(f"{ATOM}updated") == "2026-10-02T00:00:00Z"
    assert first.find(f"{ATOM}link").get("href") == "https://arxiv.org/abs/2610.00001"
    assert [one.get("term") for one in first.iter(f"{ATOM}category")] == ["cs.CL", "cs.LG"]
    assert first.findtext(f"{ATOM}summary").startswith("[new, predicted A title 75.0%; like “A title”, by")


def test_json_has_all_of_it_in_signs_that_are_harmless_in_a_terminal():
    text = render_feed(make(make_entry(HOSTILE)), "json")
    assert text.isascii() and "\x1b" not in text
    found = json.loads(text)
    assert found["precision_at_10"] == {
        "value": 0.375, "best": 0.6, "chance": 0.02, "held_out": 6, "papers": 46
    }  # fmt: skip
    assert found["completeness"].endswith("all of them are there")
    (paper,) = found["papers"]
    assert paper["title"] == HOSTILE and paper["kind"] == "new" and paper["words"] == [HOSTILE, "grammar"]
    assert paper["prediction"]["probability"] == 0.75


@settings(max_examples=150, deadline=None, database=None)
@given(st.text(alphabet=st.sampled_from("a1 .)(-+=#>*_`~[]<>&!|\\$:/w@\n\t\"'^{}é"), max_size=30))
@pytest.mark.parametrize("form", ["{}", "> {}", "## 1. [{}](https://arxiv.org/abs/1)", "*{}*"])
def test_escaped_markdown_shows_the_text(form, text):
    text = f"x{text}x" if form[0] == "*" else text  # emphasis has no blank at its end
    shown = clean_for_page(text)
    html = MarkdownIt("commonmark").render(form.format(escape_markdown(text)))
    for tag in ("<p>", "</p>", "<blockquote>", "</blockquote>", "<h2>", "</h2>", "<em>", "</em>", "</a>"):
        html = html.replace(tag, "", 1)
    html = html.replace('<a href="https://arxiv.org/abs/1">', "", 1).replace("\u2060", "")
    assert "<" not in html
    number = "1." if form.startswith("#") else ""
    assert unescape(html).strip().removeprefix(number).strip() == shown
