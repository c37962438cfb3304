"""What the scores say in a terminal of months, drift and the baseline."""

from __future__ import annotations

import numpy as np
import pytest

from arxonomy.evaluation import format_scores, score, slices, softmax
from arxonomy.evaluation.text_report import MONTHS, trend_words


def scores_of(dates: list[str | None]) -> dict:
    draw = np.random.default_rng(0)
    truth = draw.integers(2, size=len(dates))
    shares = softmax(draw.normal(size=(len(dates), 2)) + 2 * np.eye(2)[truth])
    return score(truth, shares, ["a", "b"]) | {"slices": slices(truth, shares, dates, [9] * len(dates))}


def test_a_line_for_each_month():
    scores = scores_of(["2025-01"] * 60 + ["2025-02"] * 5 + [None] * 3)
    text = format_scores(scores)
    assert "By month of publication, with 95% intervals; 3 papers without a readable date" in text
    for row in scores["slices"]["by_month"]:
        (line,) = [line for line in text.splitlines() if line.startswith(row["month"])]
        low, high = row["accuracy_interval"]
        assert f"{row['accuracy']:.1%} ({low:.1%} to {high:.1%})" in line
        assert f"{row['expected_calibration_error']:.1%} (" in line
        assert ("5 (few)" in line) == row["few"] == (row["papers"] == 5)
    assert trend_words(scores["slices"]["trend"])[0] in text


def test_old_months_are_counted():
    months = [f"{2000 + number // 12}-{1 + number % 12:02}" for number in range(MONTHS + 3)]
    text = format_scores(scores_of(months * 4))
    assert "; 3 earlier months in --json" in text
    assert "\n2000-03 " not in text and "\n2000-04 " in text


def test_without_dates_nothing_is_said_of_months():
    assert "month" not in format_scores(scores_of([None] * 20))


def slope(change: float, p_value: float) -> dict:
    return {"change_per_year": change, "interval": [change - 0.12, change + 0.12], "p_value": p_value}


@pytest.mark.parametrize(
    ("change", "p_value", "words"),
    [
        (-0.24, 0.01, "accuracy drifts lower: -24.0 points a year (95% interval -36.0 to -12.0, p = 0.01)"),
        (0.06, 0.04, "accuracy drifts higher: +6.0 points a year (95% interval -6.0 to +18.0, p = 0.04)"),
        (0.06, 0.05, "no drift shown: +6.0 points a year (95% interval -6.0 to +18.0, p = 0.05)"),
    ],
)
def test_a_drift_is_told_plainly(change, p_value, words):
    trend = {"first": "2024-03", "last": "2025-02", "months": 12, **slope(change, p_value)}
    told = trend_words(trend | {"within_classes": None})
    assert told[0] == f"from 2024-03 to 2025-02, {words}"
    assert [line.partition(" there: ")[0] for line in told[1:]] == (
        ["papers count as independent"] if "drifts" in words else []
    )
    short = trend_words(trend | {"months": 5, "within_classes": slope(change, p_value)})
    assert len(short) == 2 and all("too few months to tell a drift" in line for line in short)


def test_each_trend_has_its_own_verdict_and_short_spans_are_told_by_the_month():
    within = slope(-0.24, 0.01)
    trend = {
        "first": "2025-09",
        "last": "2026-02",
        "months": 6,
        **slope(0.012, 0.7),
        "within_classes": within,
    }
    assert trend_words(trend)[:2] == [
        "from 2025-09 to 2026-02, no drift shown: +0.1 points a month (95% interval -0.9 to +1.1, p = 0.7)",
        "with the mix of categories held fixed, accuracy drifts lower: -2.0 points a month (95% interval "
        "-3.0 to -1.0, p = 0.01)",
    ]
