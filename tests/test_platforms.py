"""What differs between systems: the forms of this one, and those of Windows, which `windows.py` pretends."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from windows import MODULES, ONLY_POSIX

from arxonomy import platforms
from arxonomy.platforms import lock_byte, open_shared, sync_file, sync_folder, unlock_byte, was_killed

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "src" / "arxonomy"
ONE_MODULE = PACKAGE / "platforms.py"
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs what POSIX has, to take it away")

CHECK = """
import importlib, os, pkgutil, sys
from pathlib import Path

import arxonomy.browser, arxonomy.checking, arxonomy.cli, arxonomy.explain, arxonomy.feed, arxonomy.papers
for module in pkgutil.iter_modules(arxonomy.cli.__path__, "arxonomy.cli."):
    importlib.import_module(module.name)

from arxonomy.atomic import replace_file
from arxonomy.harvest.pace import Clock, Pace
from arxonomy.platforms import get_shared_folder, lock_byte, unlock_byte, was_killed
from arxonomy.serving.server import open_socket

assert "msvcrt" in vars(importlib.import_module("arxonomy.platforms"))
here = Path(sys.argv[3])
first, second = (os.open(here / "lock", os.O_RDWR | os.O_CREAT) for _ in "12")
assert lock_byte(first, 3, wait=True) and lock_byte(first, 0, wait=False)
assert not lock_byte(second, 3, wait=False) and lock_byte(second, 4, wait=False)
unlock_byte(first, 3)
assert lock_byte(second, 3, wait=True)
pauses = []
for _ in "12":
    with Pace(Clock(now=lambda: 1000.0, sleep=pauses.append), here / "next").take_turn():
        pass
assert pauses == [0.0, 3.0], pauses
with replace_file(here / "answers") as temporary:
    temporary.write_bytes(b"whole")
assert get_shared_folder().name == r"C:\\Users\\Public" and not was_killed(-9)
open_socket("127.0.0.1", 0).close()
"""


def find_posix_names(tree: ast.AST) -> list[str]:
    """What Windows lacks and a module names: modules that it imports, and attributes of `os` and others."""
    wanted = {module.__name__: names for module, names in ONLY_POSIX.items()}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name in MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            found.append(node.module)
        elif isinstance(node, ast.ImportFrom) and node.module in wanted:
            found += [alias.name for alias in node.names if alias.name in wanted[node.module]]
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.attr in wanted.get(node.value.id, ())
        ):
            found.append(f"{node.value.id}.{node.attr}")
    return found


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.AST]:
    """Each module of the package, read as the oldest Python reads it."""
    return {
        path: ast.parse(path.read_text(encoding="utf-8"), path.name, feature_version=(3, 11))
        for path in PACKAGE.rglob("*.py")
    }


def test_every_module_is_parsed_as_the_oldest_python(trees: dict[Path, ast.AST]) -> None:
    assert len(trees) > 300
    with pytest.raises(SyntaxError):
        ast.parse("type Name = str", feature_version=(3, 11))


def test_one_module_alone_names_what_some_systems_lack(trees: dict[Path, ast.AST]) -> None:
    # `runtime.py` asks whether it is there.
    others = {
        path.name: find_posix_names(tree)
        for path, tree in trees.items()
        if path not in (ONE_MODULE, PACKAGE / "runtime.py")
    }
    assert {name: names for name, names in others.items() if names} == {}
    assert {"fcntl", "signal.SIGKILL"} <= set(find_posix_names(trees[ONE_MODULE]))
    assert find_posix_names(ast.parse("from os import fork\nimport pwd")) == ["fork", "pwd"]


@pytest.mark.slow
@posix
def test_everything_of_a_plain_install_imports_locks_and_writes_where_windows_is_pretended(
    tmp_path: Path,
) -> None:
    command = [sys.executable, TESTS / "windows.py", "-c", CHECK, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "answers").read_bytes() == b"whole"


@pytest.mark.slow
@posix
def test_bulk_writes_the_same_bytes_where_windows_is_pretended(tmp_path: Path) -> None:
    papers = tmp_path / "papers.jsonl"
    papers.write_text(
        '{"title": "Parsing a sentence", "abstract": "A grammar of tokens."}\n' * 5, encoding="utf-8"
    )
    for name, start in (("here", ["-m", "arxonomy"]), ("windows", [TESTS / "windows.py"])):
        command = [
            sys.executable,
            *start,
            "bulk",
            papers,
            tmp_path / name,
            "--shard-size",
            "3",
            "--workers",
            "1",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr[-3000:]
    here, there = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in ("here", "windows")
    )
    assert len(here) == 5 and here == there


def test_bytes_of_a_file_are_locked_one_by_one(tmp_path: Path) -> None:
    """Another process finds them locked, and unlocked again as soon as the one that has them is killed."""
    file = tmp_path / "lock"
    program = (
        "import os, sys, time; from arxonomy.platforms import lock_byte\n"
        "lock_byte(os.open(sys.argv[1], os.O_RDWR | os.O_CREAT), 2, wait=True)\n"
        "print(flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program, file], stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout is not None and other.stdout.readline()
            descriptor = os.open(file, os.O_RDWR)
            assert not lock_byte(descriptor, 2, wait=False)
            assert lock_byte(descriptor, 1, wait=False)
            unlock_byte(descriptor, 1)
        finally:
            other.kill()
        assert (
            was_killed(other.wait()) == (sys.platform != "win32")
            and not was_killed(1)
            and not was_killed(None)
        )
    assert lock_byte(descriptor, 2, wait=False)
    os.close(descriptor)


@posix
def test_what_is_synced_reaches_the_disk_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes of a file go there by a handle that may write, those of a folder by one that reads."""
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    file = tmp_path / "file"
    file.write_bytes(b"whole")
    sync_file(file)
    sync_folder(tmp_path)
    assert synced == [file.stat().st_ino, tmp_path.stat().st_ino] and file.read_bytes() == b"whole"


def test_a_shared_file_holds_any_bytes(tmp_path: Path) -> None:
    descriptor = open_shared(tmp_path / "shared")
    os.write(descriptor, b"1\r\n2\n")
    os.close(descriptor)
    descriptor = open_shared(tmp_path / "shared")
    assert os.read(descriptor, 10) == b"1\r\n2\n"
    os.close(descriptor)
    assert platforms.get_shared_folder().is_dir()
