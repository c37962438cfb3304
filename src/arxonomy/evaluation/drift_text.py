"""The months after a training as text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from arxonomy.evaluation.drift_results import CategoryChange, MonthDrift, Reference
from arxonomy.evaluation.results import Interval
from arxonomy.sanitize import clean_for_terminal

MOST = 10
"""Categories and words that are shown of the newest month."""


def format_drift(months: Sequence[MonthDrift], reference: Reference | None) -> list[str]:
    """Format the months as lines: a table, then what changed in the newest one.

    Args:
        months: In order, at least one.
        reference: The model's own scores.
    """
    lines = []
    if reference is not None:
        error = reference.expected_calibration_error
        shown = "" if error is None else f", calibration error {error.value:.3f}"
        lines.append(
            f"the model's own accuracy: {_percent(reference.accuracy)} on {reference.papers:,} "
            f"{reference.part} papers{shown}"
        )
    lines += ["", *_format_table(months)]
    if any(month.blocks is None for month in months):
        lines.append(
            "* the days of these papers are not known, or are few: intervals take papers for independent, "
            "and may be too narrow"
        )
    newest = months[-1]
    if newest.categories:
        how = (
            "changed by more than chance" if newest.accuracy else "changed most, as estimated without labels"
        )
        lines += ["", f"categories that {how} in {newest.month}:"]
        lines += [_format_category(own) for own in newest.categories[:MOST]]
        if (more := len(newest.categories) - MOST) > 0:
            lines.append(f"  and {more:,} more")
    if newest.new_words:
        words = ", ".join(
            f"{clean_for_terminal(own.word)} ({own.papers:,})" for own in newest.new_words[:MOST]
        )
        lines += [
            "",
            f"frequent words of {newest.month} that the model does not know, with their papers: {words}",
        ]
    return lines


def _format_table(months: Sequence[MonthDrift]) -> list[str]:
    labeled = months[0].accuracy is not None
    heads = ["month", "papers"]
    heads += ["accuracy", "drop, points", "of it by the prior"] if labeled else []
    heads += ["expected accuracy"]
    heads += ["calibration error"] if labeled else ["expected drop, points"]
    heads += ["prior shift", "unknown words", "atypical"]
    rows = [heads]
    for own in months:
        row = [own.month + ("" if own.blocks else " *"), f"{own.papers:,}"]
        if labeled:
            by_prior = "" if own.drop_by_prior is None else f"{100 * own.drop_by_prior:+.1f}"
            row += [_percent(own.accuracy), _points(own.drop), by_prior]
        row.append(_percent(own.confidence))
        if labeled:
            error = own.expected_calibration_error
            row.append("" if error is None else f"{error.value:.3f}")
        else:
            row.append(_points(own.expected_drop))
        row += [
            "" if own.prior_shift is None else f"{own.prior_shift:.1%}",
            f"{own.unknown_words.value:.2%}",
            "" if own.atypical is None else f"{own.atypical.value:.2%}",
        ]
        rows.append(row)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _format_category(own: CategoryChange) -> str:
    name = clean_for_terminal(own.label)
    before = own.share - own.share_change.value
    line = f"  {name}: {before:.1%} -> {own.share:.1%} of the papers"
    if own.recall is not None and own.recall_change is not None:
        line += f", {own.recall - own.recall_change.value:.0%} -> {own.recall:.0%} of its own found"
    return line


def _percent(share: Interval | None) -> str:
    if share is None:
        return ""
    ends = "" if math.isnan(share.low) else f" ({100 * share.low:.1f} to {100 * share.high:.1f})"
    return f"{share.value:.1%}{ends}"


def _points(drop: Interval | None) -> str:
    if drop is None:
        return ""
    ends = "" if math.isnan(drop.low) else f" ({100 * drop.low:+.1f} to {100 * drop.high:+.1f})"
    return f"{100 * drop.value:+.1f}{ends}"
