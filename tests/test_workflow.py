"""The workflow of continuous integration: what it runs exists here, and it may change nothing."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

REPO = Path(__file__).resolve().parent.parent
MAKEFILE = (REPO / "Makefile").read_text(encoding="utf-8")
README = (REPO / "README.md").read_text(encoding="utf-8")
ADVISED = {
    line.split("#")[0].strip()
    for block in re.findall(r"^```\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
}
RECIPES = {
    re.sub(r"\$\(\w+\)/bin/", "", line.strip()) for line in MAKEFILE.splitlines() if line.startswith("\t")
}


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    return yaml.safe_load((REPO / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))


def is_known(command: str) -> bool:
    """Whether a command is a target of the Makefile, a line of one, or what the README advises."""
    if target := re.fullmatch(r"make ([a-z-]+)", command):
        return re.search(rf"^{target[1]}:", MAKEFILE, re.MULTILINE) is not None
    return command in RECIPES or command in ADVISED


def test_every_command_is_one_of_the_makefile_or_the_readme(workflow: dict[Any, Any]) -> None:
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert {"make lint", "make demo", "pip install ."} <= set(commands)
    assert [command for command in commands if not is_known(command)] == []
    assert not is_known("make nothing") and not is_known("pip install arxonomy-nightly")


def test_it_may_read_alone_and_runs_no_action_of_strangers(workflow: dict[Any, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "permissions" not in job and job["timeout-minutes"] <= 60
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"actions/(checkout|setup-python)@(v\d+|[0-9a-f]{40})", step["uses"])
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"]["persist-credentials"] is False
    assert "${{" not in "".join(
        str(step.get("run")) for job in workflow["jobs"].values() for step in job["steps"]
    )


def test_it_runs_every_python_on_every_system(workflow: dict[Any, Any]) -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = [
        line.rpartition(" ")[2] for line in project["classifiers"] if re.search(r"Python :: 3\.\d", line)
    ]
    for name in ("install", "test"):
        matrix = workflow["jobs"][name]["strategy"]["matrix"]
        assert matrix["python"] == versions
        assert matrix["system"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
