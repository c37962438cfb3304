"""What the harvest command does, as a process that is forked from one that has imported everything."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from arxonomy.harvest import Client, harvest_range
from arxonomy.harvest.services import make_loopback


def main(base: str, path: str) -> None:
    with Client(make_loopback(base)) as client:
        harvest_range(client, Path(path), ["cs.CL", "cs.LG"], date(2026, 10, 1), date(2026, 11, 9))
