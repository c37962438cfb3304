"""A network without a part keeps its contract, and truly does without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from models.conftest import CLASSES, SMALL, WORDS
from models.test_networks import ABSTRACTS, TITLES, batch_for
from torch import nn

from arxonomy.artifacts.tensors import tensors_to_bytes
from arxonomy.config import ModelSettings, load_recipe, make_recipe
from arxonomy.errors import SettingsError
from arxonomy.inference.onnx_export import export_onnx
from arxonomy.inference.torch_backend import TorchBackend
from arxonomy.models import build_model, check_recipe
from arxonomy.models.layers import masked_mean
from arxonomy.models.onnx_backend import OnnxBackend

PARTS = get_args(get_args(ModelSettings.model_fields["without"].annotation)[0])
OF_ARXONOMY = ["bag", "pairs", "linear"]
SOME = [
    *([part] for part in PARTS if part not in OF_ARXONOMY),
    ["title-attention", "abstract-attention"],
    ["title", "gate", "residual"],
    ["abstract", "gate", "title-attention"],
]
KINDS = [
    *((name, parts) for name in ("v1", "v4-deep", "arxonomy") for parts in SOME),
    *(("arxonomy", parts) for parts in (["bag"], ["pairs"], ["linear"], ["bag", "title"])),
    ("arxonomy", ["pairs", "abstract", "gate"]),
]
NAMES = [f"{name} without {' '.join(parts)}" for name, parts in KINDS]

SMALL_BAG: dict[str, dict[str, int]] = {
    "v1": {},
    "v4-deep": {},
    "arxonomy": {"pair_dim": 6, "pair_buckets": 64, "linear_rows": 32},
}

Make = Callable[..., Any]


def ablated(make: Make, name: str, parts: list[str], **settings: Any) -> Any:
    return make(name, without=parts, **{"lstm_hidden": 8, **SMALL_BAG[name], **settings})


@pytest.mark.parametrize(("name", "parts"), KINDS, ids=NAMES)
def test_the_contract_holds(name: str, parts: list[str], small_model: Make) -> None:
    model = ablated(small_model, name, parts)
    with torch.inference_mode():
        logits, maps = model(**batch_for(name))
    assert logits.shape == (3, CLASSES)
    title, abstract, gates = (
        maps[key] for key in ("title_attention", "abstract_attention", "fusion_weights")
    )
    branches = ["title", "abstract"] if name != "arxonomy" else ["title", "abstract", "bag"]
    assert (title.shape, abstract.shape, gates.shape) == ((3, 5, 5), (3, 9), (3, len(branches)))
    assert gates.bool().tolist() == 3 * [[branch not in parts for branch in branches]]
    # As of the whole network: shares of the words that are there.
    torch.testing.assert_close(title[:2].sum(dim=-1), torch.ones(2, 5))
    torch.testing.assert_close(abstract.sum(dim=1), torch.tensor([1.0, 0.0, 1.0]))
    assert not title[1, :, 3:].any() and not title[2].any() and not abstract[2, 3:].any()
    assert ((gates >= 0) & (gates <= 1)).all()


@pytest.mark.parametrize(("name", "parts"), KINDS, ids=NAMES)
def test_every_weight_learns(name: str, parts: list[str]) -> None:
    torch.manual_seed(0)
    settings = {
        **SMALL,
        **SMALL_BAG[name],
        "architecture": name,
        "lstm_hidden": 8,
        "dropout": 0.0,
        "without": parts,
    }
    model = build_model(ModelSettings.model_validate(settings), WORDS, CLASSES).train()
    logits, maps = model(**batch_for(name))
    logits = logits + maps.get("listed_logits", 0)
    F.cross_entropy(logits, torch.tensor([0, 1, 2])).backward()
    for weight, parameter in model.named_parameters():
        assert parameter.grad is not None, weight
        gradient = parameter.grad.to_dense()
        assert gradient.isfinite().all(), weight
        assert gradient.abs().max() > 1e-6 or weight.endswith("bias"), weight


@pytest.mark.parametrize(("name", "parts"), KINDS, ids=NAMES)
def test_padding_changes_nothing(name: str, parts: list[str], small_model: Make) -> None:
    model = ablated(small_model, name, parts)
    batch = batch_for(name)
    wider = {key: ids if key == "spellings" else F.pad(ids, (0, 4)) for key, ids in batch.items()}
    with torch.inference_mode():
        torch.testing.assert_close(model(**wider)[0], model(**batch)[0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["v1", "arxonomy"])
@pytest.mark.parametrize(("part", "ids"), [("title", "title_ids"), ("abstract", "abstract_ids")])
def test_a_text_that_is_taken_out_is_not_read(name: str, part: str, ids: str, small_model: Make) -> None:
    model = ablated(small_model, name, [part])
    batch = batch_for(name)
    changed = {**batch, ids: batch[ids].flip(0).clamp(max=7)}
    with torch.inference_mode():
        (logits, maps), (same, _) = model(**batch), model(**changed)
        (whole, _), (other, _) = (ablated(small_model, name, [])(**own) for own in (batch, changed))
    assert torch.equal(logits, same) and not torch.equal(whole, other)
    place = ("title", "abstract").index(part)
    assert not maps["fusion_weights"][:, place].any() and maps["fusion_weights"][:, 1 - place].all()


def test_a_bag_without_pairs_knows_no_order(small_model: Make) -> None:
    bag = ablated(small_model, "arxonomy", ["pairs"]).bag
    torch.testing.assert_close(bag.sum_vectors(TITLES), bag.sum_vectors(TITLES.flip(1)))
    torch.testing.assert_close(bag.share_vectors(TITLES).sum(dim=1), bag.sum_vectors(TITLES))


def test_what_comes_in_the_place_of_a_part(small_model: Make) -> None:
    whole = small_model("v1")
    states, features = torch.randn(3, 5, 12), torch.randn(3, 9, 24)
    titles, abstracts = TITLES != 0, ABSTRACTS != 0
    model = small_model("v1", without=["title-attention", "abstract-attention", "gate", "residual"])
    vector, even = model.lstm_attention(states, titles, titles)
    norm = model.lstm_attention.layer_norm
    torch.testing.assert_close(vector[1], norm(states[1, :3]).mean(dim=0))
    torch.testing.assert_close(even[1, 4], torch.tensor([1 / 3, 1 / 3, 1 / 3, 0, 0]))
    vector, even = model.cnn_attention(features, abstracts)
    torch.testing.assert_close(vector, model.cnn_attention.layer_norm(masked_mean(features, abstracts)))
    torch.testing.assert_close(even[2], torch.tensor([1 / 3] * 3 + [0] * 6))
    title, abstract = torch.randn(3, 12), torch.randn(3, 24)
    fused, gates = model.fusion(title, abstract)
    torch.testing.assert_close(fused, model.fusion.layer_norm(torch.cat([title, abstract], dim=1)))
    assert (gates == 1).all()
    block, own = model.cnn_blocks[0], whole.cnn_blocks[0]
    own.skip.weight.data.zero_()
    own.skip.bias.data.zero_()
    block.load_state_dict({k: v for k, v in own.state_dict().items() if not k.startswith("skip")})
    words = torch.randn(3, 9, 12)
    torch.testing.assert_close(block(words, abstracts), own(words, abstracts))


def test_the_other_parts_start_with_the_same_weights() -> None:
    def start(**settings: Any) -> dict[str, torch.Tensor]:
        torch.manual_seed(0)
        return build_model(ModelSettings(**SMALL, **settings), WORDS, CLASSES).state_dict()

    whole = start()
    for parts in ([], *SOME):
        own = start(without=parts)
        shared = [name for name in own if name in whole and own[name].shape == whole[name].shape]
        assert all(torch.equal(own[name], whole[name]) for name in shared)
        assert len(shared) == len(whole) if not parts else len(shared) < len(whole)


def size(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_sizes() -> None:
    """Nothing is left behind of a part that is taken out."""
    with torch.device("meta"):
        whole = build_model(load_recipe("v1").model, 1000, 3)

        def saved(*parts: str) -> int:
            settings = load_recipe("v1", [f"model.without={list(parts)}"]).model
            return size(whole) - size(build_model(settings, 1000, 3))

        attention, fusion, blocks = whole.lstm_attention, whole.fusion, whole.cnn_blocks
        assert saved() == 0
        assert saved("title-attention") == size(attention) - size(attention.layer_norm)
        assert saved("gate") == size(fusion) - size(fusion.layer_norm)
        assert saved("residual") == sum(size(block.skip) for block in blocks)
        # With the title go its branch, its rows and its part of the gates, two norms and the first layer.
        gates = size(fusion.title_gate) + 384 * 256
        assert saved("title") == size(whole.lstm) + size(attention) + gates + 256 * (2 + 2 + 256)


def test_bfloat16() -> None:
    """As in training on machines that have it."""
    for parts in SOME:
        model = build_model(ModelSettings(**SMALL, without=parts), WORDS, CLASSES)
        with torch.autocast("cpu", torch.bfloat16):
            logits, maps = model(**batch_for("v1"))
        assert logits.isfinite().all()
        assert maps["abstract_attention"].sum(dim=1).tolist() == pytest.approx([1, 0, 1], abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("v1", ["title", "abstract-attention", "residual", "gate"]),
        ("v1", ["abstract", "title-attention"]),
        ("arxonomy", ["title", "abstract-attention", "residual", "gate"]),
        ("arxonomy", ["pairs", "abstract"]),
        ("arxonomy", ["bag"]),
    ],
)
def test_onnx_agrees(name: str, parts: list[str], small_model: Make, tmp_path: Path) -> None:
    """Concatenation of both texts is exported with a run; see test_ablate.py of the command line."""
    # Of one size of convolution, which is enough here and faster to trace.
    own = {"kernel_sizes": [3], **SMALL_BAG[name]}
    settings = ModelSettings(architecture=name, without=parts, **SMALL | own)
    model = small_model(name, without=parts, **own)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(tensors_to_bytes(model.state_dict()))
    inputs = {key: ids.numpy() for key, ids in batch_for("v1").items()}
    outputs = ["logits", "abstract_attention", "fusion_weights", "title_attention"]
    ours = TorchBackend(model, device="cpu").run(inputs, outputs)
    export_onnx(model, weights, tmp_path / "model.onnx", settings)
    theirs = OnnxBackend(tmp_path / "model.onnx").run(inputs, outputs)
    for maps in (ours, theirs):
        maps[-1][TITLES == 0] = 0  # the attention of padding means nothing
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_impossible_parts() -> None:
    with pytest.raises(SettingsError, match=r"arxonomy alone has a bag of words.*found pairs"):
        build_model(ModelSettings(architecture="v1", without=["pairs"]), WORDS, CLASSES)
    with pytest.raises(SettingsError, match=r"v1, v4-deep and arxonomy alone.*found gate"):
        build_model(ModelSettings(architecture="baseline", without=["gate"]), WORDS, CLASSES)
    with pytest.raises(SettingsError, match=r"v1, v4-deep and arxonomy alone.*found gate"):
        check_recipe(load_recipe("baseline", ['model.without=["gate"]']))
    with pytest.raises(SettingsError, match=r"`model.without`: expected one of title and abstract"):
        make_recipe({"name": "x", "model": {"without": ["title", "abstract"]}})
    with pytest.raises(SettingsError, match=r"`model.without.0`: .*'title-attention'.*, found 'attention'"):
        make_recipe({"name": "x", "model": {"without": ["attention"]}})
