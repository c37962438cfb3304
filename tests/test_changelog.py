"""The changelog has one fact a line, short enough to be read."""

from __future__ import annotations

import re
from pathlib import Path

from arxonomy.cli import COMMANDS
from arxonomy.version import __version__

REPO = Path(__file__).resolve().parent.parent
MOST = 20
"""Words of a line."""


def find_faults(text: str) -> list[str]:
    """Lines that are too long, or neither a heading nor a fact."""
    faults = []
    for line in filter(None, text.splitlines()):
        fact = line.removeprefix("- ")
        if not line.startswith(("- ", "#")):
            faults.append(f"neither a heading nor a fact: {line}")
        elif len(fact.split()) > MOST:
            faults.append(f"{len(fact.split())} words: {line}")
    return faults


def test_each_line_is_one_fact_of_at_most_20_words() -> None:
    assert find_faults((REPO / "CHANGELOG.md").read_text(encoding="utf-8")) == []


def test_a_long_line_and_a_paragraph_are_found() -> None:
    text = f"# Changelog\n\n- {'word ' * 20}\n- {'word ' * 21}\nA paragraph.\n"
    assert [fault.split(":")[0] for fault in find_faults(text)] == [
        "21 words",
        "neither a heading nor a fact",
    ]


def test_this_version_and_every_command_are_in_it() -> None:
    text = (REPO / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{__version__}]" in text
    assert [name for name in COMMANDS if not re.search(rf"`{name}\b", text)] == []
    named = set(re.findall(r"docs/\w+\.md", text))
    assert len(named) > 15 and [name for name in named if not (REPO / name).is_file()] == []
