"""The original's "Load and Use Trained Model": the lines that people have, with another import."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from arxonomy.models import HybridCNNLSTM

# The original says `from model import HybridCNNLSTM`; nothing else differs.
LINES = """
import torch
from arxonomy.models import HybridCNNLSTM

# Load checkpoint
checkpoint = torch.load('ensemble_model_1_seed42.pth')

# Initialize model
model = HybridCNNLSTM(
    vocab_size=checkpoint['vocab_size'],
    embed_dim=300,
    num_filters=128,
    kernel_sizes=[3, 4, 5],
    lstm_hidden=128,
    num_classes=3,
    dropout=0.6
)

# Load weights
model.load_state_dict(checkpoint['model_state_dict'])
model.eval()

# Predict
with torch.no_grad():
    logits, attention_maps = model(title_ids, abstract_ids, title_mask)
    predictions = torch.argmax(logits, dim=1)

# Access attention weights
title_attention = attention_maps['title_attention']
abstract_attention = attention_maps['abstract_attention']
fusion_weights = attention_maps['fusion_weights']
"""

WORDS, TITLE, ABSTRACT = 40, 30, 300
TITLES, ABSTRACTS = [30, 9, 1, 0], [300, 120, 3, 17]  # tokens of the four papers


def padded(lengths: list[int], width: int) -> Tensor:
    draw = torch.Generator().manual_seed(0)
    ids = torch.randint(1, WORDS, (len(lengths), width), generator=draw)
    return ids * (torch.arange(width) < torch.tensor(lengths)[:, None])


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every name that the lines define, after they ran beside a checkpoint as the original writes it."""
    folder = tmp_path_factory.mktemp("quick_start")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(42)
        saved = HybridCNNLSTM(WORDS).state_dict()
    told = {"epoch": 6, "val_acc": 0.6641, "seed": 42, "history": {"val_acc": [0.61, 0.66]}}
    checkpoint = {"vocab_size": WORDS, "model_state_dict": saved, **told}
    torch.save(checkpoint, folder / "ensemble_model_1_seed42.pth")
    title_ids = padded(TITLES, TITLE)
    names = {
        "title_ids": title_ids,
        "abstract_ids": padded(ABSTRACTS, ABSTRACT),
        "title_mask": (title_ids != 0).float(),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        exec(LINES, names)
    return names


def test_the_lines_predict(result: dict[str, Any]) -> None:
    assert result["logits"].shape == (4, 3)
    assert torch.isfinite(result["logits"]).all()
    assert result["predictions"].shape == (4,)
    assert not result["model"].training and not result["logits"].requires_grad
    assert torch.equal(result["predictions"], result["logits"].argmax(dim=1))


def test_the_weights_are_the_file_s(result: dict[str, Any]) -> None:
    saved, loaded = result["checkpoint"]["model_state_dict"], result["model"].state_dict()
    assert saved.keys() == loaded.keys()
    assert all(torch.equal(value, loaded[name]) for name, value in saved.items())


def test_the_attention_is_as_described(result: dict[str, Any]) -> None:
    title, abstract, gates = (
        result[name] for name in ("title_attention", "abstract_attention", "fusion_weights")
    )
    assert set(result["attention_maps"]) == {"title_attention", "abstract_attention", "fusion_weights"}
    assert (title.shape, abstract.shape, gates.shape) == ((4, TITLE, TITLE), (4, ABSTRACT), (4, 2))
    for paper, (words, others) in enumerate(zip(TITLES, ABSTRACTS, strict=True)):
        looks = title[paper, :words]  # one row per word that looks
        torch.testing.assert_close(looks[:, :words].sum(dim=1), torch.ones(words))
        assert (looks[:, words:] == 0).all()
        torch.testing.assert_close(abstract[paper, :others].sum(), torch.tensor(1.0))
        assert (abstract[paper, others:] == 0).all()
    assert ((gates > 0) & (gates < 1)).all()
