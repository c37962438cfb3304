"""How good the probabilities are that a paper lists a category, on papers that list theirs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from arxonomy.evaluation.listed import complete_lists, mark_listed
from arxonomy.evaluation.results import Result
from arxonomy.records import LISTED_FROM

BINS = 15
"""Intervals of equal width of the calibration error, as for the category itself."""


class ListedScores(Result):
    """Scores of the probabilities of being listed. Shares are in 0..1.

    A paper's label counts as listed. Where a category is found, its probability is 50% or more; where it is
    suggested, as predictions do, it is `LISTED_FROM` or more.
    """

    papers: int
    """Papers that list categories; all other scores are of these."""
    listed: float
    """Categories of the model that a paper lists, on average."""
    micro_average_precision: float
    """Average precision over all pairs of a paper and a category."""
    macro_average_precision: float
    """Mean average precision of the categories that a paper lists."""
    micro_f1: float
    """F1 of what is found, over all pairs."""
    macro_f1: float
    """Mean F1 of what is found, over the categories that a paper lists."""
    expected_calibration_error: float
    """Mean gap between the probability and the share that is listed, of the pairs that are suggested."""
    exact: float
    """Share of the papers of which exactly the listed categories are found."""
    cross_lists: int
    """Listed categories besides the papers' labels."""
    cross_lists_suggested: float | None
    """Share of these that are suggested; None where there are none."""
    suggested: float
    """Categories that are suggested of a paper, on average."""

    def to_text(self) -> list[str]:
        """Three lines, the first of which is a title."""
        crossed = ""
        if self.cross_lists_suggested is not None:
            crossed = f"; of {self.cross_lists:,} cross-lists {self.cross_lists_suggested:.2%} are suggested"
        return [
            f"Listed categories, of the {self.papers:,} papers that list any: {self.listed:.2f} on average",
            f"average precision {self.micro_average_precision:.4f} (macro "
            f"{self.macro_average_precision:.4f}), F1 at 50% {self.micro_f1:.4f} (macro "
            f"{self.macro_f1:.4f}), exactly the list {self.exact:.2%}",
            f"suggested (from {LISTED_FROM:.0%}): {self.suggested:.2f} categories on average, calibration "
            f"error {self.expected_calibration_error:.2%}{crossed}",
        ]


def score_listed(
    truth: Sequence[int] | npt.NDArray[np.int64],
    probabilities: npt.NDArray[np.float64],
    labels: Sequence[str],
    listed: Sequence[Collection[str]],
) -> ListedScores | None:
    """Score the probabilities of being listed.

    Args:
        truth: (N,) the label of each paper, in 0..C-1.
        probabilities: (N, C) in 0..1, of being listed.
        labels: The C labels.
        listed: For each paper the categories that it lists, in the words of `labels`; papers without any are
            left out.

    Returns:
        The scores; None where no paper lists any.
    """
    from sklearn.metrics import average_precision_score, f1_score

    rows = np.flatnonzero([bool(names) for names in listed])
    if not len(rows):
        return None
    own, shares = np.asarray(truth)[rows], probabilities[rows]
    lists = mark_listed(complete_lists(own, labels, [listed[row] for row in rows.tolist()]), labels)
    found, suggested = shares >= 0.5, shares >= LISTED_FROM
    present = np.flatnonzero(lists.any(axis=0))
    crossed = lists.copy()
    crossed[np.arange(len(rows)), own] = False
    count = int(crossed.sum())
    precisions = [average_precision_score(lists[:, label], shares[:, label]) for label in present]
    return ListedScores(
        papers=len(rows),
        listed=float(lists.sum(axis=1).mean()),
        micro_average_precision=float(average_precision_score(lists.ravel(), shares.ravel())),
        macro_average_precision=float(np.mean(precisions)),
        micro_f1=float(f1_score(lists.ravel(), found.ravel(), zero_division=0)),
        macro_f1=float(f1_score(lists, found, labels=present, average="macro", zero_division=0)),
        expected_calibration_error=_measure_calibration(lists[suggested], shares[suggested]),
        exact=float((found == lists).all(axis=1).mean()),
        cross_lists=count,
        cross_lists_suggested=float((crossed & suggested).sum()) / count if count else None,
        suggested=float(suggested.sum(axis=1).mean()),
    )


def _measure_calibration(listed: npt.NDArray[np.bool_], shares: npt.NDArray[np.float64]) -> float:
    """The expected calibration error of pairs: whether each is listed (M,), and its probability (M,)."""
    if not len(shares):
        return 0.0
    places = np.clip(np.ceil(shares * BINS).astype(np.int64) - 1, 0, BINS - 1)
    gaps = np.bincount(places, weights=listed - shares, minlength=BINS)
    return float(np.abs(gaps).sum() / len(shares))
