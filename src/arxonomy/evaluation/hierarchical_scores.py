"""Scores in a hierarchy: how far wrong answers are off, each level by itself, and answers that back off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.evaluation.calibration import confidence_gaps
from arxonomy.evaluation.confidence import wilson_interval
from arxonomy.evaluation.levels import choose_depths, number_nodes, sum_by_node
from arxonomy.evaluation.outcomes import Outcomes, measure_outcomes
from arxonomy.evaluation.results import Interval, Result

THRESHOLDS = (0.5, 0.7, 0.8, 0.9)
"""Probabilities that answers back off to."""

Levels = Mapping[str, Sequence[str]]
"""Level -> what holds each of C categories at it; the broadest level first, the categories last."""


class PathScores(Result):
    """Precision and recall of all that is predicted of a paper: a node and what holds it.

    Of paper i, C_i is the set of its category and all nodes that hold it, and P_i that of the answer; the
    precision is the sum of |C_i & P_i| over the papers, divided by that of |P_i|, the recall by that of
    |C_i|. A code that stands for several levels counts once.

    Source: Kiritchenko, Matwin and Famili 2005, Functional annotation of genes using hierarchical text
    categorization, section 3; Silla and Freitas 2011, Data Min. Knowl. Discov. 22, 31-72, section 4.
    """

    precision: float
    """Share in 0..1 of the predicted nodes that are right; 0 where none is predicted."""
    recall: float
    """Share in 0..1 of the papers' nodes that are predicted."""
    f1: float
    """The harmonic mean of both."""


class LevelScores(Result):
    """Scores of the answers at one level: of the best sum of the probabilities below."""

    level: str
    """Its name."""
    nodes: int
    """How many answers there are at it."""
    accuracy: Interval
    """Share of the papers whose answer is right, with its Wilson interval."""
    confidence: float
    """Mean probability of the answers."""
    expected_calibration_error: float
    """See there."""


class BackOffAnswers(Result):
    """Answers that were given at one level, or at all of them."""

    level: str | None
    """The level; None: all."""
    papers: int
    """How many papers are answered at it."""
    share: Interval
    """Their share of all papers."""
    accuracy: Interval | None
    """Their share that is right; None where no paper is answered."""
    confidence: float | None
    """Mean probability that is stated of them."""


class BackOffScores(PathScores):
    """What to expect where papers are answered at the deepest level that is sure enough.

    Precision and recall are those of the answers; a paper without one has no predicted node.
    """

    at_least: float
    """Least probability of an answer."""
    answered: BackOffAnswers
    """All answers."""
    by_level: tuple[BackOffAnswers, ...]
    """Those at each level, the broadest first."""


class HierarchicalScores(PathScores):
    """Scores of the categories in their hierarchy; precision and recall are those of the best category."""

    levels: tuple[LevelScores, ...]
    """Each level, the broadest first; the last one has the categories themselves."""
    back_off: tuple[BackOffScores, ...]
    """A row for each of `THRESHOLDS`."""

    def to_text(self) -> list[str]:
        """Two tables; see `hierarchical_text.format_hierarchy`."""
        from arxonomy.evaluation.hierarchical_text import format_hierarchy

        return format_hierarchy(self)


def is_worth_scoring(levels: Levels) -> bool:
    """Whether a level above the categories says something: it has several nodes, but not one for each."""
    return any(1 < len(set(nodes)) < len(nodes) for nodes in levels.values())


def measure_levels(
    truth: npt.ArrayLike, probabilities: npt.NDArray[np.floating[Any]], levels: Levels
) -> dict[str, Outcomes]:
    """Measure what comes out at each level.

    Args:
        truth: (N,) the right category of each paper in 0..C-1, N >= 1.
        probabilities: (N, C), rows in 0..1 with sum 1.
        levels: What holds the categories.

    Returns:
        Level -> outcomes, whose classes are the level's nodes in the order in which they occur.
    """
    return {
        level: measure_outcomes(number_nodes(nodes)[1][np.asarray(truth)], sum_by_node(probabilities, nodes))
        for level, nodes in levels.items()
    }


def score_hierarchy(
    outcomes: Mapping[str, Outcomes], levels: Levels, thresholds: Sequence[float] = THRESHOLDS
) -> HierarchicalScores:
    """Score the answers of N >= 1 papers in their hierarchy.

    Args:
        outcomes: What came out at each level; see `measure_levels`.
        levels: What holds the categories.
        thresholds: Least probabilities of answers that back off, each in 0..1.
    """
    own = list(outcomes.values())
    papers, last = len(own[-1]), len(own) - 1
    return HierarchicalScores(
        **_score_paths(own, levels, np.full(papers, last)),
        levels=tuple(_score_level(level, each) for level, each in outcomes.items()),
        back_off=tuple(_score_back_off(own, levels, threshold) for threshold in thresholds),
    )


def _score_level(level: str, outcomes: Outcomes) -> LevelScores:
    interval, gap = confidence_gaps(outcomes.right, outcomes.confidence)
    return LevelScores(
        level=level,
        nodes=outcomes.classes,
        accuracy=wilson_interval(int(outcomes.right.sum()), len(outcomes)),
        confidence=float(outcomes.confidence.mean()),
        expected_calibration_error=float(np.abs(np.bincount(interval, weights=gap)).sum() / len(outcomes)),
    )


def _score_back_off(own: Sequence[Outcomes], levels: Levels, threshold: float) -> BackOffScores:
    depths = choose_depths([each.confidence for each in own], threshold)
    right, confidence = (
        np.array([getattr(each, name) for each in own])[depths, np.arange(len(depths))]
        for name in ("right", "confidence")
    )

    def describe(level: str | None, chosen: npt.NDArray[np.bool_]) -> BackOffAnswers:
        count = int(chosen.sum())
        return BackOffAnswers(
            level=level,
            papers=count,
            share=wilson_interval(count, len(chosen)),
            accuracy=wilson_interval(int(right[chosen].sum()), count) if count else None,
            confidence=float(confidence[chosen].mean()) if count else None,
        )

    return BackOffScores(
        **_score_paths(own, levels, depths),
        at_least=threshold,
        answered=describe(None, depths >= 0),
        by_level=tuple(describe(level, depths == depth) for depth, level in enumerate(levels)),
    )


def _score_paths(own: Sequence[Outcomes], levels: Levels, depths: npt.NDArray[np.int64]) -> dict[str, float]:
    """Score the answers at the levels `depths` (N,), of which -1 is none; see `PathScores`."""
    codes = {code: place for place, code in enumerate({code for nodes in levels.values() for code in nodes})}
    truth, classes = own[-1].labels, own[-1].classes
    paths = np.zeros((classes, len(codes)), dtype=np.int64)  # 1 for a category, and for what holds it
    marked = []  # the same down to each level
    for nodes in levels.values():
        paths[np.arange(classes), [codes[node] for node in nodes]] = 1
        marked.append(paths.copy())
    right = predicted = 0
    for depth, (nodes, outcomes) in enumerate(zip(levels.values(), own, strict=True)):
        chosen = depths == depth
        _, first = np.unique(number_nodes(nodes)[1], return_index=True)  # a category of each node
        answers = first[outcomes.predicted[chosen]]
        common = paths @ marked[depth].T
        right += int(common[truth[chosen], answers].sum())
        predicted += int(marked[depth].sum(axis=1)[answers].sum())
    precision = right / max(predicted, 1)
    recall = right / int(paths.sum(axis=1)[truth].sum())
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}
