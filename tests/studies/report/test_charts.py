"""Points are drawn where the axes say that they are."""

from __future__ import annotations

import itertools

import pytest
from html_reader import Reader

from arxonomy.studies.report.charts import (
    Axis,
    Series,
    draw_chart,
    make_names_axis,
    make_numbers_axis,
    make_shares_axis,
)


def draw(*series: Series, x: Axis, y: Axis) -> Reader:
    return Reader(draw_chart("one", "A title", "A description", x, y, series))


def test_points_stand_in_proportion_between_the_ticks():
    axis = make_numbers_axis("n", 0, 10)
    series = Series("s", [(0, 0), (5, 2.5), (10, 10)], "first", whiskers=[[0, 1], [2, 3], [9, 10]])
    page = draw(series, x=axis, y=axis)
    dots = [(float(a["cx"]), float(a["cy"])) for a, _ in page.of("circle")][1:]  # the first is the legend's
    (left, bottom), (middle, quarter), (right, top) = dots
    assert middle == pytest.approx((left + right) / 2, abs=0.1)
    assert quarter == pytest.approx(bottom + (top - bottom) / 4, abs=0.1)
    assert 0 < left < right < 370 and 0 < top < bottom < 280
    ticks = {text: float(a["x"]) for a, text in page.of("text", **{"class": "tick", "text-anchor": "middle"})}
    assert (ticks["0"], ticks["10"]) == (left, right)
    whiskers = [
        (a["x1"], float(a["y1"]), float(a["y2"])) for a, _ in page.of("line", **{"class": "whisker first"})
    ]
    assert [place for place, *_ in whiskers] == [f"{x:.1f}" for x, _ in dots]
    assert all(
        low > y > high or y in (low, high) for (_, low, high), (_, y) in zip(whiskers, dots, strict=True)
    )
    (line,) = page.of("polyline")
    assert line[0]["points"] == " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0.5, 0.5), (0.81, 0.83), (0, 0), (1, 1), (0.123, 0.987), (0.9, 1)]
)
def test_axes_of_shares_hold_their_values_and_stay_within_0_and_1(low, high):
    axis = make_shares_axis("share", low, high)
    assert 0 <= axis.low <= low <= high <= axis.high <= 1 and axis.low < axis.high
    places = [place for place, _ in axis.ticks]
    assert 2 <= len(places) <= 9 and places == sorted(set(places))
    assert [f"{100 * place:.4g}%" for place in places] == [name for _, name in axis.ticks]


@pytest.mark.parametrize(("low", "high"), [(0, 0), (1e-7, 2e-7), (0.4, 2.5), (-3, 1000), (5, 5)])
def test_axes_of_numbers_hold_their_values(low, high):
    axis = make_numbers_axis("n", low, high)
    assert axis.low <= low <= high <= axis.high and axis.low < axis.high
    assert all(a < b for (a, _), (b, _) in itertools.pairwise(axis.ticks))
    assert len(axis.ticks) <= 9


def test_names_are_thinned_out():
    names = [f"2025-{month:02}" for month in range(1, 13)]
    assert [name for _, name in make_names_axis("month", names).ticks] == names[::3]
    assert make_names_axis("month", names[:1]).ticks == [(0, "2025-01")]


def test_kinds_differ_in_more_than_color_and_the_legend_names_them():
    axis = make_shares_axis("share", 0, 1)
    names = ["a rather long name of a series", "another rather long name", "and the third"]
    kinds = ("first", "second", "guide")
    many = [Series(name, [(0.5, 0.5)], kind) for name, kind in zip(names, kinds, strict=True)]
    page = draw(*many, x=axis, y=axis)
    texts = [(text, float(a["x"]), float(a["y"])) for a, text in page.of("text") if "class" not in a]
    assert [text for text, *_ in texts] == names
    assert all(x + 7.2 * len(text) <= 370 for text, x, _ in texts)
    assert len({y for *_, y in texts}) == 2  # rows


def test_texts_are_escaped():
    axis = make_names_axis("<b>", ["<i>"])
    source = draw_chart("one", "<t>", "<d>", axis, axis, [Series("<s>", [(0, 0)], "first", notes=["<n>"])])
    assert {tag for tag, _ in Reader(source).elements} <= {
        *("svg", "title", "desc", "text", "line", "polyline", "circle")
    }
