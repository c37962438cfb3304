"""Draws accuracy against speed as an SVG file, with the charts of the product's reports."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from arxonomy.studies.report.charts import Axis, Series, draw_chart, make_shares_axis

SIZE = 'width="660" height="450" '
MARGIN = 0.06
"""Room beside the outermost points, as a share of the distance between them."""
NAME_ROOM = 0.22
"""Room for a name on the left, likewise."""
TRIM = 0.015
"""By how much the axis of accuracy goes less far than `make_shares_axis` would, in 0..1."""


@dataclass(frozen=True)
class Point:
    """A system in the picture."""

    name: str
    """Written beside it."""
    speed: float
    """Papers per processor second."""
    accuracy: float
    """In 0..1."""
    ours: bool
    """Whether it is the recipe; others look different."""


def draw_picture(name: str, title: str, points: Sequence[Point]) -> str:
    """Draw a chart as a file that stands alone, in light and dark.

    Args:
        name: For ids in it.
        title: What it shows.
        points: The systems; there may be none yet.

    Returns:
        The file's text.
    """
    powers = [math.log10(point.speed) for point in points] or [0.0, 3.0]
    span = max(max(powers) - min(powers), 1.0)
    low, high = min(powers) - (MARGIN + NAME_ROOM) * span, max(powers) + MARGIN * span
    ticks = [(power, f"{10**power:,}") for power in range(math.ceil(low), math.floor(high) + 1)]
    accuracies = [point.accuracy for point in points] or [0.5, 0.9]
    series = [
        Series(
            label,
            [(math.log10(point.speed), point.accuracy) for point in group],
            kind,
            line=False,
            notes=[point.name for point in group],
        )
        for label, kind, group in (
            ("other systems", "second", [point for point in points if not point.ours]),
            ("arxonomy", "first", [point for point in points if point.ours]),
        )
    ]
    said = "; ".join(
        f"{point.name}: {100 * point.accuracy:.1f}% at {point.speed:,.0f} papers a second" for point in points
    )
    svg = str(
        draw_chart(
            f"accuracy-{name}",
            title,
            said or "not measured yet",
            Axis("papers per processor second", ticks, low, high),
            make_shares_axis("accuracy", min(accuracies) + TRIM, max(accuracies) - TRIM),
            series,
        )
    )
    style = f'<style>\n{read_style()}</style>\n<rect width="100%" height="100%" fill="var(--page)"/>\n'
    opening, rest = svg.split("\n", 1)
    return opening.replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" {SIZE}') + "\n" + style + rest


def read_style() -> str:
    """The colors of the product's pages, and how the reports' charts look."""
    package = resources.files("arxonomy")
    page = (package / "templates" / "page.css").read_text(encoding="utf-8")
    report = (package / "studies" / "report" / "templates" / "report.css").read_text(encoding="utf-8")
    colors = page[: page.index("* {")].replace(":root", "svg")
    charts = [line for line in report.splitlines() if line.startswith("svg") and "display" not in line]
    font = 'svg { font: 13px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }'
    return "\n".join([colors.strip(), font, *charts]) + "\n"
