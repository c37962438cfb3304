"""The machine's cores, processes and devices."""

from __future__ import annotations

import os

import pytest
import torch

from arxonomy.errors import SettingsError
from arxonomy.runtime import (
    ALONE,
    Processes,
    check_device,
    choose_device,
    count_cores,
    read_processes,
    set_torch_threads,
)


def test_cores_are_those_of_the_process() -> None:
    assert 1 <= count_cores() <= (os.cpu_count() or 1)


def test_devices() -> None:
    assert choose_device("cpu") == "cpu"
    assert choose_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")
    for refuse in (check_device, choose_device):
        with pytest.raises(SettingsError, match="device: expected auto, cpu or cuda, found `gpu`"):
            refuse("gpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="for machines without a GPU")
def test_a_gpu_that_is_not_there() -> None:
    check_device("cuda")
    with pytest.raises(SettingsError, match="PyTorch sees no GPU"):
        choose_device("cuda")


def test_threads_are_left_alone_unless_stated() -> None:
    before = torch.get_num_threads()
    set_torch_threads(None)
    assert torch.get_num_threads() == before
    set_torch_threads(before)
    assert torch.get_num_threads() == before


TORCHRUN = {"WORLD_SIZE": "4", "RANK": "3", "LOCAL_RANK": "1", "MASTER_ADDR": "here", "MASTER_PORT": "29500"}


def set_environment(patch: pytest.MonkeyPatch, **changes: str) -> None:
    patch.delenv("LOCAL_WORLD_SIZE", raising=False)
    for name, value in (TORCHRUN | changes).items():
        patch.setenv(name, value)


def test_processes_are_those_of_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch)
    assert read_processes() == Processes(count=4, rank=3, here=4)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    assert read_processes() == Processes(count=4, rank=3, here=2)


@pytest.mark.parametrize("missing", TORCHRUN)
def test_a_process_is_alone_without_all_of_torchrun_s_environment(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    set_environment(monkeypatch)
    monkeypatch.delenv(missing)
    assert read_processes() == ALONE


@pytest.mark.parametrize(
    "changes", [{"WORLD_SIZE": "two"}, {"RANK": "4"}, {"WORLD_SIZE": "0"}, {"LOCAL_WORLD_SIZE": "5"}]
)
def test_an_environment_that_torchrun_does_not_set_is_refused(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]
) -> None:
    set_environment(monkeypatch, **changes)
    with pytest.raises(SettingsError, match="expected the numbers that torchrun sets, found WORLD_SIZE="):
        read_processes()
