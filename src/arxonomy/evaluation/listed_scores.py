"""How good the probabilities are that a paper lists a category, on papers that list theirs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.evaluation.listed import mark_complete
from arxonomy.evaluation.results import Result
from arxonomy.records import LISTED_FROM

BINS = 15
"""Intervals of equal width of the calibration error, as for the category itself."""

_AT_ONCE = 1_000_000  # pairs that are sorted into place together, so that it takes little memory

Lists = npt.NDArray[np.bool_]
Shares = npt.NDArray[np.floating[Any]]


class ThresholdScores(Result):
    """Scores of what is found from a threshold that was chosen on validation papers. Shares are in 0..1."""

    threshold: float
    """Probability from which a category is found."""
    micro_f1: float
    """F1 of what is found, over all pairs."""
    macro_f1: float
    """Mean F1 of what is found, over the categories that a paper lists."""
    exact: float
    """Share of the papers of which exactly the listed categories are found."""
    found: float
    """Categories that are found of a paper, on average."""


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
    calibration_error_of_all: float | None = None
    """As `expected_calibration_error`, of all pairs: small, since most pairs are improbable."""
    chosen: ThresholdScores | None = None
    """Scores at the threshold that was chosen on validation papers; None for a model without one."""

    def to_text(self) -> list[str]:
        """Four lines, the first of which is a title."""
        crossed = ""
        if self.cross_lists_suggested is not None:
            crossed = f"; of {self.cross_lists:,} cross-lists {self.cross_lists_suggested:.2%} are suggested"
        return [
            f"Listed categories, of the {self.papers:,} papers that list any: {self.listed:.2f} on average",
            f"average precision {self.micro_average_precision:.4f} (macro "
            f"{self.macro_average_precision:.4f}), F1 at 50% {self.micro_f1:.4f} (macro "
            f"{self.macro_f1:.4f}), exactly the list {self.exact:.2%}",
            self._format_chosen(),
            f"suggested (from {LISTED_FROM:.0%}): {self.suggested:.2f} categories on average, calibration "
            f"error {self.expected_calibration_error:.2%}{crossed}",
        ]

    def _format_chosen(self) -> str:
        if (own := self.chosen) is None:
            return "no threshold was chosen on validation papers: older models and votes of several have none"
        return (
            f"at {own.threshold:.0%}, chosen on validation papers: F1 {own.micro_f1:.4f} (macro "
            f"{own.macro_f1:.4f}), exactly the list {own.exact:.2%}, {own.found:.2f} categories on average"
        )


def score_listed(
    truth: Sequence[int] | npt.NDArray[np.int64],
    probabilities: Shares,
    labels: Sequence[str],
    listed: Sequence[Collection[str]],
    threshold: float | None = None,
) -> ListedScores | None:
    """Score the probabilities of being listed.

    Args:
        truth: (N,) the label of each paper, in 0..C-1.
        probabilities: (N, C) in 0..1, of being listed.
        labels: The C labels.
        listed: For each paper the categories that it lists, in the words of `labels`; papers without any are
            left out.
        threshold: The probability from which a category is found, as `choose_threshold` chose it on
            validation papers; None where there is none.

    Returns:
        The scores; None where no paper lists any.
    """
    rows = np.flatnonzero([bool(names) for names in listed])
    if not len(rows):
        return None
    if len(rows) == len(listed):  # no copy of what may be large
        own, shares, lists = np.asarray(truth), probabilities, mark_complete(truth, labels, listed)
    else:
        own, shares = np.asarray(truth)[rows], probabilities[rows]
        lists = mark_complete(own, labels, [listed[row] for row in rows.tolist()])
    suggested = shares >= LISTED_FROM
    present = np.flatnonzero(lists.any(axis=0))
    count = int(lists.sum()) - len(rows)
    own_suggested = int(suggested[np.arange(len(rows)), own].sum())
    found = _score_found(lists, shares, 0.5)
    precisions = [measure_average_precision(lists[:, label], shares[:, label]) for label in present]
    return ListedScores(
        papers=len(rows),
        listed=float(lists.sum(axis=1).mean()),
        micro_average_precision=measure_average_precision(lists, shares),
        macro_average_precision=float(np.mean(precisions)),
        micro_f1=found.micro_f1,
        macro_f1=found.macro_f1,
        expected_calibration_error=measure_list_calibration(lists[suggested], shares[suggested]),
        exact=found.exact,
        cross_lists=count,
        cross_lists_suggested=(int((lists & suggested).sum()) - own_suggested) / count if count else None,
        suggested=float(suggested.sum(axis=1).mean()),
        calibration_error_of_all=measure_list_calibration(lists, shares),
        chosen=None if threshold is None else _score_found(lists, shares, threshold),
    )


def _score_found(lists: Lists, shares: Shares, threshold: float) -> ThresholdScores:
    """Score what is found from a probability on, (N, C) each."""
    found = shares >= threshold
    micro, macro = measure_f1(lists, found)
    return ThresholdScores(
        threshold=threshold,
        micro_f1=micro,
        macro_f1=macro,
        exact=float((found == lists).all(axis=1).mean()),
        found=float(found.sum(axis=1).mean()),
    )


def measure_f1(lists: Lists, found: Lists) -> tuple[float, float]:
    """F1 of what is found (N, C): over all pairs, and the mean over the categories that a paper lists."""
    right, of_label, chosen = (lists & found).sum(axis=0), lists.sum(axis=0), found.sum(axis=0)
    micro = 2 * right.sum() / max(of_label.sum() + chosen.sum(), 1)
    present = of_label > 0
    macro = (2 * right[present] / (of_label + chosen)[present]).mean() if present.any() else 0.0
    return float(micro), float(macro)


def measure_average_precision(listed: Lists, shares: Shares) -> float:
    """Average precision of pairs, as scikit-learn defines it, in little memory.

    Each listed pair adds the share of listed ones among all pairs that are as probable or more; only these
    shares are sorted, and all others are counted into their places.

    Args:
        listed: Whether each of M pairs is listed, any shape, at least one is.
        shares: Their probabilities, the same shape.
    """
    values, hits = np.unique(shares[listed], return_counts=True)
    counts = np.zeros(len(values) + 1, dtype=np.int64)
    step = max(1, _AT_ONCE // (shares.size // len(shares)))
    for start in range(0, len(shares), step):
        place = np.searchsorted(values, shares[start : start + step].ravel(), side="right")
        counts += np.bincount(place, minlength=len(counts))
    reaching = counts[::-1].cumsum()[:-1]  # pairs that reach each value, from the largest down
    right = hits[::-1].cumsum()
    return float((hits[::-1] * (right / reaching)).sum() / right[-1])


def measure_list_calibration(listed: Lists, shares: Shares) -> float:
    """The expected calibration error of pairs: whether each is listed, and its probability; any shape."""
    if not shares.size:
        return 0.0
    gaps = np.zeros(BINS)
    step = max(1, _AT_ONCE // (shares.size // len(shares)))
    for start in range(0, len(shares), step):
        part = shares[start : start + step].ravel().astype(np.float64)
        places = np.clip(np.ceil(part * BINS).astype(np.int64) - 1, 0, BINS - 1)
        gaps += np.bincount(places, listed[start : start + step].ravel() - part, minlength=BINS)
    return float(np.abs(gaps).sum() / shares.size)
