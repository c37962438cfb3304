"""How many papers got each verdict, and why nothing can be said of some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from arxonomy.checking.results import Cause, Check, Verdict
from arxonomy.messages import format_count


@dataclass
class Summary:
    """Counts of verdicts."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    """Papers by verdict."""
    causes: Counter[Cause] = field(default_factory=Counter)
    """Papers of which nothing can be said, by cause."""
    without_lists: int = 0
    """Papers without a list, for which no cross-lists can be proposed, among those that can be judged."""
    decided: int = 0
    """Papers with a proposal that was decided before."""

    @classmethod
    def of(cls, checks: Iterable[Check]) -> Summary:
        """Count some verdicts."""
        summary = cls()
        for check in checks:
            summary.count(check)
        return summary

    def count(self, check: Check) -> None:
        """Count one verdict."""
        self.verdicts[check.verdict] += 1
        if check.cause is not None:
            self.causes[check.cause] += 1
        elif check.categories is None:
            self.without_lists += 1

    def to_lines(self) -> list[str]:
        """The counts in a few sentences; what did not occur is left out."""
        counts = self.verdicts
        lines = [
            f"checked {format_count(counts.total(), 'paper')}: agree {counts['agree']:,}, move "
            f"{counts['move']:,}, add cross-lists {counts['add']:,}, cannot tell "
            f"{counts['cannot-tell']:,}"
        ]
        if self.causes:
            causes = ", ".join(f"{cause} {count:,}" for cause, count in self.causes.most_common())
            lines.append(f"cannot tell: {causes}")
        if self.without_lists:
            papers = format_count(self.without_lists, "paper comes", "papers come")
            lines.append(
                f"{papers} without a list of categories, so that no cross-lists are proposed for them"
            )
        if self.decided:
            lines.append(f"decided before, and not in the queue: {format_count(self.decided, 'paper')}")
        return lines
