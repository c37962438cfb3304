"""Word vectors from a file in GloVe's text format, for the words of one vocabulary."""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass
from typing import IO

import numpy as np
import numpy.typing as npt

from arxivist.errors import InputError
from arxivist.text.vocabulary import Vocabulary

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class WordVectors:
    """Vectors of a vocabulary's words."""

    matrix: Matrix
    """(V, D): a row per word; zeros where the file has none."""
    found: npt.NDArray[np.bool_]
    """(V,): whether the file has the word."""

    def coverage(self) -> str:
        """One line on how many words were found."""
        known, words = int(self.found[2:].sum()), max(1, len(self.found) - 2)
        return f"word vectors cover {known:,} of {words:,} words ({known / words:.1%})"

    def embedding(self, seed: int) -> Matrix:
        """(V, D) start of an embedding: unknown words are random at the file's own scale, `<PAD>` is zero."""
        rng = np.random.default_rng([seed, 0x7EC])
        scale = float(self.matrix[self.found].std()) if self.found.any() else 0.1
        start = rng.normal(0.0, scale, self.matrix.shape).astype(np.float32)
        start[self.found] = self.matrix[self.found]
        start[0] = 0.0
        return start


def read_vectors(path: str | os.PathLike[str], vocabulary: Vocabulary, dim: int) -> WordVectors:
    """Read the vectors of `vocabulary`'s words from a GloVe text file, line by line (`.gz` too).

    Raises:
        InputError: The file is missing, empty, cut off, of another width, or no text.
    """
    matrix = np.zeros((len(vocabulary), dim), dtype=np.float32)
    found = np.zeros(len(vocabulary), dtype=np.bool_)
    number = 0
    try:
        with _open(path) as lines:
            for number, line in enumerate(lines, 1):
                word, _, numbers = line.partition(b" ")
                row = vocabulary.ids.get(word.decode("utf-8", "replace"), 0)
                if row < 2 and number > 1:  # the first line is always checked for the file's width
                    continue
                try:
                    vector = np.array(numbers.split(), dtype=np.float32)
                except ValueError:
                    raise InputError(
                        f"{path}:{number}: expected a word and {dim} numbers; this is not GloVe's text format"
                    ) from None
                if len(vector) != dim:
                    raise InputError(
                        f"{path}:{number}: expected {dim} numbers after the word, found {len(vector)}; "
                        f"take a file of that width or set model.embed_dim"
                    )
                if row >= 2:
                    matrix[row], found[row] = vector, True
    except (OSError, EOFError) as error:
        raise InputError(f"{path}: the word vectors cannot be read after line {number}: {error}") from error
    if number == 0:
        raise InputError(f"{path}: expected word vectors, found an empty file")
    return WordVectors(matrix, found)


def _open(path: str | os.PathLike[str]) -> IO[bytes]:
    if str(path).endswith(".gz"):
        return gzip.open(path, "rb")
    return open(path, "rb")
