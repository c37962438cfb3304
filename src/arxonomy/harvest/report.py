"""What is known of the completeness of a harvest."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arxonomy.harvest.sequence import Sequence
from arxonomy.messages import format_count, list_some

MAX_MISSING = 1000
"""Ids of missing papers that a report names."""


@dataclass(frozen=True)
class Report:
    """What arXiv says that there is, and what was harvested of it."""

    selection: Mapping[str, Any]
    """What was asked for."""
    papers: int
    """Papers in the file."""
    announced: int | None
    """Papers that arXiv's own list names: its listing of an announcement, its list of ids of a range of days,
    or how many match a query. None where that list could not be read."""
    missing: tuple[str, ...] = ()
    """Ids that the list names and that could not be harvested; at most `MAX_MISSING`."""
    missing_count: int = 0
    """How many these are."""
    unreadable: int = 0
    """Records that arXiv gave, but in a form that cannot be read."""
    added: int = 0
    """Papers that the first source lacked, and that were fetched one by one or by reading a day again."""
    left_out: int = 0
    """Papers of an earlier announcement, which the feed still had."""
    announced_on: str | None = None
    """Day of the announcement."""
    announced_since: str | None = None
    """First of the days of which `announced` and `missing` are; earlier ones were compared before."""
    by_type: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """How many were announced as new, cross and replace."""
    harvested_at: str = ""
    """When the harvest ended, in UTC."""
    sequence: Sequence | None = None
    """The gaps in the numbers of new ids; None unless all of arXiv was asked for: others have gaps anyway."""

    @property
    def is_complete(self) -> bool:
        """Whether all that is announced is known and there."""
        return self.announced is not None and not self.missing_count and not self.unreadable

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return {**dataclasses.asdict(self), "is_complete": self.is_complete}

    def to_text(self) -> str:
        """The report in a few lines."""
        lines = [f"harvested {format_count(self.papers, 'paper')}{self._describe_announced()}"]
        if self.added:
            lines.append(
                f"{format_count(self.added, 'paper')} that the first source lacked came from a second one"
            )
        if self.left_out:
            lines.append(f"{format_count(self.left_out, 'paper')} of an earlier announcement left out")
        if self.unreadable:
            lines.append(f"warning: {format_count(self.unreadable, 'record')} could not be read")
        if self.missing_count:
            shown = list_some(self.missing)
            lines.append(f"warning: {format_count(self.missing_count, 'paper')} missing: {shown}")
        if self.sequence is not None and self.sequence.numbers:
            lines.append(_describe_sequence(self.sequence))
        return "\n".join(lines)

    def _describe_announced(self) -> str:
        if self.announced is None:
            return "; what was announced could not be read, so that nothing proves it complete"
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in self.by_type.items())
        when = f" of {self.announced_on}" if self.announced_on else ""
        when = f" since {self.announced_since}" if self.announced_since else when
        there = self.announced - self.missing_count - self.unreadable
        state = "all of them are there" if self.is_complete else f"{there:,} of them are there"
        return f"; arXiv lists {self.announced:,}{when}{f' ({kinds})' if kinds else ''}: {state}"


def _describe_sequence(found: Sequence) -> str:
    absent = found.numbers - found.present
    if not absent:
        return f"the numbers of their ids have no gap ({found.present:,} ids)"
    gaps = ", ".join(one if one == other else f"{one} to {other}" for one, other in found.gaps[:5])
    more = f" and {found.gap_count - 5:,} more gaps" if found.gap_count > 5 else ""
    return (
        f"of {found.numbers:,} numbers in the sequence of ids {absent:,} are not there, as a rule on hold or "
        f"removed: {gaps}{more}"
    )
