"""Which parts of a paper a model reads, and papers cut down to one of them."""

from __future__ import annotations

from dataclasses import replace

from arxonomy.records import PARTS, Paper
from arxonomy.text.tokens import tokenize


def find_read_parts(paper: Paper) -> tuple[str, ...]:
    """Find the parts with a word to read, out of `PARTS`: a part without one counts as missing.

    >>> find_read_parts(Paper("1", "Graph networks", "図"))
    ('title',)
    """
    return tuple(part for part in PARTS if tokenize(getattr(paper, part)))


def keep_part(paper: Paper, part: str) -> Paper:
    """The paper with its `title` or its `abstract` alone."""
    return replace(paper, abstract="") if part == "title" else replace(paper, title="")
