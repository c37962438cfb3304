"""What learning curves give: points, power laws, and what more training papers would give."""

from __future__ import annotations

from arxonomy.evaluation.results import Interval, Result

HIGHEST_EXPONENT = 3.0
"""Steepest law that is tried."""


class Point(Result):
    """A system after training on a number of papers."""

    training_papers: int
    """The number."""
    accuracy: Interval
    """The mean over the seeds."""
    accuracies: tuple[float, ...]
    """The accuracy of each seed."""


class Law(Result):
    """error(n) = factor * n ** -exponent + floor."""

    factor: Interval
    """See there."""
    exponent: Interval
    """See there."""
    floor: Interval
    """See there."""
    misfit: float
    """Root mean square of the points' distances from it."""

    @property
    def is_steepest(self) -> bool:
        """Whether its exponent may be larger than any that is tried."""
        return self.exponent.high >= HIGHEST_EXPONENT


class Extrapolation(Result):
    """What the law gives for more papers."""

    accuracy: Interval
    """Accuracy at that number of papers."""
    gain: Interval
    """Above the accuracy at the largest trained size, both extrapolated."""


class FittedPoint(Result):
    """A point of the law, to be drawn."""

    training_papers: float
    """Number of papers."""
    error: Interval
    """The law's error."""


class LearningCurve(Result):
    """The curve of one system."""

    seeds: int
    """Number of runs per size."""
    points: tuple[Point, ...]
    """One per size."""
    unknown: str = ""
    """Why no law was fitted; empty if one was."""
    law: Law | None = None
    """The law."""
    asked: Extrapolation | None = None
    """What more papers would give."""
    fitted: tuple[FittedPoint, ...] = ()
    """The law at many sizes."""


class CurvePair(Result):
    """Two systems with a law, with more papers."""

    first: str
    """The one whose accuracy is the larger where the difference is positive."""
    second: str
    """The other."""
    difference: Interval
    """Difference of the extrapolated accuracies, first - second."""


class LearningCurves(Result):
    """The curves of systems that were trained on subsets of the same papers.

    Each interval is the 95% percentile interval of a bootstrap over test papers and, where a system has
    several, over seeds. As in `significance.estimate_over_seeds` both variances are added: papers are
    resampled with the answers of all seeds, and to that is added how the resampled seeds differ from all. Of
    S seeds S-1 are drawn, since S of so few would vary too little (Rao & Wu 1988, Journal of the American
    Statistical Association 83, 231-241).
    """

    papers: int
    """Test papers."""
    sizes: tuple[int, ...]
    """Numbers of training papers, rising."""
    more: int
    """How many papers more than the largest size are asked about."""
    asked: int
    """The largest size and `more`."""
    systems: dict[str, LearningCurve]
    """Name -> curve."""
    pairs: tuple[CurvePair, ...]
    """The systems with a law."""

    def to_text(self) -> str:
        """A readable report; see `learning_curves_text.format_learning_curves`."""
        from arxonomy.evaluation.learning_curves_text import format_learning_curves

        return format_learning_curves(self)
