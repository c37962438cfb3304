"""The target of an explanation: the log-odds of a category, against all others or against one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arxonomy.errors import SettingsError, suggest_name
from arxonomy.explain.words import Scores
from arxonomy.inference import Classifier
from arxonomy.records import Prediction
from arxonomy.taxonomy import find_category


@dataclass(frozen=True)
class Target:
    """The category that is explained, made of one or several of the model's K labels."""

    category: str
    """Its name."""
    against: str | None
    """The category that it is compared with; None: all others."""
    columns: tuple[int, ...]
    """Places of its labels among those of the model, in 0..K-1."""
    others: tuple[int, ...]
    """Places of those that it is compared with."""

    def compute_log_odds(self, probabilities: npt.NDArray[np.float64]) -> Scores:
        """(N, K) probabilities -> (N,) their log-odds, finite; those of merged labels add up."""
        smallest = np.finfo(np.float64).tiny
        explained = np.maximum(probabilities[:, list(self.columns)].sum(axis=1), smallest)
        others = np.maximum(probabilities[:, list(self.others)].sum(axis=1), smallest)
        return np.asarray(np.log(explained) - np.log(others))


def choose_target(
    classifier: Classifier, prediction: Prediction, category: str | None, against: str | None
) -> Target:
    """Choose what is explained.

    Args:
        classifier: Its categories are those that can be explained; so are the labels outside of a view.
        prediction: Its answer; the most probable category is explained where none is named.
        category: The category, or None; an alias or a retired name stands for the one in its place.
        against: The category that it is compared with. None: all others of the view, or what is outside where
            there are none.

    Raises:
        SettingsError: A category is unknown, or both are the same.
    """
    places = _list_places(classifier)
    labels = tuple(places)
    found = [
        None if value is None else find_category(value, labels, classifier.taxonomy)
        for value in (category, against)
    ]
    for name, value, label in zip(("category", "against"), (category, against), found, strict=True):
        if value is not None and label is None:
            raise SettingsError(f"{name}: the model has no category `{value}`: {suggest_name(value, labels)}")
    category, against = found
    category = category or prediction.categories[0][0]
    if category == against:
        raise SettingsError(
            f"against: expected another category than the one explained, found `{against}` twice"
        )
    columns = places[category]
    if against is not None:
        return Target(category, against, columns, places[against])
    inside = {column for label in classifier.labels for column in places[label]}
    rest = inside.difference(columns) or set(range(len(classifier.model_labels))).difference(columns)
    return Target(category, against, columns, tuple(sorted(rest)))


def _list_places(classifier: Classifier) -> dict[str, tuple[int, ...]]:
    """List where the labels of each category are, and those outside of a view, in 0..K-1."""
    view = classifier.view
    if view is None:
        return {label: (place,) for place, label in enumerate(classifier.model_labels)}
    outside = {label: (place,) for label, place in zip(view.outside_labels, view.outside, strict=True)}
    return {**view.columns, **outside}
