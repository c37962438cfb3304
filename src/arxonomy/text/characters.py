"""Words as arrays of character ids, for networks that distinguish unknown words by their spelling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.bytes_]

ALPHABET = "-0123456789abcdefghijklmnopqrstuvwxyz"
"""The characters of tokens; a character's id is its place, from 1, and 0 is padding."""

_IDS = np.zeros(256, dtype=np.int64)
_IDS[list(ALPHABET.encode())] = np.arange(1, len(ALPHABET) + 1)


def cut_words(words: Sequence[str], length: int) -> Words:
    """Cut N tokens to `length` characters: (N,) bytes."""
    return np.array([word.encode("ascii", "replace") for word in words], dtype=f"S{length}")


def spell(words: Words) -> npt.NDArray[np.int64]:
    """Spell N words cut to M characters: (N, M) character ids, padded on the right with 0."""
    return _IDS[np.ascontiguousarray(words).view(np.uint8).reshape(len(words), words.dtype.itemsize)]
