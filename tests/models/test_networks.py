"""The networks' public contract: sizes, names, shapes, and answers that a released name never changes."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import arxonomy.models
from arxonomy.config import ModelSettings, load_recipe
from arxonomy.errors import SettingsError
from arxonomy.models import ARCHITECTURES, build_model
from arxonomy.models.hybrid import HybridCNNLSTM

# Three papers: an ordinary one, one without an abstract, one without a title.
TITLES = torch.tensor([[3, 14, 15, 9, 26], [5, 35, 8, 0, 0], [0, 0, 0, 0, 0]])
ABSTRACTS = torch.tensor([[2, 7, 18, 28, 18, 28, 45, 9, 4], [0] * 9, [27, 1, 8, 0, 0, 0, 0, 0, 0]])

# Every word spelled at random; the spelling of padding is empty.
SPELLINGS = torch.from_numpy(np.random.default_rng(0).integers(1, 38, (50, 6)))
SPELLINGS[0] = 0


def batch_for(architecture: str) -> dict[str, torch.Tensor]:
    """The three papers as a network reads them."""
    ids = {"title_ids": TITLES, "abstract_ids": ABSTRACTS}
    module, name = ARCHITECTURES.get(architecture, ARCHITECTURES["v1"])
    if not getattr(getattr(importlib.import_module(module), name), "reads_characters", False):
        return ids
    return {**ids, "spellings": SPELLINGS, "title_words": TITLES, "abstract_words": ABSTRACTS}


# Computed by this code, once. If one changes, released weights would give other answers: give the
# changed network a new name instead.
GOLDEN = {
    "v1": [
        [3.178881, -1.305378, -1.03089],
        [3.559656, 0.094721, -1.284057],
        [3.213455, -0.807121, -0.975567],
    ],
    "v1, original padding": [
        [3.180085, -1.3025, -1.033208],
        [3.797285, -0.690093, -0.898234],
        [3.864053, -0.621334, -0.757896],
    ],
    "baseline": [
        [-4.911889, -0.605812, -8.616716],
        [-5.227489, -0.69653, -8.76454],
        [-4.970748, -0.516397, -8.569325],
    ],
    "v4-deep": [
        [3.752685, 5.548597, -1.764359],
        [3.493761, 4.648644, -1.624726],
        [4.55997, 5.062562, -1.353891],
    ],
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_released_name_keeps_its_answers(name: str, small_model: Callable[..., Any]) -> None:
    sizes = {"lstm_hidden": 8} if name == "v4-deep" else {}
    model = small_model(name.partition(",")[0], seed=7, **sizes)
    if "original" in name:
        model.padding = "original"
    with torch.inference_mode():
        logits, _ = model(**batch_for(name))
    torch.testing.assert_close(logits, torch.tensor(GOLDEN[name]), atol=1e-5, rtol=1e-5)


def test_the_parameter_count_of_the_reference_system() -> None:
    with torch.device("meta"):
        model = HybridCNNLSTM(vocab_size=37_760)
        recipe = build_model(load_recipe("v1").model, 37_760, 3)
    for network in (model, recipe):
        assert sum(parameter.numel() for parameter in network.parameters()) == 13_930_887


def test_the_public_parameter_names() -> None:
    with torch.device("meta"):
        names = set(HybridCNNLSTM(vocab_size=10).state_dict())
    attention = ["q_linear", "k_linear", "v_linear", "out_linear", "layer_norm"]
    expected = {
        "embedding.weight",
        *(
            f"cnn_blocks.{block}.{layer}.{kind}"
            for block in range(3)
            for layer in ("conv1", "bn1", "conv2", "bn2", "skip")
            for kind in ("weight", "bias")
        ),
        *(
            f"cnn_blocks.{block}.{layer}.{kind}"
            for block in range(3)
            for layer in ("bn1", "bn2")
            for kind in ("running_mean", "running_var", "num_batches_tracked")
        ),
        *(
            f"cnn_attention.{p}.{k}"
            for p in ("attention", "projection", "layer_norm")
            for k in ("weight", "bias")
        ),
        *(
            f"lstm.{kind}_{side}_l{layer}{way}"
            for kind in ("weight", "bias")
            for side in ("ih", "hh")
            for layer in (0, 1)
            for way in ("", "_reverse")
        ),
        *(f"lstm_attention.{part}.{kind}" for part in attention for kind in ("weight", "bias")),
        *(f"fusion.{g}.0.{kind}" for g in ("title_gate", "abstract_gate") for kind in ("weight", "bias")),
        *(f"fusion.layer_norm.{kind}" for kind in ("weight", "bias")),
        *(f"classifier.{layer}.{kind}" for layer in (0, 2, 4, 6) for kind in ("weight", "bias")),
    }
    assert names == expected


def test_the_public_call(small_model: Callable[..., Any]) -> None:
    assert arxonomy.models.HybridCNNLSTM is HybridCNNLSTM
    model = HybridCNNLSTM(
        vocab_size=50,
        embed_dim=300,
        num_filters=128,
        kernel_sizes=[3, 4, 5],
        lstm_hidden=128,
        num_classes=3,
        dropout=0.6,
    ).eval()
    mask = (TITLES != 0).float()
    logits, attention_maps = model(TITLES, ABSTRACTS, mask)
    assert logits.shape == (3, 3)
    assert {name: tuple(value.shape) for name, value in attention_maps.items()} == {
        "title_attention": (3, 5, 5),
        "abstract_attention": (3, 9),
        "fusion_weights": (3, 2),
    }
    for kind in (torch.int64, torch.bool):
        assert torch.equal(model(TITLES, ABSTRACTS, mask.to(kind))[0], logits)
    assert torch.equal(model(TITLES, ABSTRACTS)[0], logits)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_attention_sums_to_one_over_tokens(architecture: str, small_model: Callable[..., Any]) -> None:
    _, maps = small_model(architecture, lstm_hidden=8)(**batch_for(architecture))
    title, abstract = maps["title_attention"], maps["abstract_attention"]
    torch.testing.assert_close(title[:2].sum(dim=-1), torch.ones(title[:2].shape[:-1]))
    torch.testing.assert_close(abstract.sum(dim=1), torch.tensor([1.0, 0.0, 1.0]))  # an empty abstract: none
    assert not title[1, ..., 3:].any() and not title[2].any()
    assert not abstract[2, 3:].any()
    assert maps["fusion_weights"].shape == (3, 3 if architecture == "arxonomy" else 2)


def test_heads_are_averaged(small_model: Callable[..., Any]) -> None:
    """Global attention with one loop per head, as the reference system describes it."""
    attention = small_model("v1").cnn_attention
    x = torch.randn(2, 9, 24)
    out, weights = attention(x, torch.ones(2, 9))
    heads = F.softmax(attention.attention(x), dim=1)  # (B, L, N)
    sums = [(x * heads[:, :, head, None]).sum(dim=1) for head in range(4)]
    context = torch.stack(sums).mean(dim=0)
    torch.testing.assert_close(out, attention.layer_norm(attention.projection(context) + context))
    torch.testing.assert_close(weights, heads.mean(dim=2))


def plain_baseline(model: Any, title: Tensor, abstract: Tensor) -> Tensor:
    """The baseline for one paper without padding, written plainly from its description."""
    words = model.embedding.weight
    states, _ = torch.nn.LSTM.forward(model.lstm, words[title].unsqueeze(0))
    title_vector = (F.softmax(model.lstm_attention.attention(states), dim=1) * states).sum(dim=1)
    x = words[abstract].T.unsqueeze(0)  # (1, D, L)
    features = []
    for conv, bn in zip(model.convs, model.conv_bn, strict=True):
        y = F.conv1d(x, conv.weight, conv.bias)
        y = F.batch_norm(y, bn.running_mean, bn.running_var, bn.weight, bn.bias)
        features.append(F.relu(y))
    shortest = min(y.shape[2] for y in features)
    joined = torch.cat([y[:, :, :shortest] for y in features], dim=1).transpose(1, 2)  # (1, P, A)
    abstract_vector = (F.softmax(model.cnn_attention.attention(joined), dim=1) * joined).sum(dim=1)
    scalars = [model.fusion.title_weight(title_vector), model.fusion.abstract_weight(abstract_vector)]
    weights = F.softmax(torch.cat(scalars, dim=1), dim=1)
    return model.classifier(
        torch.cat([title_vector * weights[:, :1], abstract_vector * weights[:, 1:]], dim=1)
    )


@pytest.mark.parametrize("length", [5, 6, 20])
def test_the_baseline_is_its_description(length: int, small_model: Callable[..., Any]) -> None:
    model = small_model("baseline")
    title, abstract = torch.arange(1, 8), torch.arange(1, 1 + length)
    logits, _ = model(F.pad(title, (0, 4)).unsqueeze(0), F.pad(abstract, (0, 9)).unsqueeze(0))
    torch.testing.assert_close(logits, plain_baseline(model, title, abstract), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_weight_learns(architecture: str, small_model: Callable[..., Any]) -> None:
    model = small_model(architecture, dropout=0.0, lstm_hidden=8).train()
    logits, maps = model(**batch_for(architecture))
    heads = [logits, maps["listed_logits"]] if "listed_logits" in maps else [logits]
    sum(F.cross_entropy(head, torch.tensor([0, 1, 2])) for head in heads).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        gradient = parameter.grad.to_dense()
        # A bias that is added to all scores of a softmax changes nothing, so only weights must move.
        assert gradient.isfinite().all() and (gradient.abs().max() > 1e-6 or name.endswith("bias")), name


def test_impossible_sizes_are_reported() -> None:
    with pytest.raises(SettingsError, match=r"`model.lstm_hidden`: expected a multiple of 2.* found 7"):
        build_model(ModelSettings(lstm_hidden=7, embed_dim=4), 10, 3)
    with pytest.raises(SettingsError, match="no architecture is called `v11`: did you mean `v1`"):
        build_model(ModelSettings(architecture="v11"), 10, 3)
    with pytest.raises(ValueError, match="padding: expected `masked` or `original`"):
        HybridCNNLSTM(10, embed_dim=4, padding="none")  # type: ignore[arg-type]
