"""How a model does month by month: drops, their intervals of days, what changed, and the verdict."""

from __future__ import annotations

import math

import numpy as np
import pytest

from arxonomy.evaluation import measure_outcomes, score
from arxonomy.evaluation.drift import (
    FEWEST_PAPERS,
    WORTH,
    MonthAnswers,
    judge,
    make_reference,
    measure_month,
    subtract,
)
from arxonomy.evaluation.drift_results import MonthDrift, NewWord
from arxonomy.evaluation.drift_text import format_drift
from arxonomy.evaluation.results import Interval

LABELS = ("a", "b", "c")


def draw(papers: int, accuracy: float, shares=(0.5, 0.3, 0.2), seed: int = 0):
    """Labels and probabilities of papers, of which this share is right with a confidence of 80%."""
    random = np.random.default_rng(seed)
    truth = random.choice(3, size=papers, p=shares)
    answer = np.where(random.random(papers) < accuracy, truth, (truth + 1) % 3)
    probabilities = np.full((papers, 3), 0.1)
    probabilities[np.arange(papers), answer] = 0.8
    return truth, probabilities


def make_month(truth, probabilities, days=None, month="2026-03") -> MonthAnswers:
    papers = len(truth)
    return MonthAnswers(
        month=month,
        days=np.arange(papers) % 30 + 1 if days is None else days,
        confidence=probabilities.max(axis=1),
        unknown=np.full(papers, 0.02),
        atypical=np.arange(papers) % 100 == 0,
        outcomes=measure_outcomes(truth, probabilities),
        new_words=(NewWord(word="gadget", papers=7),),
    )


@pytest.fixture(scope="module")
def reference():
    truth, probabilities = draw(3000, 0.8, seed=1)
    return make_reference("validation", score(truth, probabilities, LABELS))


def test_a_month_like_the_models_own_papers_has_no_drop(reference) -> None:
    measured = measure_month(make_month(*draw(2000, 0.8)), LABELS, reference)
    assert measured.accuracy.value == pytest.approx(0.8, abs=0.02)
    assert measured.drop.low < 0 < measured.drop.high
    assert measured.overconfidence.low < 0 < measured.overconfidence.high
    assert (measured.papers, measured.few, measured.blocks) == (2000, False, 30)
    assert measured.unknown_words.value == pytest.approx(0.02)
    assert measured.atypical.value == 0.01
    assert measured.categories == ()
    assert judge([measured], reference, 0.0).retrain is False


def test_a_month_of_a_worse_model_has_a_drop_and_is_worth_a_training(reference) -> None:
    measured = measure_month(make_month(*draw(2000, 0.7)), LABELS, reference)
    assert 0.05 < measured.drop.low < measured.drop.value < measured.drop.high < 0.15
    assert abs(measured.drop_by_prior) < 0.01
    assert measured.overconfidence.low > 0.05
    assert measured.expected_drop.low < 0 < measured.expected_drop.high  # it is as sure as ever
    verdict = judge([measured], reference, 0.0)
    assert (verdict.retrain, verdict.month) == (True, "2026-03")
    assert verdict.to_text().startswith("train again: the accuracy of 2026-03 is ")


def test_a_drop_that_the_class_prior_explains_is_told_apart(reference) -> None:
    """All papers of `a` are right and all others wrong, now and before: only their shares differ."""
    own = reference.model_copy(update={"recalls": (1.0, 0.0, 0.0), "supports": (1500, 900, 600)})
    truth = np.repeat([0, 1, 2], [800, 600, 600])
    probabilities = np.tile([0.8, 0.1, 0.1], (2000, 1))
    measured = measure_month(make_month(truth, probabilities), LABELS, own)
    assert measured.drop_by_prior == pytest.approx(0.1)
    assert measured.prior_shift == pytest.approx(0.1)
    shares = {change.label: change.share_change.value for change in measured.categories}
    assert shares == pytest.approx({"a": -0.1, "c": 0.1})
    assert all(change.recall_change.value == pytest.approx(0) for change in measured.categories)


def test_papers_of_a_day_that_are_alike_widen_the_interval() -> None:
    """Ten days that are right as a whole or wrong as a whole say little, however many papers they have."""
    days = np.arange(1000) // 100 + 1
    truth = np.where(days % 2 == 0, 0, 1)
    probabilities = np.tile([0.6, 0.3, 0.1], (1000, 1))
    by_day = measure_month(make_month(truth, probabilities, days), LABELS, None)
    unknown = measure_month(make_month(truth, probabilities, 0 * days), LABELS, None)
    assert (by_day.blocks, unknown.blocks) == (10, None)
    assert by_day.accuracy.value == unknown.accuracy.value == 0.5
    assert (
        by_day.accuracy.high - by_day.accuracy.low > 0.5 > 0.1 > unknown.accuracy.high - unknown.accuracy.low
    )


