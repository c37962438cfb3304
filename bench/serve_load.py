"""How fast the service is next to the model alone, and what it does under ten times its load.

    python bench/serve_load.py [--papers 2048] [--minutes 1] [--threads 2] [--out record.json]

`arxonomy serve` runs in a separate process, on the same cores as this client. The model alone and the
service take turns in one run, so that ratios count, of medians:

    bulk      papers a second: 32 a request over a few connections, and as JSON lines, against the model alone
    overload  a service that may have a few requests in progress, asked by ten times as many connections for
              a minute: status and seconds of every answer, and the memory of the process

One paper at a time is measured by latency.py. The papers are the real ones where ARXONOMY_DATA has them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

import arxonomy
from arxonomy.atomic import write_atomic
from arxonomy.inference import Classifier
from arxonomy.papers import read_papers
from arxonomy.records import Paper

DATA = Path(os.environ.get("ARXONOMY_DATA", Path(__file__).parents[2] / "shared" / "data"))
EXAMPLES = Path(__file__).parents[1] / "examples" / "papers.jsonl"

PER_REQUEST = 32
CONNECTIONS = 4
"""Connections of the bulk measurement: enough that the next request waits while one is computed."""
OVERLOAD = {"requests": 32, "queue": 128, "max-papers": 128, "deadline": 5}
"""Settings of the service that is overloaded, by ten times `requests` connections of 8 papers a request."""
OVERLOAD_PAPERS = 8
WARM_UP = 20
"""Seconds of overload before memory is looked at; by then buffers have grown as large as they get."""


class Server(NamedTuple):
    """A running service."""

    port: int
    pid: int


class Answer(NamedTuple):
    """One answer."""

    status: int
    seconds: float
    retry_after: float


@contextmanager
def serving(threads: int, **options: float) -> Iterator[Server]:
    """`arxonomy serve` in a separate process."""
    words = [word for name, value in options.items() for word in (f"--{name}", f"{value:g}")]
    command = [sys.executable, "-m", "arxonomy", "serve", "--port", "0", "--threads", str(threads), *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            match = re.search(r"http://127\.0\.0\.1:(\d+)", said)
            if match is None:
                raise SystemExit(f"the service did not start: {said}")
            yield Server(int(match[1]), process.pid)
        finally:
            process.terminate()


def request(body: bytes, media_type: str = "application/json") -> bytes:
    """A whole request of HTTP/1.1."""
    head = (
        f"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def classify_request(papers: Sequence[Paper]) -> bytes:
    """A request for these papers."""
    given = [{"id": paper.id, "title": paper.title, "abstract": paper.abstract} for paper in papers]
    return request(json.dumps({"papers": given}).encode())


class Connection:
    """A connection that is kept; smaller than any client library, since it shares the cores."""

    @classmethod
    async def open(cls, port: int) -> Connection:
        """Connect."""
        self = cls()
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        return self

    async def ask(self, data: bytes) -> Answer:
        """Send a request and read its answer to the end."""
        began = time.perf_counter()
        self.writer.write(data)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = re.search(rb"content-length: (\d+)", head)
        if length:
            await self.reader.readexactly(int(length[1]))
        else:
            while size := int(await self.reader.readline(), 16):
                await self.reader.readexactly(size + 2)
            await self.reader.readline()
        wait = re.search(rb"retry-after: (\d+)", head)
        seconds = time.perf_counter() - began
        return Answer(int(head.split()[1]), seconds, float(wait[1]) if wait else 0.0)


def timed(work: Callable[[], object]) -> float:
    """Seconds of some work."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


