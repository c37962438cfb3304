"""Commands and code in README.md and docs/training.md work; `make lint` checks what is generated in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli.conftest import write_papers
from typer.testing import CliRunner

from arxonomy.cli import app
from arxonomy.records import Paper

REPO = Path(__file__).resolve().parent.parent
TEXTS = [(REPO / name).read_text(encoding="utf-8") for name in ("README.md", "docs/training.md")]
BLOCKS = [
    block for text in TEXTS for block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
]


def test_every_command_and_option_exists() -> None:
    lines = [line for _, block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]
    commands = [match for line in lines for match in re.findall(r"(?:^|\| |\$ )arxonomy ([a-z-]+)(.*)", line)]
    assert {name for name, _ in commands} >= {"classify", "train", "evaluate", "export", "recipes"}
    for name, rest in commands:
        done = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})
        assert done.exit_code == 0, done.output
        for option in re.findall(r"(?<= )--?[a-z][a-z-]*", rest.split("#")[0]):
            assert re.search(rf"(?<![\w-]){option}\b", done.stdout), f"arxonomy {name} has no {option}"


def test_the_python_lines_run(
    tmp_path: Path, invented_papers: list[Paper], monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = [text for language, text in BLOCKS if language == "python"]
    assert len(blocks) == 3
    for number, block in enumerate(blocks):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_papers(folder / "papers.csv", invented_papers)
        monkeypatch.chdir(folder)
        exec(block, {})