def test_intervals_by_days_hold_the_truth_as_often_as_they_say() -> None:
    """Simulated months whose days differ: 95% intervals of days hold the truth, those of papers do not."""
    random, held = np.random.default_rng(3), {"days": 0, "papers": 0}
    days = np.repeat(np.arange(1, 31), 20)
    for _ in range(40):
        right = random.random(600) < np.clip(random.normal(0.7, 0.15, 30), 0, 1)[days - 1]
        truth = np.zeros(600, dtype=np.int64)
        probabilities = np.where(right[:, None], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1])
        for name, own in (("days", days), ("papers", 0 * days)):
            interval = measure_month(
                make_month(truth, probabilities, own), LABELS, None, resamples=200
            ).accuracy
            held[name] += interval.low <= 0.7 <= interval.high
    assert held["days"] >= 35
    assert held["papers"] < 32


def test_a_difference_has_the_uncertainty_of_both() -> None:
    difference = subtract(Interval(0.7, 0.67, 0.72), Interval(0.6, 0.56, 0.63))
    assert difference.value == pytest.approx(0.1)
    assert difference.low == pytest.approx(0.1 - math.hypot(0.03, 0.03))
    assert difference.high == pytest.approx(0.1 + math.hypot(0.02, 0.04))


def test_without_labels_the_expected_accuracy_is_compared_and_nothing_is_decided(reference) -> None:
    _, probabilities = draw(2000, 0.8)
    flat = 0.5 * probabilities + 0.5 / 3
    month = MonthAnswers(
        month="2026-03",
        days=np.arange(2000) % 30 + 1,
        confidence=flat.max(axis=1),
        unknown=np.zeros(2000),
        shares=np.array([0.2, 0.3, 0.5]),
    )
    measured = measure_month(month, LABELS, reference, (0.5, 0.3, 0.2))
    assert (measured.accuracy, measured.drop, measured.atypical) == (None, None, None)
    assert measured.expected_drop.low > 0.15
    assert measured.prior_shift == pytest.approx(0.3)
    assert {own.label: round(own.share_change.value, 9) for own in measured.categories} == {
        "a": -0.3,
        "c": 0.3,
    }
    verdict = judge([measured], reference, 0.0)
    assert verdict.retrain is None
    assert "label 500 papers of it" in verdict.reason


def make_measured(month: str, drop: Interval | None, papers: int = FEWEST_PAPERS) -> MonthDrift:
    flat = Interval(0.5, 0.4, 0.6)
    return MonthDrift(
        month=month,
        papers=papers,
        few=papers < FEWEST_PAPERS,
        blocks=30,
        confidence=flat,
        unknown_words=flat,
        accuracy=flat,
        drop=drop,
    )


@pytest.mark.parametrize(
    ("drop", "retrain"),
    [
        (Interval(0.03, 0.01, 0.05), True),
        (Interval(0.03, -0.01, 0.07), False),  # perhaps by chance
        (Interval(0.009, 0.004, 0.014), False),  # not by chance, but little
        (Interval(WORTH, 0.001, 0.02), True),
        (Interval(-0.03, -0.05, -0.01), False),
    ],
)
def test_the_rule_asks_for_a_drop_that_is_large_and_no_chance(reference, drop, retrain) -> None:
    assert judge([make_measured("2026-03", drop)], reference, 0.0).retrain is retrain


def test_the_newest_month_with_papers_enough_decides(reference) -> None:
    bad, good = Interval(0.05, 0.03, 0.07), Interval(0.0, -0.01, 0.01)
    few = make_measured("2026-05", bad, papers=FEWEST_PAPERS - 1)
    verdict = judge([make_measured("2026-03", bad), make_measured("2026-04", good), few], reference, 0.0)
    assert (verdict.retrain, verdict.month) == (False, "2026-04")
    assert judge([few], reference, 0.0).retrain is None


def test_categories_that_the_model_does_not_know_are_a_reason_by_themselves(reference) -> None:
    month = make_measured("2026-03", Interval(0.0, -0.01, 0.01))
    assert judge([month], reference, 0.0099).retrain is False
    verdict = judge([month], reference, 0.01)
    assert verdict.retrain is True
    assert "1.0% of the papers have a category that the model does not know" in verdict.reason


def test_a_model_without_scores_of_its_own_is_not_judged() -> None:
    measured = measure_month(make_month(*draw(600, 0.8)), LABELS, None)
    assert measured.drop is None
    assert judge([measured], None, 0.0).retrain is None


def test_a_handful_of_papers_has_no_interval(reference) -> None:
    measured = measure_month(make_month(*draw(29, 0.8)), LABELS, reference)
    assert math.isnan(measured.accuracy.low)
    assert math.isnan(measured.drop.low)
    text = "\n".join(format_drift([measured], reference))
    assert "nan" not in text
    assert "accuracy_interval" not in measured.to_dict()
    assert judge([measured], reference, 0.0).retrain is None


def test_the_text_has_a_row_for_each_month_and_is_safe(reference) -> None:
    hostile = make_month(*draw(2000, 0.6, (0.1, 0.3, 0.6)))
    labels = ("a", "b", "\x1b[31mc")
    lines = format_drift([measure_month(hostile, labels, reference)], reference)
    text = "\n".join(lines)
    assert "2026-03  2,000" in text
    assert "gadget (7)" in text
    assert "of its own found" in text
    assert "\x1b" not in text


def test_numbers_survive_json(reference) -> None:
    measured = measure_month(make_month(*draw(600, 0.6)), LABELS, reference)
    assert MonthDrift.from_dict(measured.to_dict()) == measured
