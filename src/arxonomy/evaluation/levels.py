"""Probabilities of categories -> those of what holds them at a level of a hierarchy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def number_nodes(nodes: Sequence[str]) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The G different nodes in the order in which they occur, and the number (C,) in 0..G-1 of each one."""
    names = list(dict.fromkeys(nodes))
    place = {name: number for number, name in enumerate(names)}
    return names, np.array([place[node] for node in nodes], dtype=np.int64)


def sum_by_node(probabilities: npt.NDArray[np.floating[Any]], nodes: Sequence[str]) -> Floats:
    """Sum the probabilities of the categories that each node holds.

    Args:
        probabilities: (N, C), rows in 0..1 with sum 1.
        nodes: What holds each of the C categories; see `taxonomy.Levels`.

    Returns:
        (N, G), columns in the order of `number_nodes`. A row depends on no other row.
    """
    names, numbers = number_nodes(nodes)
    if len(names) == len(nodes):
        return np.asarray(probabilities, dtype=np.float64)
    order = np.argsort(numbers, kind="stable")
    starts = np.searchsorted(numbers[order], np.arange(len(names)))
    summed = np.add.reduceat(np.asarray(probabilities[:, order], dtype=np.float64), starts, axis=1)
    return np.asarray(np.minimum(summed, 1.0))  # of rounded numbers the sum may be a little more


def choose_depths(confidences: Sequence[Floats], back_off: float) -> npt.NDArray[np.int64]:
    """Choose for each paper the deepest level whose best node is sure enough.

    Args:
        confidences: For each level (N,) the probability of the best node; the broadest level first.
        back_off: Least probability.

    Returns:
        (N,) the place of the level; -1 where none is sure enough.
    """
    depths = np.full(len(confidences[0]), -1)
    for depth, confidence in enumerate(confidences):
        depths[confidence >= back_off] = depth
    return depths
