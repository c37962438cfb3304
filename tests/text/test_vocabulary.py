from __future__ import annotations

import numpy as np
import pytest

from arxonomy.config import TextSettings
from arxonomy.records import Paper
from arxonomy.text import PAD, UNK, Encoder, Vocabulary


def make_paper(title: str, abstract: str = "") -> Paper:
    return Paper(id="1", title=title, abstract=abstract)


def test_frequent_words_come_first_and_ties_are_alphabetical() -> None:
    papers = [make_paper("rare zebra apple", "apple apple Zebra"), make_paper("mango", "mango")]
    words = Vocabulary.build(papers, TextSettings(min_count=2)).words
    assert words == ("<PAD>", "<UNK>", "apple", "mango", "zebra")


@pytest.mark.parametrize(("count", "known"), [(1, 4), (2, 3), (3, 2), (4, 1), (5, 0)])
def test_a_word_needs_its_count(count: int, known: int) -> None:
    papers = [make_paper("a b c d", "a b c a b a")]
    assert len(Vocabulary.build(papers, TextSettings(min_count=count))) == 2 + known


@pytest.mark.parametrize("most", [2, 3, 5])
def test_the_cap_counts_the_special_words(most: int) -> None:
    papers = [make_paper("a b c d e f g")]
    words = Vocabulary.build(papers, TextSettings(min_count=1, max_words=most)).words
    assert words == ("<PAD>", "<UNK>", "a", "b", "c")[:most]


def test_specials_have_their_ids_and_cannot_be_written() -> None:
    vocabulary = Vocabulary.build([make_paper("<PAD> <UNK>")], TextSettings(min_count=1))
    assert (vocabulary.ids["<PAD>"], vocabulary.ids["<UNK>"]) == (PAD, UNK) == (0, 1)
    assert vocabulary.words[2:] == ("pad", "unk")


@pytest.mark.parametrize("words", [[], ["<UNK>", "<PAD>"], ["<PAD>", "<UNK>", "a", "a"]])
def test_a_list_that_is_no_vocabulary_is_rejected(words: list[str]) -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        Vocabulary(words)


@pytest.fixture
def encoder() -> Encoder:
    settings = TextSettings(title_tokens=3, abstract_tokens=5)
    return Encoder(Vocabulary(["<PAD>", "<UNK>", "deep", "graph"]), settings)


def test_words_become_ids_and_are_cut(encoder: Encoder) -> None:
    encoded = encoder.encode(
        make_paper("Deep, deep graph nets", "A GRAPH! deep-graph graph graph graph deep")
    )
    assert encoded.title.tolist() == [2, 2, 3]
    assert encoded.abstract.tolist() == [1, 3, 1, 3, 3]
    assert encoded.title.dtype == encoded.abstract.dtype == np.int32
    assert encoded.unknown_words == 1 / 7  # a single letter may be a sign of a formula


@pytest.mark.parametrize(
    ("title", "abstract", "unknown"),
    [
        ("deep", "graph", 0.0),
        ("deep", "swamp", 0.5),
        ("swamp", "", 1.0),
        ("?!", "", 1.0),
        ("deep 图网", "", 0.5),
        (r"deep $\tau_1 \leq x$", "graph 𝜏 swamp", 1 / 3),
        ("<p><i>deep</i></p>", "graph&nbsp;swamp", 1 / 3),
        (r"$\tau$", "", 1.0),
        ("Το δίκτυο", "", 1.0),
        ("图神经网络", "", 1.0),
    ],
)
def test_the_share_of_unknown_words(encoder: Encoder, title: str, abstract: str, unknown: float) -> None:
    assert encoder.encode(make_paper(title, abstract)).unknown_words == unknown
