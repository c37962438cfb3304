"""A model of all of arXiv's categories over HTTP: short answers, and names that stand for others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from counting_model import ARXIV, make_arxiv_classifier
from serving.servers import Live, Start

from arxonomy.inference import Classifier

PAPER = {"title": "code gradient", "abstract": "code gradient grammar"}
ALL = {"top_k": None}


@pytest.fixture(scope="module")
def arxiv() -> Classifier:
    return make_arxiv_classifier()


@pytest.fixture(scope="module")
def served(start: Start, arxiv: Classifier) -> Iterator[Live]:
    with start(arxiv) as running:
        yield running


def explain(live: Live, **asked: Any) -> dict[str, Any]:
    response = live.client.post("/v1/explain", json={**PAPER, **asked})
    assert response.status_code == 200, response.text
    return response.json()


def classify(live: Live, **asked: Any) -> dict[str, Any]:
    response = live.classify(PAPER, **asked)
    assert response.status_code == 200, response.text
    return response.json()["predictions"][0]


def test_answers_have_ten_categories_unless_more_are_asked_for(served: Live, arxiv: Classifier):
    line = orjson.dumps(PAPER) + b"\n"
    (whole,) = arxiv.classify([PAPER], top_k=None)
    given = whole.to_dict()
    for short in (classify(served), served.lines(line).json(), explain(served)):
        assert short["categories"] == given["categories"][:10]
    for full in (classify(served, **ALL), served.lines(line, top_k=1000).json(), explain(served, **ALL)):
        assert full["categories"] == given["categories"] and len(full["categories"]) == len(ARXIV) == 149
    assert len(explain(served, top_k=3)["categories"]) == 3
    assert len(classify(served, level="archive")["categories"]) == 10
    documents = {"documents": [{"text": "code"}]}
    found = served.client.post("/v1/projects/arxonomy/suggest-batch?limit=40", json=documents).json()
    assert len(found[0]["results"]) == 40


def test_other_names_of_a_category_stand_for_it(served: Live):
    for field, given in (("category", {"against": "cs.LG"}), ("against", {"category": "cmp-lg"})):
        named = explain(served, **{field: "math.IT", **given})["explanation"]
        assert named == explain(served, **{field: "cs.IT", **given})["explanation"]
        assert named[field] == "cs.IT"
    viewed = [classify(served, among=among) for among in ("math.IT,cmp-lg", "cs.IT,cs.CL")]
    shares = [[one["probability"] for one in answer["categories"]] for answer in viewed]
    assert shares[0] == shares[1]
    assert viewed[0]["categories"][0]["category"] == "math.IT"  # a view keeps the names that it was given
    named = explain(served, among="math.IT,cmp-lg", category="cs.IT")["explanation"]
    assert named["category"] == "math.IT"
    assert classify(served, prior={"math.IT": 0.5}) == classify(served, prior={"cs.IT": 0.5})
    lines = [served.lines(b'{"title": "code"}', prior=f"{name}=0.5").json() for name in ("math.IT", "cs.IT")]
    assert lines[0] == lines[1]
    aliases = served.client.get("/v1/model").json()["aliases"]
    assert (aliases["math.IT"], aliases["cmp-lg"]) == ("cs.IT", "cs.CL")
    assert "astro-ph" not in aliases  # retired, and no single category is in its place


@pytest.mark.parametrize(
    ("asked", "field", "message"),
    [
        ({"prior": {"math.IT": 0.2, "cs.IT": 0.2}}, "prior", "`cs.IT` a second time"),
        ({"prior": {"astro-ph": 0.2}}, "prior", "no category `astro-ph`"),
        ({"among": "math.IT,cs.IT"}, "among", "cs.IT"),
    ],
)
def test_two_names_of_one_category_are_refused(served: Live, asked: dict, field: str, message: str):
    (fault,) = served.classify(PAPER, **asked).json()["errors"]
    assert fault["field"] == field and message in fault["message"]


def test_a_category_is_not_compared_with_itself(served: Live):
    response = served.client.post("/v1/explain", json={**PAPER, "category": "cs.IT", "against": "math.IT"})
    (fault,) = response.json()["errors"]
    assert fault["field"] == "against" and "found `cs.IT` twice" in fault["message"]
