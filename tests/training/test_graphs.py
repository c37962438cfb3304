"""Steps as graphs, with what stands in for a GPU's: steps that are run again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
import torch
from torch import nn

from arxonomy.artifacts.run import Run
from arxonomy.config import Recipe, load_recipe
from arxonomy.errors import SettingsError
from arxonomy.models import build_model
from arxonomy.text import EncodedPaper
from arxonomy.training import loop, network
from arxonomy.training.graphs import WIDTHS, GraphedSteps, NoCapture, Step, check_graphs
from arxonomy.training.losses import compute_loss
from arxonomy.training.objective import Objective
from arxonomy.training.stored import StoredPapers

SETTINGS = ("training.epochs=3", "training.batch_size=8", "training.augment.share=0.5")


class CountedCapture(NoCapture):
    """Counts what is captured, and how often it is run again: on the same memory, as a graph is."""

    def __init__(self) -> None:
        self.captured = self.replayed = 0
        self.model = nn.Module()

    def find_memory(self) -> list[int]:
        gradients = [own.grad for own in self.model.parameters() if own.grad is not None]
        return [tensor.data_ptr() for tensor in (*self.model.state_dict().values(), *gradients)]

    def capture(self, step: Step) -> Step:
        self.captured += 1
        memory = self.find_memory()
        assert len(memory) > len(self.model.state_dict())

        def replay() -> torch.Tensor:
            self.replayed += 1
            assert self.find_memory() == memory
            return step()

        return replay


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> CountedCapture:
    """A CPU that is treated as a GPU."""

    def store(papers: list[EncodedPaper], device: torch.device, multiples: Mapping[str, int]) -> StoredPapers:
        return StoredPapers(papers, device, WIDTHS)  # with graphs or without: the same padding

    capture = CountedCapture()

    def graph(objective: Objective, backward: Callable[[torch.Tensor], None], _: NoCapture) -> GraphedSteps:
        capture.model = objective.model
        return GraphedSteps(objective, backward, capture)

    monkeypatch.setattr(loop, "store_papers", store)
    monkeypatch.setattr(loop, "CudaCapture", lambda: capture)
    monkeypatch.setattr(loop, "GraphedSteps", graph)
    monkeypatch.setattr(network, "check_graphs", lambda *_: None)
    return capture


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        ("training.accumulate=2", "training.clip_norm=0.5"),
        ("training.cross_lists=0.3", "training.seed=2"),
    ],
)
def test_graphs_are_the_same_training(
    run_of: Callable[..., Run], gpu: CountedCapture, overrides: tuple[str, ...]
) -> None:
    plain = run_of("plain", *SETTINGS, *overrides)
    assert gpu.captured == 0
    graphed = run_of("graphed", *SETTINGS, "training.cuda_graphs=true", *overrides)
    # 60 papers in batches of 8 are 7 of one shape and one of 4 papers, in each of 3 epochs. The first three
    # of a shape are steps as they are.
    assert (gpu.captured, gpu.replayed) == (1, 3 * 7 - 3)
    assert graphed.weights.read_bytes() == plain.weights.read_bytes()
    assert [line.train_loss for line in graphed.history()] == [line.train_loss for line in plain.history()]


@pytest.mark.parametrize("name", ["v1", "v1-variational", "v2", "baseline"])
def test_no_size_in_a_step_depends_on_the_papers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph's sizes are fixed. Tensors without numbers refuse what would need them to know a size."""
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda _: False)  # it does not know this device
    recipe = load_recipe(name)
    meta = torch.device("meta")
    model = build_model(recipe.model, 100, 3).to(meta).train()
    ids = torch.zeros(4, 64, dtype=torch.int64, device=meta)
    logits, _ = model(title_ids=ids, abstract_ids=ids)
    ones = torch.ones(3, device=meta), torch.ones(4, device=meta)
    loss = compute_loss(logits, torch.zeros(4, dtype=torch.int64, device=meta), recipe.training, *ones)
    loss.backward()
    assert loss.device == meta and model.embedding.weight.grad is not None


@pytest.mark.parametrize(
    ("override", "device", "processes", "found"),
    [
        ("training.seed=1", "cpu", 1, "the device cpu"),
        ("training.seed=1", "cuda", 2, "2 processes"),
        ("model.architecture=arxonomy", "cuda", 1, "model.architecture=arxonomy, whose tables"),
        ("text.word_chars=5", "cuda", 1, "words that are read by their characters"),
        ("training.mixup_share=0.5", "cuda", 1, "training.mixup_share"),
        ("training.listed_loss=0.1", "cuda", 1, "training.listed_loss"),
        ("training.title_loss=0.1", "cuda", 1, "training.title_loss"),
    ],
)
def test_what_graphs_cannot_do_is_refused(
    tiny: Callable[..., Recipe], override: str, device: str, processes: int, found: str
) -> None:
    check_graphs(tiny(), "cuda", 1)
    with pytest.raises(SettingsError, match=rf"found {re.escape(found)}.*; set training\.cuda_graphs=false"):
        check_graphs(tiny(override), device, processes)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_graphs_of_a_gpu_train_as_steps_without_them(run_of: Callable[..., Run]) -> None:
    plain, graphed = (
        run_of(name, *SETTINGS, f"training.cuda_graphs={name == 'graphed'}".lower(), device="cuda")
        for name in ("plain", "graphed")
    )
    losses = [[line.train_loss for line in run.history()] for run in (plain, graphed)]
    assert losses[0] == pytest.approx(losses[1], rel=0.05)


def test_a_training_on_a_cpu_with_graphs_is_refused(run_of: Callable[..., Run]) -> None:
    with pytest.raises(SettingsError, match="cuda_graphs"):
        run_of("run", "training.cuda_graphs=true", device="cpu")
