"""A comparison as plain text, for a terminal or a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arxonomy.evaluation.comparison import PER_CLASS, THREE
from arxonomy.evaluation.text_report import format_table
from arxonomy.sanitize import clean_for_terminal

_NAMES = {
    "accuracy": "exact",
    "any_listed_accuracy": "any listed",
    "top2_accuracy": "top 2",
    "macro_f1": "macro F1",
    "log_loss": "log loss",
    "expected_calibration_error": "ECE",
}
_MOST_CLASSES = 12
"""Categories shown of a pair: those whose F1 differs most."""


def verdict(pair: Mapping[str, Any]) -> str:
    """One pair of a comparison in a few words, such as `A better by 1.2 points, 0.3 to 2.1`."""
    low, high = _doubt(pair)
    if pair["better"] is None:
        return "no difference shown"
    sign = 1 if pair["accuracy"] > 0 else -1
    low, high = sorted((sign * low, sign * high))
    return (
        f"{clean_for_terminal(pair['better'])} better by {100 * abs(pair['accuracy']):.1f} points, "
        f"{100 * low:.1f} to {100 * high:.1f}"
    )


def format_comparison(comparison: Mapping[str, Any]) -> str:
    """A readable report: the systems, then each pair.

    Args:
        comparison: What `compare` returned; a system may also have `papers_per_second`.

    Returns:
        Lines of text without a newline at the end.
    """
    papers, different = comparison["papers"], comparison["different_papers"]
    copies = "" if papers == different else f", {different:,} of them different"
    head = f"{papers:,} papers{copies}; in brackets 95% intervals over papers"
    blocks = [[head, "", *_systems(comparison["systems"])]]
    if several := comparison["papers_with_several_categories"]:
        rows = [
            [name, *(_cell(own["several_categories"], key) for key in THREE)]
            for name, own in comparison["systems"].items()
        ]
        title = f"the {several:,} papers with several categories"
        blocks.append(format_table([[title, *(_NAMES[key] for key in THREE)], *_names_shown(rows)]))
    if seeds := _seeds(comparison["systems"]):
        blocks.append(seeds)
    blocks += [_pair(pair, comparison) for pair in comparison["pairs"]]
    return "\n\n".join("\n".join(block) for block in blocks)


def format_ablation(ablation: Mapping[str, Any]) -> str:
    """A readable table: the whole system, and each thing that was taken out of it.

    Args:
        ablation: What `compare` returned, each system against the `whole`, with the `seeds` of the runs; each
            system also has its `parameters`, `seconds_per_epoch` and, but for the whole, `meaning`.

    Returns:
        Lines of text without a newline at the end.
    """
    pairs = {pair["first"]: pair for pair in ablation["pairs"]}
    rows = [["", "accuracy", "to the whole", "p", "", "parameters", "s/epoch"]]
    for name, own in ablation["systems"].items():
        spread = own["seeds"]["deviation"]
        accuracy = f"{own['accuracy']:.2%}" + ("" if spread is None else f" ± {100 * spread:.2f}")
        compared = ["", "", ""]
        if pair := pairs.get(name):
            low, high = (100 * end for end in _doubt(pair))
            points = f"{100 * pair['accuracy']:+.2f} [{low:+.2f}, {high:+.2f}]"
            better = {None: "not shown", name: "better"}.get(pair["better"], "worse")
            compared = [points, _p(pair["p_holm"]), better]
        costs = [f"{own['parameters']:,}", f"{own['seconds_per_epoch']:.1f}"]
        rows.append([clean_for_terminal(name), accuracy, *compared, *costs])
    seeds, number = ", ".join(map(str, ablation["seeds"])), len(pairs)
    several = len(ablation["seeds"]) > 1
    notes = [
        f"{ablation['papers']:,} test papers; runs with the seed{'s' if several else ''} {seeds}"
        + (": means ± standard deviations" if several else ", which tell nothing of other seeds"),
        f"in brackets 95% intervals over papers{' and seeds' if several else ''}; p corrected for "
        f"{number} comparisons (Holm)",
    ]
    meanings = [
        f"{clean_for_terminal(name)}: {own['meaning']}"
        for name, own in ablation["systems"].items()
        if "meaning" in own
    ]
    return "\n".join([*notes, "", *format_table(rows), "", *meanings])


def _doubt(pair: Mapping[str, Any]) -> list[float]:
    """The interval of a pair's accuracy: over papers and seeds, or over papers where there is one seed."""
    doubt: list[float] = (pair["over_seeds"] or {"interval": pair["accuracy_interval"]})["interval"]
    return doubt


