"""The linear peer: TF-IDF of words and word pairs, and a linear support vector machine.

It trains in seconds and is hard to beat, so a network's score means little without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxivist.errors import DataError, SettingsError, did_you_mean
from arxivist.records import Paper

GRID: tuple[tuple[float, str | None], ...] = tuple(
    (c, weight) for c in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0) for weight in (None, "balanced")
)
"""The settings tried by `tune_linear_peer`: (C, class_weight) of scikit-learn's LinearSVC."""

_SCORES = ("accuracy", "macro_f1", "balanced_accuracy")


class LinearPeer:
    """A fitted vectorizer and a fitted linear classifier.

    Args:
        vectorizer: A fitted scikit-learn vectorizer of texts.
        classifier: A fitted LinearSVC over the vectorizer's features.
        classes: C, the number of classes; the classifier may have met fewer.
    """

    def __init__(self, vectorizer: Any, classifier: Any, classes: int) -> None:
        self._vectorizer = vectorizer
        self._classifier = classifier
        self.classes = classes

    def decision(self, papers: Sequence[Paper]) -> npt.NDArray[np.float64]:
        """Signed distances from each class's boundary; they are not probabilities.

        Args:
            papers: N >= 1 papers.

        Returns:
            Array (N, C); minus infinity for a class without training papers.
        """
        return _decision(self._classifier, self._vectorizer.transform(_texts(papers)), self.classes)

    def predict(self, papers: Sequence[Paper]) -> npt.NDArray[np.int64]:
        """The predicted class of each of N papers: integer array (N,) in 0..C-1."""
        return np.asarray(self.decision(papers).argmax(axis=1), dtype=np.int64)


def tune_linear_peer(
    train_papers: Sequence[Paper],
    train_y: npt.ArrayLike,
    validation_papers: Sequence[Paper],
    validation_y: npt.ArrayLike,
    grid: Sequence[tuple[float, str | None]] = GRID,
    by: str = "accuracy",
    classes: int | None = None,
) -> tuple[LinearPeer, list[dict[str, Any]]]:
    """Fit the linear peer with every setting of a grid and keep the best on the validation papers.

    The vectorizer sees the training papers alone; lower-cased words and word pairs found in two of
    them or more, with sublinear term frequency.

    Args:
        train_papers: The papers to learn from, of two classes at least.
        train_y: Integer array (N,), the class of each of them, from 0.
        validation_papers: The papers that choose the setting, at least one.
        validation_y: Integer array (M,), the class of each of them.
        grid: (C, class_weight) pairs; the first of equally good ones is kept.
        by: The score that decides: `accuracy`, `macro_f1` or `balanced_accuracy`.
        classes: The number of classes; None takes it from the highest class in either array.

    Returns:
        The best peer, fitted on the training papers, and one dict per setting tried: `C`,
        `class_weight` and the three validation scores in 0..1.

    Raises:
        SettingsError: `by` is no known score, or the grid is empty.
        DataError: The papers do not suffice: fewer than two classes, no word seen twice, no
            validation paper, or a class missing for a paper.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    if by not in _SCORES:
        raise SettingsError(f"no validation score is called `{by}`: {did_you_mean(by, _SCORES)}")
    if not grid:
        raise SettingsError(
            "expected at least one (C, class_weight) pair to try, found an empty grid: add one"
        )
    learned, checked = np.asarray(train_y), np.asarray(validation_y)
    if len(learned) != len(train_papers) or len(checked) != len(validation_papers) or not len(checked):
        raise DataError(
            "expected one class per training and per validation paper, and validation papers; found "
            f"{len(learned)} classes for {len(train_papers)} and {len(checked)} for {len(validation_papers)} "
            "papers: check the split"
        )
    if len(np.unique(learned)) < 2:
        raise DataError(
            f"expected training papers of two classes at least, found {len(np.unique(learned))}: "
            "label more papers, or check the split"
        )
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, lowercase=True)
    try:
        train_features = vectorizer.fit_transform(_texts(train_papers))
    except ValueError as error:  # scikit-learn's only sign that no word is left
        raise DataError(
            f"expected words that occur in two training papers or more, found none in {len(train_papers)} "
            "papers: give it more papers"
        ) from error
    validation_features = vectorizer.transform(_texts(validation_papers))
    count = classes or 1 + int(max(learned.max(), checked.max()))
    tried: list[dict[str, Any]] = []
    best: LinearPeer | None = None
    for c, class_weight in grid:
        # The solver draws papers at random: a fixed seed makes the answer repeatable.
        classifier = LinearSVC(C=c, class_weight=class_weight, random_state=0).fit(train_features, learned)
        predicted = _decision(classifier, validation_features, count).argmax(axis=1)
        entry = {"C": c, "class_weight": class_weight, **_validation_scores(checked, predicted)}
        if best is None or entry[by] > max(other[by] for other in tried):
            best = LinearPeer(vectorizer, classifier, count)
        tried.append(entry)
    assert best is not None
    return best, tried


def _texts(papers: Sequence[Paper]) -> list[str]:
    return [f"{paper.title}\n{paper.abstract}" for paper in papers]


def _decision(classifier: Any, features: Any, classes: int) -> npt.NDArray[np.float64]:
    distances = np.asarray(classifier.decision_function(features), dtype=np.float64)
    if distances.ndim == 1:  # with two classes scikit-learn gives one column, positive for the second
        distances = np.stack([-distances, distances], axis=1)
    columns = np.full((len(distances), classes), -np.inf)
    columns[:, classifier.classes_] = distances
    return columns


def _validation_scores(truth: npt.NDArray[Any], predicted: npt.NDArray[Any]) -> dict[str, float]:
    from sklearn.metrics import accuracy_score, f1_score, recall_score

    present = np.unique(truth)  # balanced_accuracy_score would warn about classes that are only predicted
    return {
        "accuracy": float(accuracy_score(truth, predicted)),
        "macro_f1": float(f1_score(truth, predicted, average="macro", zero_division=0)),
        "balanced_accuracy": float(
            recall_score(truth, predicted, labels=present, average="macro", zero_division=0)
        ),
    }
