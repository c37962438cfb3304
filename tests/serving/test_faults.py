"""Hostile and broken clients: each gets its response or a clear error, and the next request works."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import struct
import threading
import time

import pytest
from serving.servers import Live, PausedClassifier, Start, until

HEAD = "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\n"


def head(media_type: str = "application/json", **headers: str) -> bytes:
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return (HEAD.format(media_type) + named + "\r\n").encode()


def exchange(live: Live, data: bytes) -> bytes:
    """Whatever comes back until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=30) as connection:
        received = b""
        with contextlib.suppress(ConnectionResetError):  # cut off while we were still sending
            connection.sendall(data)
            while part := connection.recv(65536):
                received += part
        return received


def vanish(connection: socket.socket) -> None:
    """Reset the connection, as a client does that is killed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def one(title: str, **more: object) -> bytes:
    return json.dumps({"papers": [{"title": title, **more}]}).encode()


HOSTILE = {
    "nothing": b"",
    "blank": b"  ",
    "half an object": b'{"papers": [{"title": "a"}',
    "NUL byte": b'{"papers": [{"title": "a\0b"}]}',
    "lone surrogate": b'{"papers": [{"title": "a \\ud800 b"}]}',
    "lone surrogate, low": b'{"papers": [{"title": "\\udc00"}]}',
    "half a letter": b'{"papers": [{"title": "\xc3"}]}',
    "another encoding": '{"papers": [{"title": "a"}]}'.encode("utf-16"),
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"papers":' * 100_000,
    "deep list in a paper": b'{"papers": [{"title": ' + b"[" * 2000 + b"]" * 2000 + b"}]}",
    "NaN": b'{"papers": [{"title": "a"}], "min_confidence": NaN}',
    "Infinity": b'{"papers": [{"title": "a"}], "min_confidence": Infinity}',
    "1e999": b'{"papers": [{"title": "a"}], "min_confidence": 1e999}',
    "huge top_k": b'{"papers": [{"title": "a"}], "top_k": ' + b"9" * 5000 + b"}",
    "huge id": b'{"papers": [{"title": "a", "id": ' + b"9" * 5000 + b"}]}",
    "negative zero papers": b'{"papers": -0}',
    "text after the end": b'{"papers": [{"title": "a"}]} x',
    "10,000 papers": json.dumps({"papers": [{"title": "a"}] * 10_000}).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_json_is_rejected(live: Live, name: str):
    headers = {"Content-Type": "application/json"}
    for path in ("/v1/classify", "/v1/explain", "/v1/projects/arxonomy/suggest-batch"):
        response = live.client.post(path, content=HOSTILE[name], headers=headers)
        assert response.status_code in (400, 422), response.text
        assert response.headers["content-type"] == "application/problem+json" and response.json()["detail"]
        assert len(response.content) < 2000
    assert live.works()


@pytest.mark.parametrize(
    "title",
    [
        "a\0b",
        "שלום עולם \u202e evil \u202c مرحبا",
        "a" * 1_000_000,
        "🙂" * 1000,
        "<script>alert(1)</script> and <b onclick=alert(1)>words</b>",
        "\u0301" * 5000,
        "a\ud83d\ude42b".encode("utf-16", "surrogatepass").decode("utf-16"),
        "; rm -rf / $(reboot) %s {0}",
    ],
)
def test_hostile_text_is_classified(live: Live, classifier, title: str):
    (prediction,) = live.classify({"title": title, "id": title[:100]}).json()["predictions"]
    (alone,) = classifier.classify([(title, "")])
    assert prediction["id"] == title[:100] and prediction["category"] == alone.category
    assert prediction["probability"] == pytest.approx(alone.probability, abs=1e-5)
    assert live.works()


def test_a_title_of_markup_alone_is_no_title(live: Live):
    response = live.classify({"title": "<script>alert(1)</script>"})
    assert response.status_code == 422 and "expected a title or an abstract" in response.json()["detail"]


def test_the_last_of_two_equal_keys_counts(live: Live):
    body = b'{"papers": [{"title": "a"}], "papers": [{"title": "b", "id": "x", "id": "y"}]}'
    response = live.client.post("/v1/classify", content=body, headers={"Content-Type": "application/json"})
    assert [one["id"] for one in response.json()["predictions"]] == ["y"]


def test_a_gzip_bomb_is_rejected_before_it_is_complete(live: Live):
    bomb = gzip.compress(b'{"papers": [{"title": "' + b"a" * 20_000_000 + b'"}]}')
    assert len(bomb) < 50_000
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    for path in ("/v1/classify", "/v1/explain", "/v1/projects/arxonomy/suggest-batch"):
        response = live.client.post(path, content=bomb, headers=headers)
        assert response.status_code == 413 and response.json()["type"] == "urn:arxonomy:problem:too-large"
    headers["Content-Type"] = "application/x-ndjson"
    response = live.client.post(
        "/v1/classify", content=gzip.compress(b"\n" + b" " * 20_000_000), headers=headers
    )
    assert response.status_code == 200 and response.json()["error"] == "the line is longer than 2 MB"
    assert live.works()


def test_a_body_over_the_limit_is_rejected_with_a_reason(live: Live):
    body = one("a" * 8_000_000)
    headers = {"Content-Type": "application/json"}
    for content in (body, iter([body[:1_000_000], body[1_000_000:]])):  # with its length, and in chunks
        response = live.client.post("/v1/classify", content=content, headers=headers)
        assert response.status_code == 413 and "2,000,000 bytes" in response.json()["detail"]
    assert live.classify({"title": "a" * 1_999_900}).status_code == 200


@pytest.mark.slow
def test_half_a_body_and_then_silence(start: Start):
    with start(PausedClassifier(open=True), deadline=0.4) as live:
        received = exchange(live, head(Content_Length="100", Connection="close") + b'{"papers"')
        assert received.startswith(b"HTTP/1.1 408 ") and b"problem:request-timeout" in received
        lines = head("application/x-ndjson", Content_Length="100", Connection="close")
        received = exchange(live, lines + b'{"title": "a"}\n{"ti')
        assert b'"category":"a"' in received and not received.endswith(b"0\r\n\r\n")  # seen to be not whole
        assert exchange(live, lines + b'{"ti').startswith(b"HTTP/1.1 408 ")
        assert live.works()


def test_half_a_body_and_then_a_disconnect(live: Live, caplog: pytest.LogCaptureFixture):
    for media_type in ("application/json", "application/x-ndjson"):
        for body in (b"", b'{"papers"', b'{"title": "a"}\n{"ti'):
            connection = socket.create_connection(("127.0.0.1", live.port))
            connection.sendall(head(media_type, Content_Length="100") + body)
            vanish(connection)
    until(lambda: live.metric("arxonomy_requests_in_progress") == 1)  # our own
    assert live.works()
    assert not [record for record in caplog.records if record.exc_info]  # it is nothing to be alarmed about


def test_papers_of_a_disconnected_client_are_not_computed(start: Start):
    paused = PausedClassifier()
    with start(paused, queue=10, max_papers=9) as live:
        first = threading.Thread(target=live.classify, args=({"title": "a"},))
        first.start()
        assert paused.entered.wait(20)
        body = json.dumps({"papers": [{"title": "gone", "id": "gone"}] * 9}).encode()
        connection = socket.create_connection(("127.0.0.1", live.port))
        connection.sendall(head(Content_Length=str(len(body))) + body)
        until(lambda: live.metric("arxonomy_papers_waiting") == 10)
        vanish(connection)
        until(lambda: live.metric("arxonomy_papers_waiting") == 1)  # and there is room again
        paused.resume.set()
        first.join()
        assert live.classify({"title": "b", "id": "b"}).status_code == 200
        assert paused.batches == [["1"], ["b"]]
        assert 'rejects_total{cause="disconnected"} 1.0' in live.client.get("/metrics").text


@pytest.mark.slow
def test_a_reader_of_lines_that_does_not_read_holds_nothing_up(start: Start):
    with start(PausedClassifier(open=True), deadline=0.5) as live:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", live.port))
        connection.sendall(head("application/x-ndjson", Transfer_Encoding="chunked"))
        lines = b'{"title": "a"}\n' * 4000
        chunk = b"%x\r\n%s\r\n" % (len(lines), lines)
        connection.settimeout(0.2)
        try:
            ends = time.monotonic() + 20
            while time.monotonic() < ends:  # answers pile up in the socket, until nothing moves any more
                connection.sendall(chunk)
        except OSError:
            pass
        assert live.works()
        until(lambda: live.metric("arxonomy_requests_in_progress") == 1)
        connection.close()


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\0\r\n\r\n",
        b"GET /v1/model\r\n\r\n",
        b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        head(Transfer_Encoding="chunked") + b"zz\r\nhello\r\n",
        b"GET /v1/model HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_not_http_is_rejected(live: Live, data: bytes):
    assert exchange(live, data).startswith(b"HTTP/1.1 400 ")
    assert live.works()


def test_headers_without_end_are_cut_off(live: Live):
    received = exchange(live, b"GET /v1/model HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 1_000_000)
    assert received == b"" or received.startswith(b"HTTP/1.1 400 ")
    assert live.works()


def test_many_clients_that_disconnect_leave_nothing_behind(live: Live):
    body = json.dumps({"papers": [{"title": "parsing", "abstract": "sentences " * 50}] * 20}).encode()
    for pause in (0, 0, 0.002, 0.01, 0.03, 0.05):
        connection = socket.create_connection(("127.0.0.1", live.port))
        connection.sendall(head(Content_Length=str(len(body))) + body)
        time.sleep(pause)
        vanish(connection)
    until(lambda: live.metric("arxonomy_papers_waiting") == 0)
    until(lambda: live.metric("arxonomy_requests_in_progress") == 1)
    assert live.works()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/v1/classify", {"papers": [{}] * 100_000}),
        ("/v1/classify", {"papers": [{}] * 1000}),
        ("/v1/classify", {"papers": [{"title": "a"}], "prior": {str(key): "a" for key in range(100_000)}}),
        ("/v1/classify", {str(key): 1 for key in range(100_000)}),
        ("/v1/classify", {"papers": [{"title": "a"}], "x" * 1_000_000: 1}),
        ("/v1/projects/arxonomy/suggest-batch", {"documents": [{}] * 100_000}),
        (
            "/v1/projects/arxonomy/suggest-batch",
            {"documents": [{"text": "a", "metadata": {str(key): 1 for key in range(100_000)}}]},
        ),
    ],
    ids=["papers", "wrong papers", "prior", "fields", "long field", "documents", "metadata"],
)
def test_many_errors_make_a_short_response(live: Live, path: str, given: dict):
    response = live.client.post(path, json=given)
    assert response.status_code == (422 if path == "/v1/classify" else 400)
    assert len(response.content) < 4000
    if given.get("papers") == [{}] * 1000:
        assert len(response.json()["errors"]) == 20 and "and 997 more" in response.json()["detail"]
    elif "papers" in given and len(given["papers"]) > 1:
        assert response.json()["errors"][0]["field"] == "papers"
