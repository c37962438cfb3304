from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from arxonomy.artifacts.run import Run
from arxonomy.config import TrainingSettings
from arxonomy.errors import SettingsError
from arxonomy.training.averaging import WeightAverage, refresh_batch_norm


def network_of() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))


def move(network: nn.Module) -> dict[str, Tensor]:
    """Change all weights and the statistics; the state after."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter))
    network(torch.randn(4, 3))
    return {name: value.clone() for name, value in network.state_dict().items()}


def test_the_moving_average_follows_every_step_from_the_first_weights_on() -> None:
    network = network_of()
    average = WeightAverage(network, TrainingSettings(weight_average=0.9))
    expected = {name: value.clone() for name, value in network.state_dict().items()}
    for step in range(12):
        state, decay = move(network), min(0.9, (1 + step) / (10 + step))
        average.after_step(step)
        average.after_epoch(step + 1)  # changes nothing
        for name, value in state.items():
            moved = decay * expected[name] + (1 - decay) * value
            expected[name] = moved if value.is_floating_point() else value
    for name, value in average.network_after(1).state_dict().items():
        torch.testing.assert_close(value, expected[name])
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())


def test_the_equal_average_is_the_mean_of_its_epochs_and_nothing_before_them() -> None:
    network = network_of()
    average = WeightAverage(network, TrainingSettings(average_from=3))
    states = []
    for epoch in range(1, 6):
        states.append(move(network))
        average.after_step(epoch)  # changes nothing
        average.after_epoch(epoch)
        used = states[2:epoch] if epoch >= 3 else [states[-1]]
        mean = torch.stack([state["0.weight"] for state in used]).mean(dim=0)
        averaged = average.network_after(epoch)
        torch.testing.assert_close(averaged.get_parameter("0.weight").detach(), mean)
        assert (averaged is network) == (epoch < 3)
        assert torch.equal(network.get_parameter("0.weight"), states[-1]["0.weight"])


def test_without_an_average_the_network_is_itself() -> None:
    network = network_of()
    average = WeightAverage(network, TrainingSettings())
    assert average.tensors == {}
    move(network)
    average.after_step(0)
    average.after_epoch(1)
    assert average.network_after(1) is network


@pytest.mark.parametrize("settings", [{"weight_average": 0.9}, {"average_from": 1}])
def test_a_resumed_average_goes_on_bit_for_bit(settings: dict[str, float]) -> None:
    network = network_of()
    whole = WeightAverage(network, TrainingSettings(**settings))
    for step in range(4):
        move(network)
        if step == 2:
            resumed = WeightAverage(network, TrainingSettings(**settings))
            for name, value in whole.tensors.items():
                resumed.tensors[name].copy_(value)
        for average in (whole,) if step < 2 else (whole, resumed):
            average.after_step(step)
            average.after_epoch(step + 1)
    for name, value in whole.network_after(4).state_dict().items():
        assert torch.equal(value, resumed.network_after(4).state_dict()[name])


def test_two_averages_are_one_too_many() -> None:
    with pytest.raises(SettingsError, match=r"training\.weight_average.*training\.average_from.*give one"):
        WeightAverage(network_of(), TrainingSettings(weight_average=0.9, average_from=2))


def test_refreshed_statistics_are_those_of_the_batches() -> None:
    network = network_of().eval()
    layer = network.get_submodule("1")
    batches = [{"input": torch.randn(8, 3) * 5 + 2} for _ in range(4)]
    with torch.no_grad():
        hidden = [network.get_submodule("0")(batch["input"]) for batch in batches]
    refresh_batch_norm(network, batches)
    torch.testing.assert_close(layer.running_mean, torch.stack([h.mean(dim=0) for h in hidden]).mean(dim=0))
    torch.testing.assert_close(layer.running_var, torch.stack([h.var(dim=0) for h in hidden]).mean(dim=0))
    assert layer.momentum == 0.1
    assert not layer.training
    assert all(parameter.grad is None for parameter in network.parameters())


def test_what_is_kept_after_equal_averaging_is_the_average(run_of: Callable[..., Run]) -> None:
    run = run_of("swa", "training.average_from=2", "training.average_learning_rate=0.01")
    kept, last = load_file(run.weights), load_file(run.checkpoint)
    best = run.metrics().best_epoch
    assert best in (1, 2, 3)
    same = all(
        torch.equal(value, last[f"average.{name}"]) for name, value in kept.items() if "bn" not in name
    )
    assert same == (best == 3)
    means = [name for name in kept if name.endswith("running_mean")]
    assert means and not any(torch.equal(kept[name], last[f"model.{name}"]) for name in means if best > 1)
