"""Replacements in a text, and the characters that reading a formula needs in between."""

from __future__ import annotations

from collections.abc import Sequence

SUB, SUP, END = "\ue000", "\ue001", "\ue002"
"""Where an index or an exponent begins, and where either ends; of Unicode's private characters."""

Edit = tuple[int, int, str]
"""From where to where, in characters, and what comes instead."""

Places = tuple[list[int], list[int]]
"""For each character of a text, where in the text as written it begins, and where it ends."""


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Replace parts of a text.

    Args:
        text: Any text.
        edits: Replacements that do not overlap, in order.
    """
    pieces: list[str] = []
    at = 0
    for start, end, new in edits:
        pieces += (text[at:start], new)
        at = end
    return "".join([*pieces, text[at:]])


def move_places(places: Places, edits: Sequence[Edit]) -> Places:
    """Find the places of a text after edits; all that comes of one edit stands where that was written.

    Args:
        places: Those of the text before.
        edits: As for `apply_edits`.
    """
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for start, end, new in edits:
        starts += places[0][at:start]
        ends += places[1][at:start]
        if new:
            first = places[0][start] if start < len(places[0]) else 0
            last = places[1][end - 1] if end > start else first
            starts += [first] * len(new)
            ends += [last] * len(new)
        at = end
    return [*starts, *places[0][at:]], [*ends, *places[1][at:]]
