"""Learning curves as plain text, for a terminal or a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arxonomy.evaluation.learning_curves import EXPONENTS
from arxonomy.evaluation.text_report import format_table
from arxonomy.sanitize import clean_for_terminal

FAR = 3.0
"""Times the papers at hand beyond which a reading off the law is called a guess."""


def format_learning_curves(curves: Mapping[str, Any]) -> str:
    """A readable report: accuracy by size, the laws, and what more papers would give.

    Args:
        curves: What `learning_curves` returned.

    Returns:
        Lines of text without a newline at the end.
    """
    systems, largest, asked = curves["systems"], curves["sizes"][-1], curves["asked"]
    rows = [["training papers", *map(clean_for_terminal, systems)]]
    for index, size in enumerate(curves["sizes"]):
        points = (own["points"][index] for own in systems.values())
        rows.append([f"{size:,}", *(_percent(point, "accuracy") for point in points)])
    told = [own["asked"] if "asked" in own else None for own in systems.values()]
    rows.append(
        [f"{asked:,} by the law", *("not told" if own is None else _percent(own, "accuracy") for own in told)]
    )
    seeds = {own["seeds"] for own in systems.values()}
    over = "papers" if seeds == {1} else f"papers and {'/'.join(map(str, sorted(seeds)))} seeds"
    lines = [f"accuracy on the same {curves['papers']:,} test papers; in brackets 95% intervals over {over}"]
    if 1 in seeds:
        lines.append("note: one seed tells nothing of the luck of which papers were trained on")
    blocks = [lines, format_table(rows), *(_system(name, own, curves) for name, own in systems.items())]
    if curves["pairs"]:
        blocks.append([_pair(pair, asked) for pair in curves["pairs"]])
    if any(told):
        times = asked / largest
        line = f"warning: {asked:,} papers are {times:.1f} times those at hand; the law was only seen below"
        guess = ", and so far beyond it this is a guess" if times > FAR else ""
        blocks.append([f"{line}{guess}. It holds for more papers of the same kind and the same labels."])
    return "\n\n".join("\n".join(block) for block in blocks)


def _system(name: str, own: Mapping[str, Any], curves: Mapping[str, Any]) -> list[str]:
    what = f"{curves['more']:,} more papers"
    if "unknown" in own:
        return [f"{clean_for_terminal(name)}: what {what} would give cannot be told: {own['unknown']}"]
    law, asked = own["law"], own["asked"]
    low, high = law["exponent_interval"]
    steepest = " or more" if high >= EXPONENTS[-1] else ""
    gain, ends = 100 * asked["gain"], [100 * end for end in asked["gain_interval"]]
    return [
        f"{clean_for_terminal(name)}: {what} would give {gain:+.1f} points [{ends[0]:+.1f}, {ends[1]:+.1f}], "
        f"to {_percent(asked, 'accuracy')}",
        f"  error = {law['factor']:.3g} * papers^-{law['exponent']:.3f} + {law['floor']:.1%}; exponent "
        f"{low:.2f} to {high:.2f}{steepest}, floor {law['floor_interval'][0]:.1%} to "
        f"{law['floor_interval'][1]:.1%}; the points miss it by {100 * law['misfit']:.2f} points (root mean "
        "square)",
    ]


def _pair(pair: Mapping[str, Any], asked: int) -> str:
    low, high = (100 * end for end in pair["difference_interval"])
    first, second = clean_for_terminal(pair["first"]), clean_for_terminal(pair["second"])
    return (
        f"{first} - {second} at {asked:,} papers, by the laws: "
        f"{100 * pair['difference']:+.1f} points [{low:+.1f}, {high:+.1f}]"
    )


def _percent(own: Mapping[str, Any], key: str) -> str:
    low, high = own[f"{key}_interval"]
    return f"{own[key]:.1%} [{100 * low:.1f}, {100 * high:.1f}]"
