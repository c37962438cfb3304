"""Learning curves as plain text, for a terminal or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arxonomy.evaluation.comparison_text import format_percent
from arxonomy.evaluation.text_report import format_table
from arxonomy.sanitize import clean_for_terminal

if TYPE_CHECKING:
    from arxonomy.evaluation.curve_results import CurvePair, LearningCurve, LearningCurves

FAR = 3.0
"""Times the largest trained size beyond which an extrapolation is called a guess."""


def format_learning_curves(curves: LearningCurves) -> str:
    """A readable report: accuracy by size, the laws, and what more papers would give.

    Returns:
        Lines of text without a newline at the end.
    """
    systems, largest, asked = curves.systems, curves.sizes[-1], curves.asked
    rows = [["training papers", *map(clean_for_terminal, systems)]]
    for index, size in enumerate(curves.sizes):
        points = (system.points[index] for system in systems.values())
        rows.append([f"{size:,}", *(format_percent(point.accuracy) for point in points)])
    extrapolations = [system.asked for system in systems.values()]
    cells = [format_percent(answer.accuracy) if answer else "unknown" for answer in extrapolations]
    rows.append([f"{asked:,} (extrapolated)", *cells])
    seeds = {system.seeds for system in systems.values()}
    over = "papers" if seeds == {1} else f"papers and {'/'.join(map(str, sorted(seeds)))} seeds"
    lines = [f"accuracy on the same {curves.papers:,} test papers; in brackets 95% intervals over {over}"]
    if 1 in seeds:
        lines.append("note: one seed does not show the variance between subsets of the training papers")
    blocks = [
        lines,
        format_table(rows),
        *(_format_curve(name, system, curves.more) for name, system in systems.items()),
    ]
    if curves.pairs:
        blocks.append([_format_pair(pair, asked) for pair in curves.pairs])
    if any(extrapolations):
        times = asked / largest
        line = (
            f"warning: {asked:,} papers are {times:.1f} times the largest trained size; the law is an "
            "extrapolation"
        )
        guess = ", and so far beyond it a guess" if times > FAR else ""
        blocks.append([f"{line}{guess}. It holds for more papers of the same kind and the same labels."])
    return "\n\n".join("\n".join(block) for block in blocks)


def _format_curve(name: str, curve: LearningCurve, more: int) -> list[str]:
    shown, what = clean_for_terminal(name), f"{more:,} more papers"
    law, asked = curve.law, curve.asked
    if law is None or asked is None:
        return [f"{shown}: the accuracy with {what} is unknown: {curve.unknown}"]
    steepest = " or more" if law.is_steepest else ""
    gain, low, high = (100 * value for value in (asked.gain.value, *asked.gain.ends))
    return [
        f"{shown}: {what} would give {gain:+.1f} points [{low:+.1f}, {high:+.1f}], "
        f"to {format_percent(asked.accuracy)}",
        f"  error = {law.factor.value:.3g} * papers^-{law.exponent.value:.3f} + {law.floor.value:.1%}; "
        f"exponent {law.exponent.low:.2f} to {law.exponent.high:.2f}{steepest}, floor {law.floor.low:.1%} to "
        f"{law.floor.high:.1%}; fit error {100 * law.misfit:.2f} points (root mean square)",
    ]


def _format_pair(pair: CurvePair, asked: int) -> str:
    value, low, high = (100 * number for number in (pair.difference.value, *pair.difference.ends))
    first, second = clean_for_terminal(pair.first), clean_for_terminal(pair.second)
    return (
        f"{first} - {second} at {asked:,} papers, extrapolated: {value:+.1f} points [{low:+.1f}, {high:+.1f}]"
    )
