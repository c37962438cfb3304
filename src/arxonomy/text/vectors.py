"""Word vectors from a file, for the words of one vocabulary."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from arxonomy.records import AnyPath
from arxonomy.text.subwords import read_subwords
from arxonomy.text.vector_files import Matrix, measure_width, read_rows
from arxonomy.text.vocabulary import Vocabulary

NAMED = 10
"""Frequent missing words that `WordVectors.describe_coverage` names."""
INIT_LENGTH = 3**0.5
"""Length of a random initial word vector without a file to set the scale: 0.1 a number at width 300."""


def compute_init_scale(width: int) -> float:
    """Compute the standard deviation of each number that gives a vector of that width `INIT_LENGTH`."""
    return float(INIT_LENGTH / width**0.5)


@dataclass(frozen=True)
class WordVectors:
    """Vectors of a vocabulary's words."""

    matrix: Matrix
    """(V, D): a row per word; zeros where there is none."""
    in_file: npt.NDArray[np.bool_]
    """(V,): whether the file itself has the word."""
    filled: npt.NDArray[np.bool_] | None = None
    """(V,): whether the row was made from the word's subwords; None: no row was."""
    missing: tuple[str, ...] = ()
    """The most frequent words without a row, at most `NAMED`."""
    reduced_from: int | None = None
    """How wide the file's vectors are, where these are narrower."""
    variance_kept: float = 1.0
    """Share in 0..1 of the variance of the file's vectors that these have."""

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """(V,): whether the word has a row, of either kind."""
        return self.in_file if self.filled is None else self.in_file | self.filled

    @property
    def share(self) -> float:
        """Share in 0..1 of the vocabulary's words that the file has."""
        return float(self.in_file[2:].sum() / max(1, len(self.in_file) - 2))

    def describe_coverage(self) -> str:
        """Describe in one line how many words have vectors, and which frequent ones do not."""
        covered, words = self.in_file[2:].sum(), len(self.in_file) - 2
        line = f"word vectors cover {covered:,} of {words:,} words ({self.share:.1%})"
        if self.filled is not None:
            line += f" and {self.filled.sum():,} more by their subwords"
        if self.reduced_from is not None:
            line += (
                f"; of {self.reduced_from} numbers each, reduced to {self.matrix.shape[1]} principal "
                f"components, {self.variance_kept:.0%} of the variance"
            )
        return line + (f"; most frequent without: {', '.join(self.missing)}" if self.missing else "")

    def reduce_width(self, dim: int) -> WordVectors:
        """Reduce the vectors to `dim` principal components, at their own scale.

        The components are those of the words that the file has.
        """
        if not self.in_file.any():
            return replace(self, matrix=self.matrix[:, :dim], reduced_from=self.matrix.shape[1])
        inside = self.matrix[self.in_file].astype(np.float64)  # (N, D)
        mean = inside.mean(axis=0)
        variances, directions = np.linalg.eigh((inside - mean).T @ (inside - mean))  # in ascending order
        directions = directions[:, : -dim - 1 : -1]  # (D, dim)
        # A direction's sign is free; a fixed one gives the same vectors on every machine.
        largest = np.abs(directions).argmax(axis=0)
        directions *= np.sign(directions[largest, np.arange(dim)])
        matrix = np.zeros((len(self.matrix), dim), dtype=np.float32)
        reduced = (self.matrix[self.known] - mean) @ directions
        spread = float(((inside - mean) @ directions).std())
        matrix[self.known] = reduced * (inside.std() / spread if spread else 1.0)
        total = float(variances.sum())
        return replace(
            self,
            matrix=matrix,
            reduced_from=self.matrix.shape[1],
            variance_kept=float(variances[-dim:].sum()) / total if total else 1.0,
        )

    def make_embedding(self, seed: int) -> Matrix:
        """Make an initial embedding (V, D): `known` rows as they are, others random at the file's own scale.

        `<PAD>` is zero.
        """
        rng = np.random.default_rng([seed, 0x7EC])
        vectors = self.matrix[self.in_file]
        scale = float(vectors.std()) if len(vectors) else compute_init_scale(vectors.shape[1])
        weights = rng.normal(0.0, scale, self.matrix.shape).astype(np.float32)
        weights[self.known] = self.matrix[self.known]
        weights[0] = 0.0
        return weights


def read_vectors(path: AnyPath, vocabulary: Vocabulary, dim: int) -> WordVectors:
    """Read the vectors of `vocabulary`'s words; the rest of the file is skipped.

    `vector_files` describes the formats. If the file was written by `arxonomy embed --method
    fasttext`, its companion gives vectors to the words that it lacks. Wider vectors are reduced to `dim`
    principal components.

    Raises:
        InputError: The file is missing, empty, damaged, cut off, narrower, or no word vectors; or its
            companion is damaged or belongs to another file.
    """
    width = max(dim, measure_width(path, dim))
    vectors = _read_wide_vectors(path, vocabulary, width)
    return vectors if width == dim else vectors.reduce_width(dim)


def _read_wide_vectors(path: AnyPath, vocabulary: Vocabulary, dim: int) -> WordVectors:
    """As `read_vectors`, for a file that is as wide as `dim`."""
    matrix = np.zeros((len(vocabulary), dim), dtype=np.float32)
    in_file = np.zeros(len(vocabulary), dtype=np.bool_)
    ids = {word.encode(): row for word, row in vocabulary.ids.items() if row >= 2}
    for row, vector in read_rows(path, ids, dim):
        matrix[row], in_file[row] = vector, True
    lacking = np.flatnonzero(~in_file)[2:]
    subwords = read_subwords(path, dim)
    if subwords is None:
        missing = tuple(vocabulary.words[row] for row in lacking[:NAMED])  # ids are in order of frequency
        return WordVectors(matrix, in_file, missing=missing)
    filled = np.zeros(len(vocabulary), dtype=np.bool_)
    for row in lacking:
        matrix[row], filled[row] = subwords.compute_vector(vocabulary.words[row]), True
    return WordVectors(matrix, in_file, filled)
