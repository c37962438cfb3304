"""Trains several runs in the processes that torchrun starts, since each start takes seconds."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import arxonomy


def main(papers: str, recipe: str, into: str, cases: str, failing: str = "") -> None:
    """Train each case, a name with its settings, into a folder of that name; one rank may fail in the end."""
    for name, settings in json.loads(cases).items():
        arxonomy.train(papers, recipe, out=Path(into) / name, settings=settings)
    if os.environ["RANK"] == failing:
        raise RuntimeError("this process fails")
    if failing:
        arxonomy.train(papers, recipe, out=Path(into) / "never")


if __name__ == "__main__":
    main(*sys.argv[1:])
