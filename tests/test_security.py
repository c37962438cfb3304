"""The promises of SECURITY.md are held by tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| (?P<promise>[^|]+) \| (?P<tests>`tests/.+`) \|$", re.MULTILINE)


def read_table(text: str) -> dict[str, list[str]]:
    """Promise -> the tests that hold it, as `file::test`."""
    return {row["promise"]: re.findall("`([^`]+)`", row["tests"]) for row in ROW.finditer(text)}


def list_tests(file: Path) -> set[str]:
    """The tests that pytest collects from a file and never skips by a mark alone."""
    if not file.is_file() or not file.name.startswith("test_"):
        return set()
    return {
        node.name
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not any("mark.skip(" in ast.unparse(one) for one in node.decorator_list)
    }


def find_missing(table: dict[str, list[str]], root: Path) -> list[str]:
    """The tests of a table that do not exist."""
    named = [name for names in table.values() for name in names]
    return [
        name for name in named if name.partition("::")[2] not in list_tests(root / name.partition("::")[0])
    ]


def test_each_promise_is_held_by_tests_that_exist() -> None:
    text = (REPO / "SECURITY.md").read_text(encoding="utf-8")
    table = read_table(text)
    rows = [line for line in text.splitlines() if line.startswith("| ") and "`tests/" in line]
    assert len(table) == len(rows) > 20  # every row was understood
    assert find_missing(table, REPO) == []


def test_a_test_that_was_renamed_skipped_or_is_no_test_is_missed(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(
        "import pytest\ndef test_one(): ...\ndef helper(): ...\n"
        "@pytest.mark.skip(reason='')\ndef test_two(): ...\n"
    )
    (tmp_path / "tests" / "other.py").write_text("def test_one(): ...\n")
    names = [
        "test_a.py::test_one",
        "test_a.py::helper",
        "test_a.py::test_two",
        "other.py::test_one",
        "gone.py::x",
    ]
    rows = "\n".join(f"| promise {number} | `tests/{name}` |" for number, name in enumerate(names))
    table = read_table(rows)
    assert len(table) == 5
    assert find_missing(table, tmp_path) == [f"tests/{name}" for name in names[1:]]
