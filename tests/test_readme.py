"""README.md says what the programs print."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

REPO = Path(__file__).resolve().parent.parent
README = (REPO / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("readme", REPO / "experiments" / "readme.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_results_are_those_of_the_records(writer: ModuleType) -> None:
    assert writer.between(README, "results", writer.results()) == README


def test_the_example_is_what_the_command_prints(writer: ModuleType) -> None:
    (shown,) = re.findall(r"<!-- example: begin -->\n```json\n(.*?)```", README, re.DOTALL)
    (printed,) = re.findall(r"```json\n(.*)```", writer.example(README), re.DOTALL)
    told, found = json.loads(shown), json.loads(printed)
    assert [one["category"] for one in told["categories"]] == [one["category"] for one in found["categories"]]
    assert told["probability"] == pytest.approx(found["probability"], abs=1e-4)


def test_every_command_and_option_exists() -> None:
    lines = [line for _, block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]
    commands = [match for line in lines for match in re.findall(r"(?:^|\| |\$ )arxonomy ([a-z]+)(.*)", line)]
    assert {name for name, _ in commands} >= {"classify", "train", "evaluate", "export", "recipes"}
    for name, rest in commands:
        told = subprocess.run(
            [sys.executable, "-m", "arxonomy", name, "--help"],
            capture_output=True,
            text=True,
            check=True,
            env={"COLUMNS": "200", "PATH": ""},
        ).stdout
        for option in re.findall(r"(?<= )--?[a-z][a-z-]*", rest.split("#")[0]):
            assert re.search(rf"(?<![\w-]){option}\b", told), f"arxonomy {name} has no {option}"


def test_the_python_lines_run() -> None:
    (block,) = [text for language, text in BLOCKS if language == "python"]
    exec(block.partition("arxonomy.PaperClassifier")[0], {})
