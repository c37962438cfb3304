"""JSON lines in, JSON lines out."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time

import pytest
from serving.servers import Live, PausedClassifier, Start, until

from arxonomy.serving.streaming import GROUP_SIZE

HEAD = b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"


def numbered(count: int) -> list[bytes]:
    return [
        json.dumps({"id": number, "title": f"title {number}"}).encode() + b"\n" for number in range(count)
    ]


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_each_line_has_its_answer_in_its_place(live: Live):
    body = (
        b'{"id": 704.0010, "title": "parsing sentences"}\n\n{"title": \n{"title": "\xff"}\n'
        b'{"title": ""}\n{"summary": "pixels and cameras", "authors": []}\n[]\n{"id": "last", "title": "a"}'
    )
    response = live.lines(body)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/x-ndjson")
    answers = objects(response.text)
    assert [one.get("line", one.get("id")) for one in answers] == ["704.0010", 3, 4, 5, "5", 7, "last"]
    assert all(("error" in one) == ("line" in one) for one in answers)
    alone = live.classify({"id": "704.0010", "title": "parsing sentences"}).json()["predictions"]
    assert answers[0] == alone[0]


def test_options_are_in_the_query(live: Live):
    body = b'{"title": "parsing sentences"}\n'
    (prediction,) = objects(live.lines(body, top_k=1, min_confidence=0.999, prior="cs.CV=0.9").text)
    assert prediction["abstained"] and prediction["category"] is None and len(prediction["categories"]) == 1
    asked = {"top_k": 1, "min_confidence": 0.999, "prior": {"cs.CV": 0.9}}
    assert [prediction] == live.classify({"title": "parsing sentences"}, **asked).json()["predictions"]
    for wrong in ({"prior": "cs.CL"}, {"prior": "cs.XX=0.1"}, {"top_k": 0}, {"min_confidence": "nan"}):
        refused = live.lines(body, **wrong)
        assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == next(iter(wrong))


def test_jobs_larger_than_any_limit_keep_their_order(start: Start):
    with start(PausedClassifier(open=True), max_body=100, queue=20, max_papers=20) as live:
        response = live.lines(b"".join(numbered(2000)))
        assert [int(one["id"]) for one in objects(response.text)] == list(range(2000))


def test_compressed_lines(live: Live):
    headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}

    def post(data: bytes):
        return live.client.post("/v1/classify", content=data, headers=headers)

    whole = gzip.compress(b"".join(numbered(300)))
    assert len(objects(post(whole).text)) == 300
    assert post(b"no gzip").status_code == 422
    cut = objects(post(gzip.compress(b"".join(numbered(3))) + whole[:100]).text)
    assert [one["id"] for one in cut[:3]] == ["0", "1", "2"] and "cut short" in cut[-1]["error"]


def test_nothing_gives_nothing(live: Live):
    for body in (b"", b"\n \n"):
        response = live.lines(body)
        assert (response.status_code, response.content) == (200, b"")


def test_answers_come_while_papers_are_still_sent(live: Live):
    with socket.create_connection(("127.0.0.1", live.port), timeout=30) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        received = b""
        for number, line in enumerate(numbered(3)):
            connection.sendall(b"%x\r\n%s\r\n" % (len(line), line))
            while b'"id":"%d"' % number not in received:
                received += connection.recv(65536)
        connection.sendall(b"0\r\n\r\n")
        while not received.endswith(b"0\r\n\r\n"):
            received += connection.recv(65536)


def test_a_large_job_waits_for_room(start: Start):
    paused = PausedClassifier()
    with start(paused, queue=4, max_papers=4) as live:
        threads = [threading.Thread(target=live.classify, args=({"title": "a"},)) for _ in range(4)]
        for thread in threads:
            thread.start()
        until(lambda: live.metric("arxonomy_papers_waiting") == 4)
        response = []
        job = threading.Thread(target=lambda: response.append(live.lines(b"".join(numbered(10)))))
        job.start()
        time.sleep(0.1)
        assert live.metric("arxonomy_papers_waiting") == 4
        paused.resume.set()
        for thread in [*threads, job]:
            thread.join()
        assert [one["category"] for one in objects(response[0].text)] == ["a"] * 10


@pytest.mark.slow
def test_papers_that_take_too_long_are_reported_by_their_ids(start: Start):
    paused = PausedClassifier()
    with start(paused, deadline=0.3) as live:
        answers = objects(live.lines(b"".join(numbered(2))).text)
        assert [one["id"] for one in answers] == ["0", "1"] and all(
            "0.3 s" in one["error"] for one in answers
        )
        paused.resume.set()
        assert objects(live.lines(b"".join(numbered(1))).text)[0]["category"] == "a"


def test_one_paper_is_classified_during_a_large_job(start: Start):
    paused = PausedClassifier()
    with start(paused) as live:
        response = []
        job = threading.Thread(target=lambda: response.append(live.lines(b"".join(numbered(5 * GROUP_SIZE)))))
        job.start()
        assert paused.entered.wait(20)
        one = threading.Thread(target=lambda: live.classify({"id": "one", "title": "a"}))
        one.start()
        until(lambda: live.metric("arxonomy_requests_in_progress") == 3)
        paused.resume.set()
        one.join()
        job.join()
        assert any("one" in batch for batch in paused.batches[:4])
        assert len(objects(response[0].text)) == 5 * GROUP_SIZE
