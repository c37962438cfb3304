"""The service applies a class prior that a request states, and no other: no answer knows of another.

It estimates one where it is asked to.
"""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import httpx
import numpy as np
import orjson
import pytest
from counting_model import LABELS, PRIOR, WORDS, CountingMember, make_classifier
from serving.servers import Live, Start, until

from arxonomy.inference import Classifier
from arxonomy.inference.prior_estimate import FEWEST_PAPERS

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


def send(live: Live, body: bytes, headers: dict[str, str] | None = None, **asked: Any) -> httpx.Response:
    sent = {"Content-Type": "application/x-ndjson", **(headers or {})}
    return live.client.post("/v1/prior", content=body, headers=sent, params=asked)


def to_lines(papers: Sequence[Mapping[str, str]]) -> bytes:
    return b"".join(orjson.dumps(paper, option=orjson.OPT_APPEND_NEWLINE) for paper in papers)


def test_an_estimate_is_that_of_python(served: Live) -> None:
    expected = make_classifier().estimate_prior(PAPERS)
    found = send(served, to_lines(PAPERS)).json()
    assert list(found["prior"]) == list(LABELS) and found["prior"] == pytest.approx(dict(expected.shares))
    assert sum(found["prior"].values()) == pytest.approx(1)
    assert found["training_prior"] == dict(zip(LABELS, PRIOR, strict=True))
    assert (found["papers"], found["bad"], found["checked"]) == (150, 0, False)
    assert found["gain"] == pytest.approx(expected.gain) and found["gain"] > 0.1
    assert found["useful"] and found["disagreement"] is None


def test_its_shares_are_a_prior_to_classify_with(served: Live) -> None:
    shares = send(served, to_lines(PAPERS)).json()["prior"]
    stated = make_classifier().with_prior(shares).classify(PAPERS[-1:])[0].to_dict()
    assert served.classify(PAPERS[-1], prior=shares).json()["predictions"] == [stated]
    assert stated["category"] == "cs.CL" != served.classify(PAPERS[-1]).json()["predictions"][0]["category"]


def test_bad_lines_are_counted_and_cost_nothing_else(served: Live) -> None:
    body = b'{"title": \n' + to_lines(PAPERS[:70]) + b"\n[]\n" + to_lines(PAPERS[70:]) + b'{"id": "x"}'
    found = send(served, body).json()
    assert found == send(served, to_lines(PAPERS)).json() | {"bad": 3}


def test_compressed_papers_are_read(served: Live) -> None:
    headers = {"Content-Encoding": "gzip"}
    body = to_lines(PAPERS)
    assert send(served, gzip.compress(body), headers).json() == send(served, body).json()
    assert send(served, gzip.compress(body)[:-9], headers).status_code == 422


def test_the_estimate_among_some_categories_is_theirs(served: Live) -> None:
    among = "vision=cs.CV+cs.AI,cs.CL"
    expected = make_classifier().with_view(among).estimate_prior(PAPERS)
    found = send(served, to_lines(PAPERS), among=among).json()
    assert found["prior"] == pytest.approx(dict(expected.shares)) and set(found["prior"]) == {
        "vision",
        "cs.CL",
    }
    assert found["training_prior"] == pytest.approx({"vision": 2 / 3, "cs.CL": 1 / 3})
    refused = send(served, to_lines(PAPERS), among="cs.XX").json()
    assert refused["errors"][0]["field"] == "among"


def test_few_papers_and_the_training_mix_are_no_reason_to_apply_it(served: Live) -> None:
    few = send(served, to_lines([*PAPERS[:69], *PAPERS[-30:]])).json()
    assert few["papers"] == FEWEST_PAPERS - 1 and few["gain"] > 0.1 and not few["useful"]
    mix = [
        {"title": f"{word} {word} {word}"}
        for word, share in zip(WORDS, PRIOR, strict=True)
        for _ in range(round(200 * share))
    ]
    usual = send(served, to_lines(mix)).json()
    assert usual["papers"] == 200 and usual["gain"] < 0.005 and not usual["useful"]
    unread = send(served, to_lines([{"title": "xqzzy"}] * 120)).json()
    assert (unread["papers"], unread["gain"], unread["useful"]) == (0, 0, False)
    assert unread["prior"] == pytest.approx(unread["training_prior"])


def test_a_contradicted_estimate_says_where(served: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    # A model that takes most papers of cs.CL for cs.CV, by its validation papers, though it is sure of cs.CV.
    counts = np.diag([100, 40, 100, 100, 100])
    counts[1, 2] = 60
    monkeypatch.setattr("arxonomy.inference.prior_estimate.find_confusion", lambda models: counts)
    expected = make_classifier().estimate_prior(PAPERS).disagreement
    found = send(served, to_lines(PAPERS)).json()
    assert expected is not None and found["disagreement"] == pytest.approx(asdict(expected))
    assert found["checked"] and not found["useful"]


@pytest.mark.parametrize(
    ("body", "found"), [(b"", "found none"), (b"\n \n", "found none"), (b"[]\n{}\n", "found 2 bad lines")]
)
def test_a_body_without_papers_is_an_error(served: Live, body: bytes, found: str) -> None:
    refused = send(served, body)
    assert refused.status_code == 422 and found in refused.json()["detail"]


def test_other_bodies_are_refused(served: Live) -> None:
    refused = served.client.post("/v1/prior", json={"papers": PAPERS})
    assert refused.status_code == 415 and "application/x-ndjson" in refused.json()["detail"]
    assert served.client.get("/v1/prior").status_code == 405


def test_a_model_that_does_not_know_its_training_papers_says_so(start: Start) -> None:
    with start(Classifier([CountingMember()], LABELS)) as live:
        refused = send(live, to_lines(PAPERS))
        assert refused.status_code == 422 and "export its run again" in refused.json()["detail"]


def test_a_body_of_any_length_waits_for_room_in_the_queue(start: Start) -> None:
    with start(make_classifier(), queue=20, max_papers=20, max_body=100) as live:
        found = send(live, to_lines([*PAPERS] * 20)).json()
        assert found["papers"] == 3000 and live.metric("arxonomy_papers_total") == 3000


def test_estimates_beyond_the_memory_for_them_are_refused_until_one_ends(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arxonomy.serving.service.MAX_TALLIES", 1)
    head = b"POST /v1/prior HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
    with start(make_classifier()) as live:
        with socket.create_connection(("127.0.0.1", live.port), timeout=30) as connection:
            connection.sendall(head + b"Content-Length: 999\r\n\r\n" + to_lines(PAPERS[:1]))
            until(lambda: live.metric("arxonomy_papers_total") == 1)
            refused = send(live, to_lines(PAPERS))
            assert refused.status_code == 503 and int(refused.headers["Retry-After"]) >= 1
            assert live.works()
        until(lambda: send(live, to_lines(PAPERS)).status_code == 200)


def test_a_body_that_stops_coming_ends_at_the_deadline(start: Start) -> None:
    head = b"POST /v1/prior HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
    with (
        start(make_classifier(), deadline=0.3) as live,
        socket.create_connection(("127.0.0.1", live.port), timeout=30) as connection,
    ):
        connection.sendall(head + b"Content-Length: 999\r\n\r\n" + to_lines(PAPERS[:1]))
        assert connection.recv(65536).startswith(b"HTTP/1.1 408")
