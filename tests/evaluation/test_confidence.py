import json

import numpy as np
import pytest

from arxonomy.errors import DataError
from arxonomy.evaluation import (
    brier_score,
    calibration_scores,
    confidence_curves,
    coverage_at,
    reliability,
    risk_coverage,
    softmax,
)
from arxonomy.evaluation.confidence import _resampled_sums, wilson_interval

# Confidences 0.9, 0.8, 0.8, 0.6, 0.5; right, wrong, right, wrong, right.
FIVE = np.array([[0.9, 0.1], [0.2, 0.8], [0.8, 0.2], [0.6, 0.4], [0.5, 0.5]])
TRUTH = np.array([0, 0, 0, 1, 0])


def honest(papers: int, seed: int = 0, temperature: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Truth drawn from probabilities, and the probabilities that a temperature distorts."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(papers, 3))
    truth = (softmax(logits).cumsum(axis=1) < rng.random((papers, 1))).sum(axis=1)
    return np.minimum(truth, 2), softmax(logits / temperature)


def test_brier_score_by_hand() -> None:
    assert brier_score([0], [[1.0, 0.0]]) == 0
    assert brier_score([1], [[1.0, 0.0]]) == 2
    assert brier_score([2], [[1 / 3, 1 / 3, 1 / 3]]) == pytest.approx(2 / 3)
    assert brier_score([0, 1], [[0.7, 0.2, 0.1], [0.5, 0.4, 0.1]]) == pytest.approx(
        (0.09 + 0.04 + 0.01 + 0.25 + 0.36 + 0.01) / 2
    )


def test_honest_probabilities_show_no_calibration_error() -> None:
    for seed in range(5):
        found = calibration_scores(*honest(600, seed))
        low, high = found["expected_calibration_error_interval"]
        assert low == 0
        assert found["expected_calibration_error"] <= high < 0.1


def test_the_intervals_hold_what_many_papers_tell() -> None:
    whole = calibration_scores(*honest(200_000, 1, 0.5), replicates=20)
    inside = {"brier": 0, "expected_calibration_error": 0}
    for seed in range(20):
        found = calibration_scores(*honest(600, seed + 10, 0.5), replicates=300)
        for name in inside:
            low, high = found[f"{name}_interval"]
            assert low <= found[name] <= high
            assert high - low > 0.01
            inside[name] += low <= whole[name] <= high
        assert found["expected_calibration_error_interval"][0] > 0
    assert min(inside.values()) >= 16  # of 20, where 19 are expected


def test_the_intervals_are_the_same_every_time_and_narrower_for_more_papers() -> None:
    few, many = honest(100, 3), honest(10_000, 3)
    assert calibration_scores(*few) == calibration_scores(*few)
    assert calibration_scores(*few, seed=1) != calibration_scores(*few)
    widths = [np.diff(calibration_scores(*case, replicates=200)["brier_interval"])[0] for case in (few, many)]
    assert 7 < widths[0] / widths[1] < 14  # sqrt(100)


def test_sums_over_resampled_papers() -> None:
    columns = np.column_stack([np.ones(50), np.arange(50.0)])
    sums = _resampled_sums(columns, 2000, np.random.default_rng(0))
    assert (sums[:, 0] == 50).all()
    assert sums[:, 1].mean() == pytest.approx(columns[:, 1].sum(), rel=0.01)
    assert sums[:, 1].std() == pytest.approx(np.sqrt(50) * columns[:, 1].std(), rel=0.05)


def test_draws_in_several_groups_are_as_good(monkeypatch) -> None:
    monkeypatch.setattr("arxonomy.evaluation.confidence._DRAWN", 120)
    sums = _resampled_sums(np.arange(50.0)[:, None], 7, np.random.default_rng(0))
    assert sums.shape == (7, 1)
    assert len(np.unique(sums)) == 7


def test_coverage_by_hand() -> None:
    rows = coverage_at(TRUTH, FIVE, [0.5, 0.8, 0.95])
    assert [(row["at_least"], row["papers"], row["coverage"]) for row in rows] == [
        (0.5, 5, 1.0),
        (0.8, 3, 0.6),
        (0.95, 0, 0.0),
    ]
    assert [row["accuracy"] for row in rows] == [3 / 5, 2 / 3, None]
    assert rows[1]["accuracy_interval"] == wilson_interval(2, 3)
    assert rows[1]["coverage_interval"] == wilson_interval(3, 5)
    assert rows[2]["accuracy_interval"] is None
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


def test_risk_and_coverage_by_hand() -> None:
    risks, area = risk_coverage(TRUTH, FIVE)
    # The two papers of confidence 0.8, one right and one wrong, count half an error each.
    np.testing.assert_allclose(risks, [0, 0.5 / 2, 1 / 3, 2 / 4, 2 / 5])
    assert area == pytest.approx(np.mean([0, 1 / 4, 1 / 3, 1 / 2, 2 / 5]))


def test_the_area_depends_on_the_ranking_alone() -> None:
    truth, shares = honest(500)
    _, area = risk_coverage(truth, shares)
    order = np.random.default_rng(0).permutation(500)
    assert risk_coverage(truth[order], shares[order])[1] == pytest.approx(area)
    error = (shares.argmax(axis=1) != truth).mean()
    assert risk_coverage(truth, softmax(np.eye(3)[shares.argmax(axis=1)]))[1] == pytest.approx(error)
    assert area < 0.7 * error  # honest confidence ranks the errors last


def test_reliability_bins_have_as_many_papers() -> None:
    truth, shares = honest(1003)
    rows = reliability(truth, shares)
    assert [row["papers"] for row in rows] == pytest.approx([100.3] * 10, abs=1)
    assert sum(row["papers"] for row in rows) == 1003
    confidence = [row["confidence"] for row in rows]
    assert confidence == sorted(confidence)
    for row in rows:
        low, high = row["accuracy_interval"]
        assert low <= row["accuracy"] <= high
        assert low - 0.05 < row["confidence"] < high + 0.05
    total = sum(row["accuracy"] * row["papers"] for row in rows)
    assert total == pytest.approx((shares.argmax(axis=1) == truth).sum())


def test_papers_of_one_confidence_stay_in_one_bin() -> None:
    shares = np.repeat([[1.0, 0.0], [0.6, 0.4]], [95, 5], axis=0)
    rows = reliability(np.zeros(100, int), shares)
    assert [(row["papers"], row["confidence"]) for row in rows] == [(5, pytest.approx(0.6)), (95, 1.0)]
    shares = np.repeat([[1.0, 0.0], [0.6, 0.4]], [5, 95], axis=0)
    assert [row["papers"] for row in reliability(np.zeros(100, int), shares)] == [95, 5]
    assert [row["papers"] for row in reliability([0], [[1.0, 0.0]])] == [1]


@pytest.mark.parametrize("papers", [1, 3, 49, 50, 1000])
def test_curves_for_any_number_of_papers(papers: int) -> None:
    truth, shares = honest(papers)
    found = confidence_curves(truth, shares)
    curve = found["risk_coverage"]
    assert len(curve["coverage"]) == len(curve["risk"]) == min(papers, 50)
    assert curve["coverage"][-1] == 1
    assert curve["risk"][-1] == pytest.approx((shares.argmax(axis=1) != truth).mean())
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize(
    "measure", [brier_score, calibration_scores, coverage_at, risk_coverage, reliability]
)
def test_no_papers(measure) -> None:
    with pytest.raises(DataError, match="at least one labeled paper"):
        measure(np.empty(0, int), np.empty((0, 2)))
