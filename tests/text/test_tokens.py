from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arxonomy.markup import clean_markup
from arxonomy.text import tokenize
from arxonomy.text.tokens import count_foreign_words, find_token_spans, tokenize_and_count


def tokenize_by_definition(text: str) -> list[str]:
    return [token for token in re.sub(r"[^a-z0-9 -]", " ", clean_markup(text).lower()).split(" ") if token]


@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_becomes_the_tokens_of_the_definition(text: str) -> None:
    assert tokenize(text) == tokenize_by_definition(text)


@given(st.text(st.sampled_from("aZ09 -_\n\t\r\x0b\x1c\x85\xa0\u2028\u3000éİſK?.\ud800"), max_size=60))
def test_spaces_and_letters_that_look_alike_are_as_in_the_definition(text: str) -> None:
    assert tokenize(text) == tokenize_by_definition(text)


@pytest.mark.slow
@given(st.one_of(st.text(max_size=60), st.text(st.sampled_from("aZ09 -_\nİıſKß中"), max_size=30)))
def test_spans_locate_the_tokens(text: str) -> None:
    assume(clean_markup(text) == text)
    spans, tokens = find_token_spans(text), tokenize(text)
    assert len(spans) == len(tokens)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
    for token, (start, end) in zip(tokens, spans, strict=True):
        assert token in tokenize(text[start:end])
        # Without it, all others are left, in their order.
        rest = tokenize(text[:start] + text[end:])
        assert rest == [other for other, span in zip(tokens, spans, strict=True) if span != (start, end)]


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
    assert count_foreign_words(text) == words


@given(
    st.lists(
        st.sampled_from(["deep", "сеть", "图", "é", "&eacute;", r"\'e", "$\\tau$", "τ", " ", "&"]), max_size=8
    ).map("".join)
)
def test_tokens_and_foreign_words_come_together(text: str) -> None:
    assert tokenize_and_count(text) == (tokenize(text), count_foreign_words(text))
