"""An answer never depends on its batch, and neither do the statistics learned from one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from arxonomy.config import ModelSettings, TrainingSettings
from arxonomy.models import ARCHITECTURES, build_model
from arxonomy.models.predict import predict_logits
from arxonomy.text import EncodedPaper, collate
from arxonomy.text.characters import cut_words
from arxonomy.training.optimizer import make_optimizer

WORDS = 80
Papers = list[EncodedPaper]


def draw_paper(rng: np.random.Generator, title: int, abstract: int) -> EncodedPaper:
    """A paper of that many words."""

    def spell(ids: Any) -> Any:
        return cut_words([f"{'unknown' if word == 1 else 'w'}{rng.integers(3)}-{word}" for word in ids], 8)

    title_ids, abstract_ids = (rng.integers(1, WORDS, size).astype(np.int32) for size in (title, abstract))
    return EncodedPaper(title_ids, abstract_ids, 0.0, spell(title_ids), spell(abstract_ids))


def draw_papers(count: int, seed: int, longest: int = 300) -> Papers:
    """Papers with titles of 0-30 and abstracts of 0-`longest` words, some of them empty or full."""
    rng = np.random.default_rng(seed)

    def draw(most: int) -> int:
        return int(rng.choice([0, 1, 2, 3, most, rng.integers(most)], p=[0.1, 0.1, 0.05, 0.05, 0.1, 0.6]))

    return [draw_paper(rng, draw(30), draw(longest)) for _ in range(count)]


def batch_of(model: nn.Module, papers: Papers, title: int = 0, abstract: int = 0) -> dict[str, Tensor]:
    """The inputs of a network, padded by more columns than they need."""
    inputs = {name: torch.from_numpy(value) for name, value in collate(readable(model, papers)).items()}
    extra = {"title_ids": title, "title_words": title, "abstract_ids": abstract, "abstract_words": abstract}
    return {name: F.pad(value, (0, extra.get(name, 0))) for name, value in inputs.items()}


def readable(model: nn.Module, papers: Papers) -> Papers:
    """The papers with their words for a network that reads characters, without them for another."""
    if getattr(model, "reads_characters", False):
        return papers
    return [replace(paper, title_words=None, abstract_words=None) for paper in papers]


def step(model: nn.Module, papers: Papers, title_extra: int = 0, abstract_extra: int = 0) -> None:
    labels = torch.tensor([len(paper.abstract) % 3 for paper in papers])
    logits, _ = model(**batch_of(model, papers, title_extra, abstract_extra))
    F.cross_entropy(logits, labels).backward()


def make(architecture: str, dropout: float) -> nn.Module:
    torch.manual_seed(0)
    chosen = ModelSettings(
        architecture=architecture, embed_dim=12, num_filters=8, lstm_hidden=8, dropout=dropout
    )
    return build_model(chosen, WORDS, 3)


@pytest.fixture(scope="module", params=list(ARCHITECTURES))
def trained(request: pytest.FixtureRequest) -> nn.Module:
    """A network after a few training steps, with a padding row that is not zero."""
    model = make(request.param, dropout=0.3)
    optimizer = make_optimizer(model, TrainingSettings(learning_rate=0.01), pretrained=False)
    for number in range(6):
        step(model, draw_papers(16, seed=number))
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        model.get_parameter("embedding.weight")[0] = 5.0
    return model.eval()


def edge_papers() -> Papers:
    """Every pair of a title and an abstract that is empty, one or two words, or as long as they get."""
    rng = np.random.default_rng(0)
    pairs = [(title, abstract) for title in (0, 1, 2, 30) for abstract in (0, 1, 2, 300)]
    return [draw_paper(rng, title, abstract) for title, abstract in pairs]


def check_alone_and_together(network: nn.Module, papers: Papers, *paddings: tuple[int, int]) -> None:
    """The papers by themselves, and in a batch with so many columns more for titles and abstracts."""
    with torch.inference_mode():
        alone = [network(**batch_of(network, [paper])) for paper in papers]
        for padding in paddings:
            logits, maps = network(**batch_of(network, papers, *padding))
            together = F.softmax(logits, dim=1)
            for row, (paper, (own_logits, own_maps)) in enumerate(zip(papers, alone, strict=True)):
                assert torch.allclose(together[row], F.softmax(own_logits[0], dim=0), atol=1e-5, rtol=0)
                for name, own in own_maps.items():
                    inside = maps[name][(row, *(slice(size) for size in own.shape[1:]))]
                    if (
                        name == "title_attention" and own.dim() == 3
                    ):  # what a padding row attends to means nothing
                        inside, own = inside[: len(paper.title)], own[:, : len(paper.title)]
                    if name == "listed_logits":  # log-odds of what is near 0 or 1 differ by more
                        inside, own = inside.sigmoid(), own.sigmoid()
                    assert torch.allclose(inside, own[0], atol=1e-5, rtol=0), name
    np.testing.assert_allclose(predict_logits(network, readable(network, papers)), logits.numpy(), atol=1e-4)


@pytest.mark.slow
def test_papers_of_extreme_lengths_get_the_same_probabilities_alone_and_together(trained: nn.Module) -> None:
    papers = [*edge_papers(), *draw_papers(48, seed=0)]  # a batch as large as they get
    check_alone_and_together(trained, papers, (0, 0), (300, 0), (0, 300))


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(1, 8),
    seed=st.integers(0, 2**32),
    title_extra=st.integers(0, 60),
    abstract_extra=st.integers(0, 60),
)
def test_a_paper_alone_and_in_any_batch_gets_the_same_probabilities(
    trained: nn.Module, count: int, seed: int, title_extra: int, abstract_extra: int
) -> None:
    papers = draw_papers(count, seed, longest=80)
    check_alone_and_together(trained, papers, (title_extra, abstract_extra))


@pytest.mark.parametrize("architecture", list(ARCHITECTURES))
@pytest.mark.parametrize(("title_extra", "abstract_extra"), [(3, 0), (0, 1), (40, 300)])
def test_a_training_step_does_not_see_how_far_its_batch_was_padded(
    architecture: str, title_extra: int, abstract_extra: int
) -> None:
    papers = draw_papers(24, seed=1)
    models = [make(architecture, dropout=0.0).train() for _ in range(2)]
    for model, extra in zip(models, [(0, 0), (title_extra, abstract_extra)], strict=True):
        for module in model.modules():
            if isinstance(module, nn.Dropout):  # attention has a dropout of its own
                module.p = 0.0
        step(model, papers, *extra)
    buffers = [dict(model.named_buffers()) for model in models]
    for name, value in buffers[0].items():
        torch.testing.assert_close(buffers[1][name], value, atol=1e-5, rtol=1e-5)
    for (name, one), (_, other) in zip(*(model.named_parameters() for model in models), strict=True):
        torch.testing.assert_close(other.grad, one.grad, atol=1e-4, rtol=1e-3, msg=name)


@pytest.mark.parametrize("architecture", list(ARCHITECTURES))
def test_prediction_keeps_the_order_and_the_mode(architecture: str) -> None:
    model, papers = make(architecture, dropout=0.3).train(), draw_papers(37, seed=2)
    logits = predict_logits(model, readable(model, papers), batch_size=8)
    assert model.training
    model.eval()
    with torch.inference_mode():
        expected = torch.cat([model(**batch_of(model, [paper]))[0] for paper in papers])
    np.testing.assert_allclose(logits, expected.numpy(), atol=1e-4)
