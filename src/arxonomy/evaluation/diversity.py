"""How different the errors of an ensemble's members are, and what the vote gains."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError
from arxonomy.evaluation.calibration import check_probabilities, check_truth
from arxonomy.evaluation.results import Result


class Diversity(Result):
    """Accuracy of members and of their soft vote, and measures of how alike their errors are.

    Shares are in 0..1.
    """

    papers: int
    """N."""
    member_accuracies: tuple[float, ...]
    """The M members' shares right."""
    mean_accuracy: float
    """The mean of those."""
    vote_accuracy: float
    """Share right of the mean of the probabilities."""
    gain: float
    """By how much the vote is better than the mean."""
    oracle_accuracy: float
    """Share of papers for which any member is right."""
    disagreement: float
    """Share of papers for which exactly one of two members is right; the mean over all pairs."""
    double_fault: float
    """Share of papers for which both of two members are wrong, which no vote of the two can fix; the mean
    over all pairs."""
    kappa: float | None
    """Agreement between the members on which papers are hard, beyond chance: 1 when all err on the same
    papers, 0 when their errors are independent, below 0 when they avoid one another; None when there are no
    errors, or nothing else, to compare."""


def measure_diversity(truth: npt.ArrayLike, members: Sequence[npt.ArrayLike]) -> Diversity:
    """Measure how alike the errors of an ensemble's members are.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 1.
        members: M >= 2 arrays (N, C), each a member's probabilities: rows in 0..1 with sum 1.

    Raises:
        DataError: Fewer than two members, no papers, shapes that disagree, or a number out of range.

    Source: Kuncheva & Whitaker 2003, "Measures of Diversity in Classifier Ensembles", Machine Learning 51,
    181-207, section 2: the disagreement measure, the double-fault measure and the interrater agreement.
    """
    shares = [check_probabilities(member) for member in members]
    if len(shares) < 2 or len({member.shape for member in shares}) > 1:
        raise DataError(
            "expected the probabilities of at least two members, all of one shape; "
            f"found {[member.shape for member in shares]}: classify the same papers with each"
        )
    labels = check_truth(truth, shares[0], "probabilities")
    right = np.array([member.argmax(axis=1) == labels for member in shares])  # (M, N)
    first, second = np.triu_indices(len(right), k=1)
    mean = float(right.mean())
    disagreement = float((right[first] != right[second]).mean())
    vote = float((np.mean(shares, axis=0).argmax(axis=1) == labels).mean())
    return Diversity(
        papers=len(labels),
        member_accuracies=right.mean(axis=1).tolist(),
        mean_accuracy=mean,
        vote_accuracy=vote,
        gain=vote - mean,
        oracle_accuracy=float(right.any(axis=0).mean()),
        disagreement=disagreement,
        double_fault=float((~right[first] & ~right[second]).mean()),
        kappa=1 - disagreement / (2 * mean * (1 - mean)) if 0 < mean < 1 else None,
    )
