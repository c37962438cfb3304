"""Items of CSL-JSON: the user's own with a keyword added, or new ones."""

from __future__ import annotations

import json

import pytest

from arxonomy.writing.csl_json import add_to_csl, format_csl, is_csl
from arxonomy.writing.entries import Entry


def add(text: str, keywords: dict[int, str]) -> str:
    cut = ["".join(add_to_csl(pieces, keywords)) for pieces in ([text], list(text))]
    assert cut[0] == cut[1]
    return cut[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[\n\t{\n\t\t"id": "a"\n\t}\n]\n', '[\n\t{\n\t\t"id": "a",\n\t\t"keyword": "cs.CL"\n\t}\n]\n'),
        ('[{"id":"a","n":1.50}]', '[{"id":"a","n":1.50, "keyword": "cs.CL"}]'),
        ("[{}]", '[{"keyword": "cs.CL"}]'),
        ('[{"keyword": "x, y", "id": 1}]', '[{"keyword": "x, y, cs.CL", "id": 1}]'),
        ('[{"keyword": "x; y"}]', '[{"keyword": "x; y; cs.CL"}]'),
        ('[{"keyword": "", "a": {"keyword": "no"}}]', '[{"keyword": "cs.CL", "a": {"keyword": "no"}}]'),
        ('[{"keyword": "x, cs.CL"}]', '[{"keyword": "x, cs.CL"}]'),
    ],
)
def test_a_keyword_is_added_where_it_belongs(text: str, expected: str):
    assert add(text, {0: "cs.CL"}) == expected
    assert add(expected, {0: "cs.CL"}) == expected  # only once
    assert add(text, {}) == text


def test_each_item_gets_its_own_and_bad_ones_stay():
    text = '[ {"id": 1}, {"id": bad},\n{"id": 2} , {"id": 3}, {"id": "never closed, {"id": 5},\n{"id": 1}]'
    assert add(text, {0: "x", 3: 'a"}\n', 5: "z"}) == (
        '[ {"id": 1, "keyword": "x"}, {"id": bad},\n{"id": 2} , {"id": 3, "keyword": "a\\"}\\n"}, '
        '{"id": "never closed, {"id": 5},\n{"id": 1, "keyword": "z"}]'
    )


def test_items_are_told_from_other_json():
    assert is_csl('[ {"type": "article-journal", "issued": {}}, {"type": "article-jo')
    assert is_csl('[{"id": bad}, {"type": "book", "author": []}]')
    others = ("", "[", "[1]", '{"id": 1}', '[{"type": "article", "display_name": "x"}]', "[" * 9999)
    assert not any(map(is_csl, others))


def test_a_new_item():
    entry = Entry(
        "7", 'A "title"', "", ("Müller, Anna", "ACME"), (2025, 6), "10.1/x", "", "J", ("k", "cs.CL")
    )
    assert json.loads(format_csl(entry)) == {
        "id": "7",
        "type": "article-journal",
        "title": 'A "title"',
        "author": [{"family": "Müller", "given": "Anna"}, {"literal": "ACME"}],
        "container-title": "J",
        "issued": {"date-parts": [[2025, 6]]},
        "DOI": "10.1/x",
        "keyword": "k, cs.CL",
    }
