"""Answers at a level of the hierarchy over HTTP."""

from __future__ import annotations

import orjson
import pytest
from serving.servers import Live

from arxonomy.inference import Classifier

PAPER = {"title": "Parsing sentences", "abstract": "We parse the grammar of sentences."}


def test_a_stream_answers_at_a_level(live: Live, classifier: Classifier):
    (answer,) = classifier.classify([PAPER], level="archive")
    body = orjson.dumps(PAPER) + b"\n"
    assert live.lines(body, level="archive").json() == answer.to_dict()
    assert answer.category == "cs" and answer.within
    names = live.classify(PAPER, level="archive").json()["names"]
    assert names["cs"] == "Computer Science" and names["cs.CL"] == "Computation and Language"


def test_the_model_shows_its_levels(live: Live, classifier: Classifier):
    levels = live.client.get("/v1/model").json()["levels"]
    assert list(levels) == ["group", "archive", "category"]
    assert levels["category"] == list(classifier.labels)
    above = dict(zip(classifier.labels, zip(levels["group"], levels["archive"], strict=True), strict=True))
    assert (above["cs.CL"], above["math.NT"]) == (("cs", "cs"), ("math", "math"))
    assert (above["hep-ex"], above["astro-ph.GA"]) == (("physics", "hep-ex"), ("physics", "astro-ph"))


@pytest.mark.parametrize(
    ("asked", "field", "message"),
    [
        ({"level": "archives"}, "level", "did you mean `archive`?"),
        ({"level": "archives", "back_off": 0.8}, "level", "did you mean `archive`?"),
        ({"back_off": 0.8, "min_confidence": 0.5}, "back_off", "without min_confidence"),
        ({"back_off": 80}, "back_off", "less than or equal to 1"),
        ({"level": "x" * 101}, "level", "at most 100"),
    ],
)
def test_what_is_not_possible_is_explained(live: Live, asked: dict, field: str, message: str):
    for response in (live.classify(PAPER, **asked), live.lines(b'{"title": "x"}\n', **asked)):
        (fault,) = response.json()["errors"]
        assert response.status_code == 422 and fault["field"] == field and message in fault["message"]
