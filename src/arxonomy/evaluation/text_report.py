"""Scores as plain text, for a terminal or a file."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from arxonomy.evaluation.confusions import find_confused_pairs
from arxonomy.evaluation.groups import MANY
from arxonomy.evaluation.results import Interval
from arxonomy.evaluation.significance import LEVEL
from arxonomy.evaluation.slices import FEW_PAPERS, Slice, Slices, Slope, Trend
from arxonomy.sanitize import clean_for_terminal

if TYPE_CHECKING:
    from arxonomy.evaluation.confidence import CoverageRow
    from arxonomy.evaluation.groups import GroupScores
    from arxonomy.evaluation.scores import ClassScores, Scores

MONTHS = 12
"""Months of the table by month, the newest; `--json` has all of them."""
FEW_MONTHS = 4
"""The same where there are more than `MANY` categories, so that the report fits on a screen or two."""
WORST, LARGEST, PAIRS = 5, 6, 5
"""Of more than `MANY` categories: those with the lowest F1, the largest groups, the most confused pairs."""
DRIFT_MONTHS = 6
"""Fewest months with papers of which a trend may be called a drift."""

_LINE = 110
"""Width of the confusion matrix up to which its columns are headed by names instead of numbers."""


def format_scores(scores: Scores, notes: Sequence[str] = ()) -> str:
    """A readable report: headlines, selective prediction, classes, months, the confusion matrix.

    Of more than `MANY` categories it shows the worst alone, and in place of the matrix what is confused.

    Args:
        scores: The scores; those that were not measured are left out.
        notes: Lines to add to the headlines.

    Returns:
        Lines of text without a newline at the end. In the matrix a dot stands for no paper.
    """
    names = [clean_for_terminal(name) for name in scores.per_class]
    blocks = [[*_format_headlines(scores), *notes]]
    if scores.listed:
        blocks.append(scores.listed.to_text())
    if scores.answers:
        blocks.append(_format_coverage(scores.answers))
    if scores.hierarchy:
        blocks.append(scores.hierarchy.to_text())
    is_small = len(names) <= MANY
    blocks.append(_format_classes(scores.per_class))
    if scores.slices and scores.slices.by_month:
        blocks.append(_format_months(scores.slices, MONTHS if is_small else FEW_MONTHS))
    if is_small:
        blocks.append(_format_confusion(names, scores.confusion))
    else:
        if scores.groups:
            blocks.append(_format_groups(scores.groups))
        if pairs := _format_pairs(scores):
            blocks.append(pairs)
    return "\n\n".join("\n".join(block) for block in blocks)


def _format_headlines(scores: Scores) -> list[str]:
    accuracy = scores.accuracy
    lines = [
        f"{scores.papers:,} papers: accuracy {accuracy.value:.2%} "
        f"(95% interval {accuracy.low:.2%} to {accuracy.high:.2%})",
        "accuracy: "
        + _format_accuracies(
            accuracy.value, scores.any_listed_accuracy, scores.top2_accuracy, scores.top5_accuracy
        ),
    ]
    if several := scores.several_categories:
        lines.append(
            f"of the {several.papers:,} papers with several categories: "
            + _format_accuracies(
                several.accuracy, several.any_listed_accuracy, several.top2_accuracy, several.top5_accuracy
            )
        )
    means = [f"macro F1 {scores.macro_f1:.4f}", f"balanced accuracy {scores.balanced_accuracy:.2%}"]
    if scores.log_loss is not None:
        means.append(f"log loss {scores.log_loss:.4f}")
    if scores.aurc is not None:
        means.append(f"area under the risk-coverage curve {scores.aurc:.4f}")
    lines.append(", ".join(means))
    if calibration := _format_calibration(scores.expected_calibration_error, scores.brier):
        lines.append(calibration)
    if before := scores.before_calibration:
        words = _format_calibration(before.expected_calibration_error, before.brier)
        lines.append(f"before calibration: {words}")
    return lines


def _format_accuracies(exact: float, any_listed: float | None, top2: float, top5: float | None) -> str:
    """The exact category, any that the paper lists, and the exact one among the two or five most probable."""
    listed = "unknown" if any_listed is None else f"{any_listed:.2%}"
    five = "" if top5 is None else f", top-5 {top5:.2%}"
    return f"exact {exact:.2%}, any listed category {listed}, top-2 {top2:.2%}{five}"


def _format_calibration(error: Interval | None, brier: Interval | None) -> str:
    parts = []
    if error:
        interval = "" if math.isnan(error.low) else f" (95% interval {error.low:.2%} to {error.high:.2%})"
        parts.append(f"calibration error {error.value:.2%}{interval}")
    if brier:
        parts.append(f"Brier score {brier.value:.4f} ({brier.low:.4f} to {brier.high:.4f})")
    return ", ".join(parts)


def format_share(share: Interval | None) -> str:
    """A share with its interval, such as `82.2% (80.1% to 84.3%)`; a dash where there is none."""
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%})" if share else "-"


def _format_coverage(rows: Sequence[CoverageRow]) -> list[str]:
    head = ["confidence", "papers", "share of all", "accuracy of these"]
    cells = [
        [f"{row.at_least:.0%}", f"{row.papers:,}", format_share(row.coverage), format_share(row.accuracy)]
        for row in rows
    ]
    title = (
        "Selective prediction: accuracy above a confidence (classify --min-confidence), with 95% intervals"
    )
    return [title, *format_table([head, *cells])]


def _format_classes(per_class: Mapping[str, ClassScores]) -> list[str]:
    """The scores of all categories, or of the worst ones where there are many."""
    title, shown = [], list(per_class)
    if len(per_class) > MANY:
        judged = [name for name, row in per_class.items() if row.support >= FEW_PAPERS]
        there = [name for name, row in per_class.items() if row.support]
        shown = sorted(judged or there, key=lambda name: per_class[name].f1)[:WORST]
        which = f"with {FEW_PAPERS} papers or more and the lowest F1" if judged else "with the lowest F1"
        title = [f"Of {len(per_class):,} categories, those {which}; all are in --json and --report"]
    rows = []
    for name in shown:
        row = per_class[name]
        shares = [f"{share:.3f}" for share in (row.precision, row.recall, row.f1)]
        rows.append([clean_for_terminal(name), *shares, f"{row.support:,}"])
    return [*title, *format_table([["category", "precision", "recall", "F1", "papers"], *rows])]


def _format_months(slices: Slices, most: int) -> list[str]:
    months = slices.by_month
    columns: dict[str, Callable[[Slice], str]] = {
        "month": lambda row: row.month or "",
        "papers": lambda row: f"{row.papers:,}" + (" (few)" if row.few else ""),
        "accuracy": lambda row: format_share(row.accuracy),
        "top-5": lambda row: _format_plain(row.top5_accuracy),
        "any listed": lambda row: _format_plain(row.any_listed_accuracy),
        "calibration error": lambda row: format_share(row.expected_calibration_error),
        "lists: F1": lambda row: f"{row.listed.micro_f1:.3f}" if row.listed else "-",
        "macro": lambda row: f"{row.listed.macro_f1:.3f}" if row.listed else "-",
    }
    cells = {head: [write(row) for row in months[-most:]] for head, write in columns.items()}
    kept = {head: column for head, column in cells.items() if set(column) != {"-"}}
    title = "By month of publication, with 95% intervals"
    if len(months) > most:
        title += f"; {len(months) - most:,} earlier months in --json"
    if slices.undated:
        title += f"; {slices.undated:,} papers without a readable date"
    drift = format_trend(slices.trend) if slices.trend else []
    return [title, *format_table([list(kept), *map(list, zip(*kept.values(), strict=True))]), *drift]


def _format_plain(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def name_parts(given: Sequence[str]) -> str:
    """What was given of a paper, in words: `title and abstract`, or `title alone`."""
    return " and ".join(given) if len(given) > 1 else f"{given[0]} alone"


def format_parts(rows: Sequence[Slice]) -> list[str]:
    """A table of scores by what was given of each paper, with 95% intervals."""
    cells = [
        [
            name_parts(row.given or ()),
            f"{row.papers:,}",
            format_share(row.accuracy),
            format_share(row.expected_calibration_error),
            f"{row.confidence:.1%}",
        ]
        for row in rows
    ]
    head = ["given", "papers", "accuracy", "calibration error", "mean probability"]
    return ["By what is given of each paper, with 95% intervals", *format_table([head, *cells])]


def format_trend(trend: Trend) -> list[str]:
    """The trend of accuracy over time, and whether it is a drift: a sentence, or two.

    Returns:
        The trend as it is, and that with the class prior held fixed, where it is known. Changes are per year
        where the papers span one, else per month. Below `DRIFT_MONTHS` nothing is called a drift; and where
        something is, the last sentence states what the interval leaves out.
    """
    first, last = (int(month[:4]) + int(month[5:]) / 12 for month in (trend.first, trend.last))
    unit, share = ("a year", 1.0) if last - first > 0.9 else ("a month", 1 / 12)

    def describe(slope: Slope) -> str:
        change, low, high = (100 * share * value for value in (slope.change_per_year, *slope.interval))
        verdict = "no significant drift"
        if trend.months < DRIFT_MONTHS:
            verdict = "too few months to tell a drift from their variance"
        elif slope.p_value < LEVEL:
            verdict = f"accuracy drifts {'lower' if change < 0 else 'higher'}"
        return (
            f"{verdict}: {change:+.1f} points {unit} (95% interval {low:+.1f} to {high:+.1f}, "
            f"p = {slope.p_value:.2g})"
        )

    lines = [f"from {trend.first} to {trend.last}, {describe(trend.slope)}"]
    if trend.within_classes:
        lines.append(f"with the class prior held fixed, {describe(trend.within_classes)}")
    if any("drifts" in line for line in lines):
        lines.append(
            "papers count as independent: what those of a month have in common, such as one of its topics, "
            "is in neither interval nor p"
        )
    return lines


def _format_groups(scores: GroupScores) -> list[str]:
    """The largest groups of categories, and what each is taken for."""
    groups, names = scores.per_group, list(scores.per_group)
    there = [row for row in range(len(names)) if groups[names[row]].support]
    order = sorted(there, key=lambda row: -groups[names[row]].support)
    rows = []
    for row in order[:LARGEST]:
        counts, own = scores.confusion[row], groups[names[row]]
        others = sorted((place for place in range(len(names)) if place != row), key=lambda i: -counts[i])
        taken = (
            f"{clean_for_terminal(names[place])} {counts[place] / own.support:.1%}"
            for place in others[:2]
            if counts[place]
        )
        shares = [f"{share:.1%}" for share in (own.recall, own.accuracy)]
        rows.append([clean_for_terminal(names[row]), f"{own.support:,}", *shares, ", ".join(taken) or "-"])
    head = [scores.level, "papers", f"right {scores.level}", "right category", "most often taken for"]
    title = f"By {scores.level}: that of the predicted category is right for {format_share(scores.accuracy)}"
    more = f"; the {LARGEST} largest of {len(there)}" if len(there) > LARGEST else ""
    return [title + more, *format_table([head, *rows])]


def _format_pairs(scores: Scores) -> list[str]:
    """The most confused pairs of categories; nothing where all answers are right."""
    labels = list(scores.per_class)
    rows = [
        [
            f"{clean_for_terminal(true)} taken for {clean_for_terminal(predicted)}",
            f"{count:,}",
            f"{count / scores.per_class[true].support:.1%}",
        ]
        for (true, predicted), count in find_confused_pairs(labels, scores.confusion, PAIRS)
    ]
    return format_table([["most frequent confusions", "papers", "of the category's"], *rows]) if rows else []


def _format_confusion(names: Sequence[str], counts: Sequence[Sequence[int]]) -> list[str]:
    cells = [[f"{count:,}" if count else "." for count in row] for row in counts]
    lines = format_table(
        [["true \\ predicted", *names], *([name, *row] for name, row in zip(names, cells, strict=True))]
    )
    if len(lines[0]) > _LINE:
        numbers = [f"[{i}]" for i in range(1, len(names) + 1)]
        numbered = [f"{number} {name}" for number, name in zip(numbers, names, strict=True)]
        lines = format_table(
            [
                ["true \\ predicted", *numbers],
                *([name, *row] for name, row in zip(numbered, cells, strict=True)),
            ]
        )
    return ["Confusion matrix: a row is a true category, a column a predicted one", *lines]


def format_table(rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of columns: the first aligned left, the others right."""
    lines = list(rows)
    first, *others = (max(map(len, column)) for column in zip(*lines, strict=True))
    return [
        "  ".join(
            [row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], others, strict=True))]
        )
        for row in lines
    ]
