"""The scores as text: months and drift."""

from __future__ import annotations

import numpy as np
import pytest

from arxonomy.evaluation import Scores, score_in_detail, softmax
from arxonomy.evaluation.slices import Slope, Trend
from arxonomy.evaluation.text_report import MONTHS, format_trend


def scores_of(dates: list[str | None]) -> Scores:
    draw = np.random.default_rng(0)
    truth = draw.integers(2, size=len(dates))
    shares = softmax(draw.normal(size=(len(dates), 2)) + 2 * np.eye(2)[truth])
    return score_in_detail(truth, shares, ["a", "b"], None, published=dates, words=[9] * len(dates))


def test_a_line_for_each_month():
    scores = scores_of(["2025-01"] * 60 + ["2025-02"] * 5 + [None] * 3)
    text = scores.to_text()
    assert "By month of publication, with 95% intervals; 3 papers without a readable date" in text
    for row in scores.slices.by_month:
        (line,) = [line for line in text.splitlines() if line.startswith(row.month)]
        low, high = row.accuracy.ends
        assert f"{row.accuracy.value:.1%} ({low:.1%} to {high:.1%})" in line
        assert f"{row.expected_calibration_error.value:.1%} (" in line
        assert ("5 (few)" in line) == row.few == (row.papers == 5)
    assert format_trend(scores.slices.trend)[0] in text
    assert "\na note\n\n" in scores.to_text(["a note"])


def test_old_months_are_counted():
    months = [f"{2000 + number // 12}-{1 + number % 12:02}" for number in range(MONTHS + 3)]
    text = scores_of(months * 4).to_text()
    assert "; 3 earlier months in --json" in text
    assert "\n2000-03 " not in text and "\n2000-04 " in text


def test_without_dates_there_are_no_months():
    assert "month" not in scores_of([None] * 20).to_text()


def slope(change: float, p_value: float) -> Slope:
    return Slope(change_per_year=change, interval=(change - 0.12, change + 0.12), p_value=p_value)


@pytest.mark.parametrize(
    ("change", "p_value", "words"),
    [
        (-0.24, 0.01, "accuracy drifts lower: -24.0 points a year (95% interval -36.0 to -12.0, p = 0.01)"),
        (0.06, 0.04, "accuracy drifts higher: +6.0 points a year (95% interval -6.0 to +18.0, p = 0.04)"),
        (0.06, 0.05, "no significant drift: +6.0 points a year (95% interval -6.0 to +18.0, p = 0.05)"),
    ],
)
def test_a_drift_has_a_sentence(change, p_value, words):
    fitted = slope(change, p_value)
    trend = Trend(first="2024-03", last="2025-02", months=12, within_classes=None, **dict(fitted))
    lines = format_trend(trend)
    assert lines[0] == f"from 2024-03 to 2025-02, {words}"
    assert [line.partition(": ")[0] for line in lines[1:]] == (
        ["papers count as independent"] if "drifts" in words else []
    )
    short = format_trend(trend.model_copy(update={"months": 5, "within_classes": fitted}))
    assert len(short) == 2 and all("too few months to tell a drift" in line for line in short)


def test_each_trend_has_a_verdict_and_short_spans_are_per_month():
    trend = Trend(
        first="2025-09",
        last="2026-02",
        months=6,
        within_classes=slope(-0.24, 0.01),
        **dict(slope(0.012, 0.7)),
    )
    assert format_trend(trend)[:2] == [
        "from 2025-09 to 2026-02, no significant drift: +0.1 points a month (95% interval -0.9 to +1.1, "
        "p = 0.7)",
        "with the class prior held fixed, accuracy drifts lower: -2.0 points a month (95% interval "
        "-3.0 to -1.0, p = 0.01)",
    ]
