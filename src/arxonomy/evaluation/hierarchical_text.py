"""Scores in a hierarchy as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from arxonomy.evaluation.groups import MANY
from arxonomy.evaluation.text_report import format_share, format_table
from arxonomy.sanitize import clean_for_terminal

if TYPE_CHECKING:
    from arxonomy.evaluation.hierarchical_scores import BackOffAnswers, HierarchicalScores


def format_hierarchy(scores: HierarchicalScores) -> list[str]:
    """Format each level, and answers that back off; a row without papers is left out.

    Of a hierarchy with more than `MANY` categories the answers are not told apart by level.
    """
    names = [clean_for_terminal(row.level) for row in scores.levels]
    levels = [
        [
            name,
            f"{row.nodes:,}",
            format_share(row.accuracy),
            f"{row.confidence:.1%}",
            f"{row.expected_calibration_error:.2%}",
        ]
        for name, row in zip(names, scores.levels, strict=True)
    ]
    answers = []
    for row in scores.back_off:
        paths = [f"{value:.1%}" for value in (row.precision, row.recall, row.f1)]
        answers.append([f"{row.at_least:.0%}", "any", *_format_answers(row.answered), *paths])
        for name, own in zip(names, row.by_level, strict=True):
            if own.papers and scores.levels[-1].nodes <= MANY:
                answers.append(["", name, *_format_answers(own), "", "", ""])
    lines = [
        f"Hierarchy ({' > '.join(names)}), of a category and what holds it: hierarchical precision "
        f"{scores.precision:.2%}, recall {scores.recall:.2%}, F1 {scores.f1:.2%}",
        *format_table([["level", "nodes", "accuracy", "mean probability", "calibration error"], *levels]),
        "",
        "Backing off to the deepest level that is sure enough, with 95% intervals",
        *format_table(
            [
                ["at least", "level", "share of all", "right", "stated", "h-precision", "h-recall", "h-F1"],
                *answers,
            ]
        ),
    ]
    return [line.rstrip() for line in lines]  # a level's row ends with empty cells


def _format_answers(answers: BackOffAnswers) -> Sequence[str]:
    stated = "-" if answers.confidence is None else f"{answers.confidence:.1%}"
    return [format_share(answers.share), format_share(answers.accuracy), stated]