async def bulk(server: Server, classifier: Classifier, papers: Sequence[Paper], rounds: int) -> dict:
    """Papers a second, by turns in requests, as JSON lines, and by the model alone."""
    connections = [await Connection.open(server.port) for _ in range(CONNECTIONS)]
    requests = [
        classify_request(papers[start : start + PER_REQUEST]) for start in range(0, len(papers), PER_REQUEST)
    ]
    lines = b"".join(
        json.dumps({"id": paper.id, "title": paper.title, "abstract": paper.abstract}).encode() + b"\n"
        for paper in papers
    )

    async def share(connection: Connection, part: Sequence[bytes]) -> None:
        for data in part:
            assert (await connection.ask(data)).status == 200

    rates: dict[str, list[float]] = {"requests": [], "lines": [], "model": []}
    for number in range(rounds + 1):
        began = time.perf_counter()
        await asyncio.gather(
            *(share(connection, requests[place::CONNECTIONS]) for place, connection in enumerate(connections))
        )
        in_requests = time.perf_counter() - began
        in_lines = (await connections[0].ask(request(lines, "application/x-ndjson"))).seconds
        alone = timed(lambda: classifier.classify(papers))
        if number:  # the first round warms up
            for name, seconds in zip(rates, (in_requests, in_lines, alone), strict=True):
                rates[name].append(len(papers) / seconds)

    def of_model(name: str) -> float:
        return round(statistics.median(a / b for a, b in zip(rates[name], rates["model"], strict=True)), 3)

    return {
        "papers": len(papers),
        "papers_per_request": PER_REQUEST,
        "connections": CONNECTIONS,
        "papers_per_second": {name: round(statistics.median(rate), 1) for name, rate in rates.items()},
        "share_of_model_in_requests": of_model("requests"),
        "share_of_model_in_lines": of_model("lines"),
    }


async def overload(server: Server, papers: Sequence[Paper], seconds: float) -> dict:
    """Ten times the connections that may have a request in progress."""
    asked = [
        classify_request(papers[start : start + OVERLOAD_PAPERS])
        for start in range(0, min(400, len(papers)), OVERLOAD_PAPERS)
    ]
    answers: list[Answer] = []
    ends = time.perf_counter() + WARM_UP + seconds

    async def client(number: int) -> None:
        connection = await Connection.open(server.port)
        while time.perf_counter() < ends:
            answer = await connection.ask(asked[number % len(asked)])
            answers.append(answer)
            await asyncio.sleep(answer.retry_after)  # as the response asks
            number += 1

    async def memory() -> list[float]:
        sizes = []
        await asyncio.sleep(WARM_UP)
        while time.perf_counter() < ends:
            sizes.append(resident_mb(server.pid))
            await asyncio.sleep(1)
        return sizes

    count = int(10 * OVERLOAD["requests"])
    sizes, *_ = await asyncio.gather(memory(), *(client(number) for number in range(count)))
    accepted = np.array([answer.seconds for answer in answers if answer.status == 200])
    refused = np.array([answer.seconds for answer in answers if answer.status == 503])
    slope = np.polyfit(np.arange(len(sizes)), sizes, 1)[0] * 60  # a size a second
    return {
        "settings": OVERLOAD,
        "connections": count,
        "seconds": seconds + WARM_UP,
        "accepted": len(accepted),
        "refused_with_503": len(refused),
        "other": len(answers) - len(accepted) - len(refused),
        "accepted_after_the_deadline": int((accepted > OVERLOAD["deadline"]).sum()),
        "accepted_p50_p99_max_s": [round(float(np.quantile(accepted, q)), 3) for q in (0.5, 0.99, 1)],
        "refused_p50_p99_max_s": [round(float(np.quantile(refused, q)), 3) for q in (0.5, 0.99, 1)],
        "papers_per_second": round(len(accepted) * OVERLOAD_PAPERS / (seconds + WARM_UP), 1),
        "memory_mb_first_last": [round(sizes[0], 1), round(sizes[-1], 1)],
        "memory_slope_mb_per_minute": round(float(slope), 2),
    }


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MB (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def some_papers(count: int) -> list[Paper]:
    """Real papers, or the examples over and over."""
    file = DATA / "arxiv12k" / "primary_label.csv"
    papers = list(read_papers(file if file.exists() else EXAMPLES))
    return [papers[number % len(papers)] for number in range(count)]


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--papers", type=int, default=2048)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    papers = some_papers(arguments.papers)
    classifier = arxonomy.load(threads=arguments.threads)
    measured = {}
    with serving(arguments.threads) as server:
        measured["bulk"] = asyncio.run(bulk(server, classifier, papers, arguments.rounds))
        print(json.dumps(measured["bulk"]))
    with serving(arguments.threads, **OVERLOAD) as server:
        measured["overload"] = asyncio.run(overload(server, papers, 60 * arguments.minutes))
        print(json.dumps(measured["overload"]))
    if arguments.out:
        record = {
            "command": f"python bench/serve_load.py --rounds {arguments.rounds} "
            f"--papers {arguments.papers} --minutes {arguments.minutes:g} "
            f"--threads {arguments.threads}",
            "model_sha256": classifier.source.sha256,
            "versions": {"python": platform.python_version(), "arxonomy": arxonomy.__version__},
            "cores": len(os.sched_getaffinity(0)),
            **measured,
        }
        write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
