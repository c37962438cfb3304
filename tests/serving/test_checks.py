"""Verdicts over HTTP are those of Python, and what cannot be checked is refused with its field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from checking.conftest import ABSTRACT, MEMBER, PIXELS, THRESHOLDS, make_paper
from counting_model import make_classifier
from serving.servers import Live, Start

from arxonomy.checking import check

MODEL = make_classifier(MEMBER, check_thresholds=THRESHOLDS)
PAPER = {"id": "a", "title": PIXELS, "abstract": ABSTRACT}


@pytest.fixture(scope="module")
def served(start: Start) -> Iterator[Live]:
    with start(MODEL, max_papers=3) as running:
        yield running


def send(live: Live, *papers: dict[str, Any], **options: Any) -> httpx.Response:
    return live.client.post("/v1/check", json={"papers": papers, **options})


def test_verdicts_are_those_of_python(served: Live) -> None:
    sent = [
        {**PAPER, "category": "cs.LG", "categories": "cs.LG cs.AI"},
        {**PAPER, "category": "cs.CV", "categories": ["cs.CV"]},
        PAPER,
    ]
    answer = send(served, *sent).json()
    found = check(
        [make_paper("cs.LG", "cs.LG", "cs.AI"), make_paper("cs.CV", "cs.CV"), make_paper(None)], MODEL
    )
    assert answer["checks"] == [own.to_dict() for own in found.checks]
    assert [own["verdict"] for own in answer["checks"]] == ["move", "agree", "cannot-tell"]
    assert answer["rule"] == found.rule.describe() and answer["names"]["cs.CV"].startswith("Computer Vision")
    other = send(served, sent[1], false_alarms=0.5).json()
    assert other["rule"][0].startswith("a move is proposed") and "50.0%" in other["rule"][0]


@pytest.mark.parametrize(
    ("options", "field", "message"),
    [
        ({"false_alarms": 0.001}, "false_alarms", "expected 0.005 to 0.5, as the 1,000 validation papers"),
        ({"false_alarms": 0.1, "rule": "arxiv"}, "false_alarms", "is of the rule thresholds"),
        ({"rule": "best"}, "rule", "thresholds"),
        ({"top_k": 3}, "top_k", ""),
    ],
)
def test_what_is_not_possible_is_refused(
    served: Live, options: dict[str, Any], field: str, message: str
) -> None:
    answer = send(served, PAPER, **options)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field and message in error["message"]


def test_a_request_is_bounded(served: Live) -> None:
    error = send(served, *[PAPER] * 4).json()["errors"][0]
    assert error["field"] == "papers" and error["message"].endswith("found 4; send several requests")


def test_a_service_of_other_categories_or_without_thresholds_says_so(start: Start) -> None:
    for model, message in (
        (MODEL.with_view("cs.CL,cs.CV"), "leave out the choice of labels"),
        (make_classifier(), "rule='arxiv'"),
    ):
        with start(model) as running:
            error = send(running, PAPER).json()["errors"][0]
            assert error["field"] == "rule" and message in error["message"]
