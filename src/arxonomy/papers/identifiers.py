"""arXiv's ids as people write them, and the months in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_ID = (
    r"(?:(?P<new>\d{4}\.\d{4,5})"
    r"|(?P<archive>[a-z]{1,10}(?:-[a-z]{1,10})?)(?:\.[a-z-]{2,10})?/(?P<number>\d{7}))"
)
_WRITTEN = re.compile(
    r"(?:(?:https?://)?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html|format|e-print)/"
    r"|https?://(?:dx\.)?doi\.org/10\.48550/arxiv\.|10\.48550/arxiv\.|oai:arxiv\.org:|arxiv:\s?)?"
    + _ID
    + r"(?:v(?P<version>[1-9]\d{0,3}))?(?:\.pdf)?/?(?:[?#].*)?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """The id of a paper, perhaps of one of its versions."""

    id: str
    """As `2501.01234`, or `hep-th/9901001` for papers before 2007-04."""
    version: int | None = None
    """Counted from 1; None for the current one."""

    def __str__(self) -> str:
        return self.id if self.version is None else f"{self.id}v{self.version}"


def parse_identifier(text: str) -> Identifier | None:
    """Parse an id of arXiv's as people write it, or an address of arXiv's.

    Returns:
        The id, whose number has five digits since 2015 and four before; None if the text is anything else.

    >>> print(parse_identifier("https://arxiv.org/abs/2501.01234v2"), parse_identifier("math.AG/0601001"))
    2501.01234v2 math/0601001
    >>> parse_identifier("papers.csv"), parse_identifier("2513.00001")
    (None, None)
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        return None
    name = match["new"] or f"{match['archive'].lower()}/{match['number']}"
    if find_month(name) is None or (match["new"] and len(name) != (10 if name >= "1501" else 9)):
        return None
    return Identifier(name, int(match["version"]) if match["version"] else None)


def find_month(name: str) -> str | None:
    """Find the month of a paper's first version in its id; None if it names none.

    >>> find_month("2501.01234"), find_month("hep-th/9901001"), find_month("0704.0001")
    ('2025-01', '1999-01', '2007-04')
    """
    digits = name.rpartition("/")[2][:4]
    year, month = int(digits[:2]), int(digits[2:])
    if not 1 <= month <= 12:
        return None
    is_old = "/" in name
    return f"{'19' if is_old and year >= 91 else '20'}{year:02}-{month:02}"


def read_identifiers(lines: Iterable[str]) -> Iterator[Identifier | str]:
    """Read ids, separated by blanks or commas.

    Yields:
        The ids; of what is none, the text.
    """
    for line in lines:
        for word in re.split(r"[\s,]+", line.partition("#")[0]):
            if word:
                yield parse_identifier(word) or word
