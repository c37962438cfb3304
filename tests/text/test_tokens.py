from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arxivist.text import tokenize
from arxivist.text.tokens import foreign_words


def by_definition(text: str) -> list[str]:
    return [token for token in re.sub(r"[^a-z0-9 -]", " ", text.lower()).split(" ") if token]


@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_becomes_the_tokens_of_the_definition(text: str) -> None:
    assert tokenize(text) == by_definition(text)


@given(st.text(st.sampled_from("aZ09 -_\n\t\r\x0b\x1c\x85\xa0\u2028\u3000éİſK?.\ud800"), max_size=60))
def test_spaces_and_letters_that_look_alike_are_as_in_the_definition(text: str) -> None:
    assert tokenize(text) == by_definition(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("BERT: Pre-training, 2nd ed.", 0),
        ("graph 图神经网络", 3),
        ("сеть", 2),
        ("123 ½ _ … —", 0),
        ("R² = 一二三", 2),
        ("naïve Poincaré", 2),
    ],
)
def test_foreign_words_are_counted(text: str, words: int) -> None:
    assert foreign_words(text) == words
