"""Label noise by confident learning (Northcutt, Jiang & Chuang 2021, JAIR 70, arXiv:1911.00068).

A fast model classifies each paper without having learned from it or its copies. A paper counts as mislabeled
if the model is more confident of another class than it is, on average, of that class's own papers. So do
papers that stand between two classes, which is why the estimate exceeds the true share where classes overlap.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from arxonomy.auditing.labels import count_papers
from arxonomy.auditing.words import WordSets
from arxonomy.runtime import count_cores

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MODEL = "TF-IDF of single words and multinomial logistic regression (scikit-learn, C = 2, 8 passes)"
"""The model whose out-of-fold probabilities are used."""

FOLDS = 5
"""Cross-validation folds; each is predicted by a model trained on the others."""

SAMPLE = 100_000
"""Rows that are used of more; time and memory grow with rows times labels."""

_SEED = 0

Ids = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Noise:
    """The result of confident learning on n rows of K classes."""

    rows: Ids
    """(n,) positions of the rows used, ascending."""
    classes: Ids
    """(K,) numbers of the labels used, ascending; each has at least `FOLDS` papers."""
    given: Ids
    """(n,) each row's label, as a position in `classes`."""
    likely: Ids
    """(n,) the class that the model is confident of, or the given one where there is none."""
    probabilities: Probabilities
    """(n, K) out-of-fold probabilities."""
    joint: npt.NDArray[np.float64]
    """(K, K) estimated share of rows by given label and true label; the sum is 1."""
    sampled_from: int | None = None
    """How many rows there are, where they are more than `SAMPLE`; None where all were used."""

    @property
    def rate(self) -> float:
        """Estimated share in 0..1 of rows with a wrong label."""
        return float(1.0 - np.trace(self.joint))

    @property
    def suspects(self) -> Ids:
        """(m,) places in `rows` whose likely class is not the given one."""
        return np.flatnonzero(self.likely != self.given)

    @property
    def accuracy(self) -> float:
        """Share in 0..1 of rows whose most probable class is the given one."""
        return float((self.probabilities.argmax(axis=1) == self.given).mean())


@dataclass(frozen=True)
class Confusion:
    """A label that stands where another one is likelier."""

    given: str
    """The label."""
    likely: str
    """The likelier one."""
    rows: int
    """Estimated rows."""


def estimate_noise(words: WordSets, groups: Ids, labels: Ids) -> Noise | None:
    """Predict each paper with a model trained on other papers, and estimate how many labels are wrong.

    Args:
        words: The words of N papers.
        groups: (N,) groups of papers that share a fold, such as copies and near-duplicates.
        labels: (N,) the label of each, from 0.

    Returns:
        The estimate, of a random sample of `SAMPLE` rows where there are more; None if fewer than two classes
        have as many different papers as there are folds, or no word is in two papers.

    Raises:
        ModuleNotFoundError: scikit-learn is not installed.
    """
    from sklearn.preprocessing import normalize

    rows, sampled_from = np.arange(len(labels)), None
    if len(rows) > SAMPLE:
        sampled_from = len(rows)
        rows = np.sort(np.random.default_rng(_SEED).choice(rows, SAMPLE, replace=False))
    classes = np.flatnonzero(count_papers(groups[rows], labels[rows]) >= FOLDS)
    rows = rows[np.isin(labels[rows], classes)]
    features = _compute_tf_idf(words, rows)
    if len(classes) < 2 or not features.nnz:
        return None
    features = normalize(features, copy=False)
    given = np.searchsorted(classes, labels[rows])
    probabilities = _predict_out_of_fold(features, given, assign_folds(groups[rows], given), len(classes))
    likely, joint = estimate_joint(given, probabilities)
    return Noise(rows, classes, given, likely, probabilities, joint, sampled_from)


