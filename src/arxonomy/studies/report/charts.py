"""Line charts as SVG inside an HTML page.

Drawn here, since a picture of matplotlib has neither the page's colors by night nor its fonts, and cannot be
read aloud. `first`, `second` and `guide` are kinds of lines, styled by `templates/report.css`; they differ in
their dashes and dots too, for readers who cannot distinguish their colors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

from arxonomy.sanitize import clean_for_page

if TYPE_CHECKING:
    from markupsafe import Markup

Kind = Literal["first", "second", "guide"]
"""How a line looks."""

_WIDTH, _HEIGHT = 370, 280  # of the whole picture, in its own pixels: on a phone its texts hardly shrink
_LEFT, _RIGHT, _BOTTOM, _ROW = 62, 20, 46, 20  # margins, and the height of a row of the legend
_LETTER, _SAMPLE = 7.2, 34  # mean width of a letter, and of a line's sample in the legend


@dataclass(frozen=True)
class Axis:
    """One side of a chart."""

    label: str
    """What it measures."""
    ticks: Sequence[tuple[float, str]]
    """Places with their names, rising; there may be none."""
    low: float
    """Where it begins."""
    high: float
    """Where it ends, beyond `low`."""


@dataclass(frozen=True)
class Series:
    """Points that are drawn in one way."""

    name: str
    """For the legend."""
    points: Sequence[tuple[float, float]]
    """(x, y), in order."""
    kind: Kind
    """How it looks."""
    line: bool = True
    """Whether the points are joined."""
    dots: bool = True
    """Whether they are marked."""
    whiskers: Sequence[Sequence[float]] = ()
    """The low and the high end of an interval at each point, if there are any."""
    notes: Sequence[str] = ()
    """A short text at each point, if there are any."""


def make_shares_axis(label: str, low: float, high: float) -> Axis:
    """An axis of shares in 0..1, with ticks in percent, around the values from `low` to `high`."""
    begin, end = max(0.0, low - 0.02), min(1.0, high + 0.02)
    step = _choose_step(begin, end)
    first, last = math.floor(begin / step + 1e-9), math.ceil(end / step - 1e-9)
    ticks = [round(number * step, 9) for number in range(first, last + 1)]
    return Axis(label, [(tick, f"{100 * tick:.4g}%") for tick in ticks], ticks[0], ticks[-1])


def make_numbers_axis(label: str, low: float, high: float) -> Axis:
    """An axis of any numbers, around those from `low` to `high`."""
    step = _choose_step(low, high)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [round(number * step, 9) for number in range(first, max(last, first + 1) + 1)]
    return Axis(label, [(tick, f"{tick:.4g}") for tick in ticks], ticks[0], ticks[-1])


def make_names_axis(label: str, names: Sequence[str], most: int = 5) -> Axis:
    """An axis of things in order, at 0, 1, ...; the names of at most some `most` of them are written."""
    every = math.ceil(len(names) / most)
    return Axis(label, list(enumerate(names))[::every], -0.5, len(names) - 0.5)


def _choose_step(low: float, high: float) -> float:
    """A round number that fits some five times between two others."""
    rough = max(high - low, 1e-6) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= rough * (1 - 1e-9))


def draw_chart(name: str, title: str, description: str, x: Axis, y: Axis, series: Sequence[Series]) -> Markup:
    """Draw a chart.

    Args:
        name: For the ids of its parts: letters, digits and hyphens, no other chart of the page has it.
        title: What it shows, for readers of a screen, as text.
        description: What there is to see, as text.
        x: The axis below.
        y: The axis on the left.
        series: What is drawn, those in front last.

    Returns:
        An `<svg>` element.
    """
    from markupsafe import Markup

    legend, top = _draw_legend(series)

    def place_x(value: float) -> str:
        return f"{_LEFT + (value - x.low) / (x.high - x.low) * (_WIDTH - _LEFT - _RIGHT):.1f}"

    def place_y(value: float) -> str:
        return f"{_HEIGHT - _BOTTOM - (value - y.low) / (y.high - y.low) * (_HEIGHT - _BOTTOM - top):.1f}"

    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="{name}-title {name}-desc">\n'
        f'<title id="{name}-title">{_escape(title)}</title>\n'
        f'<desc id="{name}-desc">{_escape(description)}</desc>\n',
        *legend,
    ]
    for tick, words in y.ticks:
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{place_y(tick)}" '
            f'y2="{place_y(tick)}"/><text class="tick" x="{_LEFT - 7}" y="{place_y(tick)}" dy=".33em" '
            f'text-anchor="end">{_escape(words)}'
            "</text>\n"
        )
    for tick, words in x.ticks:
        parts.append(
            f'<text class="tick" x="{place_x(tick)}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">'
            f"{_escape(words)}</text>\n"
        )
    parts.append(
        f'<text class="label" x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 7}" text-anchor="middle">'
        f"{_escape(x.label)}</text>\n"
        f'<text class="label" x="{-(top + _HEIGHT - _BOTTOM) / 2}" y="12" text-anchor="middle" '
        f'transform="rotate(-90)">{_escape(y.label)}</text>\n'
    )
    for line in series:
        places = [(place_x(a), place_y(b)) for a, b in line.points]
        parts += [
            f'<line class="whisker {line.kind}" x1="{place}" x2="{place}" y1="{place_y(low)}" '
            f'y2="{place_y(high)}"/>\n'
            for (place, _), (low, high) in zip(places, line.whiskers, strict=False)
        ]
        if line.line:
            joined = " ".join(f"{a},{b}" for a, b in places)
            parts.append(f'<polyline class="line {line.kind}" points="{joined}"/>\n')
        if line.dots:
            parts += [f'<circle class="{line.kind}" cx="{a}" cy="{b}" r="3.5"/>\n' for a, b in places]
        parts += [
            f'<text class="{line.kind}" x="{float(a) - 7:.1f}" y="{float(b) - 6:.1f}" text-anchor="end">'
            f"{_escape(note)}</text>\n"
            for (a, b), note in zip(places, line.notes, strict=False)
        ]
    return Markup("".join([*parts, "</svg>\n"]))


def _draw_legend(series: Sequence[Series]) -> tuple[list[str], int]:
    """The legend, in as many rows as its names need, and where the chart below it begins."""
    parts, left, row = [], 0.0, 0
    for line in series:
        width = _SAMPLE + _LETTER * len(line.name) + 14
        if left and left + width > _WIDTH:
            left, row = 0.0, row + 1
        y = 12 + _ROW * row
        if line.line:
            parts.append(f'<line class="line {line.kind}" x1="{left}" x2="{left + 26}" y1="{y}" y2="{y}"/>')
        if line.dots:
            parts.append(f'<circle class="{line.kind}" cx="{left + 13}" cy="{y}" r="3.5"/>')
        parts.append(f'<text x="{left + _SAMPLE}" y="{y}" dy=".33em">{_escape(line.name)}</text>\n')
        left += width
    return parts, 12 + _ROW * (row + 1)


def _escape(text: str) -> str:
    return escape(clean_for_page(text))
