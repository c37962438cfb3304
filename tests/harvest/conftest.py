"""arXiv's stand-in, and a client whose pauses take no time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from arxiv_server import ArxivServer

from arxonomy.harvest.client import Client
from arxonomy.harvest.pace import Clock
from arxonomy.harvest.services import make_loopback


class TestClock:
    """A clock that moves when somebody waits."""

    __test__ = False

    def __init__(self) -> None:
        self.time = 1_790_000_000.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds

    def make(self) -> Clock:
        return Clock(lambda: self.time, self.sleep)


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def server() -> Iterator[ArxivServer]:
    with ArxivServer() as server:
        yield server


@pytest.fixture
def client(server: ArxivServer, clock: TestClock) -> Iterator[Client]:
    with Client(make_loopback(server.base), clock=clock.make()) as client:
        yield client
