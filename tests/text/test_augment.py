from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arxivist.config import AugmentSettings
from arxivist.text.augment import Augmenter, nearest_words
from arxivist.text.vectors import WordVectors


def vectors_of(rows: npt.ArrayLike, found: npt.ArrayLike | None = None) -> WordVectors:
    matrix = np.array(rows, dtype=np.float32)
    known = np.ones(len(matrix), dtype=np.bool_) if found is None else np.array(found, dtype=np.bool_)
    known[:2] = False
    return WordVectors(matrix, known)


def clusters() -> WordVectors:
    """40 words in four directions; ids 2-11 are near one another, 12-21, and so on."""
    rng = np.random.default_rng(0)
    rows = np.zeros((42, 4), dtype=np.float32)
    rows[2:] = np.repeat(np.eye(4), 10, axis=0) + rng.normal(0, 0.05, (40, 4))
    return vectors_of(rows)


def augmenter(vectors: WordVectors | None = None, **settings: Any) -> Augmenter:
    return Augmenter(AugmentSettings(**{"share": 1.0, **settings}), vectors)


LONG = np.arange(2, 42, dtype=np.int32).repeat(5)


def test_neighbours_are_near_and_never_the_word_itself() -> None:
    nearest = nearest_words(clusters(), 0.5)
    assert nearest.shape == (42, 5)
    assert not nearest[:2].any()
    for word in range(2, 42):
        group = (word - 2) // 10
        assert len(set(nearest[word])) == 5
        assert all((near - 2) // 10 == group and near != word for near in nearest[word])


def test_neighbours_respect_the_floor_and_unknown_words() -> None:
    angles = np.deg2rad([0, 0, 0, 30, 75, 90, 180, 270, 1])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    vectors = vectors_of(rows, [True] * 8 + [False])
    assert set(nearest_words(vectors, 0.8)[2]) == {0, 3}
    assert set(nearest_words(vectors, 0.2)[2]) == {0, 3, 4}
    assert not nearest_words(vectors, 0.2)[8].any()
    assert not nearest_words(vectors_of(rows[:5]), 0.0).any()  # too few words to choose from


def test_about_the_share_is_changed() -> None:
    change, rng = augmenter(share=0.3, operations=["delete"]), np.random.default_rng(0)
    changed = sum(change(LONG, rng) is not LONG for _ in range(2000))
    assert 520 < changed < 680


def test_deletion_drops_about_alpha() -> None:
    change, rng = augmenter(operations=["delete"], alpha=0.1), np.random.default_rng(0)
    kept = [change(LONG, rng) for _ in range(300)]
    assert np.mean([len(ids) for ids in kept]) == pytest.approx(0.9 * len(LONG), rel=0.01)
    assert all((np.diff(ids) >= 0).all() for ids in kept)  # in the old order


def test_swaps_keep_the_words() -> None:
    change, rng = augmenter(operations=["swap"], alpha=0.1), np.random.default_rng(0)
    swapped = change(LONG, rng)
    assert sorted(swapped) == LONG.tolist()
    assert 2 <= (swapped != LONG).sum() <= 2 * 20


def test_synonyms_change_alpha_of_the_words_to_near_ones() -> None:
    change, rng = augmenter(clusters(), operations=["synonym"], alpha=0.1), np.random.default_rng(0)
    replaced = change(LONG, rng)
    assert (replaced != LONG).sum() == 20
    assert ((replaced - 2) // 10 == (LONG - 2) // 10).all()
    unknown = np.ones(30, dtype=np.int32)
    np.testing.assert_array_equal(change(unknown, rng), unknown)


def test_without_vectors_the_other_operations_stay() -> None:
    assert augmenter(None).operations == ["swap", "delete"]
    alone, rng = augmenter(None, operations=["synonym"]), np.random.default_rng(0)
    np.testing.assert_array_equal(alone(LONG, rng), LONG)


@given(
    length=st.integers(0, 40),
    alpha=st.floats(0, 1),
    operation=st.sampled_from(["synonym", "swap", "delete"]),
    seed=st.integers(0, 2**32),
)
def test_never_empties_never_writes_into_its_input_and_is_deterministic(
    length: int, alpha: float, operation: str, seed: int
) -> None:
    change = augmenter(clusters(), alpha=alpha, operations=[operation])
    ids = np.random.default_rng(seed).integers(1, 42, length).astype(np.int32)
    before = ids.copy()
    once = change(ids, np.random.default_rng(seed))
    np.testing.assert_array_equal(ids, before)
    np.testing.assert_array_equal(once, change(ids, np.random.default_rng(seed)))
    assert bool(len(once)) == bool(length)
    assert len(once) <= length
    assert once.dtype == np.int32
