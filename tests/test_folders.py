"""What holds for every folder: of the package and of its tests."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PACKAGE = TESTS.parent / "src" / "arxonomy"


def test_the_quick_tests_are_most_and_in_every_folder(request: pytest.FixtureRequest) -> None:
    """`make check` is worth its minute only if it runs nearly everything; checked where all are collected."""
    items = request.session.items
    if {item.path for item in items} != set(TESTS.rglob("test_*.py")):
        return  # some files alone were asked for
    quick = Counter(item.path.parent for item in items if item.get_closest_marker("slow") is None)
    assert set(quick) == {item.path.parent for item in items}
    assert quick.total() >= 0.8 * len(items)


def list_unnamed(init: Path) -> list[str]:
    """The modules and subfolders that the docstring of a folder's `__init__.py` does not name."""
    docstring = ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or ""
    modules = [file.stem for file in init.parent.glob("*.py") if not file.stem.startswith("__")]
    folders = [file.parent.name for file in init.parent.glob("*/__init__.py")]
    return sorted(name for name in modules + folders if not re.search(rf"(?<!\w){name}(?!\w)", docstring))


def test_every_folder_names_its_modules() -> None:
    """A reader opens `__init__.py` first, and finds there what is in each file."""
    unnamed = {str(init.relative_to(PACKAGE)): list_unnamed(init) for init in PACKAGE.rglob("__init__.py")}
    assert {init: names for init, names in unnamed.items() if names} == {}


def test_an_unnamed_module_is_found(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text('"""Papers.\n\nlines.py  rows of a file\n"""\n', encoding="utf-8")
    for name in ("lines.py", "csv.py"):
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "__init__.py").write_text("", encoding="utf-8")
    assert list_unnamed(tmp_path / "__init__.py") == ["csv", "formats"]
