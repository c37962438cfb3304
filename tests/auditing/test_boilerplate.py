"""Text that many different papers share: reported, and no reason to call them alike."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from arxonomy.auditing import audit
from arxonomy.auditing.boilerplate import MANY_TITLES, find_boilerplate
from arxonomy.papers import Dataset
from arxonomy.records import Paper

SENTENCE = (
    "This article has been published by the society of its field and the full text can be read by all "
    "members of the society on its pages after they have entered their name and number."
)


def with_text(papers: list[Paper], text: str) -> list[Paper]:
    return [replace(paper, abstract=text.format(own=paper.abstract)) for paper in papers]


def audit_papers(papers: list[Paper]):
    return audit(Dataset.from_papers(papers), noise=False)


@pytest.mark.parametrize("text", [SENTENCE, "The publisher gives none.", SENTENCE.replace(" and", ". And")])
def test_the_same_abstract_under_many_titles(invented_corpus: list[Paper], text: str) -> None:
    summary = audit_papers([*with_text(invented_corpus[:8], text), *invented_corpus[8:60]])
    assert (summary.papers, summary.near_duplicates.pairs, summary.contradictions.papers) == (60, 0, 0)
    assert (summary.boilerplate.texts, summary.boilerplate.papers) == (1, 8)
    (shared,) = summary.boilerplate.most_frequent
    assert text.startswith(shared.text.removesuffix("...")) and shared.papers == 8
    assert f"1 text in 8 papers, most often `{shared.text}` (8)" in " ".join(summary.to_text().split())


@pytest.mark.parametrize("form", ["{own} " + SENTENCE, SENTENCE + "\n{own}", "{own}. " + SENTENCE])
def test_a_standard_sentence_beside_own_text(invented_corpus: list[Paper], form: str) -> None:
    short = [
        replace(paper, abstract=" ".join(paper.abstract.split()[:12]) + ".") for paper in invented_corpus
    ]
    many = with_text(short[:9], form)
    summary = audit_papers([*many, *invented_corpus[9:60]])
    assert summary.near_duplicates.pairs == 0
    assert (summary.boilerplate.texts, summary.boilerplate.papers) == (1, 9)


def test_near_duplicates_are_found_beside_boilerplate(invented_corpus: list[Paper]) -> None:
    many = with_text(invented_corpus[:8], "{own}. " + SENTENCE)
    again = replace(many[0], id="again", title="Another title of it", row=60)
    findings = audit_papers([*many, *invented_corpus[8:60], again])
    assert findings.near_duplicates.pairs == 1


def test_few_titles_over_one_abstract_are_no_boilerplate(invented_corpus: list[Paper]) -> None:
    first = invented_corpus[0]
    versions = [replace(first, id=f"v{n}", title=f"Title number {n}") for n in range(MANY_TITLES - 2)]
    assert find_boilerplate([*invented_corpus[:20], *versions]).texts == ()
    same = [replace(first, id=f"same-{n}") for n in range(20)]
    assert find_boilerplate([*invented_corpus[1:20], *same]).texts == ()


def test_papers_of_a_short_text_alone_are_counted(invented_corpus: list[Paper]) -> None:
    notes = [Paper(f"note-{n}", "Editorial", "", f"label-{n % 2}", row=100 + n) for n in range(7)]
    summary = audit_papers([*invented_corpus[:50], *notes])
    assert (summary.papers, summary.contradictions.papers, summary.ceiling.exact_copies) == (57, 0, 1.0)
    assert [(shared.text.strip(), shared.papers) for shared in summary.boilerplate.most_frequent] == [
        ("Editorial", 7)
    ]


def test_without_abstracts_or_papers_there_is_none() -> None:
    papers = [Paper(str(n), f"Title {random.Random(n).random()}", "", "a") for n in range(5)]
    assert find_boilerplate(papers).texts == ()
    assert find_boilerplate([]).papers == ()
