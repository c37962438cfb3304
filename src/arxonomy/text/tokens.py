"""Text to tokens, as in the reference system: lower case, `a-z 0-9 -` kept, split on spaces."""

from __future__ import annotations

import re

_KEPT = b"abcdefghijklmnopqrstuvwxyz0123456789-"
_TO_SPACE = bytes(byte if byte in _KEPT else 0x20 for byte in range(256))
_TOKEN = re.compile(r"[^ ]+")
_FOREIGN = re.compile(r"[^\W\d_a-z]{1,2}")


def tokenize(text: str) -> list[str]:
    """Lower-case `text`, turn every character outside `a-z 0-9 space -` into a space, split on spaces.

    >>> tokenize("BERT: Pre-training, 2nd ed.")
    ['bert', 'pre-training', '2nd', 'ed']
    """
    return _clean(text).split()


def find_token_spans(text: str) -> list[tuple[int, int]]:
    """Find where the tokens of `tokenize` stand: start and end in characters of `text` as written.

    >>> find_token_spans("BERT: Pre-training")
    [(0, 4), (6, 18)]
    """
    clean = _clean(text)
    spans = [match.span() for match in _TOKEN.finditer(clean)]
    if len(clean) == len(text):
        return spans
    # A few letters become two in lower case: İ becomes an i and a dot.
    origin = [place for place, letter in enumerate(text) for _ in letter.lower()]
    return [(origin[start], origin[end - 1] + 1) for start, end in spans]


def _clean(text: str) -> str:
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
    if text.isascii():
        return 0
    # Signs such as ² and ½ match too, but are no letters.
    return sum(any(map(str.isalpha, word)) for word in _FOREIGN.findall(text.lower()))
