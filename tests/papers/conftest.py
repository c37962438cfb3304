import io
import sys

import pytest

from arxonomy.papers import read_papers


@pytest.fixture
def read():
    """Reads a whole source: the papers, and (line, reason) of each bad record."""

    def read(source, **options):
        bad = []
        papers = list(read_papers(source, on_bad=bad.append, **options))
        return papers, [(record.line, record.reason) for record in bad]

    return read


@pytest.fixture
def write(tmp_path):
    def write(name, data):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return write


@pytest.fixture
def stdin(monkeypatch):
    def feed(data):
        data = data if isinstance(data, bytes) else data.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        return "-"

    return feed
