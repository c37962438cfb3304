"""The V4 network: what is its own, beside the properties that tests/models/test_padding.py checks for all."""

from __future__ import annotations

import pytest
import torch

from arxonomy.config import load_recipe
from arxonomy.errors import SettingsError
from arxonomy.models import build_model, check_recipe
from arxonomy.models.deep import CharacterCNN, DeepHybridCNNLSTM
from arxonomy.text.characters import cut_words, spell


@pytest.fixture(scope="module")
def network() -> DeepHybridCNNLSTM:
    torch.manual_seed(0)
    return DeepHybridCNNLSTM(50, embed_dim=12, num_filters=4, lstm_hidden=8, dropout=0.0).eval()


def inputs(title: list[list[bytes]], ids: list[list[int]]) -> dict[str, torch.Tensor]:
    """A batch whose abstracts say the same as its titles."""
    distinct = sorted({b"", *(word for row in title for word in row)})
    spellings = torch.from_numpy(spell(cut_words([word.decode() for word in distinct], 6)))
    words = torch.tensor([[distinct.index(word) for word in row] for row in title])
    tensors = {"title_ids": torch.tensor(ids), "title_words": words}
    return {
        **tensors,
        "abstract_ids": tensors["title_ids"],
        "abstract_words": words,
        "spellings": spellings,
    }


def test_the_documents_size() -> None:
    recipe = load_recipe("v4-deep")
    model = build_model(recipe.model, 37_760, 3)
    millions = sum(parameter.numel() for parameter in model.parameters()) / 1e6
    assert 22.5 < millions < 23.5  # the document: about 23
    assert isinstance(model, DeepHybridCNNLSTM)
    assert [(block.conv1.kernel_size[0], block.conv1.dilation[0]) for block in model.cnn_blocks] == [
        (kernel, dilation) for kernel in (3, 4, 5) for dilation in (1, 2, 4)
    ]
    assert model.classifier[2].in_features == 1760


def test_unknown_words_differ_by_their_characters(network: DeepHybridCNNLSTM) -> None:
    with torch.inference_mode():
        one, _ = network(**inputs([[b"graph", b"zebra"]], [[2, 1]]))
        other, _ = network(**inputs([[b"graph", b"lemur"]], [[2, 1]]))
    assert (one - other).abs().max() > 1e-4


def test_a_word_is_the_same_alone_and_among_others() -> None:
    torch.manual_seed(0)
    reader = CharacterCNN(8)
    words = spell(cut_words(["", "a", "bert", "longest-word"], 12))
    together = reader(torch.from_numpy(words))
    for row in range(4):
        torch.testing.assert_close(reader(torch.from_numpy(words[row : row + 1])), together[row : row + 1])
    assert len({tuple(row) for row in together.tolist()}) == 4


def test_mixing_with_oneself_changes_nothing(network: DeepHybridCNNLSTM) -> None:
    batch = inputs([[b"graph", b"zebra"], [b"net", b"net"]], [[2, 1], [3, 3]])
    with torch.inference_mode():
        plain, _ = network(**batch)
        same, _ = network(**batch, mixup=(torch.tensor([0, 1]), 0.3))
        swapped, _ = network(**batch, mixup=(torch.tensor([1, 0]), 0.0))
    torch.testing.assert_close(same, plain)
    torch.testing.assert_close(swapped, plain.flip(0))


@pytest.mark.parametrize(
    ("recipe", "override", "message"),
    [
        ("v4-deep", "text.word_chars=0", r"text\.word_chars.*v4-deep reads characters; expected 1 or more"),
        ("v1", "text.word_chars=16", r"text\.word_chars.*v1 reads no characters; expected 0, found 16"),
        ("v1", "training.mixup_share=0.3", r"training\.mixup_share.*v1 cannot mix features"),
        ("v1", "model.architecture=v5", r"no architecture is called `v5`"),
    ],
)
def test_settings_that_do_not_fit_the_network_are_refused(recipe: str, override: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        check_recipe(load_recipe(recipe, [override]))
