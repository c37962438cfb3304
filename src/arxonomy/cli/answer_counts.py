"""Says once per input what became of its papers: how many got no category, and why, and at which level."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from arxonomy.cli.levels import format_answered
from arxonomy.cli.missing_parts import MissingParts
from arxonomy.messages import format_count, say
from arxonomy.records import ATYPICAL_BELOW, OUTSIDE_FIELD, Prediction

if TYPE_CHECKING:
    from arxonomy.taxonomy import Levels


class AnswerCounts:
    """Counts predictions by what is said of them, and says so at the end.

    Args:
        has_view: Whether answers are among chosen labels.
        min_confidence: As it was asked for.
        back_off: Likewise.
        levels: Those that answers may have.
    """

    def __init__(
        self, *, has_view: bool, min_confidence: float | None, back_off: float | None, levels: Levels
    ) -> None:
        self.papers = 0
        self._has_view = has_view
        self._min_confidence = min_confidence
        self._back_off = back_off
        self._levels = levels
        self._abstained = self._outside = self._atypical = 0
        self._answered: Counter[str | None] = Counter()
        self._missing = MissingParts()

    def count(self, prediction: Prediction) -> None:
        """Count the prediction of one paper."""
        self.papers += 1
        self._outside += prediction.is_outside
        self._atypical += prediction.is_atypical
        self._abstained += prediction.abstained and not prediction.is_refused
        self._answered[prediction.level if prediction.category is not None else None] += 1
        self._missing.count(prediction)

    def sum_up(self) -> None:
        """Say what is odd about the papers, and what the options did; nothing of what did not occur."""
        papers = format_count(self.papers, "paper")
        self._missing.sum_up()
        if self._has_view:
            say(
                f"none of these categories: {self._outside:,} of {papers}; more than half of their "
                "probability is outside"
            )
        if self._atypical:
            say(
                f"{OUTSIDE_FIELD}: {self._atypical:,} of {papers}; they get no category, since "
                f"{1 - ATYPICAL_BELOW:.0%} of the model's own papers are more typical of it"
            )
        if self._min_confidence is not None:
            say(
                f"no category for {self._abstained:,} of {papers}: the best one is less probable than "
                f"{self._min_confidence:.4g}"
            )
        if self._back_off is not None:
            say(format_answered(self._answered, self._levels))
