"""The same source gives the same wheel, byte for byte, wherever and whenever it is built."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
BUILD = """
import os, sys
os.umask(int(sys.argv.pop(1), 8))
from hatchling.cli import hatchling
hatchling()
"""
LARGE = ("model.safetensors", "trained_on.safetensors", "vocabulary.json")


def copy_source(target: Path, age: float) -> Path:
    """The project in another folder, of files of another age, without what is large in the model."""
    leave_out = shutil.ignore_patterns("__pycache__", *LARGE)
    shutil.copytree(REPO / "src", target / "src", ignore=leave_out)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(REPO / name, target)
    then = time.time() - age
    for path in target.rglob("*"):
        os.utime(path, (then, then))
    return target


def build(source: Path, umask: str, **environment: str) -> Path:
    """Build the wheel of a source folder as `make wheel` does."""
    command = [sys.executable, "-c", BUILD, umask, "build", "-t", "wheel", "-d", str(source / "dist")]
    subprocess.run(
        command, cwd=source, env={**os.environ, **environment}, check=True, capture_output=True, timeout=120
    )
    (wheel,) = (source / "dist").glob("*.whl")
    return wheel


@pytest.mark.slow
def test_two_builds_have_one_hash(tmp_path: Path) -> None:
    date = {"SOURCE_DATE_EPOCH": "1700000000"}
    first = build(copy_source(tmp_path / "a", age=0), "022", **date, LC_ALL="C", TZ="UTC", PYTHONHASHSEED="1")
    other = copy_source(tmp_path / "elsewhere" / "b", age=1e8)
    for path in other.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    second = build(other, "077", **date, LC_ALL="C.UTF-8", TZ="Asia/Tokyo", PYTHONHASHSEED="2")
    one, two = (hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in (first, second))
    assert one == two
    with zipfile.ZipFile(first) as archive:
        assert {entry.date_time[:3] for entry in archive.infolist()} == {(2023, 11, 14)}
        names = archive.namelist()
    assert "arxonomy/bundled/model.onnx" in names and "arxonomy/cli/doctor.py" in names
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]
