"""Text to tokens, as in the reference system: lower case, `a-z 0-9 -` kept, split on spaces.

Markup is read as the text that is meant before that, and formulas as the names of their letters and signs.
"""

from __future__ import annotations

import re

from arxonomy.markup import clean_markup, clean_with_places

_KEPT = b"abcdefghijklmnopqrstuvwxyz0123456789-"
_TO_SPACE = bytes(byte if byte in _KEPT else 0x20 for byte in range(256))
_TOKEN = re.compile(r"[^ ]+")
_FOREIGN = re.compile(r"[^\W\d_a-z]{1,2}")


def tokenize(text: str) -> list[str]:
    """Clean markup, lower-case, turn every character outside `a-z 0-9 space -` into a space, split on spaces.

    >>> tokenize("BERT: Pre-training, <i>2nd</i> ed.")
    ['bert', 'pre-training', '2nd', 'ed']
    """
    return _keep_letters(clean_markup(text)).split()


def tokenize_and_count(text: str) -> tuple[list[str], int]:
    """The tokens of `tokenize` and the number of `count_foreign_words`, from one cleaning of the markup."""
    clean = clean_markup(text)
    return _keep_letters(clean).split(), _count_foreign(clean) if _may_have_foreign(text) else 0


def find_token_spans(text: str) -> list[tuple[int, int]]:
    """Find where the tokens of `tokenize` stand: start and end in characters of `text` as written.

    >>> find_token_spans("BERT: Pre-training")
    [(0, 4), (6, 18)]
    """
    clean, places = clean_with_places(text)
    kept = _keep_letters(clean)
    spans = [match.span() for match in _TOKEN.finditer(kept)]
    if len(kept) != len(clean):
        # A few letters become two in lower case: İ becomes an i and a dot.
        origin = [place for place, letter in enumerate(clean) for _ in letter.lower()]
        spans = [(origin[start], origin[end - 1] + 1) for start, end in spans]
    return spans if places is None else [(places[0][start], places[1][end - 1]) for start, end in spans]


def _keep_letters(text: str) -> str:
    """Write `text` in lower case, with a space for every character outside `a-z 0-9 -`."""
    # A byte table is ten times faster than a regular expression.
    return text.lower().encode("ascii", "replace").translate(_TO_SPACE).decode("ascii")


def count_foreign_words(text: str) -> int:
    """Count the words of `text` that `tokenize` drops because their letters are outside a-z.

    Two letters count as one word, since many scripts write words without spaces and one Chinese
    word is about two characters long.

    >>> count_foreign_words("graph 图神经网络")
    3
    """
    return _count_foreign(clean_markup(text)) if _may_have_foreign(text) else 0


def _may_have_foreign(text: str) -> bool:
    return not text.isascii() or "&" in text


def _count_foreign(clean: str) -> int:
    if clean.isascii():
        return 0
    # Signs such as ² and ½ match too, but are no letters.
    return sum(any(map(str.isalpha, word)) for word in _FOREIGN.findall(clean.lower()))
