"""How many papers got each verdict, and why nothing can be said of some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from arxonomy.artifacts.saved_model import SavedModel
from arxonomy.checking.results import Cause, Check, Verdict
from arxonomy.messages import format_count
from arxonomy.records import Paper

_AT_ONCE = 2048  # papers that are looked up together


@dataclass
class Summary:
    """Counts of verdicts."""

    models: Sequence[SavedModel] = ()
    """The runs and bundles of the classifier."""
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    """Papers by verdict."""
    causes: Counter[Cause] = field(default_factory=Counter)
    """Papers of which nothing can be said, by cause."""
    without_lists: int = 0
    """Papers without a list, for which no cross-lists can be proposed, among those that can be judged."""
    decided: int = 0
    """Papers with a proposal that was decided before."""
    _seen: int = field(default=0, init=False)
    _waiting: list[Paper] = field(default_factory=list, init=False)

    @classmethod
    def of(cls, checks: Iterable[Check], models: Sequence[SavedModel] = ()) -> Summary:
        """Count some verdicts."""
        summary = cls(models)
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
        self._waiting.append(check.paper)
        if len(self._waiting) == _AT_ONCE:
            self.count_seen()

    def count_seen(self) -> int:
        """Count the papers so far that a model was trained on or chosen by: error rates do not hold."""
        if self._waiting and self.models:
            self._seen += max(model.trained_on(self._waiting) for model in self.models)
        self._waiting.clear()
        return self._seen

    def to_lines(self) -> list[str]:
        """The counts in a few sentences; what did not occur is left out."""
        counts = self.verdicts
        lines = [
            f"checked {format_count(counts.total(), 'paper')}: agree {counts['agree']:,}, move "
            f"{counts['move']:,}, add cross-lists {counts['add']:,}, cannot tell "
            f"{counts['cannot-tell']:,}"
        ]
        if seen := self.count_seen():
            lines.append(
                f"warning: the model was trained on {seen:,} of these papers, or chosen by them: it tends to "
                "agree with their authors, and error rates do not hold for them"
            )
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
