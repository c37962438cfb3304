"""A paper's record, one row of what is harvested, and how its categories are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import orjson

from arxonomy.papers.codes import unify_code
from arxonomy.taxonomy import get_arxiv


@dataclass(frozen=True, slots=True)
class Record:
    """What arXiv says of a paper. Texts are in one line, as arXiv writes them: with LaTeX or Unicode."""

    id: str
    """Without a version."""
    title: str
    abstract: str
    authors: str | None = None
    """In one text, as in `Ada Roe, Bo Li`."""
    category: str | None = None
    """The primary category, under the name that it has today."""
    categories: tuple[str, ...] = ()
    """All listed categories, the primary one first, under the names that they have today; no other codes."""
    version: int | None = None
    """The current version, from 1."""
    published: str | None = None
    """Date of the first version, `2025-01-15`; the month alone, `2025-01`, where the source does not say."""
    updated: str | None = None
    """Date of the current version."""
    announced: str | None = None
    """Date of the announcement, of what is harvested from one."""
    announce_type: str | None = None
    """How it was announced: new, cross, replace or replace-cross."""
    doi: str | None = None
    journal_ref: str | None = None
    comment: str | None = None
    license: str | None = None

    def to_json(self) -> bytes:
        """The record as one line of JSON, without the line's end."""
        return orjson.dumps(self)


def read_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """Read listed categories: each once, under the name that it has today; other codes are left out.

    >>> read_codes(["cs.NA", "math.NA", "65F10", "astro-ph"])
    ('math.NA', 'astro-ph')
    """
    return tuple(dict.fromkeys(code for name in codes if (code := _unify(name))))


def read_date(text: str) -> str | None:
    """The day of a date that begins with the year, as in `2025-01-15T18:00:00Z`; None if there is none."""
    day = text[:10]
    is_day = len(day) == 10 and day[4] == day[7] == "-" and day.replace("-", "").isdecimal()
    return day if is_day else None


@lru_cache(maxsize=4096)
def _unify(name: str) -> str:
    return unify_code(name, get_arxiv())
