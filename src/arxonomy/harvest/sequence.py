"""Gaps in the sequence of ids: arXiv numbers the papers of a month as they are submitted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MAX_GAPS = 100
"""Gaps that are named; the rest are counted."""


@dataclass(frozen=True)
class Sequence:
    """How complete the numbers of ids are: arXiv counts all papers of a month as they are submitted."""

    present: int
    """Ids that are there."""
    numbers: int
    """Numbers from the first to the last id of each month."""
    gaps: tuple[tuple[str, str], ...]
    """The first and the last id of each run of numbers that are not there; at most `MAX_GAPS` runs."""
    gap_count: int
    """Of how many runs."""


def find_gaps(names: Iterable[str]) -> Sequence:
    """Find the gaps in the numbers of ids.

    Args:
        names: Ids in order, each once; those from before 2007-04, which archives counted, are passed over.

    >>> found = find_gaps(["2501.00001", "2501.00002", "2501.00005"])
    >>> found.present, found.numbers, found.gaps
    (3, 5, (('2501.00003', '2501.00004'),))
    """
    present = numbers = count = 0
    gaps: list[tuple[str, str]] = []
    month, last = "", 0
    for name in names:
        if "/" in name:
            continue
        present += 1
        here, _, digits = name.partition(".")
        number = int(digits)
        if here != month:
            month, last = here, number - 1
        if number > last + 1:
            count += 1
            if len(gaps) < MAX_GAPS:
                width = len(digits)
                gaps.append((f"{here}.{last + 1:0{width}}", f"{here}.{number - 1:0{width}}"))
        numbers += number - last
        last = number
    return Sequence(present, numbers, tuple(gaps), count)
