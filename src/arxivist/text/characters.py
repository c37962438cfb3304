"""Words as arrays of character ids, for networks that tell unknown words apart by their spelling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Spelling = npt.NDArray[np.uint8]

ALPHABET = "-0123456789abcdefghijklmnopqrstuvwxyz"
"""The characters of tokens; a character's id is its place, from 1, and 0 is padding."""

_IDS = np.zeros(256, dtype=np.uint8)
_IDS[list(ALPHABET.encode())] = np.arange(1, len(ALPHABET) + 1)


def spell(words: Sequence[str], length: int) -> Spelling:
    """(N, length) character ids of N tokens, each cut to `length`, padded on the right with 0."""
    cut = np.array([word.encode("ascii", "replace") for word in words], dtype=f"S{length}")
    return _IDS[cut.view(np.uint8).reshape(len(words), length)]
