"""The machine's cores and devices."""

from __future__ import annotations

import os

import pytest
import torch

from arxonomy.errors import SettingsError
from arxonomy.runtime import check_device, choose_device, count_cores, set_torch_threads


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
