"""The queue is ranked by the evidence, and is a harmless table."""

from __future__ import annotations

from checking.conftest import PIXELS, make_paper

from arxonomy.checking import QUEUE_COLUMNS, check, contrast, list_rows, rank
from arxonomy.records import Paper


def make_queue(model):
    papers = [
        make_paper("cs.LG", "cs.LG", title="gradient " * 8, abstract=PIXELS, id="add"),
        make_paper("cs.CV", "cs.CV", id="agree"),
        make_paper("cs.CL", "cs.CL", title="pixel pixel grammar", abstract="pixel pixel", id="weak"),
        make_paper("cs.LG", "cs.LG", id="strong"),
        make_paper("cs.LG", "cs.LG", title="gradient " * 8, abstract=f"{PIXELS} pixel", id="add more"),
        make_paper("68T50", id="unknown"),
    ]
    return rank(check(papers, model).checks)


def test_moves_come_first_and_the_strongest_evidence_before_weaker(model):
    assert [own.paper.id for own in make_queue(model)] == ["strong", "weak", "add more", "add"]


def test_rows_have_the_proposal_and_its_evidence(model):
    queue = make_queue(model)
    words = {0: contrast(model, queue[0])}
    rows = [dict(zip(QUEUE_COLUMNS, row, strict=True)) for row in list_rows(queue, words)]
    first, last = rows[0], rows[-1]
    assert (first["rank"], first["category"], first["move_to"], first["add"]) == (1, "cs.LG", "cs.CV", None)
    assert float(first["proposed_probability"]) > 0.99 and float(first["probability"]) < 0.01
    assert first["words_for"].startswith("pixel ") and first["words_against"] is None
    assert (last["verdict"], last["move_to"], last["add"], last["words_for"]) == ("add", None, "cs.CV", None)
    assert float(last["proposed_listed"]) > 0.95


def test_the_words_separate_the_two_categories(model):
    paper = make_paper("cs.CL", "cs.CL", title="pixel grammar agent", abstract="pixel pixel pixel")
    (found,) = check([paper], model).checks
    words = contrast(model, found)
    assert [word for word, _ in words.support] == ["pixel"]
    assert [word for word, _ in words.oppose] == ["grammar"] and words.log_odds > 0


def test_a_paper_that_is_too_long_to_explain_has_no_words(model):
    paper = Paper("long", PIXELS, "pixel " * 2100, category="cs.LG")
    (found,) = check([paper], model).checks
    assert found.verdict == "move" and contrast(model, found) is None
