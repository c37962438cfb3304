"""Checkpoints of the original system: loaded without running anything, answered as the original did."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from arxonomy.errors import RunError
from arxonomy.models.reference_weights import load_reference_weights


@pytest.fixture
def checkpoint(small_model: Callable[..., Any]) -> dict[str, Any]:
    weights = small_model("v1", seed=3, num_filters=4, kernel_sizes=[2, 3, 4, 5]).state_dict()
    return {"vocab_size": 50, "model_state_dict": weights}


def save(folder: Path, content: Any) -> Path:
    torch.save(content, folder / "model.pth")
    return folder / "model.pth"


def plain_forward(
    w: dict[str, Tensor], titles: Tensor, abstracts: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    """The original's forward in evaluation mode, written plainly; padding is read like any other word."""

    def linear(name: str, x: Tensor) -> Tensor:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(name: str, x: Tensor) -> Tensor:
        mean, variance = x.mean(dim=-1, keepdim=True), x.var(dim=-1, unbiased=False, keepdim=True)
        return (x - mean) / torch.sqrt(variance + 1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"]

    def batch_norm(name: str, x: Tensor) -> Tensor:  # (B, F, L)
        mean, variance = w[f"{name}.running_mean"], w[f"{name}.running_var"]
        scale = w[f"{name}.weight"] / torch.sqrt(variance + 1e-5)
        return (x - mean[None, :, None]) * scale[None, :, None] + w[f"{name}.bias"][None, :, None]

    def conv(name: str, x: Tensor, padding: int) -> Tensor:
        return torch.conv1d(x, w[f"{name}.weight"], w[f"{name}.bias"], padding=padding)

    # Title: two-layer BiLSTM over all 30 places, self-attention whose keys alone are masked, mean over 30.
    hidden = w["lstm.weight_hh_l0"].shape[1]
    lstm = nn.LSTM(w["embedding.weight"].shape[1], hidden, 2, batch_first=True, bidirectional=True)
    lstm.load_state_dict({name[5:]: value for name, value in w.items() if name.startswith("lstm.")})
    states, _ = lstm(w["embedding.weight"][titles])  # (B, 30, 2H)
    q, k, v = (linear(f"lstm_attention.{letter}_linear", states) for letter in "qkv")
    size, contexts, title_maps = 2 * hidden // 4, [], []
    for head in range(4):
        part = slice(head * size, (head + 1) * size)
        scores = q[:, :, part] @ k[:, :, part].transpose(1, 2) / size**0.5
        scores = scores.masked_fill((titles == 0)[:, None, :], float("-inf"))
        title_maps.append(scores.softmax(dim=-1))
        contexts.append(title_maps[-1] @ v[:, :, part])
    attended = linear("lstm_attention.out_linear", torch.cat(contexts, dim=2)) + states
    title = norm("lstm_attention.layer_norm", attended).mean(dim=1)

    # Abstract: an even kernel gives 301 places, then 302; they are cut to 300 at the end alone.
    x = w["embedding.weight"][abstracts].transpose(1, 2)  # (B, D, 300)
    blocks = []
    for block in range(4):
        name = f"cnn_blocks.{block}"
        padding = w[f"{name}.conv1.weight"].shape[2] // 2
        y = batch_norm(f"{name}.bn1", conv(f"{name}.conv1", x, padding)).relu()
        y = batch_norm(f"{name}.bn2", conv(f"{name}.conv2", y, padding))
        blocks.append((y[:, :, : x.shape[2]] + conv(f"{name}.skip", x, 0)).relu())
    features = torch.cat(blocks, dim=1).transpose(1, 2)  # (B, 300, A)
    scores = linear("cnn_attention.attention", features)  # (B, 300, 4)
    abstract_maps = [scores[:, :, head].softmax(dim=1) for head in range(4)]
    sums = [(features * weights[:, :, None]).sum(dim=1) for weights in abstract_maps]
    context = torch.stack(sums).mean(dim=0)
    abstract = norm("cnn_attention.layer_norm", linear("cnn_attention.projection", context) + context)

    both = torch.cat([title, abstract], dim=1)
    title_gate = linear("fusion.title_gate.0", both).sigmoid()
    abstract_gate = linear("fusion.abstract_gate.0", both).sigmoid()
    fused = norm("fusion.layer_norm", torch.cat([title * title_gate, abstract * abstract_gate], dim=1))
    inner = norm("classifier.4", linear("classifier.2", norm("classifier.0", fused)).relu())
    return linear("classifier.6", inner), {
        "title_attention": torch.stack(title_maps).mean(dim=0),
        "abstract_attention": torch.stack(abstract_maps).mean(dim=0),
        "fusion_weights": torch.stack([title_gate.mean(dim=1), abstract_gate.mean(dim=1)], dim=1),
    }


def padded_papers(title_lengths: list[int], abstract_lengths: list[int]) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(0)

    def rows(lengths: list[int], width: int) -> Tensor:
        ids = torch.randint(1, 50, (len(lengths), width), generator=draw)
        return ids * (torch.arange(width) < torch.tensor(lengths)[:, None])

    return rows(title_lengths, 30), rows(abstract_lengths, 300)


def test_the_answers_and_maps_are_the_original_s(tmp_path: Path, checkpoint: dict[str, Any]) -> None:
    model = load_reference_weights(save(tmp_path, checkpoint))
    assert not model.training and model.padding == "original"
    titles, abstracts = padded_papers([30, 9, 1, 15], [300, 120, 3, 0])
    with torch.inference_mode():
        logits, maps = model(titles, abstracts, (titles != 0).long())
        expected, expected_maps = plain_forward(checkpoint["model_state_dict"], titles, abstracts)
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-5)
    assert {name: tuple(value.shape) for name, value in maps.items()} == {
        "title_attention": (4, 30, 30),
        "abstract_attention": (4, 300),
        "fusion_weights": (4, 2),
    }
    for name, value in expected_maps.items():
        torch.testing.assert_close(maps[name], value, atol=1e-5, rtol=1e-5)
    model.padding = "masked"
    assert not torch.allclose(model(titles, abstracts)[0], expected, atol=1e-3)


