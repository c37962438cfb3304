"""Words, where they stand, and what drawings of them share."""

from __future__ import annotations

import numpy as np

from arxonomy.explain import Word
from arxonomy.explain.words import compute_shades, find_top_words, read_words
from arxonomy.records import Paper


def test_words_stand_where_they_were_written(classifier_of):
    paper = Paper("1", "  The BERT-like\nmodel's İmage 图", "x " * 301)
    words = read_words(classifier_of(), paper)
    assert [(word.text, paper.title[word.start : word.end]) for word in words.title] == [
        *(("the", "The"), ("bert-like", "BERT-like"), ("model", "model"), ("s", "s")),
        *(("i", "İ"), ("mage", "mage")),
    ]
    assert (len(words.abstract), words.unread) == (300, (0, 1))
    assert words.abstract[-1][2:] == (598, 599)
    assert read_words(classifier_of(), Paper("1", "", "图 !"))[:2] == ((), ())


def test_top_places_name_each_word_once_and_nothing_that_speaks_against():
    words = tuple(Word(text, True, 0, 1) for text in ("a", "b", "a", "c", "b", "d"))
    assert find_top_words(words, np.array([0.1, 0.2, 0.3, 0.15, 0.25, 0.0]), 3) == [2, 4, 3]
    assert find_top_words(words, np.array([-0.1, 0.2, 0.0, -0.15, -0.25, 0.0]), 3) == [1]
    assert find_top_words((), np.zeros(0), 3) == []


def test_shades_do_not_make_little_look_like_much():
    assert compute_shades(np.array([0.5, 0.1, 0.4, 0.0])).tolist() == [1.0, 0.2, 0.8, 0.0]
    assert np.allclose(compute_shades(np.full((4, 4), 0.25)), 0.5)
    assert compute_shades(np.zeros((0, 0))).size == 0
