"""How far two forms of one model agree: weights as trained and packed, one backend and another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

SAME_CATEGORY = 0.995
"""The least share of papers with the same category that packed weights may have."""
MARGIN = 0.02
"""The largest margin, in probability, of a paper that may get another category from them."""
ACCURACY_LOSS = 0.001
"""The largest share of the papers that may be right no more, on balance."""


@dataclass(frozen=True)
class Agreement:
    """Answers before and after a change that should make no difference, on the same papers."""

    papers: int
    """N."""
    same_category: float
    """Share in 0..1 of the papers whose best category is the same."""
    largest_difference: float
    """Largest difference of a probability."""
    largest_margin: float
    """Largest difference, before, between the probabilities of a paper's category before and of its other one
    after; 0 where no category changes."""
    accuracy_before: float
    """Share in 0..1 of right answers."""
    accuracy_after: float
    """Likewise."""

    def find_faults(self) -> list[str]:
        """Find what is too far from the answers before, in words; empty where nothing is.

        One paper of a few may always change: shares of few papers say little.
        """
        faults = []
        changed = round((1 - self.same_category) * self.papers)
        lost = round((self.accuracy_before - self.accuracy_after) * self.papers)
        if changed > max(1.0, (1 - SAME_CATEGORY) * self.papers):
            faults.append(
                f"expected the same category for at least {SAME_CATEGORY:.1%} of {self.papers:,} "
                f"validation papers, found {self.same_category:.2%}"
            )
        if self.largest_margin >= MARGIN:
            faults.append(
                f"expected other categories only where two are within {MARGIN} in probability, found a paper "
                f"where they are {self.largest_margin:.3f} apart"
            )
        if lost > max(1.0, ACCURACY_LOSS * self.papers):
            faults.append(
                f"expected the accuracy to within {100 * ACCURACY_LOSS:.1f} points, found "
                f"{self.accuracy_after:.2%} where it was {self.accuracy_before:.2%}"
            )
        return faults


def compare_answers(
    before: npt.NDArray[np.floating[Any]],
    after: npt.NDArray[np.floating[Any]],
    labels: npt.NDArray[np.int64],
) -> Agreement:
    """Compare the answers of two forms of a model.

    Args:
        before: (N, C) probabilities, N >= 1.
        after: (N, C) likewise.
        labels: (N,) the true categories.
    """
    first, second = before.argmax(axis=1), after.argmax(axis=1)
    rows = np.arange(len(before))
    margins = before[rows, first] - before[rows, second]  # (N,), 0 where the category is the same
    return Agreement(
        papers=len(labels),
        same_category=float((first == second).mean()),
        largest_difference=float(np.abs(after - before).max()),
        largest_margin=float(margins.max(initial=0.0)),
        accuracy_before=float((first == labels).mean()),
        accuracy_after=float((second == labels).mean()),
    )
