"""`arxonomy serve` as a process of its own, in an installation without PyTorch."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from cli.test_commands import WITHOUT, run_without
from test_plain_install import EXTRAS

SERVE = ["fastapi", "fastapi_offline", "prometheus_client", "starlette", "uvicorn"]


@contextmanager
def serving() -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    words = ["serve", "--port", "0", "--threads", "1"]
    command = [sys.executable, "-c", WITHOUT, " ".join(EXTRAS), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            address = re.search(r"at (http://127\.0\.0\.1:\d+); ", said)
            assert address, said
            with httpx.Client(base_url=address[1], timeout=60, trust_env=False) as client:
                yield process, client
        finally:
            process.kill()


@pytest.mark.slow
def test_it_finishes_what_it_has_accepted_and_ends_well():
    papers = [{"id": str(n), "title": "parsing sentences", "abstract": "grammar " * 250} for n in range(300)]
    with serving() as (process, client):
        assert client.get("/health/ready").status_code == 200
        asked = {"title": "parsing sentences"}
        assert client.post("/v1/explain", json=asked).json()["explanation"]["method"] == "occlusion"
        assert client.post("/v1/explain", json=asked | {"method": "gradients"}).status_code == 422
        found: list[httpx.Response] = []
        body = {"papers": papers}
        large = threading.Thread(target=lambda: found.append(client.post("/v1/classify", json=body)))
        large.start()
        with socket.create_connection((client.base_url.host, client.base_url.port), timeout=60) as lines:
            line = b'{"title": "pixels"}\n'
            chunk = b"%x\r\n%s\r\n" % (len(line), line)
            lines.sendall(
                b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n" + chunk
            )
            received = b""
            while b'"id":"1"' not in received:
                received += lines.recv(65536)
            assert not found  # the large request is still being computed
            client.get("/health/live")  # after it the service waits for the next line
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            lines.sendall(chunk)
            while not received.endswith(b"0\r\n\r\n"):
                received += lines.recv(65536)
            assert b'"id":"2"' in received and b"the service stops" in received
        large.join(60)
        assert [one["id"] for one in found[0].json()["predictions"]] == [str(n) for n in range(300)]
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "", "")
        with pytest.raises(httpx.ConnectError):
            client.get("/health/live")


@pytest.mark.slow
def test_ctrl_c_ends_it():
    with serving() as (process, client):
        assert client.get("/v1/model").json()["card"].startswith("#")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr is not None and process.stderr.read() == "stopped\n"


@pytest.mark.slow
def test_an_address_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run_without(EXTRAS, "serve", "--port", taken.getsockname()[1])
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"error: cannot listen on 127.0.0.1, port \d+: .*; name another .*\n", done.stderr)


def test_wrong_settings(arxonomy, monkeypatch):
    monkeypatch.delenv("ARXONOMY_API_KEY", raising=False)
    exposed = arxonomy("serve", "--host", "0.0.0.0")
    assert exposed.exit_code == 1 and "ARXONOMY_API_KEY" in exposed.stderr
    queue = arxonomy("serve", "--queue", 5)
    assert queue.exit_code == 1 and "5 papers" in queue.stderr
    for words in (["--port", 70000], ["--deadline", 0], ["--max-body", 0]):
        wrong = arxonomy("serve", *words)
        assert wrong.exit_code == 2 and words[0] in wrong.stderr


def test_a_missing_extra_is_named():
    done = run_without(SERVE, "serve")
    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install 'arxonomy[serve]'" in done.stderr and "Traceback" not in done.stderr


def test_the_vocabulary_needs_no_extra():
    done = run_without([*EXTRAS, *SERVE], "vocab")
    assert done.returncode == 0
    assert done.stdout.splitlines()[:2] == [
        "uri,notation,label_en",
        "urn:arxonomy:category:astro-ph.CO,astro-ph.CO,Cosmology and Nongalactic Astrophysics",
    ]


def test_the_vocabulary_as_a_file(arxonomy, tmp_path, bundle):
    assert arxonomy("vocab", "--model", bundle, "-o", tmp_path / "v.csv").exit_code == 0
    lines = (tmp_path / "v.csv").read_text().splitlines()
    labels = json.loads((bundle / "bundle.json").read_text())["labels"]
    assert [line.split(",")[1] for line in lines[1:]] == labels
