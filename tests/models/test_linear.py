"""The linear branch: what counts, how often, and what each word adds."""

from __future__ import annotations

import pytest
import torch

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
    for tensor in (branch.weight, branch.bias):
        tensor.normal_()
    branch.idf.uniform_(1, 5)
    branch.weight[0] = branch.idf[0] = 0.0
    return branch


def test_logits_are_the_product_with_a_vector_of_length_one(linear: LinearBranch) -> None:
    rows = linear.find_rows(TITLES, ABSTRACTS, KEYS)
    assert rows.shape == (3, 4 + 3 + 5 + 4)
    for number, own in enumerate(rows):
        vector = torch.zeros(ROWS)
        for row in own[own > 0].tolist():
            vector[row] += linear.idf[row, 0]
        # The table has rows times idf, and a row that a paper has twice counts twice in the length.
        length = linear.idf[own].square().sum().sqrt().clamp(min=1e-6)
        weight = linear.weight[:, :CLASSES] / linear.idf.clamp(min=1e-6)
        expected = vector / length @ weight + linear.bias
        torch.testing.assert_close(linear(TITLES, ABSTRACTS, KEYS)[number], expected)


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
