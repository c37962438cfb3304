"""docs/serving.md names every route and every error; `make lint` checks its outputs."""

from __future__ import annotations

import re
from pathlib import Path

from serving.servers import Live

from arxonomy.serving.api_errors import STATUS

REPO = Path(__file__).resolve().parents[2]
DOCUMENT = (REPO / "docs" / "serving.md").read_text(encoding="utf-8")


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
