"""ONNX Runtime reads a graph of somebody else, and no file outside of the graph's folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from arxonomy.artifacts.bundle import find_packaged_bundle
from arxonomy.errors import BundleError
from arxonomy.models.onnx_backend import OnnxBackend

NAME, OUTSIDE = b"model.safetensors", b"../el.safetensors"


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
