from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from arxonomy.artifacts.checkpoint import Progress, ScheduleState, load_checkpoint, save_checkpoint
from arxonomy.artifacts.epochs import EpochRecord
from arxonomy.artifacts.tensors import read_tensors, tensors_to_bytes
from arxonomy.config import ModelSettings, TrainingSettings
from arxonomy.errors import ArxonomyError, RunError
from arxonomy.models import build_model
from arxonomy.training.optimizer import make_optimizer

PROGRESS = Progress(
    epoch=3,
    batch=7,
    loss_sum=0.1 + 0.2,
    seconds=1.5,
    best_epoch=2,
    best_score=2 / 3,
    schedule=ScheduleState([1e-3 / 3, 0.0], {"best": float("-inf")}),
    history=[EpochRecord(1, 1.1, 1 / 3, 0.5, 2 / 3, 1e-3, 0.1)],
)
State = tuple[nn.Module, torch.optim.Optimizer, dict[str, Tensor]]


def tiny_network(num_filters: int = 8) -> nn.Module:
    settings = ModelSettings(embed_dim=16, num_filters=num_filters, lstm_hidden=8, dropout=0.2)
    return build_model(settings, 30, 3)


@pytest.fixture
def trained() -> Callable[[int], State]:
    """`trained(3)`: a tiny network, its optimizer and its average after 3 steps."""

    def make(steps: int) -> State:
        torch.manual_seed(0)
        network = tiny_network().train()
        optimizer = make_optimizer(network, TrainingSettings(), pretrained=True)
        for _ in range(steps):
            step(network, optimizer)
        return network, optimizer, {name: value + 1 for name, value in network.state_dict().items()}

    return make


def step(network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    logits, _ = network(torch.randint(1, 30, (4, 5)), torch.randint(1, 30, (4, 9)))
    F.cross_entropy(logits, torch.tensor([0, 1, 2, 0])).backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)


@pytest.mark.slow
def test_everything_comes_back_exactly(trained: Callable[[int], State], tmp_path: Path) -> None:
    network, optimizer, average = trained(3)
    save_checkpoint(tmp_path / "last", PROGRESS, network, optimizer, average)
    other, other_optimizer, other_average = trained(0)
    torch.nn.init.normal_(other.get_parameter("embedding.weight"))
    progress = load_checkpoint(tmp_path / "last", other, other_optimizer, other_average)
    assert progress == PROGRESS
    for name, value in network.state_dict().items():
        assert torch.equal(other.state_dict()[name], value) and other.state_dict()[name].dtype == value.dtype
    assert all(torch.equal(other_average[name], value) for name, value in average.items())
    ours, theirs = optimizer.state_dict(), other_optimizer.state_dict()
    assert theirs["param_groups"] == ours["param_groups"]
    assert theirs["state"].keys() == ours["state"].keys()
    for number, entries in ours["state"].items():
        assert entries["step"] == 3
        for key, value in entries.items():
            loaded = theirs["state"][number][key]
            assert torch.equal(loaded, value)
            assert (loaded.dtype, loaded.shape, loaded.device) == (value.dtype, value.shape, value.device)

    for model, chosen in ((network, optimizer), (other, other_optimizer)):
        torch.manual_seed(5)
        step(model, chosen)
    for (name, one), (_, two) in zip(network.named_parameters(), other.named_parameters(), strict=True):
        assert torch.equal(one, two), name


def test_what_is_damaged_or_foreign_is_refused(trained: Callable[[int], State], tmp_path: Path) -> None:
    path = tmp_path / "last"
    save_checkpoint(path, PROGRESS, *trained(1))
    whole = path.read_bytes()
    for damaged in (b"", whole[:100], whole[:-1], b"\xff" * 1000):
        path.write_bytes(damaged)
        with pytest.raises(RunError, match="last: expected a complete safetensors file"):
            load_checkpoint(path, *trained(0))
    with pytest.raises(RunError, match="absent: expected a complete safetensors file"):
        read_tensors(tmp_path / "absent")
    path.write_bytes(tensors_to_bytes({"model.a": torch.zeros(1)}, {"progress": "{}"}))
    with pytest.raises(RunError, match="does not fit this run"):
        load_checkpoint(path, *trained(0))
    path.write_bytes(tensors_to_bytes({"optimizer.step.a": torch.zeros(1)}))
    with pytest.raises(RunError, match="does not fit this run"):
        load_checkpoint(path, *trained(0))
    path.write_bytes(whole)
    wider = tiny_network(9)
    with pytest.raises(RunError, match="does not fit this run"):
        load_checkpoint(path, wider, make_optimizer(wider, TrainingSettings(), pretrained=True), None)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"there is no mount: {error}")
    if mounted.returncode:
        pytest.skip(f"mounting needs more rights: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_the_previous_checkpoint(
    trained: Callable[[int], State], small_disk: Path
) -> None:
    path = small_disk / "last.safetensors"
    network, optimizer, average = trained(1)
    save_checkpoint(path, PROGRESS, network, optimizer, average)
    before = path.read_bytes()
    free = os.statvfs(small_disk)
    room = free.f_bavail * free.f_bsize - len(before) // 2
    assert room > 0
    (small_disk / "filler").write_bytes(bytes(room))
    step(network, optimizer)
    with pytest.raises(ArxonomyError, match=r"cannot write .*last\.safetensors: No space left on device"):
        save_checkpoint(path, PROGRESS, network, optimizer, average)
    assert sorted(os.listdir(small_disk)) == ["filler", "last.safetensors"]
    assert path.read_bytes() == before
    assert load_checkpoint(path, *trained(0)) == PROGRESS

    (small_disk / "filler").unlink()
    save_checkpoint(path, PROGRESS, network, optimizer, average)
    assert path.read_bytes() != before
