"""What tests of the service share: a classifier that waits, and a server that runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import httpx

from arxonomy.records import Paper, Prediction
from arxonomy.serving.service import Service


class PausedClassifier:
    """A classifier that waits until it is resumed, and records each batch."""

    labels = ("a", "b")
    name, source, taxonomy, names, levels, adjustment = "", None, None, {}, {}, None
    backend, training_prior, prior, view, unknown_words_limit = "onnx", None, None, None, 0.3

    def __init__(self, open: bool = False) -> None:
        self.batches: list[list[str]] = []
        self.resume = threading.Event()
        self.entered = threading.Event()
        if open:
            self.resume.set()

    def classify(self, papers: Sequence[Paper], top_k: Any = None, **_options: Any) -> list:
        self.batches.append([paper.id for paper in papers])
        self.entered.set()
        assert self.resume.wait(20)
        if any(paper.title == "bang" for paper in papers):
            raise RuntimeError("bang")
        return [Prediction(paper.id, (("a", 0.75), ("b", 0.25))[:top_k], 0.0) for paper in papers]


@dataclass
class Live:
    """A running server."""

    url: str
    port: int
    service: Service
    client: httpx.Client

    def classify(self, *papers: dict[str, Any], **asked: Any) -> httpx.Response:
        return self.client.post("/v1/classify", json={"papers": list(papers), **asked})

    def lines(self, body: bytes | Iterator[bytes], **asked: Any) -> httpx.Response:
        headers = {"Content-Type": "application/x-ndjson"}
        return self.client.post("/v1/classify", content=body, headers=headers, params=asked)

    def metric(self, name: str) -> float:
        lines = self.client.get("/metrics").text.splitlines()
        return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])

    def works(self) -> bool:
        """Whether the next request is answered."""
        return self.classify({"title": "parsing sentences"}).status_code == 200


Start = Callable[..., AbstractContextManager[Live]]


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.005)
