"""Which categories are mistaken for which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PAIRS = 5
"""Pairs that are looked at."""

Pair = tuple[str, str]
"""A true label and another one that was predicted."""


def confused_pairs(scores: Mapping[str, Any], most: int = PAIRS) -> list[tuple[Pair, int]]:
    """The pairs of a true and a predicted label with the most papers, and how many they have.

    Args:
        scores: `per_class` and `confusion`, as `score` gives them.
        most: How many pairs.

    Returns:
        By falling number of papers, equals in the labels' order; pairs without papers are left out.
    """
    labels = list(scores["per_class"])
    found = [
        ((true, predicted), count)
        for true, row in zip(labels, scores["confusion"], strict=True)
        for predicted, count in zip(labels, row, strict=True)
        if true != predicted and count
    ]
    return sorted(found, key=lambda entry: -entry[1])[:most]
