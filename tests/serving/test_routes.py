"""The responses of each route, over real sockets."""

from __future__ import annotations

import gzip
import re
import threading

import httpx
import orjson
import pytest
from serving.servers import Live, PausedClassifier, Start, until

from arxonomy.explain import explain as explain_module
from arxonomy.explain import explain_prediction
from arxonomy.inference import Classifier
from arxonomy.serving.middleware import HEADERS
from arxonomy.serving.subjects import make_uri
from arxonomy.taxonomy import get_arxiv
from arxonomy.version import __version__
from arxonomy.writing.records import JsonLinesWriter

PAPER = {"id": "17", "title": "Parsing sentences", "abstract": "We parse the grammar of sentences."}


class Sink(list):
    """A stream that keeps what is written."""

    def write(self, data: bytes) -> None:
        self.append(data)

    def flush(self) -> None:
        pass


def check_error(response, status: int, cause: str) -> dict:
    """Check an error response; returns its body."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status and body["type"] == f"urn:arxonomy:problem:{cause}" and body["detail"]
    return body


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"top_k": 1},
        {"min_confidence": 0.99},
        {"prior": "uniform"},
        {"prior": "arxiv"},
        {"level": "archive"},
        {"back_off": 0.99, "top_k": 2},
    ],
)
def test_classify_answers_as_the_command_line_does(
    live: Live, classifier: Classifier, invented_papers, asked
):
    papers = [*invented_papers[:5], *(invented_papers[5:6] * 2)]
    given = [{"id": paper.id, "title": paper.title, "abstract": paper.abstract} for paper in papers]
    alone = classifier.with_prior(asked.get("prior"))
    options = {key: value for key, value in asked.items() if key != "prior"}
    sink = Sink()
    for paper, prediction in zip(papers, alone.classify(papers, **options), strict=True):
        JsonLinesWriter(sink).write(paper, prediction)  # type: ignore[arg-type]
    response = live.classify(*given, **asked)
    assert response.status_code == 200
    predictions = [orjson.loads(line) for line in sink]
    codes = [
        share["category"]
        for own in predictions
        for share in [*own["categories"], *own["listed"], *own.get("within", ())]
    ]
    assert response.json() == {"predictions": predictions, "names": get_arxiv().get_names(codes)}


def test_a_stated_prior_counts(live: Live):
    plain, shifted = (
        live.classify(PAPER, top_k=None, **asked).json()["predictions"][0]
        for asked in ({}, {"prior": {"cs.CV": 0.9}})
    )
    share = {one["category"]: one["probability"] for one in plain["categories"]}
    other = {one["category"]: one["probability"] for one in shifted["categories"]}
    assert other["cs.CV"] > 10 * share["cs.CV"]  # the model's own prior of it is less than a tenth
    assert other["cs.CL"] < share["cs.CL"]


def test_ids(live: Live):
    answered = live.classify(
        {"title": "a"}, PAPER | {"id": 704}, PAPER | {"id": "0704.0010"}, PAPER | {"id": ""}
    )
    assert [one["id"] for one in answered.json()["predictions"]] == ["1", "704", "0704.0010", "4"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["papers"]),
        ({"papers": []}, ["papers"]),
        ({"papers": {"title": "a"}}, ["papers"]),
        (
            {"papers": [{"title": "a"}, {"title": 3}, {"abstract": [1]}]},
            ["papers[1].title", "papers[2].abstract"],
        ),
        ({"papers": [{"title": " ", "abstract": None}]}, ["papers[0]"]),
        ({"papers": [{"title": "a", "id": 704.001}]}, ["papers[0].id"]),
        ({"papers": [{"title": "a", "id": True}]}, ["papers[0].id"]),
        ({"papers": [PAPER], "topk": 1}, ["topk"]),
        ({"papers": [PAPER], "top_k": 0, "min_confidence": 1.5}, ["top_k", "min_confidence"]),
        ({"papers": [PAPER], "top_k": "1"}, ["top_k"]),
        ({"papers": [PAPER], "prior": {"cs.XX": 0.5}}, ["prior"]),
        ({"papers": [PAPER], "prior": {"cs.CL": 0.7, "cs.CV": 0.7}}, ["prior"]),
        ([1], [""]),
        ("papers", [""]),
    ],
)
def test_a_bad_field_is_named(live: Live, body, fields):
    error = check_error(live.client.post("/v1/classify", json=body), 422, "invalid")
    named = [fault["field"] for fault in error["errors"]]
    assert {name for name in named if name in fields or not fields} >= set(fields)
    assert all(fault["message"] for fault in error["errors"])
    assert "pydantic" not in str(error)


def test_too_many_papers(start: Start):
    with start(max_papers=3) as live:
        error = check_error(live.classify(*[PAPER] * 4), 422, "invalid")
        assert error["errors"][0]["field"] == "papers" and "at most 3" in error["detail"]
        assert live.classify(*[PAPER] * 3).status_code == 200


def test_options_in_the_query_are_rejected_with_a_body_of_json(live: Live):
    error = check_error(live.client.post("/v1/classify?top_k=1", json={"papers": [PAPER]}), 422, "invalid")
    assert error["errors"][0]["field"] == "top_k"


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "multipart/form-data; boundary=x", "application/xml"]
)
def test_another_kind_of_body(live: Live, content_type: str):
    for path in ("/v1/classify", "/v1/explain", "/v1/projects/arxonomy/suggest"):
        response = live.client.post(path, content=b"{}", headers={"Content-Type": content_type})
        check_error(response, 415, "media-type")


def test_compressed_bodies(live: Live):
    body = orjson.dumps({"papers": [PAPER]})
    whole = live.classify(PAPER).json()

    def post(data: bytes, encoding: str = "gzip"):
        headers = {"Content-Type": "application/json; charset=utf-8", "Content-Encoding": encoding}
        return live.client.post("/v1/classify", content=data, headers=headers)

    assert post(gzip.compress(body)).json() == whole
    assert post(gzip.compress(body[:20]) + gzip.compress(body[20:])).json() == whole
    check_error(post(gzip.compress(body)[:-9]), 422, "invalid")
    check_error(post(body), 422, "invalid")
    assert check_error(post(body, "br"), 415, "media-type")
    assert post(body, "br").headers["accept-encoding"] == "gzip"


def test_explain_is_what_the_command_prints(live: Live, classifier: Classifier):
    for asked in ({}, {"method": "attention"}, {"category": "cs.CV", "against": "cs.CL"}):
        response = live.client.post("/v1/explain", json=PAPER | asked)
        assert response.json() == orjson.loads(
            orjson.dumps(explain_prediction(classifier, PAPER, **asked).to_dict())
        )


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"title": "", "abstract": ""}, ""),
        ({"methd": "attention"}, "methd"),
        ({"method": "magic"}, "method"),
        ({"method": "gradients"}, "method"),  # the service computes with ONNX Runtime
        ({"method": "attention", "category": "cs.CL"}, "method"),
        ({"category": "cs.XX"}, "category"),
        ({"category": "cs.CL", "against": "cs.CL"}, "against"),
    ],
)
def test_what_cannot_be_explained(live: Live, asked: dict, field: str):
    error = check_error(live.client.post("/v1/explain", json=PAPER | asked), 422, "invalid")
    assert [fault["field"] for fault in error["errors"]] == [field]


def test_what_is_too_long_to_be_explained(live: Live, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(explain_module, "MAX_WORDS", 3)
    error = check_error(live.client.post("/v1/explain", json=PAPER), 422, "invalid")
    assert "at most 3 words to explain" in error["detail"]
    error = check_error(live.client.post("/v1/explain", json={"title": "a " * 60_000}), 422, "invalid")
    assert "at most 100,000 characters to explain, found 120,000" in error["detail"]


def upload(live: Live, name: str, data: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/octet-stream"}
    return live.client.post("/v1/papers", params={"name": name}, content=data, headers=headers)


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        ("a.csv", b"id,title\n1,One\n2,Two,x\n3,Three\n", 3),
        ("a.jsonl", b'{"id":1,"title":"One"}\n{"id":2}\n{"id":3,"title":"Three"}\n', 2),
        ("a.bib", b"@misc{1,\ntitle={One}}\n@misc{2}\n@misc{3, title={Three}}", 3),
        ("", b"id\ttitle\n1\tOne\n2\n3\tThree\n", 3),
    ],
)
def test_the_papers_of_a_file(live: Live, name: str, data: bytes, line: int):
    response = upload(live, name, data)
    assert response.headers["content-type"] == "application/x-ndjson"
    first, bad, last = map(orjson.loads, response.text.splitlines())
    assert first == {"id": "1", "title": "One", "abstract": ""} and last["title"] == "Three"
    assert bad["line"] == line and bad["error"].startswith("expected")


@pytest.mark.parametrize(
    ("name", "data", "detail"),
    [
        ("x.csv", b"a,b\n1,2\n", "x.csv: expected a column `title` or `abstract`"),
        ("x.csv", b"", "x.csv holds no papers"),
        ("x.bib", b"@misc{x}", "x.bib holds no usable paper; of 1 bad records the first is x.bib:1"),
        ("../etc/passwd", bytes(range(256)), "is not text in a known format"),
        ("x.jsonl.gz", gzip.compress(b'{"title": "T"}', mtime=0), "as plain text, found gzip"),
        ("x.parquet", b"PAR1", "as plain text, found Parquet"),
    ],
)
def test_what_is_no_file_of_papers(live: Live, name: str, data: bytes, detail: str):
    assert detail in check_error(upload(live, name, data), 422, "invalid")["detail"]


def test_a_small_file_that_stands_for_much_text(live: Live):
    bomb = f"@string{{s = {{{'x' * 1000}}}}}\n" + f"@misc{{x, title = {'s # ' * 100} s}}\n" * 30
    assert len(bomb) < 20_000
    check_error(upload(live, "x.bib", bomb.encode()), 413, "too-large")


def test_model(live: Live, classifier: Classifier):
    response = live.client.get("/v1/model").json()
    assert response["names"]["cs.CL"] == "Computation and Language"
    assert response["labels"] == list(classifier.labels) and response["uris"]["cs.CL"] == make_uri("cs.CL")
    assert response["sha256"] == classifier.source.sha256 and "model.onnx" in response["files"]
    assert (response["version"], response["recipe"], response["card"]) == (__version__, "bundled", "# A card")
    assert sum(response["training_prior"].values()) == pytest.approx(1)
    evaluation, test = response["evaluation"], classifier.source.manifest.metrics.test
    assert (evaluation["split"], evaluation["papers"]) == ("test", test["papers"])
    assert evaluation["accuracy"] == test["accuracy"]
    bands = [
        (band["min_confidence"], band["papers"], band["accuracy"]) for band in evaluation["by_confidence"]
    ]
    assert bands == [(row["at_least"], row["papers"], row["accuracy"]) for row in test["answers"]] != []


def test_health_and_metrics(live: Live):
    assert live.client.get("/health/live").json() == {"status": "live"}
    assert live.client.get("/health/ready").json() == {"status": "ready"}
    before = live.metric("arxonomy_papers_total")
    live.classify(PAPER, PAPER)
    check_error(live.client.get("/nowhere"), 404, "not-found")
    text = live.client.get("/metrics").text
    assert live.metric("arxonomy_papers_total") == before + 2
    assert live.metric("arxonomy_papers_waiting") == 0
    assert live.metric("arxonomy_compute_seconds_count") >= 1
    assert re.search(r'arxonomy_model_info\{recipe="bundled",sha256="[0-9a-f]{64}",version=', text)
    assert 'arxonomy_requests_total{route="/v1/classify",status="200"}' in text
    assert 'arxonomy_rejects_total{cause="not-found"}' in text


def test_errors_of_the_framework_have_the_same_form(live: Live):
    check_error(live.client.get("/v1/classify"), 405, "method")
    assert live.client.get("/v1/classify").headers["allow"] == "POST"


def test_every_answer_has_the_headers_that_keep_browsers_safe(live: Live):
    for path in ("/v1/model", "/nowhere", "/health/live"):
        response = live.client.get(path).headers
        assert {name: response[name] for name in HEADERS} == HEADERS
        assert "access-control-allow-origin" not in response and "server" not in response


def test_the_documentation_needs_no_other_host(live: Live):
    page = live.client.get("/docs")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "http" not in policy
    used = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(used) >= 4 and not any(name.startswith(("http", "//")) for name in used)
    for name in used:
        if not name.startswith("data:"):
            assert live.client.get(f"/{name}").status_code == 200, name


def test_a_bug_is_reported_without_its_text(start: Start):
    with start(PausedClassifier(open=True)) as live:
        answered = live.classify({"title": "bang"})
        assert (
            "bang" not in str(check_error(answered, 500, "internal"))
            and "x-frame-options" in answered.headers
        )
        assert live.classify({"title": "a"}).status_code == 200


@pytest.mark.slow
def test_a_deadline_cancels_what_is_not_computed(start: Start):
    paused = PausedClassifier()
    with start(paused, deadline=0.3, queue=10, max_papers=9) as live:
        check_error(live.classify({"title": "a"}), 504, "deadline")  # it is being computed, for ever
        check_error(live.classify({"title": "b", "id": "b"}), 504, "deadline")  # it waits
        paused.resume.set()
        assert live.classify({"title": "c", "id": "c"}).status_code == 200
        assert paused.batches == [["1"], ["c"]]
        assert 'rejects_total{cause="deadline"} 2.0' in live.client.get("/metrics").text


def test_overload_is_rejected_at_once_and_passes(start: Start):
    paused = PausedClassifier()
    with start(paused, queue=3, max_papers=3) as live:
        threads = [threading.Thread(target=live.classify, args=({"title": "a"},)) for _ in range(3)]
        for thread in threads:
            thread.start()
        until(lambda: live.metric("arxonomy_papers_waiting") == 3)
        refused = live.classify({"title": "a"})
        check_error(refused, 503, "busy")
        assert int(refused.headers["retry-after"]) >= 1
        assert live.client.get("/health/live").status_code == 200
        paused.resume.set()
        for thread in threads:
            thread.join()
        assert live.classify({"title": "a"}).status_code == 200


def test_requests_in_progress_are_bounded_except_for_health(start: Start):
    paused = PausedClassifier()
    with start(paused, requests=1) as live:
        thread = threading.Thread(target=live.classify, args=({"title": "a"},))
        thread.start()
        assert paused.entered.wait(20)
        refused = live.client.get("/v1/model")
        check_error(refused, 503, "busy")
        assert refused.headers["retry-after"] == "1"
        assert live.client.get("/health/live").status_code == 200
        assert live.client.get("/health/ready").status_code == 200
        paused.resume.set()
        thread.join()
        assert live.client.get("/v1/model").status_code == 200
