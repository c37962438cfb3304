"""A graph is traced once for each architecture and size, and borrows whatever weights it is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from arxonomy.artifacts.tensors import tensors_to_bytes
from arxonomy.artifacts.weights import pack, unpack
from arxonomy.config import ModelSettings
from arxonomy.inference import onnx_export
from arxonomy.inference.torch_backend import TorchBackend
from arxonomy.models import build_model
from arxonomy.models.onnx_backend import OnnxBackend

INPUTS = {
    "title_ids": np.array([[3, 1, 0], [2, 0, 0]]),
    "abstract_ids": np.array([[1, 2, 3, 4], [4, 0, 0, 0]]),
}


def make_network(settings: ModelSettings, seed: int, words: int = 20) -> nn.Module:
    torch.manual_seed(seed)
    return build_model(settings, words, 3).eval()


class Traced(Exception):
    pass


@pytest.mark.slow
def test_one_trace_serves_all_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    traced = []
    trace = onnx_export._trace

    def count(network: nn.Module, *arguments: Any) -> bytes:
        traced.append(network)
        return trace(network, *arguments)

    monkeypatch.setattr(onnx_export, "_GRAPHS", {})
    monkeypatch.setattr(onnx_export, "_trace", count)
    # Without what makes a graph large: a trace of a whole network takes twice as long.
    without = ["title", "abstract-attention", "gate"]
    sizes = {"embed_dim": 8, "num_filters": 4, "kernel_sizes": [3], "lstm_hidden": 4}
    settings = ModelSettings.model_validate({**sizes, "without": without})

    def export(settings: ModelSettings, words: int = 20) -> None:
        network = make_network(settings, 0, words)
        (tmp_path / "model.safetensors").write_bytes(tensors_to_bytes(network.state_dict()))
        onnx_export.export_onnx(network, tmp_path / "model.safetensors", tmp_path / "model.onnx", settings)

    for seed, weights in ((0, "float32"), (1, "float32"), (2, "compact")):
        network = make_network(settings, seed)
        stored = pack(network.state_dict(), weights)
        network.load_state_dict(unpack(stored))
        folder = tmp_path / str(seed)
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(tensors_to_bytes(stored))
        expected = TorchBackend(network, device="cpu").run(INPUTS, ["logits"])[0]
        onnx_export.export_onnx(network, folder / "model.safetensors", folder / "model.onnx", settings)
        logits = OnnxBackend(folder / "model.onnx", threads=1).run(INPUTS, ["logits"])[0]
        np.testing.assert_allclose(logits, expected, atol=1e-5)
    assert len(traced) == 1
    undropped = settings.model_copy(update={"dropout": 0.0})
    assert [trace(make_network(undropped, 3), 0)] == list(onnx_export._GRAPHS.values())

    # What the graph does depend on is traced again, and nothing else.
    def refuse(*arguments: Any) -> bytes:
        raise Traced

    monkeypatch.setattr(onnx_export, "_trace", refuse)
    export(undropped)
    with pytest.raises(Traced):  # a setting that changes no weight
        export(settings.model_copy(update={"variational": not settings.variational}))
    with pytest.raises(Traced):
        export(settings, words=30)