def test_sizes_are_read_off_the_tensors(tmp_path: Path, checkpoint: dict[str, Any]) -> None:
    state = torch.random.get_rng_state()
    model = load_reference_weights(
        save(tmp_path, {**checkpoint, "epoch": 7, "history": {"loss": [1.5, None]}})
    )
    assert torch.equal(torch.random.get_rng_state(), state)
    assert model.embedding.weight.shape == (50, 12)
    assert [block.conv1.kernel_size for block in model.cnn_blocks] == [(2,), (3,), (4,), (5,)]
    assert model.cnn_blocks[0].conv1.out_channels == 4
    assert model.lstm.hidden_size == 6
    assert model.classifier[6].out_features == 3


class Hostile:
    """Unpickled without care, it leaves a file behind."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("new_format", [True, False])
@pytest.mark.parametrize("place", ["whole", "inside"])
def test_a_hostile_file_is_refused_and_leaves_no_trace(
    tmp_path: Path, checkpoint: dict[str, Any], place: str, new_format: bool
) -> None:
    hostile = Hostile(tmp_path / "trace")
    content = hostile if place == "whole" else {**checkpoint, "extra": hostile}
    torch.save(content, tmp_path / "evil.pth", _use_new_zipfile_serialization=new_format)
    with pytest.raises(
        RunError, match=r"evil\.pth: expected a PyTorch checkpoint of tensors and plain values"
    ):
        load_reference_weights(tmp_path / "evil.pth")
    assert sorted(os.listdir(tmp_path)) == ["evil.pth"]


def test_what_is_no_checkpoint_is_reported(tmp_path: Path, checkpoint: dict[str, Any]) -> None:
    weights = checkpoint["model_state_dict"]
    for content, message in [
        ([1, 2], "expected a dict with `vocab_size` and `model_state_dict`.* found list"),
        (weights["embedding.weight"], "found Tensor"),
        ({"state_dict": weights}, r"found \['state_dict'\]"),
        ({"vocab_size": 50, "model_state_dict": {"a": 1}}, "tensors by name"),
        ({"vocab_size": 50, "model_state_dict": {}}, "expected the weights of a HybridCNNLSTM"),
        ({"model_state_dict": weights}, "expected `vocab_size` to be 50.* found None"),
        ({**checkpoint, "vocab_size": 51}, "expected `vocab_size` to be 50.* found 51"),
        (
            {"vocab_size": 50, "model_state_dict": {k: v for k, v in weights.items() if "gate" not in k}},
            "expected the weights of a HybridCNNLSTM, found others",
        ),
    ]:
        with pytest.raises(RunError, match=message):
            load_reference_weights(save(tmp_path, content))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"hello", b"\x80\x02", bytes(1000)])
def test_damaged_files_are_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.pth").write_bytes(content)
    with pytest.raises(RunError, match="expected a PyTorch checkpoint"):
        load_reference_weights(tmp_path / "model.pth")


def test_a_cut_file_and_a_missing_one_are_reported(tmp_path: Path, checkpoint: dict[str, Any]) -> None:
    path = save(tmp_path, checkpoint)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(RunError, match="expected a PyTorch checkpoint"):
        load_reference_weights(path)
    with pytest.raises(RunError, match="cannot be read: No such file"):
        load_reference_weights(tmp_path / "absent.pth")
