"""Word vectors from a file in GloVe's text format, for the words of one vocabulary."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from dataclasses import dataclass

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

    def share(self) -> float:
        """Share in 0..1 of the vocabulary's words that the file has."""
        return float(self.found[2:].sum() / max(1, len(self.found) - 2))

    def coverage(self) -> str:
        """One line on how many words were found."""
        known, words = self.found[2:].sum(), len(self.found) - 2
        return f"word vectors cover {known:,} of {words:,} words ({self.share():.1%})"

    def embedding(self, seed: int) -> Matrix:
        """(V, D) start of an embedding: unknown words are random at the file's own scale, `<PAD>` is zero."""
        rng = np.random.default_rng([seed, 0x7EC])
        scale = float(self.matrix[self.found].std()) if self.found.any() else 0.1
        start = rng.normal(0.0, scale, self.matrix.shape).astype(np.float32)
        start[self.found] = self.matrix[self.found]
        start[0] = 0.0
        return start


def read_vectors(path: str | os.PathLike[str], vocabulary: Vocabulary, dim: int) -> WordVectors:
    """Read the vectors of `vocabulary`'s words from a text file, line by line (`.gz` too).

    Each line is a word and its numbers, as GloVe writes them; word2vec's and fastText's text files,
    whose first line says how many words there are and how wide, are read too.

    Raises:
        InputError: The file is missing, empty, cut off, of another width, or no text.
    """
    matrix = np.zeros((len(vocabulary), dim), dtype=np.float32)
    found = np.zeros(len(vocabulary), dtype=np.bool_)
    number = 0
    try:
        with _open(path) as lines:
            for number, line in enumerate(lines, 1):
                word, _, rest = line.partition(b" ")
                row = vocabulary.ids.get(word.decode("utf-8", "replace"), 0)
                if row < 2 and number > 2:  # the first lines are always checked for the file's kind and width
                    continue
                numbers, where = rest.split(), f"{path}:{number}"
                if number == 1 and len(numbers) == 1 and word.isdigit() and numbers[0].isdigit():
                    _check_width(int(numbers[0]), dim, where)
                    continue
                if number > 2 and len(numbers) > dim and not _is_number(numbers[0]):
                    continue  # GloVe's largest file has "words" with spaces in them; no token of ours has
                try:
                    with np.errstate(over="ignore"):
                        vector = np.array(numbers, dtype=np.float32)
                except ValueError:
                    raise InputError(
                        f"{where}: expected a word and {dim} numbers; this is not GloVe's text format"
                    ) from None
                _check_width(len(vector), dim, where)
                if not np.isfinite(vector).all():
                    raise InputError(f"{where}: expected finite numbers; take a file without nan and inf")
                if row >= 2:
                    matrix[row], found[row] = vector, True
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: the word vectors cannot be read after line {number}: {error}") from error
    if number == 0:
        raise InputError(f"{path}: expected word vectors, found an empty file")
    return WordVectors(matrix, found)


def _check_width(width: int, dim: int, where: str) -> None:
    if width != dim:
        raise InputError(
            f"{where}: expected {dim} numbers after the word, found {width}; "
            "take a file of that width or set model.embed_dim"
        )


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _open(path: str | os.PathLike[str]) -> io.BufferedIOBase:
    if str(path).endswith(".gz"):
        return gzip.open(path, "rb")
    return open(path, "rb")
