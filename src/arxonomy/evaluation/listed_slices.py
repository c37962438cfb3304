"""Scores of the papers of a month that list categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.evaluation.listed_scores import measure_f1, measure_list_calibration
from arxonomy.evaluation.results import Result
from arxonomy.records import LISTED_FROM


class ListedSlice(Result):
    """Scores of the probabilities of being listed, of the papers of a month; see `ListedScores`."""

    micro_f1: float
    """F1 of what is found, from the threshold that was chosen on validation papers, else from 50%."""
    macro_f1: float
    """Its mean over the categories that a paper of the month lists."""
    expected_calibration_error: float
    """That of the suggested categories."""


@dataclass(frozen=True)
class ListedAnswers:
    """What N papers list, and what a model says about it."""

    marked: npt.NDArray[np.bool_]
    """(N, C) which categories each paper lists, its label included."""
    listing: npt.NDArray[np.bool_]
    """(N,) whether a paper's file says what it lists."""
    probabilities: npt.NDArray[np.floating[Any]] | None = None
    """(N, C) probabilities of being listed; None for a model that knows nothing of lists."""
    threshold: float | None = None
    """Probability from which a category is found; None: 50%."""

    def score(
        self, rows: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64]
    ) -> tuple[float, ListedSlice | None]:
        """Score some of the papers.

        Args:
            rows: (M,) which, M >= 1.
            predicted: (M,) the predicted class of each.

        Returns:
            The share of predicted classes that are listed; and the scores of the probabilities, None where
            there are none or no paper says what it lists.
        """
        any_listed = float(self.marked[rows, predicted].mean())
        known = rows[self.listing[rows]]
        if self.probabilities is None or not len(known):
            return any_listed, None
        lists, shares = self.marked[known], self.probabilities[known]
        micro, macro = measure_f1(lists, shares >= (0.5 if self.threshold is None else self.threshold))
        suggested = shares >= LISTED_FROM
        error = measure_list_calibration(lists[suggested], shares[suggested])
        return any_listed, ListedSlice(micro_f1=micro, macro_f1=macro, expected_calibration_error=error)
