"""The target of an explanation: the log-odds of a category, against all others or against one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arxonomy.errors import SettingsError, suggest_name
from arxonomy.explain.words import Scores
from arxonomy.inference import Classifier
from arxonomy.label_names import find_label
from arxonomy.records import Prediction


@dataclass(frozen=True)
class Target:
    """The category that is explained, among C."""

    category: str
    """Its name."""
    against: str | None
    """The category that it is compared with; None: all others."""
    column: int
    """Place of `category` among the classifier's labels, in 0..C-1."""
    others: tuple[int, ...]
    """Places of those that it is compared with."""

    def compute_log_odds(self, probabilities: npt.NDArray[np.float64]) -> Scores:
        """(N, C) probabilities -> (N,) their log-odds, finite."""
        smallest = np.finfo(np.float64).tiny
        explained = np.maximum(probabilities[:, self.column], smallest)
        others = np.maximum(probabilities[:, list(self.others)].sum(axis=1), smallest)
        return np.asarray(np.log(explained) - np.log(others))


def choose_target(
    classifier: Classifier, prediction: Prediction, category: str | None, against: str | None
) -> Target:
    """Choose what is explained.

    Args:
        classifier: Its categories are those that can be explained.
        prediction: Its answer; the most probable category is explained where none is named.
        category: The category, or None.
        against: The category that it is compared with; None: all others.

    Raises:
        SettingsError: A category is unknown, or both are the same.
    """
    labels = classifier.labels
    found = [None if value is None else find_label(value, labels) for value in (category, against)]
    for name, value, label in zip(("category", "against"), (category, against), found, strict=True):
        if value is not None and label is None:
            raise SettingsError(f"{name}: the model has no category `{value}`: {suggest_name(value, labels)}")
    category, against = found
    category = category or prediction.categories[0][0]
    if category == against:
        raise SettingsError(
            f"against: expected another category than the one explained, found `{against}` twice"
        )
    column = labels.index(category)
    others = tuple(i for i, label in enumerate(labels) if i != column and against in (None, label))
    return Target(category, against, column, others)
