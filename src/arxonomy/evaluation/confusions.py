"""Which categories are mistaken for which."""

from __future__ import annotations

from collections.abc import Sequence

PAIRS = 5
"""Number of pairs, by default."""

Pair = tuple[str, str]
"""A true label and the wrong one that was predicted."""


def find_confused_pairs(
    labels: Sequence[str], confusion: Sequence[Sequence[int]], most: int = PAIRS
) -> list[tuple[Pair, int]]:
    """The pairs of a true and a predicted label with the most papers, and how many they have.

    Args:
        labels: The C class names.
        confusion: C x C counts, rows = truth, columns = prediction.
        most: How many pairs.

    Returns:
        By falling number of papers, equals in the labels' order; pairs without papers are left out.
    """
    pairs = [
        ((true, predicted), count)
        for true, row in zip(labels, confusion, strict=True)
        for predicted, count in zip(labels, row, strict=True)
        if true != predicted and count
    ]
    return sorted(pairs, key=lambda pair: -pair[1])[:most]
