from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from text.conftest import make_clusters

from arxonomy.config import AugmentSettings
from arxonomy.text import EncodedPaper
from arxonomy.text.augment import Augmenter
from arxonomy.text.characters import cut_words
from arxonomy.text.vectors import WordVectors


def make_augmenter(
    vectors: WordVectors | None = None, words: tuple[str, ...] = (), **settings: Any
) -> Augmenter:
    return Augmenter(AugmentSettings(**{"share": 1.0, **settings}), vectors, words)


LONG = np.arange(2, 42, dtype=np.int32).repeat(5)


def test_about_the_share_is_changed() -> None:
    change, rng = make_augmenter(share=0.3, operations=["delete"]), np.random.default_rng(0)
    changed = sum(change(LONG, rng) is not LONG for _ in range(2000))
    assert 520 < changed < 680


def test_deletion_drops_about_alpha() -> None:
    change, rng = make_augmenter(operations=["delete"], alpha=0.1), np.random.default_rng(0)
    kept = [change(LONG, rng) for _ in range(300)]
    assert np.mean([len(ids) for ids in kept]) == pytest.approx(0.9 * len(LONG), rel=0.01)
    assert all((np.diff(ids) >= 0).all() for ids in kept)  # in the old order


def test_swaps_keep_the_words() -> None:
    change, rng = make_augmenter(operations=["swap"], alpha=0.1), np.random.default_rng(0)
    swapped = change(LONG, rng)
    assert sorted(swapped) == LONG.tolist()
    assert 2 <= (swapped != LONG).sum() <= 2 * 20


