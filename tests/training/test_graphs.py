"""Steps as graphs, with what stands in for a GPU's: steps that are run again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from arxonomy.artifacts.run import Run
from arxonomy.config import Recipe, load_recipe
from arxonomy.errors import SettingsError
from arxonomy.models import build_model
from arxonomy.text import EncodedPaper
from arxonomy.training import loop, network
from arxonomy.training.graphs import WIDTH, NoCapture, Step, check_graphs
from arxonomy.training.losses import compute_loss
from arxonomy.training.stored import StoredPapers

SETTINGS = ("training.epochs=3", "training.batch_size=8", "training.augment.share=0.5")


class CountedCapture(NoCapture):
    """Counts what is captured, and how often it is run again."""

    def __init__(self) -> None:
        self.captured = self.replayed = 0

    def capture(self, step: Step) -> Step:
        self.captured += 1

        def replay() -> torch.Tensor:
            self.replayed += 1
            return step()

        return replay


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> CountedCapture:
    """A CPU that is treated as a GPU."""

    def store(papers: list[EncodedPaper], device: torch.device, multiple: int) -> StoredPapers:
        return StoredPapers(papers, device, WIDTH)  # with graphs or without: the same padding

    capture = CountedCapture()
    monkeypatch.setattr(loop, "store_papers", store)
    monkeypatch.setattr(loop, "CudaCapture", lambda: capture)
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


def test_what_graphs_cannot_do_is_refused(tiny: Callable[..., Recipe]) -> None:
    check_graphs(tiny(), "cuda", 1)
    with pytest.raises(SettingsError, match=r"found the device cpu; set training\.cuda_graphs=false"):
        check_graphs(tiny(), "cpu", 1)
    with pytest.raises(SettingsError, match=r"2 processes, training\.mixup_share"):
        check_graphs(tiny("training.mixup_share=0.5"), "cuda", 2)
    with pytest.raises(SettingsError, match=r"model\.architecture=arxonomy"):
        check_graphs(tiny("model.architecture=arxonomy", "training.listed_loss=0.1"), "cuda", 1)


def test_a_training_on_a_cpu_with_graphs_is_refused(run_of: Callable[..., Run]) -> None:
    with pytest.raises(SettingsError, match="cuda_graphs"):
        run_of("run", "training.cuda_graphs=true", device="cpu")
