"""ONNX Runtime reads a graph of somebody else, and no file outside of the graph's folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from arxonomy.artifacts.bundle import find_packaged_bundle
from arxonomy.errors import BundleError
from arxonomy.models.onnx_backend import OnnxBackend

NAME, OUTSIDE = b"model.safetensors", b"../el.safetensors"


WITHOUT_TELEMETRY = """
import sys
from arxonomy.inference import load
print(load(threads=1).classify([("Parsing", "We parse a corpus of dialogue")])[0].category)
"""


def test_no_identifier_and_no_events_are_kept_for_its_maker(tmp_path: Path) -> None:
    """Where telemetry is on, ONNX Runtime writes both into the home folder, and sends them when it can."""
    others = {"CI", "GITHUB_ACTIONS", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME", "XDG_DATA_HOME"}
    environment = {name: value for name, value in os.environ.items() if name not in others}
    environment |= {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    command = [sys.executable, "-c", WITHOUT_TELEMETRY]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=120)
    assert done.stdout == "cs.CL\n" and done.stderr == ""
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_graph_reads_no_file_outside_of_its_folder(tmp_path: Path) -> None:
    """The file is there and holds what the graph asks for; only its place is wrong."""
    packaged = find_packaged_bundle()
    graph = (packaged / "model.onnx").read_bytes()
    assert len(NAME) == len(OUTSIDE) and NAME in graph
    folder = tmp_path / "bundle"
    folder.mkdir()
    shutil.copy(packaged / "model.safetensors", tmp_path / "el.safetensors")
    (folder / "model.onnx").write_bytes(graph.replace(NAME, OUTSIDE))
    with pytest.raises(BundleError, match=r"(?i)external data path"):
        OnnxBackend(folder / "model.onnx", 1)
    shutil.copy(packaged / "model.safetensors", folder)
    (folder / "model.onnx").write_bytes(graph)
    assert OnnxBackend(folder / "model.onnx", 1).outputs
