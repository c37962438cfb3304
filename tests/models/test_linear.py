"""The linear branch: what counts, how often, and what each word adds."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from arxonomy.models.linear import LinearBranch
from arxonomy.models.ngram_rows import hash_words

WORDS, ROWS, CLASSES = 12, 30, 3
TITLES = torch.tensor([[2, 3, 4, 0], [5, 1, 3, 2], [0, 0, 0, 0]])
ABSTRACTS = torch.tensor([[7, 8, 9, 2, 3], [4, 4, 0, 0, 0], [1, 0, 0, 0, 0]])
KEYS = hash_words(["<PAD>", "<UNK>", *(f"w{number}" for number in range(2, WORDS))])


@pytest.fixture
def linear() -> LinearBranch:
    torch.manual_seed(0)
    branch = LinearBranch(WORDS, ROWS, CLASSES)
    for tensor in (branch.table, branch.bias):
        tensor.normal_()
    branch.idf.uniform_(1, 5)
    branch.table[0] = branch.idf[0] = 0.0
    return branch


def test_logits_are_the_product_with_sublinear_tf_idf_of_length_one(linear: LinearBranch) -> None:
    rows = linear.find_rows(TITLES, ABSTRACTS, KEYS)
    assert rows.shape == (3, 4 + 3 + 5 + 4)
    for number, own in enumerate(rows):
        counts = torch.zeros(ROWS)
        for place, row in enumerate(own.tolist()):
            counts[row] += 2 if place < 4 + 3 else 1  # those of the title count twice
        counts[0] = 0
        vector = torch.where(counts > 0, 1 + counts.log(), 0) * linear.idf[:, 0]
        # The table has the idf already.
        table = linear.table[:, :CLASSES] / linear.idf.clamp(min=1e-6)
        expected = F.normalize(vector, dim=0) @ table + linear.bias
        torch.testing.assert_close(linear(TITLES, ABSTRACTS, KEYS)[number], expected)


def test_rows_that_share_a_counter_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    linear = LinearBranch(WORDS, 900, CLASSES)
    linear.idf.fill_(1.0)
    ids, nothing = torch.tensor([[2, 3, 1, 4]]), torch.zeros(1, 1, dtype=torch.int64)

    def weigh(counters: int) -> list[float]:
        monkeypatch.setattr("arxonomy.models.linear.COUNTERS", counters)
        rows, weights = linear.weigh_rows(nothing, ids, KEYS)
        assert rows.count_nonzero() == weights.count_nonzero() == 4  # three words, one pair
        return sorted(set(weights[rows > 0].tolist()))

    assert len(weigh(1009)) == 1
    assert len(weigh(2)) == 2  # of 900 rows, in only two places


def test_frequent_words_have_rows_of_their_own_and_all_else_shares_the_rest(linear: LinearBranch) -> None:
    ids, nothing = torch.arange(2, WORDS)[None], torch.zeros(1, 1, dtype=torch.int64)
    rows = linear.find_rows(ids, nothing, KEYS)[0]
    assert rows[:8].tolist() == list(range(2, 10)) and linear.own == 10
    shared = rows[8:-1]
    assert shared.min() >= 10 and shared.max() < ROWS
    assert (linear.find_rows(torch.tensor([[1, 2, 1]]), nothing, KEYS) > 0).sum() == 1
    large = LinearBranch(WORDS, 900, CLASSES)  # a row for each word, and many for the pairs
    assert large.own == WORDS
    found = large.find_rows(ids, nothing, KEYS)[0][:-1]
    assert len(found.unique()) == len(found) == 2 * (WORDS - 2) - 1


def test_a_paper_without_known_words_gets_the_bias(linear: LinearBranch) -> None:
    torch.testing.assert_close(linear(TITLES, ABSTRACTS, KEYS)[2], linear.bias)


def test_padding_changes_nothing(linear: LinearBranch) -> None:
    padded = torch.nn.functional.pad(TITLES, (0, 3)), torch.nn.functional.pad(ABSTRACTS, (0, 5))
    torch.testing.assert_close(linear(*padded, KEYS), linear(TITLES, ABSTRACTS, KEYS))


@pytest.mark.parametrize("reads", [(True, True), (True, False), (False, True)])
def test_the_shares_of_the_words_add_up(linear: LinearBranch, reads: tuple[bool, bool]) -> None:
    linear.reads_title, linear.reads_abstract = reads
    title, abstract = linear.share_logits(TITLES, ABSTRACTS, KEYS)
    assert title.shape == (3, 4, CLASSES) and abstract.shape == (3, 5, CLASSES)
    total = title.sum(dim=1) + abstract.sum(dim=1) + linear.bias
    torch.testing.assert_close(total, linear(TITLES, ABSTRACTS, KEYS))


def test_a_curvature_widens_gaps_between_unlikely_categories_most(linear: LinearBranch) -> None:
    network, added = torch.tensor([[2.0, -1.0, -6.0], [0.5, 0.0, 3.0]]), linear(TITLES, ABSTRACTS, KEYS)[:2]
    plain = linear.join_logits(network, added)
    torch.testing.assert_close(plain, (network + added).log_softmax(dim=1))
    linear.curvature.fill_(0.1)
    curved = linear.join_logits(network, added)
    torch.testing.assert_close(curved, plain - 0.1 * plain**2)
    assert torch.equal(curved.argsort(dim=1), plain.argsort(dim=1))
    # Of the last two categories, and of the first two.
    wider = curved.sort(dim=1)[0].diff(dim=1) / plain.sort(dim=1)[0].diff(dim=1)
    assert (wider[:, 0] > wider[:, 1]).all()
