from __future__ import annotations

import dataclasses
import json
import random

import pytest

from arxonomy.records import DECIMALS, Paper, Prediction


def test_a_paper_needs_only_id_and_text() -> None:
    paper = Paper("0704.0010", "Title", "")
    assert (paper.id, paper.category, paper.categories, paper.row) == ("0704.0010", None, (), 0)
    assert paper.columns == {}


def test_papers_do_not_share_their_columns() -> None:
    assert Paper("1", "a", "").columns is not Paper("2", "b", "").columns


def test_records_cannot_be_changed() -> None:
    paper = Paper("1", "a", "")
    prediction = Prediction("1", (("cs.CL", 1.0),), 0.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        paper.title = "b"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        prediction.warnings = ("none",)  # type: ignore[misc]


def test_a_prediction_answers_with_its_most_probable_category() -> None:
    prediction = Prediction("1", (("cs.CV", 0.75), ("cs.CL", 0.25)), 0.5)
    assert (prediction.category, prediction.probability) == ("cs.CV", 0.75)


def test_a_prediction_as_one_line_of_json() -> None:
    prediction = Prediction("1", (("cs.CV", 0.75), ("cs.CL", 0.25)), 0.5)
    answer = {
        "id": "1",
        "category": "cs.CV",
        "probability": 0.75,
        "categories": [
            {"category": "cs.CV", "probability": 0.75},
            {"category": "cs.CL", "probability": 0.25},
        ],
        "read": ["title", "abstract"],
        "unknown_words": 0.5,
        "warnings": [],
        "abstained": False,
    }
    written = json.loads(json.dumps(prediction.to_dict()))
    assert (written, list(written)) == (answer, list(answer))
    warned = dataclasses.replace(prediction, warnings=("half of the words are unknown",), read=("title",))
    assert warned.to_dict() == answer | {"warnings": ["half of the words are unknown"], "read": ["title"]}


def test_digits_that_mean_nothing_are_not_written() -> None:
    written = Prediction("1", (("a", 2 / 3), ("b", 1 / 3)), 1 / 7).to_dict()
    assert (written["probability"], written["unknown_words"]) == (0.66666667, 0.14285714)
    assert [one["probability"] for one in written["categories"]] == [0.66666667, 0.33333333]


def test_a_classifier_that_abstained_names_no_category() -> None:
    prediction = Prediction("1", (("cs.CV", 0.75), ("cs.CL", 0.25)), 0.5, abstained=True)
    assert (prediction.category, prediction.probability) == (None, 0.75)
    sure = dataclasses.replace(prediction, abstained=False).to_dict()
    assert prediction.to_dict() == sure | {"category": None, "abstained": True}


def test_the_invented_papers_are_balanced_and_different(invented_papers: list[Paper]) -> None:
    assert len({(paper.title, paper.abstract) for paper in invented_papers}) == 90
    for start in range(0, 90, 30):
        part = [paper.category for paper in invented_papers[start : start + 30]]
        assert {category: part.count(category) for category in part} == {
            "cs.CL": 10,
            "cs.CV": 10,
            "cs.LG": 10,
        }


def test_shares_are_rounded_as_python_rounds() -> None:
    draw = random.Random(0)
    # 0.5**9 is halfway between two numbers of eight decimals.
    for share in (0.0, 1.0, 1 / 3, 0.5**9, *(draw.random() ** 3 for _ in range(1000))):
        written = Prediction("1", (("a", share),), share).to_dict()
        assert written["probability"] == written["unknown_words"] == round(share, DECIMALS)
