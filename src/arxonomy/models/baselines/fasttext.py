"""fastText's classifier: the mean of learned vectors of words and of hashed runs of words, and a softmax.

    pip install fasttext-wheel        (wheels for Python 3.11 and 3.12; built from source elsewhere)

The package trains; predictions are computed here, without it. A paper's score for a class is the mean of
its words' vectors times the class's vector, so each word's product with each class is all that is kept.

Source: Joulin et al. 2016, "Bag of Tricks for Efficient Text Classification", arXiv:1607.01759.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from arxonomy.config.baselines import FastTextSettings
from arxonomy.markup import FORMULA_WORDS
from arxonomy.models.baselines.heads import Head
from arxonomy.models.baselines.ngrams import compute_unknown_share
from arxonomy.models.baselines.reader import Facts, Floats, Tensors
from arxonomy.models.baselines.rows import Row, decide_by_rows, stack_rows
from arxonomy.records import Paper
from arxonomy.text.tokens import count_foreign_words, tokenize

if TYPE_CHECKING:
    from arxonomy.models.baselines import Examples

END = "</s>"
"""The word at the end of every text, which fastText adds."""

_PRIME = np.uint64(116049371)


class BagReader:
    """Reads a paper as fastText does: the shares of its words and of its runs of words.

    Args:
        settings: The length of runs and the number of buckets.
        words: The known words; `</s>` is one of them. Features are these, and then the buckets.
    """

    def __init__(self, settings: FastTextSettings, words: Sequence[str]) -> None:
        self.settings = settings
        self.words = list(words)
        self._ids = {word: i for i, word in enumerate(words)}

    @classmethod
    def fit(
        cls,
        settings: FastTextSettings,
        papers: Sequence[Paper],
        labels: npt.NDArray[np.int64] | None,
        seed: int,
    ) -> Self:
        """The reader that knows the training papers' words."""
        counts = Counter(word for paper in papers for word in split_words(paper))
        kept = [word for word, count in counts.items() if count >= settings.min_count or word == END]
        return cls(settings, sorted(kept))

    @classmethod
    def restore(cls, settings: FastTextSettings, tensors: Tensors, facts: Facts) -> Self:
        """The reader of a saved baseline."""
        return cls(settings, facts["words"])

    @property
    def width(self) -> int:
        """F: the words, and the buckets."""
        return len(self.words) + self.settings.buckets

    def compute_features(self, papers: Sequence[Paper]) -> Any:
        """(N, F) sparse float32; each row has the sum 1, or 0 if nothing of the paper is known."""
        return stack_rows(self._compute_rows(papers), self.width)

    def compute_decision(self, papers: Sequence[Paper], weights: Floats, bias: Floats) -> Floats:
        """See `Reader.compute_decision`."""
        return decide_by_rows(self._compute_rows(papers), weights, bias)

    def compute_unknown_shares(self, papers: Sequence[Paper]) -> list[float]:
        """Share of words that are not known, those in other scripts among them."""
        return [
            compute_unknown_share(
                self._find_known(split_words(paper)[:-1])
                + [False] * (count_foreign_words(paper.title) + count_foreign_words(paper.abstract))
            )
            for paper in papers
        ]

    def _find_known(self, words: Sequence[str]) -> list[bool]:
        # That a sign of a formula is not known says nothing of the paper's language.
        return [word in self._ids for word in words if word in self._ids or word not in FORMULA_WORDS]

    def get_state(self) -> tuple[Tensors, Facts]:
        """The words."""
        return {}, {"words": self.words}

    def _compute_rows(self, papers: Sequence[Paper]) -> Iterator[Row]:
        """Each paper's features, of equal values."""
        for paper in papers:
            ids = np.fromiter(self._list_features(split_words(paper)), dtype=np.int64)
            yield Row(ids, np.full(len(ids), 1 / max(1, len(ids)), dtype=np.float32))

    def _list_features(self, words: Sequence[str]) -> Iterator[int]:
        """Features of a text: its known words, then the buckets of its runs of two words and more."""
        yield from (self._ids[word] for word in words if word in self._ids)
        hashes = np.array([hash_word(word) for word in words], dtype=np.int32).astype(np.uint64)
        run = hashes
        for length in range(1, self.settings.ngrams):
            run = run[:-1] * _PRIME + hashes[length:]  # modulo 2**64, as fastText's own integers
            yield from (len(self.words) + run % np.uint64(self.settings.buckets)).astype(np.int64).tolist()


def split_words(paper: Paper) -> list[str]:
    """The words of title and abstract, and the end."""
    return [*tokenize(paper.title), *tokenize(paper.abstract), END]


def hash_word(word: str) -> int:
    """The hash that fastText gives a word of ASCII letters: 32-bit FNV-1a, read as a signed number."""
    value = 2166136261
    for byte in word.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value - (value >> 31 << 32)


def fit_fasttext(examples: Examples, seed: int, *, epochs: int, learning_rate: float) -> Head:
    """Train with fastText, on one thread: several would race, and no seed would fix what they learn."""
    import fasttext

    reader = examples.reader
    assert isinstance(reader, BagReader)
    settings = reader.settings
    # fastText takes papers in the file's order, which in many files is that of their labels.
    order = np.random.default_rng(seed).permutation(len(examples.papers))
    with tempfile.TemporaryDirectory(prefix="arxonomy-") as folder:
        file = Path(folder) / "papers.txt"
        with file.open("w", encoding="ascii") as lines:
            lines.writelines(
                f"__label__{examples.labels[i]} {' '.join(split_words(examples.papers[i])[:-1])}\n"
                for i in order
            )
        model = fasttext.train_supervised(
            str(file),
            dim=settings.dimensions,
            epoch=epochs,
            lr=learning_rate,
            wordNgrams=settings.ngrams,
            minCount=settings.min_count,
            bucket=settings.buckets,
            thread=1,
            seed=seed % 2**31,
            verbose=0,
        )
    vectors, outputs = model.get_input_matrix(), model.get_output_matrix()
    known_words = len(vectors) - settings.buckets
    rows = [model.get_word_id(word) for word in reader.words]
    rows += range(known_words, known_words + settings.buckets)
    classes = np.argsort([int(label.removeprefix("__label__")) for label in model.get_labels()])
    weights: npt.NDArray[np.float32] = vectors[rows] @ outputs[classes].T
    return weights, np.zeros(examples.classes, dtype=np.float32)
