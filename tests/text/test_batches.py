from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arxonomy.text import (
    EncodedPaper,
    make_length_batches,
    make_shuffled_batches,
    pad,
    restore_order,
)


def make_papers(lengths: list[int]) -> list[EncodedPaper]:
    return [
        EncodedPaper(np.ones(length % 7, dtype=np.int32), np.ones(length, dtype=np.int32), 0.0)
        for length in lengths
    ]


def test_padding_is_zeros_on_the_right() -> None:
    rows = [np.array(row, dtype=np.int32) for row in ([5, 6], [], [7, 8, 9])]
    assert pad(rows).tolist() == [[5, 6, 0], [0, 0, 0], [7, 8, 9]]
    assert pad(rows).dtype == np.int64
    assert pad(rows[1:2]).tolist() == [[0]]  # a column at least
    assert pad([]).shape == (0, 1)


@given(lengths=st.lists(st.integers(0, 50), max_size=120), size=st.integers(2, 16))
def test_every_paper_comes_once_longest_first(lengths: list[int], size: int) -> None:
    batches = make_length_batches(make_papers(lengths), size)
    order = [int(i) for batch in batches for i in batch]
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[i] for i in order] == sorted(lengths, reverse=True)
    assert all(len(batch) == size for batch in batches[:-1])


@given(
    lengths=st.lists(st.integers(0, 50), max_size=120),
    size=st.integers(2, 16),
    window=st.integers(1, 5),
    seed=st.integers(0, 2**32),
)
def test_every_paper_comes_once_and_no_batch_has_a_single_one(
    lengths: list[int], size: int, window: int, seed: int
) -> None:
    papers = make_papers(lengths)
    batches = make_shuffled_batches(papers, size, np.random.default_rng(seed), window)
    assert sorted(int(i) for batch in batches for i in batch) == list(range(len(lengths)))
    assert all(2 <= len(batch) <= size + 1 for batch in batches) or len(lengths) == 1
    again = make_shuffled_batches(papers, size, np.random.default_rng(seed), window)
    assert all(np.array_equal(first, second) for first, second in zip(batches, again, strict=True))


@given(papers=st.integers(5, 60), size=st.integers(1, 6), smallest=st.integers(1, 5))
def test_left_over_papers_join_a_batch_if_they_are_too_few(papers: int, size: int, smallest: int) -> None:
    rng = np.random.default_rng(papers)
    lengths = [papers] * papers
    batches = make_shuffled_batches(make_papers(lengths), 5 * size, rng, smallest=smallest)
    assert sorted(int(i) for batch in batches for i in batch) == list(range(papers))
    assert all(smallest <= len(batch) < 5 * size + smallest for batch in batches)


@pytest.mark.parametrize("seed", [0, 1])
def test_batches_are_of_similar_length_and_in_random_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 300, 640).tolist()
    batches = make_shuffled_batches(make_papers(lengths), 16, np.random.default_rng(seed))
    spread = [np.ptp(np.array(lengths)[batch]) for batch in batches]
    assert np.mean(spread) < 30
    means = [np.mean(np.array(lengths)[batch]) for batch in batches]
    assert means != sorted(means)
    other = make_shuffled_batches(make_papers(lengths), 16, np.random.default_rng(seed + 10))
    assert {tuple(batch) for batch in batches} != {tuple(batch) for batch in other}


def test_results_come_back_in_the_papers_order() -> None:
    batches = make_length_batches(make_papers([3, 9, 1, 5, 7]), 2)
    parts = [batch.astype(np.float32)[:, None] * [1, 10] for batch in batches]
    np.testing.assert_array_equal(restore_order(parts, batches), [[i, 10 * i] for i in range(5)])
