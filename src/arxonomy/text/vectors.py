"""Word vectors from a file, for the words of one vocabulary."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arxonomy.text.subwords import read_subwords
from arxonomy.text.vector_files import Matrix, read_rows
from arxonomy.text.vocabulary import Vocabulary

NAMED = 10
"""Words that `WordVectors.coverage` names."""
START_LENGTH = 3**0.5
"""Length of a random start of a word's vector where no file tells a scale: 0.1 a number at width 300."""


def init_scale(width: int) -> float:
    """Standard deviation of each number of a vector of that width which starts at `START_LENGTH`."""
    return float(START_LENGTH / width**0.5)


@dataclass(frozen=True)
class WordVectors:
    """Vectors of a vocabulary's words."""

    matrix: Matrix
    """(V, D): a row per word; zeros where there is none."""
    found: npt.NDArray[np.bool_]
    """(V,): whether the file itself has the word."""
    filled: npt.NDArray[np.bool_] | None = None
    """(V,): whether the row was made of the word's subwords; None: no row was."""
    missing: tuple[str, ...] = ()
    """The most frequent words without a row, at most `NAMED`."""

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """(V,): whether the word has a row, of either kind. These rows say what a word means."""
        return self.found if self.filled is None else self.found | self.filled

    def share(self) -> float:
        """Share in 0..1 of the vocabulary's words that the file has."""
        return float(self.found[2:].sum() / max(1, len(self.found) - 2))

    def coverage(self) -> str:
        """One line on how many words were found, and which frequent ones were not."""
        found, words = self.found[2:].sum(), len(self.found) - 2
        line = f"word vectors cover {found:,} of {words:,} words ({self.share():.1%})"
        if self.filled is not None:
            line += f" and {self.filled.sum():,} more by their subwords"
        return line + (f"; most frequent without: {', '.join(self.missing)}" if self.missing else "")

    def embedding(self, seed: int) -> Matrix:
        """(V, D) start of an embedding: `known` rows as they are, other words random at the file's own scale.

        `<PAD>` is zero.
        """
        rng = np.random.default_rng([seed, 0x7EC])
        found = self.matrix[self.found]
        scale = float(found.std()) if len(found) else init_scale(found.shape[1])
        start = rng.normal(0.0, scale, self.matrix.shape).astype(np.float32)
        start[self.known] = self.matrix[self.known]
        start[0] = 0.0
        return start


def read_vectors(path: str | os.PathLike[str], vocabulary: Vocabulary, dim: int) -> WordVectors:
    """Read the vectors of `vocabulary`'s words; the rest of the file is passed over.

    `vector_files` says which formats are known. If the file was written by `arxonomy embed --method
    fasttext`, its companion gives vectors to the words that it lacks.

    Raises:
        InputError: The file is missing, empty, damaged, cut off, of another width, or no word vectors;
            or its companion is damaged or belongs to another file.
    """
    matrix = np.zeros((len(vocabulary), dim), dtype=np.float32)
    found = np.zeros(len(vocabulary), dtype=np.bool_)
    ids = {word.encode(): row for word, row in vocabulary.ids.items() if row >= 2}
    for row, vector in read_rows(path, ids, dim):
        matrix[row], found[row] = vector, True
    lacking = np.flatnonzero(~found)[2:]
    subwords = read_subwords(path, dim)
    if subwords is None:
        missing = tuple(vocabulary.words[row] for row in lacking[:NAMED])  # ids go by frequency
        return WordVectors(matrix, found, missing=missing)
    filled = np.zeros(len(vocabulary), dtype=np.bool_)
    for row in lacking:
        matrix[row], filled[row] = subwords.vector(vocabulary.words[row]), True
    return WordVectors(matrix, found, filled)
