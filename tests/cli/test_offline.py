"""No command but those that are about the network uses it; those need no extra either."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_plain_install import EXTRAS

import arxonomy

PACKAGE = Path(arxonomy.__file__).parent
REPO = Path(__file__).resolve().parents[2]
CLIENTS = {"aiohttp", "ftplib", "httpx", "httpx2", "huggingface_hub", "requests", "socket", "urllib3"}
ABOUT_THE_NETWORK = {
    "artifacts/hub.py": "models on the Hugging Face Hub",
    "browser/runtime.py": "ONNX Runtime for the static page",
    "harvest/client.py": "arXiv's records",
    "platforms.py": "how a port is shared on each system, for the service",
    "serving/server.py": "the service's own socket",
}

# All commands in one process, which ends at the first attempt to reach anything.
RUN = """
import contextlib, io, json, os, sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"):
        print("a network call", event, arguments, file=sys.__stderr__)
        os._exit(9)
sys.addaudithook(refuse)
sys.modules.update(dict.fromkeys(sys.argv[2].split()))
from arxonomy.cli import main
for words in json.loads(sys.argv[1]):
    sys.argv[1:] = words
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")) as out:
        try:
            main()
        except SystemExit as done:
            status = done.code
    out.flush()
    print(json.dumps([words[0], status, len(out.buffer.getvalue())]))
"""


def run(
    *commands: list[str], without: list[str], folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN, json.dumps(commands), " ".join(without)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=folder)


@pytest.mark.slow
def test_classify_explain_check_and_doctor_work_without_a_network(tmp_path: Path) -> None:
    papers = str(REPO / "examples" / "papers.jsonl")
    (tmp_path / "filed.csv").write_text(
        "title,abstract,category\nParsing,We parse.,cs.CL\n", encoding="utf-8"
    )
    commands = [
        ["classify", papers, "--format", "jsonl"],
        ["explain", "--title", "Parsing sentences", "--format", "jsonl"],
        ["check", str(tmp_path / "filed.csv")],
        ["models"],
        ["vocab"],
        ["doctor", "--seconds", "0", "--json"],
    ]
    done = run(*commands, without=EXTRAS)
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(name, status) for name, status, _ in results if name != "doctor"] == [
        (words[0], 0) for words in commands if words[0] != "doctor"
    ], done.stderr
    assert all(length for _, _, length in results)


@pytest.mark.slow
def test_the_guard_against_the_network_works(tmp_path: Path) -> None:
    done = run(["harvest", "--ids", "2501.01234", "-o", "x.jsonl"], without=[], folder=tmp_path)
    assert done.returncode == 9 and "a network call" in done.stderr


def test_only_modules_that_are_about_the_network_import_a_client() -> None:
    found = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            for name in names:
                if name.split(".")[0] in CLIENTS or name.startswith(("urllib.request", "http.client")):
                    found.add(file.relative_to(PACKAGE).as_posix())
    assert found == set(ABOUT_THE_NETWORK)
