"""Scores of answers among some labels, whoever has them: the model, the papers, or both."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import pytest
from counting_model import LABELS, WORDS, CountingMember, make_classifier

import arxonomy
from arxonomy.errors import DataError, SettingsError
from arxonomy.inference import Classifier
from arxonomy.label_names import parse_among, settle_among
from arxonomy.records import Paper
from arxonomy.studies import baselines
from arxonomy.studies.views import choose_paper_labels, choose_view

MERGED = "cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV"
WORD = {LABELS[place]: word for word, place in WORDS.items()}


def make_papers(**names: str) -> list[Paper]:
    """Papers whose words name their label, two of whom are about physics; labels under other names."""
    papers = []
    for row, label in enumerate((*LABELS, *LABELS, "cs.CL", "cs.CV")):
        words = "boson boson boson" if row > 9 else f"{WORD[label]} {WORD[label]}"
        new = names.get(label.replace(".", "_").replace("-", "_"), label)
        papers.append(Paper(str(row + 1), f"{words} {row}", "", new, (new,), row=row))
    return papers


MODEL = make_classifier(CountingMember(1.5))


def score(model: Classifier, papers: Sequence[Paper], among: str | None = None) -> dict:
    return arxonomy.evaluate(model, papers, among=among).to_dict()


def test_labels_outside_of_the_view_are_left_out_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        numbers = score(MODEL, make_papers(), MERGED)
    assert numbers["papers"] == 10 and "2 papers of other labels left out: hep-ex (2)" in caplog.text
    assert list(numbers["per_class"]) == ["cs.AI-LG", "cs.CL", "cs.CV"]
    assert numbers["per_class"]["cs.AI-LG"]["support"] == 4
    # What two papers of physics would be, were they of the view, is a matter of chance.
    assert numbers["accuracy"] >= 0.8
    assert numbers["view"]["among"] == MERGED and numbers["view"]["none_of_these"] == pytest.approx(0.2)
    assert 0.2 < numbers["view"]["outside"] < 0.4


def test_the_scores_are_of_the_renormalized_answers() -> None:
    papers = [paper for paper in make_papers() if paper.category != "hep-ex"]
    shares = MODEL.with_view(MERGED).probabilities(papers)
    places = {"cs.AI": 0, "cs.LG": 0, "cs.CL": 1, "cs.CV": 2}
    truth = [places[str(paper.category)] for paper in papers]
    expected = -np.log(shares[np.arange(len(papers)), truth]).mean()
    assert score(MODEL, papers, MERGED)["log_loss"] == pytest.approx(expected, abs=1e-6)


def test_a_classifier_keeps_its_view_and_merges_the_papers_alike() -> None:
    viewed = score(MODEL.with_view(MERGED), make_papers())
    assert viewed == score(MODEL, make_papers(), MERGED)
    assert list(score(MODEL.with_view(MERGED), make_papers(), "cs.CV,cs.LG")["per_class"]) == [
        "cs.CV",
        "cs.LG",
    ]


def test_all_labels_are_no_view() -> None:
    plain = score(MODEL, make_papers())
    assert score(MODEL, make_papers(), "cs.CL,*") == plain and "view" not in plain


@pytest.mark.parametrize(
    ("papers", "among"),
    [
        # The papers have the merged label already, or names of their own.
        (make_papers(cs_AI="cs.AI-LG", cs_LG="cs.AI-LG"), MERGED),
        (make_papers(cs_CL="NLP", cs_CV="vision", cs_AI="x", cs_LG="x"), "cs.CL=NLP,cs.CV=vision"),
    ],
)
def test_papers_may_have_the_new_names(papers: list[Paper], among: str) -> None:
    numbers = score(MODEL, papers, among)
    assert set(numbers["per_class"]) == set(parse_among(among))
    assert numbers["view"]["none_of_these"] > 0.1


def test_a_model_may_have_the_new_names() -> None:
    view = choose_view(parse_among(MERGED), ("cs.AI-LG", "cs.CL", "cs.CV", "hep-ex"))
    assert view is not None and view.labels == ("cs.AI-LG", "cs.CL", "cs.CV") and view.outside == (3,)
    assert choose_view(parse_among(MERGED), ("cs.AI-LG", "cs.CL", "cs.CV")) is None
    assert choose_view(parse_among("cs.SY,cs.CL"), ("cs.CL", "cs.CV", "eess.SY")).columns == {
        "cs.SY": (2,),
        "cs.CL": (0,),
    }
    assert choose_view(parse_among("a,b"), LABELS) is None  # the papers' names alone


def test_what_a_model_was_trained_to_merge_is_found_in_the_papers() -> None:
    learned = {"cs.AI-LG": ["cs.AI", "cs.LG"], "cs.CL": ["cs.CL"], "cs.CV": ["cs.CV"]}
    assert choose_paper_labels(parse_among("cs.AI-LG,cs.CL"), learned) == {
        "cs.AI-LG": ["cs.AI-LG", "cs.AI", "cs.LG"],
        "cs.CL": ["cs.CL"],
    }
    assert choose_paper_labels(parse_among("cs.CL,*"), learned) == {
        "cs.AI-LG": ["cs.AI", "cs.LG"],
        "cs.CV": ["cs.CV"],
        "cs.CL": ["cs.CL"],
        "*": [],
    }
    assert choose_paper_labels(None, learned) is None


def test_names_that_nobody_has_are_errors() -> None:
    with pytest.raises(DataError, match=r"no papers labeled `cs\.VC`: did you mean `cs\.CV`\?"):
        score(MODEL, make_papers(), "cs.CL,cs.VC")
    some = [paper for paper in make_papers() if paper.category != "cs.CV"]
    assert score(MODEL, some, "cs.CL,cs.CV")["papers"] == 3  # the model knows it, no paper has it
    with pytest.raises(DataError, match=r"no papers labeled `cs\.CV`"):
        score(MODEL, some, "cs.CV")
    with pytest.raises(SettingsError, match="another category of the model"):
        score(MODEL, make_papers(), "cs.CV=cs.CL,cs.LG")


def test_an_entry_is_not_found_under_the_name_of_another() -> None:
    assert settle_among({"a": ["b"], "c": ["a"]}, ["a"]) == {"c": ["a"]}


def test_text_and_report_say_how_many_are_none_of_these() -> None:
    evaluation = arxonomy.evaluate(MODEL, make_papers(), among=MERGED)
    line = f'among {MERGED}: 20.00% of the papers are answered "none of these"'
    assert line in evaluation.to_text()
    page = evaluation.to_html()
    assert "none of these" in page and "cs.AI-LG=cs.AI+cs.LG" in page
    assert "none of these" not in arxonomy.evaluate(MODEL, make_papers()).to_html()


def test_a_baseline_is_compared_under_the_same_view() -> None:
    other = make_classifier(CountingMember(0.5))
    viewed = baselines._with_view_of(MODEL.with_view(MERGED), other)
    assert viewed.labels == ("cs.AI-LG", "cs.CL", "cs.CV")
    assert baselines._with_view_of(MODEL, other) is other
