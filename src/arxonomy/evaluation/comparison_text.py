"""A comparison as plain text, for a terminal or a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from arxonomy.evaluation.groups import MANY
from arxonomy.evaluation.text_report import format_table
from arxonomy.sanitize import clean_for_terminal

if TYPE_CHECKING:
    from arxonomy.evaluation.comparison_results import ClassEstimates, Comparison, Pair, SystemScores
    from arxonomy.evaluation.results import Interval

_MOST_CLASSES, _FEW_CLASSES = 12, 5
"""Categories shown of a pair: those whose F1 differs most; the second of more than `MANY`."""


def format_comparison(comparison: Comparison, speeds: Mapping[str, float] | None = None) -> str:
    """A readable report: the systems, then each pair.

    Args:
        comparison: The systems.
        speeds: Name of each system -> papers per second; None: they were not measured.

    Returns:
        Lines of text without a newline at the end.
    """
    papers, different = comparison.papers, comparison.different_papers
    copies = "" if papers == different else f", {different:,} of them different"
    head = f"{papers:,} papers{copies}; in brackets 95% intervals over papers"
    blocks = [[head, "", *_format_systems(comparison.systems, speeds)]]
    if several := comparison.papers_with_several_categories:
        blocks.append(_format_several(comparison.systems, several))
    if seeds := _format_seeds(comparison.systems):
        blocks.append(seeds)
    blocks += [_format_pair(pair, len(comparison.pairs), speeds) for pair in comparison.pairs]
    return "\n\n".join("\n".join(block) for block in blocks)


def _format_systems(systems: Mapping[str, SystemScores], speeds: Mapping[str, float] | None) -> list[str]:
    listed = any(system.any_listed_accuracy for system in systems.values())
    five = ["top 5"] if any(system.top5_accuracy for system in systems.values()) else []
    head = ["", "exact", *(["any listed"] if listed else []), "top 2", *five, "macro F1", "log loss", "ECE"]
    rows = [[*head, *(["papers/s"] if speeds else [])]]
    for name, system in systems.items():
        row = [clean_for_terminal(name), format_percent(system.accuracy)]
        if system.any_listed_accuracy:
            row.append(format_percent(system.any_listed_accuracy))
        row.append(format_percent(system.top2_accuracy))
        if system.top5_accuracy:
            row.append(format_percent(system.top5_accuracy))
        row.append(f"{system.macro_f1.value:.4f}")
        row += [f"{system.log_loss.value:.4f}", f"{system.expected_calibration_error:.2%}"]
        rows.append([*row, *([f"{speeds[name]:,.0f}"] if speeds else [])])
    return format_table(rows)


def _format_several(systems: Mapping[str, SystemScores], papers: int) -> list[str]:
    rows = [[f"the {papers:,} papers with several categories", "exact", "any listed", "top 2"]]
    for name, system in systems.items():
        if several := system.several_categories:
            scores = (several.accuracy, several.any_listed_accuracy, several.top2_accuracy)
            rows.append([clean_for_terminal(name), *map(format_percent, scores)])
    return format_table(rows)


def format_percent(score: Interval) -> str:
    """A score with its interval, such as `82.2% [80.1, 84.3]`."""
    return f"{score.value:.1%} [{100 * score.low:.1f}, {100 * score.high:.1f}]"


def _format_seeds(systems: Mapping[str, SystemScores]) -> list[str]:
    if all(system.seeds.deviation is None for system in systems.values()):
        return []
    lines = []
    for name, system in systems.items():
        shown, seeds = clean_for_terminal(name), system.seeds
        if seeds.deviation is None:
            lines.append(f"{shown}: one run, so the variance between seeds is unknown")
            continue
        accuracies = ", ".join(f"{accuracy:.1%}" for accuracy in seeds.accuracies)
        deviation = f"{100 * seeds.deviation:.2f} points"
        lines.append(f"{shown}: the seeds are {accuracies} exact, with a standard deviation of {deviation}")
    return lines


def _format_pair(pair: Pair, pairs: int, speeds: Mapping[str, float] | None) -> list[str]:
    first, second = clean_for_terminal(pair.first), clean_for_terminal(pair.second)
    points = {
        "exact": pair.accuracy,
        "any listed": pair.any_listed_accuracy,
        "top 2": pair.top2_accuracy,
        "top 5": pair.top5_accuracy,
        "macro F1": pair.macro_f1,
    }
    loss = pair.log_loss
    lines = [
        f"{first} against {second}: {pair.verdict}",
        "  points: "
        + ", ".join(
            f"{name} {_format_points(difference)}" for name, difference in points.items() if difference
        ),
        f"  log loss: {loss.value:+.4f} [{loss.low:+.4f}, {loss.high:+.4f}]",
    ]
    p_values = f"  {pair.test}: p {format_p(pair.p_papers)}"
    if seeds := pair.over_seeds:
        low, high = (100 * end for end in seeds.interval)
        lines.append(f"  exact, over papers and seeds: [{low:+.1f}, {high:+.1f}]")
        p_values += f"; over papers and seeds: p {format_p(seeds.p_value)}"
    if pairs > 1:
        p_values += f"; corrected for {pairs} pairs (Holm): p {format_p(pair.p_holm)}"
    lines += [
        p_values,
        f"  papers on which they disagree: {pair.only_first_right:,} are right only with {first}, "
        f"{pair.only_second_right:,} only with {second}",
    ]
    if speeds:
        faster, slower = sorted((pair.first, pair.second), key=lambda name: -speeds[name])
        times = speeds[faster] / speeds[slower]
        lines.append(f"  faster: {clean_for_terminal(faster)}, {times:.1f} times as many papers a second")
    return [*lines, *_format_classes(pair.per_class)]


def _format_classes(per_class: Mapping[str, ClassEstimates]) -> list[str]:
    most = _MOST_CLASSES if len(per_class) <= MANY else _FEW_CLASSES
    ranked = sorted(per_class, key=lambda label: -abs(per_class[label].f1.value))[:most]
    rows = [
        [f"  {clean_for_terminal(label)}", *map(_format_points, (scores.recall, scores.precision, scores.f1))]
        for label, scores in per_class.items()
        if label in ranked
    ]
    left_out = len(per_class) - len(rows)
    title = "  points of" if not left_out else f"  points of ({left_out} categories that differ less: --json)"
    return format_table([[title, "recall", "precision", "F1"], *rows])


def _format_points(difference: Interval) -> str:
    low, high = 100 * difference.low, 100 * difference.high
    return f"{100 * difference.value:+.1f} [{low:+.1f}, {high:+.1f}]"


def format_ablation(
    comparison: Comparison,
    seeds: Sequence[int],
    costs: Mapping[str, Sequence[str]],
    meanings: Mapping[str, str],
) -> str:
    """A readable table: the whole system, and each component that was taken out of it.

    Args:
        comparison: The systems, each compared with the whole.
        seeds: Seeds of the runs.
        costs: Name of each system -> its number of parameters and seconds per epoch, as text.
        meanings: Name of each system but the whole -> what was taken out.

    Returns:
        Lines of text without a newline at the end.
    """
    pairs = {pair.first: pair for pair in comparison.pairs}
    rows = [["", "accuracy", "minus the whole", "p", "", "parameters", "s/epoch"]]
    for name, system in comparison.systems.items():
        deviation = system.seeds.deviation
        accuracy = f"{system.accuracy.value:.2%}" + ("" if deviation is None else f" ± {100 * deviation:.2f}")
        difference = ["", "", ""]
        if pair := pairs.get(name):
            low, high = (100 * end for end in pair.accuracy_range)
            points = f"{100 * pair.accuracy.value:+.2f} [{low:+.2f}, {high:+.2f}]"
            better = {None: "not significant", name: "better"}.get(pair.better, "worse")
            difference = [points, format_p(pair.p_holm), better]
        rows.append([clean_for_terminal(name), accuracy, *difference, *costs[name]])
    several = len(seeds) > 1
    notes = [
        f"{comparison.papers:,} test papers; runs with the seed{'s' if several else ''} "
        + ", ".join(map(str, seeds))
        + (": means ± standard deviations" if several else ", so the variance between seeds is unknown"),
        f"in brackets 95% intervals over papers{' and seeds' if several else ''}; p corrected for "
        f"{len(pairs)} comparisons (Holm)",
    ]
    return "\n".join(
        [*notes, "", *format_table(rows), ""]
        + [f"{clean_for_terminal(name)}: {meaning}" for name, meaning in meanings.items()]
    )


def format_p(value: float) -> str:
    """A p-value."""
    return f"{value:.4f}" if value >= 0.0001 else "below 0.0001"
