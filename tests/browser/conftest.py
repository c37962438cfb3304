"""The page of the packaged model behind a server of static files, for all tests of this folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from serving.conftest import browser as browser
from serving.conftest import classifier as classifier

from arxonomy.errors import RemoteError


@dataclass
class Site:
    """A folder that is served."""

    folder: Path
    url: str


class Quiet(SimpleHTTPRequestHandler):
    """The server of `python -m http.server`, without its log."""

    def log_message(self, *_words: Any) -> None:
        pass


@contextmanager
def serve_folder(folder: Path) -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Site(folder, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join(60)
        server.server_close()


def fetch_runtime() -> None:
    """Fetch the runtime into the user's cache, or skip the test where there is no network."""
    from arxonomy.browser.runtime import read_runtime

    try:
        read_runtime()
    except RemoteError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The page with the model in the package."""
    from arxonomy.browser import write_page

    fetch_runtime()
    folder = tmp_path_factory.mktemp("page") / "site"
    write_page(folder)
    with serve_folder(folder) as served:
        yield served
