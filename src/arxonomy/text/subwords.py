"""Vectors of character n-grams, which make a vector for any word (Bojanowski et al. 2017, arXiv:1607.04606).

They are in a companion next to the file of word vectors that they were trained with:
`VECTORS.subwords.safetensors`, with one tensor `ngrams` and the rest as JSON in its metadata.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arxonomy.atomic import hash_file
from arxonomy.errors import InputError
from arxonomy.records import AnyPath

MIN_N, MAX_N = 3, 6
"""Letters of an n-gram, with the marks `<` and `>` at a word's ends; fastText's own limits."""
BUCKETS = 100_000
"""Vectors that all n-grams share, by hash; 60 MB in a companion at 300 dimensions."""

_FORMAT = "arxonomy subwords 1"


@dataclass(frozen=True)
class Subwords:
    """Vectors of n-grams."""

    ngrams: npt.NDArray[np.float16]
    """(B, D): n-grams whose hashes are the same modulo B share a row."""
    min_n: int
    """Least letters of an n-gram, at least 1."""
    max_n: int
    """Most letters of an n-gram."""

    def compute_vector(self, word: str) -> npt.NDArray[np.float32]:
        """Compute the mean (D,) of the vectors of the word's n-grams; zeros if it has none."""
        rows = [hash_ngram(ngram) % len(self.ngrams) for ngram in split_ngrams(word, self.min_n, self.max_n)]
        total: npt.NDArray[np.float32] = self.ngrams[rows].sum(axis=0, dtype=np.float32)
        return total / np.float32(max(1, len(rows)))


def split_ngrams(word: str, min_n: int, max_n: int) -> Iterator[str]:
    """Split a word between marks into n-grams, in fastText's order; a mark alone is none.

    >>> list(split_ngrams("cat", 3, 4))
    ['<ca', '<cat', 'cat', 'cat>', 'at>']
    """
    marked = f"<{word}>"
    for start in range(len(marked)):
        for end in range(start + min_n, min(start + max_n, len(marked)) + 1):
            if end - start > 1 or 0 < start < len(marked) - 1:
                yield marked[start:end]


def hash_ngram(ngram: str) -> int:
    """Hash an n-gram by FNV-1a of 32 bits, with bytes taken as signed numbers, as fastText does.

    >>> hash_ngram("<ca")
    1066916747
    """
    value = 2166136261
    for byte in ngram.encode():
        value = (value ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619 & 0xFFFFFFFF
    return value


def get_companion(vectors: AnyPath) -> Path:
    """Get the path of the subwords of a file of word vectors.

    >>> str(get_companion("v.txt"))
    'v.txt.subwords.safetensors'
    """
    return Path(f"{os.fspath(vectors)}.subwords.safetensors")


def write_subwords(path: Path, ngrams: npt.NDArray[np.float32], vectors_sha256: str) -> None:
    """Write n-gram vectors of `MIN_N` to `MAX_N` letters.

    Args:
        path: The file to write.
        ngrams: (B, D), in fastText's order of buckets.
        vectors_sha256: Hash of the file of word vectors that they belong to.
    """
    from safetensors.numpy import save

    properties = {"min_n": MIN_N, "max_n": MAX_N, "buckets": len(ngrams), "vectors_sha256": vectors_sha256}
    # One key, since safetensors writes several in a random order.
    path.write_bytes(save({"ngrams": ngrams.astype(np.float16)}, {_FORMAT: json.dumps(properties)}))


def read_subwords(vectors: AnyPath, dim: int) -> Subwords | None:
    """Read the companion of a file of word vectors.

    Args:
        vectors: The file of word vectors.
        dim: D, the width of its vectors.

    Returns:
        The subwords, or None if there is no companion.

    Raises:
        InputError: The companion is damaged, or belongs to another file.
    """
    path = get_companion(vectors)
    if not path.exists():
        return None
    from safetensors import SafetensorError, safe_open

    advice = "run `arxonomy embed` again, or delete it to go without subwords"
    try:
        with safe_open(path, framework="numpy") as file:
            properties = json.loads((file.metadata() or {})[_FORMAT])
            belongs_to = properties["vectors_sha256"]
            subwords = Subwords(file.get_tensor("ngrams"), int(properties["min_n"]), int(properties["max_n"]))
        shape = (int(properties["buckets"]), dim)
        if subwords.ngrams.shape != shape or subwords.ngrams.dtype != np.float16 or not shape[0]:
            raise ValueError(f"expected {shape} numbers of float16, found {subwords.ngrams.shape}")
        if not (1 <= subwords.min_n <= subwords.max_n and np.isfinite(subwords.ngrams).all()):
            raise ValueError("expected finite numbers, and n-grams of at least one letter")
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        reason = f"it lacks {error}" if isinstance(error, KeyError) else error
        raise InputError(f"{path}: damaged subwords of {vectors}: {reason}; {advice}") from error
    if belongs_to != hash_file(vectors):
        raise InputError(f"{path} belongs to another file than {vectors} is now; {advice}")
    return subwords