def _systems(systems: Mapping[str, Mapping[str, Any]]) -> list[str]:
    keys = [key for key in _NAMES if key in next(iter(systems.values()))]
    timed = all("papers_per_second" in own for own in systems.values())
    head = ["", *(_NAMES[key] for key in keys), *(["papers/s"] if timed else [])]
    rows = []
    for name, own in systems.items():
        speed = [f"{own['papers_per_second']:,.0f}"] if timed else []
        rows.append([name, *(_cell(own, key) for key in keys), *speed])
    return format_table([head, *_names_shown(rows)])


def _names_shown(rows: list[list[str]]) -> list[list[str]]:
    return [[clean_for_terminal(name), *cells] for name, *cells in rows]


def _cell(own: Mapping[str, Any], key: str) -> str:
    value = own[key]
    if key in ("log_loss", "macro_f1"):
        return f"{value:.4f}"
    if key not in THREE:
        return f"{value:.2%}"
    low, high = own[f"{key}_interval"]
    return f"{value:.1%} [{100 * low:.1f}, {100 * high:.1f}]"


def _seeds(systems: Mapping[str, Mapping[str, Any]]) -> list[str]:
    spreads = {clean_for_terminal(name): own["seeds"] for name, own in systems.items()}
    if all(own["deviation"] is None for own in spreads.values()):
        return []
    lines = []
    for name, own in spreads.items():
        if own["deviation"] is None:
            lines.append(f"{name}: one run, which tells nothing of other seeds")
            continue
        each = ", ".join(f"{one:.1%}" for one in own["accuracies"])
        deviation = f"{100 * own['deviation']:.2f} points"
        lines.append(f"{name}: the seeds are {each} exact, with a standard deviation of {deviation}")
    return lines


def _pair(pair: Mapping[str, Any], comparison: Mapping[str, Any]) -> list[str]:
    first, second = clean_for_terminal(pair["first"]), clean_for_terminal(pair["second"])
    number = len(comparison["pairs"])
    seeds = pair["over_seeds"]
    lines = [
        f"{first} against {second}: {verdict(pair)}",
        "  points: "
        + ", ".join(f"{_NAMES[key]} {_points(pair, key)}" for key in (*THREE, "macro_f1") if key in pair),
        f"  log loss: {_signed(pair, 'log_loss')}",
    ]
    p_values = f"  {pair['test']}: p {_p(pair['p_papers'])}"
    if seeds:
        low, high = (100 * end for end in seeds["interval"])
        lines.append(f"  exact, over other papers and other seeds: [{low:+.1f}, {high:+.1f}]")
        p_values += f"; over other papers and other seeds: p {_p(seeds['p_value'])}"
    corrected = f"; corrected for {number} pairs (Holm): p {_p(pair['p_holm'])}" if number > 1 else ""
    lines += [
        p_values + corrected,
        f"  papers that flip: {pair['only_first_right']:,} are right with {first} rather than {second}, "
        f"{pair['only_second_right']:,} the other way round",
    ]
    speeds = [comparison["systems"][pair[side]].get("papers_per_second") for side in ("first", "second")]
    if None not in speeds:
        faster = first if speeds[0] >= speeds[1] else second
        lines.append(f"  faster: {faster}, {max(speeds) / min(speeds):.1f} times as many papers a second")
    return [*lines, *_classes(pair["per_class"])]


def _classes(per_class: Mapping[str, Mapping[str, Any]]) -> list[str]:
    ranked = sorted(per_class, key=lambda label: -abs(per_class[label]["f1"]))[:_MOST_CLASSES]
    rows = [
        [f"  {clean_for_terminal(label)}", *(_points(own, key) for key in PER_CLASS)]
        for label, own in per_class.items()
        if label in ranked
    ]
    left_out = len(per_class) - len(rows)
    title = "  points of" if not left_out else f"  points of ({left_out} categories that differ less: --json)"
    return format_table([[title, "recall", "precision", "F1"], *rows])


def _points(own: Mapping[str, Any], key: str) -> str:
    low, high = (100 * end for end in own[f"{key}_interval"])
    return f"{100 * own[key]:+.1f} [{low:+.1f}, {high:+.1f}]"


def _signed(own: Mapping[str, Any], key: str) -> str:
    low, high = own[f"{key}_interval"]
    return f"{own[key]:+.4f} [{low:+.4f}, {high:+.4f}]"


def _p(value: float) -> str:
    return f"{value:.4f}" if value >= 0.0001 else "below 0.0001"
