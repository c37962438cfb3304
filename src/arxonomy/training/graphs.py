"""Steps of training as CUDA graphs, one for each shape of a batch.

A small network's step is many short kernels, and a GPU waits for each one's launch. A graph launches all of
them at once (PyTorch's documentation, "CUDA Graphs": whole-network capture).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from arxonomy.config import Recipe
from arxonomy.errors import SettingsError
from arxonomy.training.losses import compute_loss
from arxonomy.training.objective import Objective

WIDTHS = {"title": 32, "abstract": 64}
"""Batches are padded to multiples of so many tokens: few shapes, few graphs."""
EAGER_STEPS = 3
"""Steps of a shape before it is captured; libraries choose their algorithms in them."""

Step = Callable[[], Tensor]
"""Adds the gradients of a batch to those of the weights, and returns its loss, a scalar."""


class CudaCapture:
    """Captures steps on the GPU, in one stream and one pool of memory."""

    def __init__(self) -> None:
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        self._pool = torch.cuda.graph_pool_handle()

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Work in the stream that graphs are captured in, as steps before a capture must."""
        current = torch.cuda.current_stream()
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            yield
        current.wait_stream(self._stream)

    def capture(self, step: Step) -> Step:
        """The graph of a step; it reads and writes the tensors that the step does."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, stream=self._stream):
            loss = step()

        def replay() -> Tensor:
            graph.replay()
            return loss

        return replay


class NoCapture:
    """Runs steps again instead of a graph of theirs, on any device."""

    def enter(self) -> AbstractContextManager[object]:
        """Nothing to enter."""
        return nullcontext()

    def capture(self, step: Step) -> Step:
        """The step itself."""
        return step


class GraphedSteps:
    """Steps of training: the first ones of each shape as they are, the others as graphs.

    Args:
        objective: Its loss is made small; it has to be that of the labels alone (see `check_graphs`).
        backward: Adds up the gradients of a loss.
        device: Captures the steps.
    """

    def __init__(
        self, objective: Objective, backward: Callable[[Tensor], None], device: CudaCapture | NoCapture
    ) -> None:
        self._objective, self._backward, self._device = objective, backward, device
        self._seen: Counter[tuple[torch.Size, ...]] = Counter()
        self._graphs: dict[tuple[torch.Size, ...], tuple[dict[str, Tensor], Step]] = {}

    def run(self, rows: npt.NDArray[np.int64], rng: np.random.Generator) -> Tensor:
        """Add the gradients of a batch to those of the weights; its loss, a scalar.

        Args:
            rows: (B,) the positions of its papers among the training papers.
            rng: What `Objective.draw` draws from.
        """
        _, inputs, _ = self._objective.draw(rows, rng)
        target, weights = self._objective.find_targets(rows)
        batch = inputs | {"target": target, "weights": weights}
        shape = tuple(tensor.shape for tensor in batch.values())
        self._seen[shape] += 1
        if self._seen[shape] <= EAGER_STEPS:
            with self._device.enter():
                return self._compute(batch)
        if shape not in self._graphs:
            self._graphs[shape] = batch, self._device.capture(lambda: self._compute(batch))
        own, replay = self._graphs[shape]
        for name, tensor in batch.items():
            own[name].copy_(tensor)
        return replay().clone()

    def _compute(self, batch: dict[str, Tensor]) -> Tensor:
        inputs = {name: batch[name] for name in ("title_ids", "abstract_ids")}
        logits, _ = self._objective.model(**inputs)
        settings, class_weights = self._objective.settings, self._objective.class_weights
        loss = compute_loss(logits, batch["target"], settings, class_weights, batch["weights"])
        self._backward(loss)
        return loss.detach()


def check_graphs(recipe: Recipe, device: str, processes: int) -> None:
    """Make sure that a recipe can be trained with CUDA graphs.

    Raises:
        SettingsError: It cannot; the message says why, and what to do.
    """
    settings, model = recipe.training, recipe.model
    reasons = {
        f"the device {device}": device != "cuda",
        f"{processes} processes": processes > 1,
        "model.architecture=arxonomy, whose tables have sparse gradients": model.architecture == "arxonomy",
        "words that are read by their characters": recipe.text.word_chars > 0,
        "training.mixup_share": settings.mixup_share > 0,
        "training.listed_loss": settings.listed_loss > 0,
        "training.title_loss": settings.title_loss > 0,
    }
    if found := [reason for reason, holds in reasons.items() if holds]:
        raise SettingsError(
            "training.cuda_graphs: expected one GPU and a network that learns labels alone, found "
            f"{', '.join(found)}; set training.cuda_graphs=false"
        )
