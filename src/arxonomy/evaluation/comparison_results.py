"""What a comparison of systems gives: scores, differences, and their significance."""

from __future__ import annotations

from arxonomy.evaluation.results import Interval, Result
from arxonomy.evaluation.significance import OverSeeds


class SeveralEstimates(Result):
    """Scores of the papers that list several categories."""

    accuracy: Interval
    """See `Scores`."""
    any_listed_accuracy: Interval
    """See `Scores`."""
    top2_accuracy: Interval
    """See `Scores`."""


class ClassEstimates(Result):
    """Scores of one class, or differences of them."""

    recall: Interval
    """See `ClassScores`."""
    precision: Interval
    """See `ClassScores`."""
    f1: Interval
    """See `ClassScores`."""
    support: int | None = None
    """Papers of the class; None of differences."""


class Estimates(Result):
    """Scores of a system, or differences of two systems.

    The intervals are the 95% percentile intervals of a bootstrap over papers, seeds held fixed.
    """

    accuracy: Interval
    """See `Scores`."""
    any_listed_accuracy: Interval | None = None
    """See `Scores`; None if no paper lists categories."""
    top2_accuracy: Interval
    """See `Scores`."""
    top5_accuracy: Interval | None = None
    """See `Scores`."""
    log_loss: Interval
    """See `Scores`."""
    several_categories: SeveralEstimates | None = None
    """Scores of the papers that list two categories or more; None if there are none."""
    macro_f1: Interval
    """See `Scores`."""
    per_class: dict[str, ClassEstimates]
    """Label -> its scores."""


class Seeds(Result):
    """The runs of a system."""

    accuracies: tuple[float, ...]
    """Their accuracies."""
    deviation: float | None
    """The standard deviation of these; None for a single run."""


class SystemScores(Estimates):
    """Scores of a system: the means over its runs."""

    expected_calibration_error: float
    """See there."""
    seeds: Seeds
    """The runs one by one."""


class PairNames(Result):
    """Two systems."""

    first: str
    """The one whose scores are the larger where a difference is positive."""
    second: str
    """The other."""


class Pair(Estimates, PairNames):
    """Differences first - second of two systems, and their significance."""

    only_first_right: int
    """Papers on which more of the first system's runs are right."""
    only_second_right: int
    """Papers on which more of the second system's runs are right."""
    test: str
    """The name of the test over papers; see `run_paired_test`."""
    p_papers: float
    """Its p-value."""
    over_seeds: OverSeeds | None
    """The difference in accuracy over other papers and seeds; None if both systems have a single run."""
    p_value: float
    """The greater of the p-values over papers, and over papers and seeds."""
    p_holm: float
    """Corrected for the number of pairs."""
    better: str | None
    """The better system where `p_holm` is below `LEVEL`, else None."""
    verdict: str
    """Whether the accuracies differ, such as `+1.4 pp (95% CI 0.7 to 2.0)` or `not significant`."""

    @property
    def accuracy_range(self) -> tuple[float, float]:
        """The interval of the difference in accuracy, over papers and, with several seeds, over seeds."""
        return self.over_seeds.interval if self.over_seeds else self.accuracy.ends


class Comparison(Result):
    """Systems that answered the same papers. Shares are in 0..1."""

    papers: int
    """N."""
    different_papers: int
    """How many of them are not copies of one another."""
    papers_with_several_categories: int
    """How many list two categories or more."""
    systems: dict[str, SystemScores]
    """Name -> scores."""
    pairs: tuple[Pair, ...]
    """The differences."""

    def to_text(self) -> str:
        """A readable report; see `comparison_text.format_comparison`."""
        from arxonomy.evaluation.comparison_text import format_comparison

        return format_comparison(self)
