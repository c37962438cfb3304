"""Word vectors trained on papers: skip-gram with negative sampling, with or without subwords.

word2vec: Mikolov et al. 2013, arXiv:1310.4546, section 2.2. fastText: Bojanowski et al. 2017,
arXiv:1607.04606, section 3.
"""

from __future__ import annotations

import contextlib
import datetime
import gzip
import logging
import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from arxonomy.advice import name_option
from arxonomy.atomic import hash_file, replace_file
from arxonomy.errors import DataError, InputError
from arxonomy.messages import format_count
from arxonomy.records import AnyPath, Paper
from arxonomy.text.corpus import Corpus, Exclusions, write_corpus
from arxonomy.text.subwords import BUCKETS, MAX_N, MIN_N, get_companion, write_subwords

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class EmbedSettings:
    """How word vectors are trained."""

    method: Literal["word2vec", "fasttext"] = "word2vec"
    """fasttext also learns vectors of the words' parts, which make vectors for unseen words."""
    dim: int = 300
    """Vector dimension."""
    epochs: int = 4
    """Passes over the papers."""
    window: int = 8
    """Context window, in words to either side; each time it is drawn from 1 to this."""
    min_count: int = 8
    """Words seen less often get no vector."""
    seed: int = 42
    """Seed of the random numbers, from 0 to 2^32 - 1."""
    threads: int = 1
    """Threads to train with. The result is reproducible only with one."""


def embed(
    papers: Iterable[Paper],
    out: AnyPath,
    settings: EmbedSettings,
    excluded: Exclusions | None = None,
) -> None:
    """Train word vectors on papers' titles and abstracts, and write them in GloVe's text format.

    The most frequent word comes first. The papers' words pass through a file in the temporary folder,
    so that memory holds only the words' vectors, their counts, and some 200 bytes for each paper.

    Args:
        papers: Any papers, read once; labels are not needed, and repeated papers are skipped.
        out: The file to write; compressed if its name ends in `.gz`. With fasttext a companion is
            written next to it, see `subwords.get_companion`; else an old companion is removed.
        settings: How to train.
        excluded: Papers to leave out, and copies of them.

    Raises:
        InputError: `out` is a folder, or no place for a companion.
        DataError: No paper is left, or no word is frequent enough.
        ArxonomyError: The disk is full, or a folder cannot be written to.
    """
    subwords = settings.method == "fasttext"
    if Path(out).is_dir() or (subwords and Path(out).exists() and not Path(out).is_file()):
        raise InputError(f"{out} is no file; expected the name of a file to write word vectors to")
    with contextlib.ExitStack() as files:
        # Opened first, so that a folder that cannot be written to is noticed before hours of work.
        file = files.enter_context(replace_file(out))
        subwords_file = files.enter_context(replace_file(get_companion(out))) if subwords else None
        with tempfile.TemporaryDirectory(prefix="arxonomy-") as folder:
            corpus = write_corpus(papers, Path(folder), excluded or Exclusions())
            _check_words(corpus)
            wordless = f", {corpus.wordless:,} without words" if corpus.wordless else ""
            _LOG.info(
                f"{corpus.papers:,} papers with {corpus.words:,} words; left out: "
                f"{corpus.excluded:,} as asked, {corpus.repeated:,} repeated{wordless}"
            )
            vectors = train_vectors(corpus, settings)
        _write(file, vectors.index_to_key, vectors.vectors, compress=os.fspath(out).endswith(".gz"))
        if subwords_file is not None:
            write_subwords(subwords_file, vectors.vectors_ngrams, hash_file(file))
    if subwords_file is None and get_companion(out).is_file():
        get_companion(out).unlink()  # it belongs to the replaced file
    _LOG.info(f"{len(vectors):,} words with counts >= {settings.min_count}, dimension {settings.dim}: {out}")


def _check_words(corpus: Corpus) -> None:
    """Make sure that there are words to learn vectors for.

    Raises:
        DataError: There are none.
    """
    if corpus.papers:
        return
    if corpus.excluded:
        raise DataError(
            f"expected papers to learn word vectors from, found none: {corpus.excluded:,} were left out as "
            "asked; give others, or leave out fewer"
        )
    raise DataError(
        f"expected papers with words to learn vectors for, found none in "
        f"{format_count(corpus.wordless, 'paper')}; words "
        "are runs of the letters a to z in titles and abstracts, so papers in other scripts have none: give "
        "their English titles and abstracts"
    )


def train_vectors(corpus: Corpus, settings: EmbedSettings) -> Any:
    """Train on a corpus.

    Returns:
        gensim's `KeyedVectors` (`FastTextKeyedVectors` for fasttext), the most frequent words first,
        ties in alphabetical order.

    Raises:
        DataError: No word is frequent enough.
    """
    from gensim.models import FastText, Word2Vec

    ranked = sorted((-count, word) for word, count in corpus.counts.items() if count >= settings.min_count)
    if not ranked:
        raise DataError(
            f"none of {len(corpus.counts):,} different words in {corpus.papers:,} papers is there "
            f"{settings.min_count} times, the most frequent {max(corpus.counts.values()):,} times; give more "
            f"papers or a smaller {name_option('--min-count')}"
        )
    common = {
        "sg": 1,
        "vector_size": settings.dim,
        "window": settings.window,
        "min_count": settings.min_count,
        "seed": settings.seed,
        "workers": settings.threads,
        "sorted_vocab": 0,  # it is sorted above
    }
    if settings.method == "fasttext":
        model = FastText(**common, min_n=MIN_N, max_n=MAX_N, bucket=BUCKETS)
    else:
        model = Word2Vec(**common)
    model.build_vocab_from_freq({word: -count for count, word in ranked})
    model.train(
        corpus_file=str(corpus.path),
        total_words=corpus.words,
        # Each thread lowers its learning rate by the share of this number that it alone has read.
        total_examples=max(1, corpus.papers // settings.threads),
        epochs=settings.epochs,
        callbacks=[_Epochs(corpus.words, settings.epochs)],
    )
    return model.wv


class _Epochs:
    """Logs each epoch that gensim ends."""

    def __init__(self, words: int, epochs: int) -> None:
        self.words, self.epochs = words, epochs
        self.epoch, self.started = 0, 0.0

    def on_train_begin(self, _model: object) -> None:
        self.started = time.monotonic()

    def on_epoch_begin(self, _model: object) -> None:
        self.epoch += 1

    def on_epoch_end(self, _model: object) -> None:
        each = (time.monotonic() - self.started) / self.epoch
        left = datetime.timedelta(seconds=round(each * (self.epochs - self.epoch)))
        _LOG.info(
            f"epoch {self.epoch} of {self.epochs}: {self.words / max(each, 1e-9):,.0f} words/s, {left} left"
        )

    def on_train_end(self, _model: object) -> None:
        pass


def _write(path: Path, words: Sequence[str], matrix: npt.NDArray[np.float32], compress: bool) -> None:
    """Write GloVe's text format; the same vectors always give the same bytes."""
    numbers = " ".join(["%.4g"] * matrix.shape[1])
    with contextlib.ExitStack() as files:
        file: Any = files.enter_context(path.open("wb"))
        if compress:
            file = files.enter_context(gzip.GzipFile("", "wb", fileobj=file, mtime=0))
        for word, row in zip(words, matrix.tolist(), strict=True):
            file.write(f"{word} {numbers % tuple(row)}\n".encode())