def estimate_joint(given: Ids, probabilities: Probabilities) -> tuple[Ids, npt.NDArray[np.float64]]:
    """Estimate the joint distribution of given and true labels (Northcutt et al. 2021, section 3.1).

    A class's threshold is its mean probability over the rows with that label. A row counts for the most
    probable of the classes whose thresholds it reaches. The counts of each label are then scaled to the
    label's number of rows.

    Args:
        given: (n,) labels, 0..K-1, each at least once.
        probabilities: (n, K) of each class, from models that did not learn from the row.

    Returns:
        The class that each row counts for, or its label if it reaches no threshold, (n,); and the estimated
        joint distribution of given and true labels, (K, K), of sum 1.
    """
    sizes = np.bincount(given, minlength=probabilities.shape[1])
    place = np.arange(len(given))
    thresholds = np.bincount(given, probabilities[place, given], len(sizes)) / sizes
    reached = np.where(probabilities >= thresholds, probabilities, -1.0)
    confident = reached.max(axis=1) >= 0
    likely = np.where(confident, reached.argmax(axis=1), given)
    counts = np.zeros((len(sizes), len(sizes)))
    np.add.at(counts, (given[confident], likely[confident]), 1)
    # A label without any confident row is taken as right.
    np.fill_diagonal(counts, counts.diagonal() + (counts.sum(axis=1) == 0))
    return likely, counts / counts.sum(axis=1, keepdims=True) * (sizes / sizes.sum())[:, None]


def assign_folds(groups: Ids, labels: Ids) -> Ids:
    """Assign groups of papers to `FOLDS` folds, those of each label in turn, in a random order.

    Args:
        groups: (n,) groups that stay together.
        labels: (n,) the label of each paper; a group has that of its first paper.

    Returns:
        (n,) the fold of each paper, in 0..FOLDS-1.
    """
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    order = np.lexsort((np.random.default_rng(_SEED).random(len(first)), labels[first]))
    fold = np.empty(len(first), dtype=np.int64)
    fold[order] = np.arange(len(first)) % FOLDS
    folds: Ids = fold[group]
    return folds


def _compute_tf_idf(words: WordSets, rows: Ids) -> csr_matrix:
    """(n, F) sparse: how rare each word of a paper is; words of a single paper are left out."""
    from scipy.sparse import csr_matrix

    count = len(words.sizes)
    used = words.papers_with >= 2
    column = np.cumsum(used) - 1
    ids = words.ids[used[words.ids]]
    rarity = (np.log(count / words.papers_with.clip(1)) + 1).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(words.count(used))])
    features = csr_matrix((rarity[ids], column[ids], starts), shape=(count, int(used.sum())))
    chosen: csr_matrix = features[rows]
    return chosen


def _predict_out_of_fold(features: csr_matrix, labels: Ids, folds: Ids, classes: int) -> Probabilities:
    """(n, classes) probabilities of each row from a model trained on the other folds."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    probabilities = np.zeros((len(labels), classes), dtype=np.float32)

    def predict(fold: int) -> None:
        inside = folds == fold
        # A few passes are as accurate as many.
        model = LogisticRegression(C=2.0, solver="sag", max_iter=8, tol=1e-3, random_state=_SEED)
        model.fit(features[~inside], labels[~inside])
        probabilities[np.ix_(inside, model.classes_)] = model.predict_proba(features[inside])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        with ThreadPoolExecutor(max_workers=min(count_cores(), FOLDS)) as threads:
            list(threads.map(predict, range(FOLDS)))
    return probabilities


def rank_confusions(noise: Noise, names: Sequence[str], count: int) -> tuple[Confusion, ...]:
    """Rank the pairs of a given and a likelier label by their estimated rows, most first.

    Args:
        noise: The estimate.
        names: The C labels.
        count: Pairs at most; those of half a row or less are left out.
    """
    off = noise.joint * len(noise.rows)
    np.fill_diagonal(off, 0.0)
    order = np.argsort(-off, axis=None, kind="stable")[:count]
    pairs = zip(*np.unravel_index(order, off.shape), strict=True)
    return tuple(
        Confusion(names[noise.classes[i]], names[noise.classes[j]], round(float(off[i, j])))
        for i, j in pairs
        if off[i, j] > 0.5
    )
