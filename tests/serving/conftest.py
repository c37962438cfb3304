"""Real servers on real sockets, in a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from serving.servers import Live, Start

from arxonomy.inference import Classifier, load
from arxonomy.serving.server import make_server, open_socket
from arxonomy.serving.service import Service
from arxonomy.serving.settings import ServeSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return load(threads=1)


@pytest.fixture(scope="session")
def start(classifier: Classifier) -> Start:
    """`with start(queue=10) as live:` runs a server with these settings, on a port of its own."""

    @contextmanager
    def run(model: Any = classifier, **settings: Any) -> Iterator[Live]:
        service = Service(model, ServeSettings(port=0, **settings), "# A card")
        listening = open_socket(service.settings.host, 0)
        server = make_server(service)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        port = listening.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        try:
            with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
                yield Live(url, port, service, client)
        finally:
            server.should_exit = True
            thread.join(60)
            assert not thread.is_alive()

    return run


@pytest.fixture(scope="session")
def live(start: Start) -> Iterator[Live]:
    """The model in the package behind ordinary settings, but for a smaller body."""
    with start(max_body=2_000_000, deadline=20) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests that `browsing.NEED_BROWSER` marks."""
    from playwright.sync_api import sync_playwright
    from serving.browsing import CHROMIUM

    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root; what it opens here is our own page alone.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
