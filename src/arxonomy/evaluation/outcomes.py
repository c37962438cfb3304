"""What scores count of papers: a few numbers of each, so that large probabilities are read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from arxonomy.evaluation.calibration import check_probabilities, check_truth

TOP = 5
"""Classes among which the right one counts as found, where there are more than twice as many."""

_AT_ONCE = 8192  # papers whose probabilities are worked on together, so that copies of them stay small

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Outcomes:
    """What came out of N papers, whose probabilities of C classes are known no more."""

    labels: Ids
    """(N,) the right class of each paper, in 0..C-1."""
    predicted: Ids
    """(N,) the most probable class; of equals the first."""
    confidence: Floats
    """(N,) its probability."""
    share: Floats
    """(N,) the probability of the right class."""
    squares: Floats
    """(N,) the sum of the squares of all probabilities."""
    rank: Ids
    """(N,) how many classes come before the right one, by falling probability; 0 where it is predicted."""
    classes: int
    """C."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """(N,) whether the right class is predicted."""
        return np.asarray(self.predicted == self.labels)

    @property
    def top5(self) -> float | None:
        """Share of papers whose class is among the `TOP` most probable; None where `TOP` are nearly all."""
        return float((self.rank < TOP).mean()) if self.classes > 2 * TOP else None

    def select(self, rows: npt.NDArray[Any]) -> Self:
        """The papers in these rows, given as numbers or as a mask (N,)."""
        return type(self)(classes=self.classes, **{name: getattr(self, name)[rows] for name in _COLUMNS})

    @classmethod
    def join(cls, parts: Sequence[Outcomes]) -> Self:
        """The papers of at least one part, in order."""
        columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS}
        return cls(classes=parts[0].classes, **columns)


_COLUMNS = tuple(field.name for field in fields(Outcomes) if field.name != "classes")


def measure_outcomes(truth: npt.ArrayLike | Outcomes, probabilities: npt.ArrayLike | None = None) -> Outcomes:
    """Measure what comes out of papers; outcomes stay as they are.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 1; or outcomes.
        probabilities: Array (N, C), rows in 0..1 with sum 1; None with outcomes.

    Raises:
        DataError: There are no papers, the shapes disagree, or a number is out of range.
    """
    if isinstance(truth, Outcomes):
        return truth
    labels, shares = np.asarray(truth), np.asarray(probabilities)
    if labels.ndim != 1 or shares.ndim != 2 or len(labels) != len(shares) or not len(labels):
        check_truth(labels, np.asarray(shares, dtype=np.float64), "probabilities")  # refuses them
    starts = range(0, len(labels), _AT_ONCE)
    return Outcomes.join([_measure(labels[at : at + _AT_ONCE], shares[at : at + _AT_ONCE]) for at in starts])


def _measure(truth: npt.NDArray[Any], probabilities: npt.NDArray[Any]) -> Outcomes:
    shares = check_probabilities(probabilities)
    labels = check_truth(truth, shares, "probabilities")
    predicted = shares.argmax(axis=1)
    rows = np.arange(len(labels))
    share = shares[rows, labels]
    # Equals rank in the order of the classes, so that the first of the ranking is the prediction.
    before = (shares == share[:, None]) & (np.arange(shares.shape[1]) < labels[:, None])
    return Outcomes(
        labels=labels,
        predicted=predicted,
        confidence=shares[rows, predicted],
        share=share,
        squares=(shares**2).sum(axis=1),
        rank=((shares > share[:, None]) | before).sum(axis=1),
        classes=shares.shape[1],
    )
