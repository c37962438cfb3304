"""When papers were published: the month, and the day as far as a file or an arXiv id tells."""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from arxonomy.papers.copies import parse_arxiv_id
from arxonomy.papers.fields.dates import MONTHS
from arxonomy.papers.identifiers import find_month
from arxonomy.records import Paper

UNKNOWN = 0
"""In the place of a day that is not known."""

_NUMBERS = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2})(?!\d)|(?![-/.\d]))")
_NAMES = re.compile(
    r"(?:\b(\d{1,2}) )?\b(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?(?: (\d{1,2}))?,? (\d{4})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Days:
    """The day of each of N papers."""

    numbers: npt.NDArray[np.int64]
    """(N,) proleptic Gregorian ordinals, as those of `datetime.date`; `UNKNOWN` where a paper has none."""
    estimated: int
    """How many of them are estimated from the order of arXiv's numbers."""


def month_of(published: str | None) -> str | None:
    """The month of a date as a file may write it; None where there is none, or an ambiguous one.

    It may be a year, a month and perhaps a day, in this order, with any time after them; or the name of a
    month before a year. Numbers in another order are not read, since 03/04/2025 is ambiguous.

    >>> [month_of(text) for text in ("2025-06", "2025/6/1", "Mon, 2 Jun 2025 19:18:42 GMT", "June", None)]
    ['2025-06', '2025-06', '2025-06', None, None]
    """
    parts = _parse(published)
    return None if parts is None else f"{parts[0]:04}-{parts[1]:02}"


def find_date(paper: Paper) -> str | None:
    """Find when a paper was published: as its file says, else the month that its arXiv number begins with.

    >>> [find_date(Paper(id, "A title", "")) for id in ("2403.00001v2", "hep-th/9901001", "7")]
    ['2024-03', '1999-01', None]
    """
    number = parse_arxiv_id(paper.id)
    if month_of(paper.published) or number is None:
        return paper.published
    return find_month(number)


def find_months(papers: Sequence[Paper]) -> list[str]:
    """Find the month of each paper, as `2025-06`; empty where it has none that can be read."""
    return [month_of(find_date(paper)) or "" for paper in papers]


def find_days(papers: Sequence[Paper]) -> Days:
    """Find the day of each paper.

    A date without a day is of a month: arXiv numbers papers in their order within it, so that those of one
    month are spread evenly over its days by their numbers. That is good enough for blocks of days, and no
    worse than a day or two off around weekends. Without such a number the day is not known.
    """
    numbers = np.full(len(papers), UNKNOWN, dtype=np.int64)
    in_month: dict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
    for row, paper in enumerate(papers):
        parts = _parse(find_date(paper))
        if parts is None:
            continue
        year, month, day = parts
        name = parse_arxiv_id(paper.id)
        if day:
            numbers[row] = date(year, month, day).toordinal()
        elif name and name.rpartition("/")[2].startswith(f"{year % 100:02}{month:02}"):
            in_month[year, month].append((name.rpartition("/")[2].rpartition(".")[2].zfill(9), row))
    for (year, month), own in in_month.items():
        length = calendar.monthrange(year, month)[1]
        for place, (_, row) in enumerate(sorted(own)):
            numbers[row] = date(year, month, 1 + place * length // len(own)).toordinal()
    return Days(numbers, sum(map(len, in_month.values())))


def _parse(published: str | None) -> tuple[int, int, int] | None:
    """Year, month and day; 0 for a day that is not there, or not in that month."""
    text = (published or "").strip()
    if match := _NUMBERS.match(text):
        year, month, day = int(match[1]), int(match[3]), int(match[4] or 0)
    elif match := _NAMES.search(text):
        year, month, day = (
            int(match[4]),
            1 + MONTHS.index(match[2][:3].lower()),
            int(match[1] or match[3] or 0),
        )
    else:
        return None
    if not (1 <= month <= 12 and year > 0):
        return None
    return year, month, day if day <= calendar.monthrange(year, month)[1] else 0
