"""Features of training papers -> weights (F, C) and a bias (C,).

Every function takes `examples` (`arxonomy.models.baselines.Examples`), a seed for what it draws, and one
value of each setting that is tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from arxonomy.models.baselines import Examples

Head = tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.floating[Any]]]
"""Weights (F, C) and bias (C,)."""


def fit_majority(examples: Examples, seed: int) -> Head:
    """The logarithm of each class's share of the papers; the same for every paper."""
    shares = np.bincount(examples.labels, minlength=examples.classes) / len(examples.labels)
    return np.zeros((0, examples.classes)), np.log(shares)


def fit_complement_nb(examples: Examples, seed: int, *, alpha: float) -> Head:
    """Complement naive Bayes: a class is scored by the words of all other classes.

    Source: Rennie et al. 2003, "Tackling the Poor Assumptions of Naive Bayes Text Classifiers", ICML,
    section 3.1; with `sublinear-tf-idf` their transforms of section 4, without weight normalization.
    """
    from sklearn.naive_bayes import ComplementNB

    bayes = ComplementNB(alpha=alpha).fit(examples.features, examples.labels)
    return np.ascontiguousarray(bayes.feature_log_prob_.T), np.zeros(examples.classes)


def fit_nb_svm(examples: Examples, seed: int, *, alpha: float, c: float, interpolation: float) -> Head:
    """A support vector machine over features weighted by naive Bayes, one class against the rest.

    A feature's value is multiplied by r, the logarithm of how much likelier it is in the class than in the
    rest. The machine's weights w are mixed with the mean of their sizes, which alone would be naive Bayes:
    w' = (1 - β) mean|w| + β w, where β is `interpolation`.

    Source: Wang & Manning 2012, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification",
    ACL P12-2018, sections 2.1 to 2.4; features there are `presence`.
    """
    from sklearn.svm import LinearSVC

    features, columns, bias = examples.features, [], np.zeros(examples.classes)
    for label in range(examples.classes):
        inside = examples.labels == label
        ratio = compute_log_count_ratio(features, inside, alpha)
        machine = LinearSVC(C=c, random_state=seed % 2**32).fit(features.multiply(ratio).tocsr(), inside)
        weights = machine.coef_[0]
        mixed = (1 - interpolation) * np.abs(weights).mean() + interpolation * weights
        columns.append(mixed * ratio)
        bias[label] = machine.intercept_[0]
    return np.stack(columns, axis=1), bias


def compute_log_count_ratio(
    features: Any, inside: npt.NDArray[np.bool_], alpha: float
) -> npt.NDArray[np.float64]:
    """(F,) the logarithm of each feature's share in a class over its share in the rest.

    Args:
        features: (N, F) sparse, >= 0.
        inside: (N,) whether each paper is of the class.
        alpha: Added to each feature's sum over the papers.

    Source: Wang & Manning 2012, section 2: r = log((p / |p|) / (q / |q|)).
    """
    p, q = (alpha + np.asarray(features[rows].sum(axis=0)).ravel() for rows in (inside, ~inside))
    return np.asarray(np.log(p / p.sum()) - np.log(q / q.sum()))


def fit_linear_svm(examples: Examples, seed: int, *, c: float, balanced: bool) -> Head:
    """A linear support vector machine, squared hinge loss, one class against the rest (scikit-learn's)."""
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=c, class_weight=_get_class_weight(balanced), random_state=seed % 2**32)
    machine.fit(examples.features, examples.labels)
    return _make_columns(machine.coef_, machine.intercept_)


def fit_logistic(examples: Examples, seed: int, *, c: float, balanced: bool) -> Head:
    """Multinomial logistic regression (scikit-learn's)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, class_weight=_get_class_weight(balanced), max_iter=1000)
    model.fit(examples.features, examples.labels)
    # With two classes scikit-learn has one score, the difference of theirs.
    half = 0.5 if examples.classes == 2 else 1.0
    return _make_columns(half * model.coef_, half * model.intercept_)


def _get_class_weight(balanced: bool) -> str | None:
    return "balanced" if balanced else None


def _make_columns(coefficients: npt.NDArray[np.float64], intercept: npt.NDArray[np.float64]) -> Head:
    """A column per class; for two classes scikit-learn has only that of the second."""
    if len(coefficients) == 1:
        coefficients = np.concatenate([-coefficients, coefficients])
        intercept = np.concatenate([-intercept, intercept])
    return np.ascontiguousarray(coefficients.T), intercept
