from __future__ import annotations

import random

import numpy as np

from arxonomy.config import TextSettings
from arxonomy.records import Paper
from arxonomy.text import EncodedPaper, Encoder, Vocabulary
from arxonomy.text.copier import Copier, find_near_words

WORDS = ["<PAD>", "<UNK>", *(f"word{number}" for number in range(40))]


def encode(abstract: list[int], title: tuple[int, ...] = (2, 3), chars: int = 0) -> EncodedPaper:
    settings = TextSettings(word_chars=chars)
    texts = [" ".join(WORDS[i] for i in ids) for ids in (title, abstract)]
    return Encoder(Vocabulary(WORDS), settings).encode(Paper("", *texts))


def make_copier(copies: int = 3, alpha: float = 0.2) -> Copier:
    """Each word's synonyms are the next five."""
    synonyms = np.arange(len(WORDS))[:, None] + np.arange(1, 6)
    synonyms = np.where(synonyms < len(WORDS), synonyms, 0).astype(np.int32)
    return Copier(synonyms, WORDS, copies, alpha)


def get_abstracts(papers: list[EncodedPaper]) -> list[list[int]]:
    return [paper.abstract.tolist() for paper in papers]


LONG = list(range(2, 32))


def test_a_papers_copies_depend_on_its_words_alone() -> None:
    make, papers = make_copier(), [encode(LONG[start:]) for start in range(20)]
    first = [get_abstracts(make(paper)) for paper in papers]
    order = random.Random(0).sample(range(20), 20)
    again = make_copier()
    assert [get_abstracts(again(papers[i])) for i in order] == [first[i] for i in order]
    assert get_abstracts(make(encode(LONG, title=(2, 4)))) != first[0]
    # The same words on another side of the border between title and abstract are another paper.
    assert get_abstracts(make(encode(LONG[1:], title=(2, 3, 2)))) != first[1]


def test_copies_are_changed_as_asked_and_titles_are_not() -> None:
    paper = encode(LONG)
    copies = make_copier(copies=60)(paper)
    assert len(copies) == 60
    assert all(copy.title.tolist() == paper.title.tolist() for copy in copies)
    counts = {"delete": 0, "swap": 0, "synonym": 0}
    for ids in get_abstracts(copies):
        if len(ids) < len(LONG):
            counts["delete"] += 1
        elif sorted(ids) == LONG:
            counts["swap"] += 1
        else:
            counts["synonym"] += 1
            changed = [(new, old) for new, old in zip(ids, LONG, strict=True) if new != old]
            assert len(changed) == 6  # a fifth of 30
            assert all(1 <= new - old <= 5 for new, old in changed)
    assert min(counts.values()) > 10
    assert paper.abstract.tolist() == LONG


def test_characters_follow_the_words() -> None:
    for copy in make_copier(copies=10)(encode(LONG, chars=8)):
        assert copy.abstract_words is not None
        assert [word.decode() for word in copy.abstract_words] == [WORDS[i] for i in copy.abstract]


def test_short_papers_have_copies_too() -> None:
    for ids in ([], [7]):
        assert get_abstracts(make_copier(copies=2)(encode(ids))) == [ids, ids]


def test_near_words_are_sought_among_the_networks_own_vectors() -> None:
    table = np.repeat(np.eye(4, dtype=np.float32), 8, axis=0)
    table[0] = table[1] = table[8]  # padding and the unknown word are no synonyms
    near = find_near_words(table)
    assert (near.shape, near.dtype) == ((32, 5), np.int32)
    for word in range(2, 32):
        synonyms = near[word][near[word] > 0]
        assert len(synonyms) == 5
        assert all(near_word // 8 == word // 8 and near_word not in (0, 1, word) for near_word in synonyms)
