from __future__ import annotations

import json
from pathlib import Path

import pytest

from arxonomy.serving.subjects import TITLE_WORDS, make_uri, make_vocabulary, split_title
from arxonomy.taxonomy import Node, Taxonomy, get_arxiv

REPO = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "title", "abstract"),
    [
        ("On trees\nWe climb. Twice.", "On trees", "We climb. Twice."),
        ("  On trees \r\n\r\n  We climb.\nTwice.", "On trees", "We climb.\nTwice."),
        ("On trees. We climb.", "On trees.", "We climb."),
        ("Why trees? Because.", "Why trees?", "Because."),
        ("On trees", "On trees", ""),
        ("On version 2.5 of trees. We climb.", "On version 2.5 of trees.", "We climb."),
        ("word " * TITLE_WORDS + "more. And on.", "", "word " * TITLE_WORDS + "more. And on."),
        (" \n ", "", ""),
    ],
)
def test_title_and_abstract(text: str, title: str, abstract: str):
    assert split_title(text) == (title, abstract)


def test_uris_are_stable_and_differ():
    names = ["cs.CL", "cs.cl", "cs CL", "cs%20CL", "Größe", "a/b", "a#b", ""]
    assert make_uri("cs.CL") == "urn:arxonomy:category:cs.CL"
    assert len({make_uri(name) for name in names}) == len(names)
    assert all(make_uri(name).isascii() and " " not in make_uri(name) for name in names)


def test_what_the_taxonomy_states_counts():
    own = Taxonomy("own", ("1",), {"a": Node("a", ("a",), "Owls", uri="https://example.org/a")})
    assert list(make_vocabulary(["a", "b"], own))[1:] == [
        ("https://example.org/a", "a", "Owls"),
        ("urn:arxonomy:category:b", "b", "b"),
    ]
    assert list(make_vocabulary(["hep-ex"], get_arxiv()))[1][0] == make_uri("hep-ex")


def test_the_record_says_what_one_text_loses():
    record = json.loads((REPO / "experiments" / "records" / "annif_text.json").read_text())
    ways = record["ways"]
    assert record["test_papers"] == 1800
    # A line break loses nothing; the worst way of joining title and abstract loses less than a point.
    assert ways["title, line break, abstract"]["difference"] == 0
    joined = [found["difference"] for way, found in ways.items() if way.startswith("title, ")]
    assert len(joined) == 3 and min(joined) > -0.01
