"""The service applies a class prior that a request states, and no other: no answer knows of another."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest
from counting_model import make_classifier
from serving.servers import Live, Start

PAPERS = [{"title": "grammar grammar grammar"}] * 120 + [{"title": "grammar pixel pixel"}] * 30
"""All of one category but for papers that an estimated prior would take for it too."""


@pytest.fixture(scope="module")
def served(start: Start) -> Iterator[Live]:
    with start(make_classifier()) as running:
        yield running


def test_a_request_of_many_papers_is_answered_as_each_alone(served: Live) -> None:
    many = served.client.post("/v1/classify", json={"papers": PAPERS}).json()["predictions"]
    (alone,) = served.client.post("/v1/classify", json={"papers": PAPERS[-1:]}).json()["predictions"]
    assert many[-1] | {"id": "1"} == alone and alone["category"] == "cs.CV"


def test_so_is_a_stream(served: Live) -> None:
    lines = [
        orjson.loads(line)
        for line in served.lines(b"".join(orjson.dumps(paper) + b"\n" for paper in PAPERS)).text.splitlines()
    ]
    (alone,) = served.client.post("/v1/classify", json={"papers": PAPERS[-1:]}).json()["predictions"]
    assert lines[-1] | {"id": "1"} == alone and "prior" not in lines[0]


def test_nothing_is_estimated_over_http(served: Live) -> None:
    response = served.client.post("/v1/classify", json={"papers": PAPERS, "prior": "auto"})
    assert response.status_code == 422
    assert served.lines(b'{"title": "grammar"}\n', prior="auto").status_code == 422
