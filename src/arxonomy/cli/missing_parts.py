"""Says once per input how many papers were classified by one part alone."""

from __future__ import annotations

from collections import Counter

from arxonomy.messages import say
from arxonomy.records import PARTS, Prediction


class MissingParts:
    """Counts the parts that papers lack, and says so at the end."""

    def __init__(self) -> None:
        self._papers = 0
        self._alone: Counter[str] = Counter()

    def count(self, prediction: Prediction) -> None:
        """Count what was read of one paper; one that got no category has a warning that says more."""
        self._papers += 1
        if len(prediction.read) == 1 and not prediction.is_refused:
            self._alone[prediction.read[0]] += 1

    def sum_up(self) -> None:
        """Say how many papers have no abstract, and how many no title; nothing where all have both."""
        for part, other in zip(PARTS, reversed(PARTS), strict=True):
            if not (count := self._alone[part]):
                continue
            if count == self._papers:
                all_of_them = "the paper has" if count == 1 else f"the {count:,} papers have"
            else:
                have = "has" if count == 1 else "have"
                all_of_them = f"{count:,} of {self._papers:,} papers {have}"
            whose = "its category comes" if count == 1 else "their categories come"
            say(f"warning: {all_of_them} no {other}: {whose} from the {part} alone")
