"""An audit says what was found, and never that nothing was found where nothing was asked."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import audit
import pytest

SAFE = {"name": "alpha-one", "version": "1.0", "vulns": []}
SKIPPED = {"name": "beta-two", "skip_reason": "Dependency not found on PyPI: beta-two (2.0)"}
FOUND = {
    "name": "gamma-three",
    "version": "3.0",
    "vulns": [{"id": "PYSEC-0", "fix_versions": ["3.1"]}, {"id": "PYSEC-1", "fix_versions": []}],
}


def run(monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str = "") -> int:
    """The exit status where pip-audit prints this."""

    def answer(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        assert "-r" in command and command[-1] == "locks/plain.txt"
        return subprocess.CompletedProcess(command, 1, stdout, stderr)

    monkeypatch.setattr(subprocess, "run", answer)
    monkeypatch.setattr(sys, "argv", ["audit.py", "locks/plain.txt"])
    try:
        audit.main()
    except SystemExit as done:
        return int(done.code or 0)
    return 0


def write(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages})


@pytest.mark.parametrize(
    ("packages", "status", "last"),
    [
        ((SAFE, SAFE), 0, "none known in 2 packages"),
        ((SAFE, FOUND), 1, "VULNERABLE: 2 known in 2 packages; update them"),
        ((SKIPPED, FOUND), 1, "VULNERABLE: 2 known in 1 packages; update them"),
        ((SAFE, SKIPPED), 0, "PARTLY AUDITED: none known in 1 packages; the others were not asked about"),
        ((SKIPPED,), 0, "NOT AUDITED: the service could not be asked about any package; run it elsewhere"),
    ],
)
def test_the_last_line_says_what_was_asked(monkeypatch, capsys, packages, status, last) -> None:
    assert run(monkeypatch, write(*packages)) == status
    assert capsys.readouterr().out.splitlines()[-1] == last


def test_each_vulnerability_is_a_line_with_the_version_that_fixes_it(monkeypatch, capsys) -> None:
    run(monkeypatch, write(FOUND))
    assert capsys.readouterr().out.splitlines()[:2] == [
        "gamma-three 3.0: PYSEC-0, fixed in 3.1",
        "gamma-three 3.0: PYSEC-1, fixed in no version yet",
    ]


def test_without_a_connection_it_says_so_and_does_not_fail(monkeypatch, capsys) -> None:
    assert run(monkeypatch, "", "long story\nConnectionError: no route\n") == 0
    assert capsys.readouterr().out == (
        "ConnectionError: no route\nNOT AUDITED: the service could not be asked; run it elsewhere\n"
    )
