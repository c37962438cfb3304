"""docs/serving.md shows what the service prints."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest
from serving.servers import Live, Start

from arxonomy.serving.api_errors import STATUS

REPO = Path(__file__).resolve().parents[2]
DOCUMENT = (REPO / "docs" / "serving.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"\d+\.\d{3,}")


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("serving_writer", REPO / "experiments" / "serving.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="needs curl and bash")
def test_every_command_prints_what_the_document_says(start: Start, writer: ModuleType):
    """To fix it: python experiments/serving.py."""
    with start() as live:
        found = writer.update_document(DOCUMENT, f"127.0.0.1:{live.port}")
    assert NUMBER.sub("#", found) == NUMBER.sub("#", DOCUMENT)
    documented, printed = ([float(number) for number in NUMBER.findall(text)] for text in (DOCUMENT, found))
    assert printed == pytest.approx(documented, abs=1e-4)


def test_every_route_has_a_command(live: Live):
    commands = re.findall(r"^\$ (?:.*\\\n)*.*", DOCUMENT, re.MULTILINE)
    for path in live.client.get("/openapi.json").json()["paths"]:
        name = re.escape(path.replace("{project_id}", "arxonomy"))
        assert any(re.search(rf"localhost:8000{name}(?![\w/])", command) for command in commands), path


def test_every_error_is_documented():
    rows = re.findall(r"^\| ([\d, ]+) \| (.*?) \|", DOCUMENT, re.MULTILINE)
    documented = {
        (cause, int(status))
        for statuses, causes in rows
        for cause, status in zip(re.findall(r"`([a-z-]+)`", causes), statuses.split(","), strict=True)
    }
    assert documented == {*STATUS.items(), ("invalid", 400)}
