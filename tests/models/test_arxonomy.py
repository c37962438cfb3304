"""The network `arxonomy`: what is its own; tests/models/test_padding.py checks what holds for all."""

from __future__ import annotations

import pytest
import torch

from arxonomy.config import load_recipe
from arxonomy.errors import SettingsError
from arxonomy.models import build_model, check_recipe
from arxonomy.models.arxonomy import ArxonomyNetwork, BagOfWords, compute_log_odds
from arxonomy.models.ngram_rows import hash_pairs, hash_words

TITLES = torch.tensor([[2, 3, 4, 0], [5, 1, 3, 2]])
ABSTRACTS = torch.tensor([[7, 8, 9, 2, 3], [4, 4, 0, 0, 0]])


@pytest.fixture
def network() -> ArxonomyNetwork:
    torch.manual_seed(0)
    return ArxonomyNetwork(
        12, 8, 6, (3,), 4, 3, dropout=0.0, word_dropout=0.0, pair_dim=4, pair_buckets=64
    ).eval()


def test_a_pair_is_one_of_known_neighbors_in_their_order() -> None:
    rows = hash_pairs(torch.tensor([[2, 3, 1, 4, 5, 0]]), 1000)
    assert rows.shape == (1, 5)
    assert (rows > 0).tolist() == [[True, False, False, True, False]]
    assert hash_pairs(torch.tensor([[3, 2]]), 1000)[0, 0] != rows[0, 0]
    assert (hash_pairs(torch.randint(0, 60_000, (50, 40)), 64) < 64).all()


def test_a_pair_has_the_same_row_in_every_vocabulary() -> None:
    one = hash_words(["<PAD>", "<UNK>", "word", "pair", "other"])
    other = hash_words(["<PAD>", "<UNK>", "new", "pair", "word"])
    assert one[:2].tolist() == [0, 1] and one[2:].min() > 1
    rows = [hash_pairs(keys.long()[None], 1000) for keys in (one[[2, 3, 0]], other[[4, 3, 0]])]
    assert torch.equal(*rows) and rows[0][0, 0] > 0


def test_keys_fit_in_32_bits_and_their_pairs_in_64() -> None:
    keys = hash_words(["<PAD>", "<UNK>", *(f"w{number}-\u00e9" for number in range(3000))])
    assert keys.dtype == torch.int32 and keys[2:].min() > 1
    largest = torch.tensor([[2**31 - 2, 2**31 - 2, 2]])
    assert hash_pairs(largest, 262_144).tolist() == [
        [
            (int(first) * 1_000_003 + int(second)) % 262_143 + 1
            for first, second in ((2**31 - 2, 2**31 - 2), (2**31 - 2, 2))
        ]
    ]


def test_training_and_evaluation_sum_the_same_vectors() -> None:
    torch.manual_seed(0)
    bag = BagOfWords(12, 64, 4)
    with torch.no_grad():
        bag.words.weight[0], bag.pairs.weight[0] = 1.0, 1.0  # whatever <PAD>'s rows hold
    trained = bag.train()(TITLES, ABSTRACTS)
    torch.testing.assert_close(bag.eval()(TITLES, ABSTRACTS), trained)
    shares = [bag.share_vectors(ids).sum(dim=1) for ids in (TITLES, ABSTRACTS)]
    torch.testing.assert_close(bag.join_texts(*shares), trained)


def test_the_order_of_words_counts_by_their_pairs() -> None:
    torch.manual_seed(0)
    bag = BagOfWords(12, 64, 4).eval()
    assert not torch.equal(bag.sum_vectors(torch.tensor([[2, 3]])), bag.sum_vectors(torch.tensor([[3, 2]])))


def test_only_rows_that_were_looked_up_have_a_gradient(network: ArxonomyNetwork) -> None:
    network.train()(TITLES, ABSTRACTS)[0].sum().backward()
    gradient = network.bag.words.weight.grad
    assert gradient is not None and gradient.is_sparse
    assert set(gradient.coalesce().indices()[0].tolist()) == {2, 3, 4, 5, 7, 8, 9}


def test_words_are_dropped_in_training_alone(network: ArxonomyNetwork) -> None:
    network.word_dropout = 0.99
    with torch.no_grad():
        expected, _ = network(TITLES, ABSTRACTS)
        torch.testing.assert_close(network(TITLES, ABSTRACTS)[0], expected)
        kept = network.train().drop_words(torch.full((20, 20), 5))
    assert (kept == 1).float().mean() > 0.9 and set(kept.unique().tolist()) <= {1, 5}
    assert (network.drop_words(torch.zeros(3, 3, dtype=torch.int64)) == 0).all()


def test_branches_are_dropped_in_training_alone_and_never_all(network: ArxonomyNetwork) -> None:
    network.branch_dropout = 0.9
    ones = [torch.ones(200, width) for width in (2, 3, 4)]
    assert all(torch.equal(one, same) for one, same in zip(ones, network.drop_branches(ones), strict=True))
    dropped = network.train().drop_branches(ones)
    kept = torch.stack([branch.mean(dim=1) for branch in dropped], dim=1)  # (200, 3)
    assert set(kept.unique().tolist()) == {0.0, 1.0}
    assert kept.any(dim=1).all() and not kept.all()


def test_there_is_a_head_for_the_primary_and_one_for_all_categories(network: ArxonomyNetwork) -> None:
    logits, maps = network(TITLES, ABSTRACTS)
    assert logits.shape == maps["listed_logits"].shape == (2, 3)
    torch.testing.assert_close(network.classifier(maps["features"]), logits)
    assert maps["fusion_weights"].shape == (2, 3)
    shares = logits.softmax(dim=1)  # the second head begins with what the first one says
    torch.testing.assert_close(maps["listed_logits"], torch.log(shares / (1 - shares)), atol=1e-5, rtol=1e-4)
    maps["listed_logits"].sum().backward()
    assert {name for name, own in network.named_parameters() if own.grad is not None} == {
        "listed.weight",
        "listed.bias",
    }


def test_certain_logits_have_finite_log_odds() -> None:
    odds = compute_log_odds(torch.tensor([[1e4, 0.0, -1e4], [0.0, 0.0, 0.0]]))
    assert odds.isfinite().all() and odds[0].diff().lt(0).all()
    torch.testing.assert_close(odds[1], torch.full((3,), 0.5).log())


@pytest.mark.parametrize(
    "setting", ["model.word_dropout=0.1", "model.linear_rows=9", "training.table_learning_rate=0.01"]
)
def test_its_settings_are_refused_for_other_networks(setting: str) -> None:
    check_recipe(load_recipe("arxonomy", [setting]))
    with pytest.raises(SettingsError, match=setting.split("=")[0]):
        check_recipe(load_recipe("v1", [setting]))


def test_the_recipe_builds_it() -> None:
    assert isinstance(build_model(load_recipe("arxonomy").model, 20, 3), ArxonomyNetwork)


def test_texts_of_one_word_have_no_pairs() -> None:
    torch.manual_seed(0)
    bag, words = BagOfWords(12, 64, 4), torch.tensor([[2], [0]])
    torch.testing.assert_close(bag.train()(words, words), bag.eval()(words, words))
