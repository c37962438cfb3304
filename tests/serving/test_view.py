"""Answers among some categories over HTTP: in a body, in a query, and as the service's own."""

from __future__ import annotations

from http.client import HTTPConnection
from urllib.parse import quote

import orjson
import pytest
from serving.servers import Live, Start

from arxonomy.inference import Classifier
from arxonomy.serving.request_schemas import MAX_AMONG

PAPER = {"id": "17", "title": "Parsing sentences", "abstract": "We parse the grammar of sentences."}
AGENTS = {"id": "18", "title": "Deep reinforcement learning of agents", "abstract": "We learn by rewards."}
AMONG = "both=cs.AI+cs.LG+cs.CV,cs.CL,*"


@pytest.fixture(scope="module")
def viewing(start: Start, classifier: Classifier):
    with start(classifier.with_view("cs.CL,cs.CV")) as running:
        yield running


def test_a_request_chooses_its_categories(live: Live, classifier: Classifier):
    viewed = classifier.with_view(AMONG)
    expected = [prediction.to_dict() for prediction in viewed.classify([PAPER, AGENTS])]
    assert live.classify(PAPER, AGENTS, among=AMONG).json()["predictions"] == expected
    body = b"".join(orjson.dumps(paper, option=orjson.OPT_APPEND_NEWLINE) for paper in (PAPER, AGENTS))
    lines = live.lines(body, among="cs.CL,cs.CV").text.splitlines()
    first, second = map(orjson.loads, lines)
    assert first["category"] == "cs.CL" and first["outside"] < 0.5
    assert second["category"] is None and second["abstained"] and second["outside"] > 0.5
    assert "cs.LG" in second["warnings"][0]
    assert "outside" not in live.classify(PAPER).json()["predictions"][0]


def test_a_prior_is_of_the_categories_that_are_asked_for(live: Live, classifier: Classifier):
    stated = classifier.with_view(AMONG).with_prior({"both": 0.99})
    (answer,) = live.classify(PAPER, among=AMONG, prior={"both": 0.99}).json()["predictions"]
    assert answer == stated.classify([PAPER])[0].to_dict()
    refused = live.classify(PAPER, among=AMONG, prior={"cs.CV": 0.5})
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "prior"


def test_a_merged_category_is_explained(live: Live):
    asked = {**PAPER, "among": AMONG, "category": "both"}
    answer = live.client.post("/v1/explain", json=asked).json()
    assert answer["explanation"]["category"] == "both" and answer["explanation"]["log_odds"] < 0
    assert answer["outside"] == 0


@pytest.mark.parametrize(
    ("among", "message"),
    [("cs.CL,cs.CVV", "no category `cs.CVV`: did you mean `cs.CV`?"), ("cs.CL,,cs.CV", "at character 7")],
)
def test_a_wrong_choice_is_explained(live: Live, among: str, message: str):
    for response in (
        live.classify(PAPER, among=among),
        live.lines(b'{"title": "x"}\n', among=among),
        live.client.post("/v1/explain", json={**PAPER, "among": among}),
    ):
        (fault,) = response.json()["errors"]
        assert response.status_code == 422 and fault["field"] == "among" and message in fault["message"]
    assert live.classify(PAPER, among=["cs.CL"]).status_code == 422
    assert live.works()


def test_a_service_may_have_categories_of_its_own(viewing: Live, classifier: Classifier):
    model = viewing.client.get("/v1/model").json()
    assert (model["labels"], model["among"]) == (["cs.CL", "cs.CV"], "cs.CL,cs.CV")
    away = viewing.classify(AGENTS).json()["predictions"][0]
    assert away["category"] is None and {one["category"] for one in away["categories"]} == {"cs.CL", "cs.CV"}
    whole = viewing.classify(AGENTS, among="*").json()["predictions"][0]
    assert whole["category"] == "cs.LG" and whole["outside"] == 0


def test_suggestions_leave_to_what_is_outside_its_share(viewing: Live, classifier: Classifier):
    text = f"{AGENTS['title']}\n{AGENTS['abstract']}"
    root = "/v1/projects/arxonomy/suggest"
    found = viewing.client.post(root, data={"text": text}).json()["results"]
    plain = dict(classifier.classify([AGENTS], top_k=None)[0].categories)
    assert {one["notation"]: one["score"] for one in found} == pytest.approx(
        {label: plain[label] for label in ("cs.CL", "cs.CV")}, abs=1e-6
    )
    assert viewing.client.post(root, data={"text": text, "threshold": 0.3}).json()["results"] == []


@pytest.mark.parametrize("path", ["/v1/classify", "/v1/prior"])
def test_the_longest_choice_in_a_query_is_read_and_a_longer_one_named(live: Live, path: str):
    for count, message in ((MAX_AMONG, "no category"), (MAX_AMONG + 1, f"at most {MAX_AMONG}")):
        among = quote(chr(0x1F600) * count)  # four bytes each, twelve when encoded
        connection = HTTPConnection("127.0.0.1", live.port, timeout=60)
        connection.request(
            "POST", f"{path}?among={among}", b'{"title": "x"}\n', {"Content-Type": "application/x-ndjson"}
        )
        response = connection.getresponse()
        (fault,) = orjson.loads(response.read())["errors"]
        assert (response.status, fault["field"]) == (422, "among") and message in fault["message"]
        connection.close()
