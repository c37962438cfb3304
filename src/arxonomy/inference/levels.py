"""Answers at a level of the hierarchy: at one that was asked for, or at the deepest that is sure enough.

check_level_options  whether the options go together
answer_at_levels     predictions among categories -> predictions at levels
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from arxonomy.errors import InputError
from arxonomy.evaluation.levels import choose_depths, number_nodes, sum_by_node
from arxonomy.inference.answers import Probabilities
from arxonomy.inference.predictions import Ranking, rank
from arxonomy.records import WITHIN_FROM, Prediction
from arxonomy.taxonomy import Levels

_NAMED = 2
"""Nodes that a warning names."""


def check_level_options(back_off: float | None, min_confidence: float | None) -> None:
    """Make sure that the options go together.

    Raises:
        InputError: They do not, or one is out of range.
    """
    if back_off is None:
        return
    if not 0 <= back_off <= 1:
        raise InputError(f"back_off: expected 0..1, found {back_off}; 80% is 0.8")
    if min_confidence is not None:
        raise InputError(
            "back_off: expected it without min_confidence, found both: either says how sure an answer must "
            "be; min_confidence gives none where back_off gives a broader one"
        )


def answer_at_levels(
    predictions: Iterable[Prediction],
    probabilities: Probabilities,
    labels: Sequence[str],
    levels: Levels,
    *,
    top_k: int | None,
    min_confidence: float | None = None,
    back_off: float | None = None,
) -> Iterator[Prediction]:
    """Answer at a level in place of the categories.

    The probability of a node is the sum of those of the categories that it holds. Under a view all of them
    are those within it; where most of the probability is outside, or the text is atypical of the model's
    field, there is no answer at any level.

    Args:
        predictions: Of N papers, among the categories, each given whatever its probability.
        probabilities: (N, C) the probabilities of the categories in the end.
        labels: The C categories.
        levels: What holds them. Answers are at the last level; with `back_off` at the deepest one whose best
            node is that probable.
        top_k: Nodes of a level, and categories within the best one, that are kept, >= 1; None: all.
        min_confidence: Probability in 0..1 below which no node is given; None: any is.
        back_off: Probability in 0..1 that an answer must have; None: answers are at the last level.
    """
    shares = [sum_by_node(probabilities, nodes) for nodes in levels.values()]
    depths = np.full(len(probabilities), len(levels) - 1)
    if back_off is not None:
        depths = choose_depths([own.max(axis=1) for own in shares], back_off)
    found: dict[int, tuple[str, Ranking, Ranking]] = {}
    for depth, (level, holders) in enumerate(levels.items()):
        rows = np.flatnonzero(np.maximum(depths, 0) == depth)
        nodes, numbers = number_nodes(holders)
        best = rank(shares[depth][rows], nodes, np.full(len(rows), len(nodes)))
        inner = np.where(numbers == shares[depth][rows].argmax(axis=1)[:, None], probabilities[rows], 0.0)
        within = rank(inner, labels, (inner >= WITHIN_FROM).sum(axis=1))
        found |= {row: (level, best[place], within[place]) for place, row in enumerate(rows.tolist())}
    least = 0.0 if min_confidence is None else min_confidence
    for row, prediction in enumerate(predictions):
        level, ranking, inside = found[row]
        warnings, unsure = prediction.warnings, bool(depths[row] < 0)
        if back_off is not None and unsure and not prediction.is_refused:
            warnings += (_describe_unsure(ranking, level, back_off),)
        yield replace(
            prediction,
            categories=ranking[:top_k],
            warnings=warnings,
            abstained=prediction.is_refused or unsure or ranking[0][1] < least,
            level=level,
            within=tuple(pair for pair in inside if pair[0] != ranking[0][0])[:top_k],
        )


def _describe_unsure(ranking: Ranking, level: str, back_off: float) -> str:
    best = ", ".join(f"{node} {share:.0%}" for node, share in ranking[:_NAMED])
    return f"not even the {level} is {100 * back_off:.4g}% sure: {best}"
