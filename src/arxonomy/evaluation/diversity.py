"""Whether the members of an ensemble err on different papers, and whether that pays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError
from arxonomy.evaluation.calibration import check_probabilities, check_truth


def diversity(truth: npt.ArrayLike, members: Sequence[npt.ArrayLike]) -> dict[str, Any]:
    """Accuracy of an ensemble's members, of their soft vote, and measures of how alike their errors are.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 1.
        members: M >= 2 arrays (N, C), each a member's probabilities: rows in 0..1 with sum 1.

    Returns:
        A dict that JSON can hold. Shares are in 0..1.

        - `papers`, `member_accuracies`: N, and the M members' shares right
        - `mean_accuracy`, `vote_accuracy`, `gain`: mean of those, share right of the mean of the
          probabilities, and by how much the vote is better than the mean
        - `oracle_accuracy`: share of papers for which any member is right
        - `disagreement`: share of papers for which exactly one of two members is right; the mean over
          all pairs, as is the next
        - `double_fault`: share of papers for which both are wrong: what no vote of the two can mend
        - `kappa`: agreement between the members on which papers are hard, beyond chance: 1 when all err
          on the same papers, 0 when errors meet as chance has it, below 0 when they avoid one another;
          None when there are no errors, or nothing else, to compare

    Raises:
        DataError: Fewer than two members, no papers, shapes that disagree, or a number out of range.

    Source: Kuncheva & Whitaker 2003, "Measures of Diversity in Classifier Ensembles", Machine Learning 51,
    181-207, section 2: the disagreement measure, the double-fault measure and the interrater agreement.
    """
    shares = [check_probabilities(member) for member in members]
    if len(shares) < 2 or len({one.shape for one in shares}) > 1:
        raise DataError(
            "expected the probabilities of at least two members, all of one shape; "
            f"found {[one.shape for one in shares]}: sort the same papers with each"
        )
    labels = check_truth(truth, shares[0], "probabilities")
    right = np.array([one.argmax(axis=1) == labels for one in shares])  # (M, N)
    ones, others = np.triu_indices(len(right), k=1)
    mean = float(right.mean())
    disagreement = float((right[ones] != right[others]).mean())
    vote = float((np.mean(shares, axis=0).argmax(axis=1) == labels).mean())
    return {
        "papers": len(labels),
        "member_accuracies": right.mean(axis=1).tolist(),
        "mean_accuracy": mean,
        "vote_accuracy": vote,
        "gain": vote - mean,
        "oracle_accuracy": float(right.any(axis=0).mean()),
        "disagreement": disagreement,
        "double_fault": float((~right[ones] & ~right[others]).mean()),
        "kappa": 1 - disagreement / (2 * mean * (1 - mean)) if 0 < mean < 1 else None,
    }
