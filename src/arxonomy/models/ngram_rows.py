"""Words and word pairs -> rows of the tables that a network sums: the same in any batch and on any backend.

Shapes: B papers, T tokens, V words.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from arxonomy.text.vocabulary import PAD, UNK

MULTIPLIER = 1_000_003
"""A prime by which the first key of a pair is multiplied, so that the order of its words counts."""


def hash_words(words: Sequence[str]) -> Tensor:
    """Hash the words of a vocabulary to keys (V,), int32, above `UNK`.

    The keys of `<PAD>` and `<UNK>` are their ids. A word's key is the same in all vocabularies, and so is the
    row of a pair: a network may start from the table of pairs of another.
    """
    keys = [zlib.crc32(word.encode()) % (2**31 - 3) + 2 for word in words]
    return torch.tensor([PAD, UNK, *keys[2:]], dtype=torch.int32)


def hash_pairs(keys: Tensor, buckets: int) -> Tensor:
    """Hash each pair of neighboring words, in any order of papers and on any backend alike.

    Args:
        keys: (B, T) of words, int64.
        buckets: Rows of the table of pairs; row 0 stands for no pair.

    Returns:
        (B, T-1) rows in 1..buckets-1; 0 where a word of the pair is unknown or padding.
    """
    first, second = keys[:, :-1], keys[:, 1:]
    known = (first > UNK) & (second > UNK)
    return ((first * MULTIPLIER + second) % (buckets - 1) + 1) * known


def find_words(ids: Tensor) -> Tensor:
    """(B, T) ids, 0 for unknown words, which are not summed."""
    return ids * (ids > UNK)


def find_keys(ids: Tensor, keys: Tensor) -> Tensor:
    """(B, T) ids to the keys (B, T), int64, of their words; `keys` (V,) has them all."""
    return F.embedding(ids, keys.unsqueeze(1)).squeeze(2).long()
