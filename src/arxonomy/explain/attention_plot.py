"""Attention as a picture of one paper: a PNG file.

Drawn with matplotlib's objects, without pyplot: no global state, no window, safe in any thread. One inch of
the picture is one unit of its only axes, counted from the top left; the height is known when all is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from arxonomy.atomic import replace_file
from arxonomy.errors import SettingsError, needs_extra
from arxonomy.explain.explanation import Explanation
from arxonomy.explain.words import compute_shades
from arxonomy.records import AnyPath
from arxonomy.sanitize import clean_for_page, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

CATEGORIES = 5
"""Categories shown of the answer."""

_DPI = 150
_MARGIN, _COLUMN, _GAP = 0.45, 3.3, 0.6  # inches: around all, the bars' width, between map and bars
_TEXT, _SOFT, _BAR, _PALE, _DEEP = "#10161d", "#57606a", "#2f6db3", "#e9edf1", "#4a94f0"
_PROSE, _MONO = "DejaVu Sans", "DejaVu Sans Mono"  # matplotlib brings both
_ADVANCE = 0.602  # of a letter of the second, per point of its size
_LETTERS = 22  # shown of a word in the heat map


def save_attention(explanation: Explanation, path: AnyPath) -> None:
    """Draw the answer, the heat map of the title, the gates, and the abstract with its words colored.

    Args:
        explanation: An explanation by the method `attention`.
        path: The PNG file; written atomically.

    Raises:
        ArxonomyError: The file cannot be written.
        MissingExtraError: matplotlib is not installed.
        SettingsError: The explanation is of another method.
    """
    if explanation.method != "attention" or explanation.gates is None:
        raise SettingsError(
            f"a picture is drawn of attention, found an explanation by {explanation.method}: take the method "
            "attention, or make a page"
        )
    with needs_extra("train", "a picture", "an HTML page needs nothing more"):
        from matplotlib.figure import Figure
    figure = Figure()
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    top = _draw_headline(axes, explanation)
    right, map_end = _draw_heat_map(axes, explanation, top)
    left = max(right + _GAP, 8.2)
    width = left + _COLUMN + _MARGIN
    shares = [(name, share, f"{share:.1%}") for name, share in explanation.prediction.categories[:CATEGORIES]]
    bars = [(name, gate, f"{gate:.2f}") for name, gate in explanation.list_gates()]
    bars_end = _draw_bars(axes, left, top, "Probabilities", shares)
    bars_end = _draw_bars(axes, left, bars_end + 0.25, "Gates: how much is let through", bars)
    text_end = _draw_abstract(axes, explanation, max(map_end, bars_end) + 0.3, width - 2 * _MARGIN)
    height = _draw_footnotes(axes, explanation, text_end + 0.25) + _MARGIN
    figure.set_size_inches(width, height)
    axes.set(xlim=(0, width), ylim=(height, 0))
    with replace_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=_DPI)


def _write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    size: float,
    *,
    color: str = _TEXT,
    family: str = _PROSE,
    weight: str = "normal",
    style: str = "normal",
    va: Literal["top", "center", "bottom"] = "top",
    ha: Literal["left", "center", "right"] = "left",
    rotation: float = 0,
) -> None:
    """Write text; (x, y) is its top left corner unless `va` and `ha` say otherwise."""
    axes.text(
        x,
        y,
        text,
        fontsize=size,
        color=color,
        family=family,
        weight=weight,
        style=style,
        va=va,
        ha=ha,
        rotation=rotation,
        parse_math=False,  # a `$` is a dollar, and begins no formula
    )


def _draw_headline(axes: Axes, explanation: Explanation) -> float:
    prediction = explanation.prediction
    head = _make_drawable(prediction.format_answer(), 72)
    size = 20 if len(head) <= 44 else 12  # so that it ends within the picture
    _write(axes, _MARGIN, _MARGIN, head, size, weight="bold")
    _write(axes, _MARGIN, _MARGIN + 0.42, f"paper {_make_drawable(prediction.id, 100)}", 11, color=_SOFT)
    if not prediction.warnings:
        return _MARGIN + 0.85
    warning = _make_drawable("; ".join(prediction.warnings), 110)
    _write(axes, _MARGIN, _MARGIN + 0.68, warning, 11, color="#a8440c")
    return _MARGIN + 1.1


def _draw_heat_map(axes: Axes, explanation: Explanation, top: float) -> tuple[float, float]:
    """Draw the map; returns where it ends, on the right and below."""
    names = [shorten(word.text, _LETTERS) for word in explanation.title_words]
    square = explanation.title_map is not None
    what = "where each word (row) looks" if square else "the attention that each word gets"
    _write(axes, _MARGIN, top, f"Title: {what}, in percent", 12, weight="bold")
    if not names:
        return _draw_nothing(axes, top + 0.3, "title")
    grid = explanation.heat_map
    rows = names if square else ["title"]
    cell = max(0.13, min(0.5, 6 / len(names)))
    size = min(11.0, 72 * cell * 0.62)
    across = max(map(len, names)) * _ADVANCE * size / 72 + 0.1  # inches of the longest name
    left, upper = _MARGIN + (across if square else 0.6), top + 0.35 + across
    columns = left + cell * np.arange(len(names) + 1)
    lines = upper + cell * np.arange(len(rows) + 1)
    axes.pcolormesh(
        columns,
        lines,
        compute_shades(grid),
        cmap=_make_blues(),
        vmin=0,
        vmax=1,
        edgecolors=_PALE,
        linewidth=0.8,
    )
    for x, name in zip((columns + cell / 2).tolist(), names, strict=False):
        _write(axes, x, upper - 0.06, name, size, family=_MONO, va="bottom", ha="center", rotation=90)
    for y, name in zip((lines + cell / 2).tolist(), rows, strict=False):
        _write(axes, left - 0.06, y, name, size, family=_MONO, va="center", ha="right")
    if cell * 72 > 24:  # points; a smaller cell has no room for its number
        for (row, column), weight in np.ndenumerate(grid):
            x, y = float(columns[column]) + cell / 2, float(lines[row]) + cell / 2
            _write(axes, x, y, f"{100 * weight:.1f}", 8, family=_MONO, va="center", ha="center")
    return float(columns[-1]), float(lines[-1])


def _draw_bars(
    axes: Axes, left: float, top: float, title: str, rows: Sequence[tuple[str, float, str]]
) -> float:
    """Bars with (name, length in 0..1, the number as text); returns where they end below."""
    from matplotlib.patches import Rectangle

    _write(axes, left, top, title, 12, weight="bold")
    y = top + 0.32
    for name, share, number in rows:
        _write(axes, left, y, _make_drawable(name, 32), 10)
        _write(axes, left + _COLUMN, y, number, 10, ha="right")
        axes.add_patch(Rectangle((left, y + 0.2), _COLUMN, 0.13, color=_PALE, linewidth=0))
        axes.add_patch(Rectangle((left, y + 0.2), _COLUMN * share, 0.13, color=_BAR, linewidth=0))
        y += 0.44
    return y


def _draw_abstract(axes: Axes, explanation: Explanation, top: float, width: float) -> float:
    """Draw the words line by line, each on its color; returns where they end below."""
    from matplotlib.patches import Rectangle

    _write(axes, _MARGIN, top, "Abstract: the attention that each word gets", 12, weight="bold")
    if not explanation.abstract_words:
        return _draw_nothing(axes, top + 0.3, "abstract")[1]
    size, height, blues = 10.5, 0.25, _make_blues()
    letter = _ADVANCE * size / 72  # inches
    room = int(width / letter)  # letters in a line
    x, y = 0, top + 0.34
    colors = compute_shades(explanation.abstract).tolist()
    for word, shade in zip(explanation.abstract_words, colors, strict=True):
        text = shorten(word.text, room)
        if x and x + len(text) > room:
            x, y = 0, y + height
        corner = (_MARGIN + (x - 0.3) * letter, y)
        box = Rectangle(corner, (len(text) + 0.6) * letter, 0.92 * height, color=blues(shade), linewidth=0)
        axes.add_patch(box)
        style = "normal" if word.known else "italic"
        _write(
            axes, _MARGIN + x * letter, y + 0.47 * height, text, size, family=_MONO, va="center", style=style
        )
        x += len(text) + 1
    return y + height


def _draw_footnotes(axes: Axes, explanation: Explanation, top: float) -> float:
    notes = [
        "Words as the network reads them; italics: not in its vocabulary. White: no attention. Deepest blue: "
        "the largest weight, or twice an even share where all are smaller.",
        " ".join(
            f"Weights of the {what}: {weights.min():.1%} to {weights.max():.1%}, "
            f"an even share is {1 / weights.shape[-1]:.1%}."
            for what, weights in (("title", explanation.heat_map), ("abstract", explanation.abstract))
            if weights.size
        ),
        "Attention shows where the network looked; it is no proof of cause.",
    ]
    if explanation.title_map is None:
        notes.append("In the abstract a weight stands at the first word of the few that were read together.")
    for line, note in enumerate(notes):
        _write(axes, _MARGIN, top + 0.22 * line, note, 9, color=_SOFT)
    return top + 0.22 * len(notes)


def _draw_nothing(axes: Axes, top: float, what: str) -> tuple[float, float]:
    _write(axes, _MARGIN, top, f"The {what} has no words that the network reads.", 10.5, color=_SOFT)
    return 0.0, top + 0.3


def _make_blues() -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("attention", ["#ffffff", _DEEP])


def _make_drawable(text: str, letters: int) -> str:
    """Cut a text to some letters, with a replacement character for each that the font lacks."""
    from matplotlib.font_manager import findfont, get_font

    known = get_font(findfont(_PROSE)).get_charmap()
    return "".join(
        letter if ord(letter) in known else "\ufffd" for letter in shorten(clean_for_page(text), letters)
    )
