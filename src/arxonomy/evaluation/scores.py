"""From true classes and probabilities to the numbers of a report, ready for JSON."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError, SettingsError, did_you_mean
from arxonomy.evaluation.calibration import check_probabilities, check_truth
from arxonomy.evaluation.confidence import calibration_scores, coverage_at, risk_coverage, wilson_interval

MONITORS = ("accuracy", "macro_f1", "balanced_accuracy")
"""The names that `monitor_score` knows."""


def score(
    truth: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    labels: Sequence[str],
    listed: Sequence[Collection[str]] | None = None,
) -> dict[str, Any]:
    """All scores of one set of papers.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 1.
        probabilities: Array (N, C), rows in 0..1 with sum 1.
        labels: The C class names, in the order of the columns.
        listed: For each paper all categories it lists, in the words of `labels` (that is, after
            merging); empty for a paper whose file does not say.

    Returns:
        A dict that JSON can hold. Shares are in 0..1.

        - `papers`: N
        - `accuracy`, `accuracy_interval`: share right, with its 95% interval (`wilson_interval`)
        - `macro_f1`, `balanced_accuracy`: see `monitor_score`
        - `top2_accuracy`: share of papers whose class is among the two most probable
        - `log_loss`: mean negative log-likelihood in nats
        - `brier`, `expected_calibration_error` and their intervals: see `calibration_scores`
        - `aurc`: area under the risk-coverage curve, see `risk_coverage`
        - `answers`: accuracy and coverage where only sure answers count, see `coverage_at`
        - `any_listed_accuracy`: share of papers whose predicted class is among their listed
          categories, over the papers that list any; the key is missing when none does
        - `several_categories`: `papers`, `accuracy`, `any_listed_accuracy` and `top2_accuracy` of the
          papers that list two categories or more; missing when none does
        - `per_class`: label -> `precision`, `recall`, `f1`, `support` (papers); 0 where undefined
        - `confusion`: C lists of C counts, rows = truth, columns = prediction

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.
    """
    from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support

    shares = check_probabilities(probabilities)
    right = check_truth(truth, shares, "probabilities")
    papers, classes = shares.shape
    if len(labels) != classes or (listed is not None and len(listed) != papers):
        raise DataError(
            f"expected {classes} labels and {papers} lists of categories, as the probabilities have; found "
            f"{len(labels)} and {'none' if listed is None else len(listed)}: pass one label per column, "
            "one list per paper"
        )
    # A stable sort breaks ties as argmax does, so that the first of the ranking is the prediction.
    ranking = np.argsort(-shares, axis=1, kind="stable")
    predicted = ranking[:, 0]
    exact, among_two = predicted == right, (ranking[:, :2] == right[:, None]).any(axis=1)
    hits = int(exact.sum())
    every_class = np.arange(classes)
    result: dict[str, Any] = {
        "papers": papers,
        "accuracy": hits / papers,
        "accuracy_interval": wilson_interval(hits, papers),
        "macro_f1": monitor_score("macro_f1", right, predicted),
        "balanced_accuracy": monitor_score("balanced_accuracy", right, predicted),
        "top2_accuracy": float(among_two.mean()),
        "log_loss": float(log_loss(right, shares, labels=every_class)),
        **calibration_scores(right, shares),
        "aurc": risk_coverage(right, shares)[1],
        "answers": coverage_at(right, shares),
    }
    if listed is not None:
        number = np.array([len(set(names)) for names in listed])
        among = np.array([labels[i] in names for i, names in zip(predicted, listed, strict=True)])
        if (number > 0).any():
            result["any_listed_accuracy"] = float(among[number > 0].mean())
        if (several := number > 1).any():
            result["several_categories"] = {
                "papers": int(several.sum()),
                "accuracy": float(exact[several].mean()),
                "any_listed_accuracy": float(among[several].mean()),
                "top2_accuracy": float(among_two[several].mean()),
            }
    columns = precision_recall_fscore_support(right, predicted, labels=every_class, zero_division=0)
    result["per_class"] = {
        label: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)}
        for label, p, r, f, n in zip(labels, *columns, strict=True)
    }
    result["confusion"] = confusion_matrix(right, predicted, labels=every_class).tolist()
    return result


def monitor_score(name: str, truth: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """One score of predicted classes: the score that chooses the best epoch.

    Args:
        name: `accuracy`; `macro_f1`, the mean F1 over the classes that occur in either array; or
            `balanced_accuracy`, the mean recall over the classes that occur in `truth`.
        truth: Integer array (N,), the right class of each paper, N >= 1.
        predicted: Integer array (N,), the predicted class of each paper.

    Returns:
        The score in 0..1, higher is better.

    Raises:
        SettingsError: No score has this name.
        DataError: There are no papers, or the arrays differ in length.
    """
    from sklearn.metrics import accuracy_score, f1_score, recall_score

    if name not in MONITORS:
        raise SettingsError(f"no validation score is called `{name}`: {did_you_mean(name, MONITORS)}")
    right, answers = np.asarray(truth), np.asarray(predicted)
    if right.ndim != 1 or right.shape != answers.shape or not len(right):
        raise DataError(
            "expected one true and one predicted class for each of at least one paper; "
            f"found shapes {right.shape} and {answers.shape}: check the split"
        )
    if name == "accuracy":
        return float(accuracy_score(right, answers))
    if name == "macro_f1":
        return float(f1_score(right, answers, average="macro", zero_division=0))
    # As scikit-learn's balanced_accuracy_score, but silent when a predicted class has no true papers.
    return float(recall_score(right, answers, labels=np.unique(right), average="macro", zero_division=0))