def test_synonyms_change_alpha_of_the_words_to_near_ones() -> None:
    change, rng = make_augmenter(make_clusters(), operations=["synonym"], alpha=0.1), np.random.default_rng(0)
    replaced = change(LONG, rng)
    assert (replaced != LONG).sum() == 20
    assert ((replaced - 2) // 10 == (LONG - 2) // 10).all()
    unknown = np.ones(30, dtype=np.int32)
    np.testing.assert_array_equal(change(unknown, rng), unknown)


def test_without_vectors_the_other_operations_stay() -> None:
    assert make_augmenter(None).operations == ["swap", "delete"]
    alone, rng = make_augmenter(None, operations=["synonym"]), np.random.default_rng(0)
    np.testing.assert_array_equal(alone(LONG, rng), LONG)


def test_the_three_operations_of_the_published_results_are_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    table = rng.integers(2, 42, (42, 5)).astype(np.int32)
    table[rng.random((42, 5)) < 0.4] = 0
    # Given, since the order of neighbors in a row is the processor's.
    monkeypatch.setattr("arxonomy.text.augment.find_nearest_words", lambda *_: table)
    change = make_augmenter(make_clusters(), share=0.3)
    texts, rng, seen = np.random.default_rng(6), np.random.default_rng(7), hashlib.sha256()
    for length in range(300):
        seen.update(
            change(texts.integers(1, 42, length).astype(np.int32), rng).astype("<i4").tobytes() + b"|"
        )
    assert seen.hexdigest() == "c27b7696e4672d6b40b085167d4822f458e56753e698a75adfc8bc1e09eb3af6"


def test_insertion_adds_alpha_of_the_words_near_ones_anywhere() -> None:
    change, rng = make_augmenter(make_clusters(), operations=["insert"], alpha=0.1), np.random.default_rng(0)
    once = change.change(LONG[:100], rng)
    new = once.origins < 0
    assert new.sum() == 10
    np.testing.assert_array_equal(once.ids[~new], LONG[:100])
    assert (once.ids[new] < 22).all()  # the text's 20 words are of the first two clusters
    firsts = [np.flatnonzero(change.change(LONG[:9], rng).origins < 0)[0] for _ in range(300)]
    assert set(firsts) == set(range(10))  # before the first word, after the last, and between


def test_insertion_looks_for_no_synonym_of_a_stop_word_or_an_unknown_one() -> None:
    words = ("<PAD>", "<UNK>", "the", "of", *(f"w{i}" for i in range(38)))
    change, rng = make_augmenter(make_clusters(), words, operations=["insert"]), np.random.default_rng(0)
    stops = np.array([1, 2, 3] * 5, dtype=np.int32)
    assert change(stops, rng) is stops
    assert len(change(np.array([2, 3, 4], dtype=np.int32), rng)) == 4


def test_changed_asks_for_no_share() -> None:
    change, rng = (
        make_augmenter(make_clusters(), share=0.0, operations=["swap", "insert"]),
        np.random.default_rng(0),
    )
    assert change(LONG, rng) is LONG
    assert all((change.change(LONG, rng).ids[:200] != LONG).any() for _ in range(20))


def test_characters_follow_their_words() -> None:
    words = ("<PAD>", "<UNK>", *(f"word{i:02d}" for i in range(2, 42)))
    change, rng = (
        make_augmenter(make_clusters(), words, operations=["insert", "synonym", "delete"]),
        np.random.default_rng(0),
    )
    ids = np.array([5, 1, 30, 8, 1], dtype=np.int32)
    spelled = cut_words(["word05", "rare", "word30", "word08", "odd"], 5)
    paper = EncodedPaper(np.array([7], dtype=np.int32), ids, 0.0, cut_words(["word07"], 5), spelled)
    rare = {"rare": 0, "odd": 0}
    for _ in range(50):
        changed = change.change_paper(paper, rng)
        assert changed.title_words is paper.title_words
        assert changed.abstract_words is not None
        assert changed.abstract_words.dtype == spelled.dtype
        assert len(changed.abstract_words) == len(changed.abstract)
        for number, word in zip(changed.abstract, changed.abstract_words, strict=True):
            if number == 1:
                rare[word.decode()] += 1
            else:
                assert word.decode() == words[number][:5]
    assert min(rare.values()) > 20
    plain = EncodedPaper(ids, ids, 0.0)
    assert change.change_paper(plain, rng).abstract_words is None


def test_neither_pytorch_nor_nltk_is_needed() -> None:
    code = "import sys, arxonomy.text.augment; sys.exit(bool({'torch', 'nltk'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(
    length=st.integers(0, 40),
    alpha=st.floats(0, 1),
    operation=st.sampled_from(["synonym", "swap", "delete", "insert"]),
    seed=st.integers(0, 2**32),
)
def test_never_empties_never_writes_into_its_input_and_is_deterministic(
    length: int, alpha: float, operation: str, seed: int
) -> None:
    change = make_augmenter(make_clusters(), alpha=alpha, operations=[operation])
    ids = np.random.default_rng(seed).integers(1, 42, length).astype(np.int32)
    before = ids.copy()
    once = change(ids, np.random.default_rng(seed))
    np.testing.assert_array_equal(ids, before)
    np.testing.assert_array_equal(once, change(ids, np.random.default_rng(seed)))
    assert bool(len(once)) == bool(length)
    assert once.dtype == np.int32
    changed = change.change(ids, np.random.default_rng(seed))
    kept = changed.origins >= 0
    assert changed.ids.dtype == changed.origins.dtype == np.int32
    assert len(changed.ids) == len(changed.origins)
    np.testing.assert_array_equal(changed.ids[kept], ids[changed.origins[kept]])
    assert (changed.ids[~kept] >= 2).all()
    places = np.arange(length)
    if operation == "synonym":
        np.testing.assert_array_equal(changed.origins[kept], places[kept])
    elif operation == "insert":
        np.testing.assert_array_equal(changed.origins[kept], places)
    else:
        assert kept.all()
        assert len(set(changed.origins)) == len(changed.origins)
        assert operation == "swap" or (np.diff(changed.origins) > 0).all()
        assert operation == "delete" or len(changed.origins) == length
