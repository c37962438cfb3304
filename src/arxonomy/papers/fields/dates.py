"""Dates as reference managers write them -> as far as possible `2024-03-12`."""

from __future__ import annotations

import re

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
"""The names of months, as BibTeX and PubMed shorten them."""

_NUMBERS = re.compile(r"(\d{4})(?:[/.-](\d{1,2}))?(?:[/.-](\d{1,2}))?(?:/.*)?")
_WORDS = re.compile(r"(\d{4})\W+([A-Za-z]{3})[a-z]*(?:\W+(\d{1,2})(?!\d))?.*")
_DAY_FIRST = re.compile(r"(?:(\d{1,2})\W+)?([A-Za-z]{3})[a-z]*\W+(?:(\d{1,2})\W+)?(\d{4})")


def format_date(text: str) -> str:
    """Format a date with its year first; text in another form stays as it is.

    >>> format_date("2024/03/12/"), format_date("2024 Mar 12"), format_date("2024///")
    ('2024-03-12', '2024-03-12', '2024')
    """
    text = text.strip()
    if match := _NUMBERS.fullmatch(text.rstrip("/")):
        return _join(match[1], int(match[2] or 0), int(match[3] or 0))
    if (match := _WORDS.fullmatch(text)) and match[2].lower() in MONTHS:
        return _join(match[1], MONTHS.index(match[2].lower()) + 1, int(match[3] or 0))
    if (match := _DAY_FIRST.fullmatch(text)) and match[2].lower() in MONTHS:
        return _join(match[4], MONTHS.index(match[2].lower()) + 1, int(match[1] or match[3] or 0))
    return text


def _join(year: str, month: int, day: int) -> str:
    if not 1 <= month <= 12:
        return year
    return f"{year}-{month:02}-{day:02}" if 1 <= day <= 31 else f"{year}-{month:02}"
