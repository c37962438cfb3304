import json

import numpy as np
import pytest

from arxonomy.errors import DataError
from arxonomy.evaluation import (
    brier_score,
    calibration_scores,
    coverage_at,
    reliability,
    risk_coverage,
    sample_risk_coverage,
    softmax,
)
from arxonomy.evaluation.confidence import CoverageRow, _resampled_sums, wilson_interval

# Confidences 0.9, 0.8, 0.8, 0.6, 0.5; right, wrong, right, wrong, right.
FIVE = np.array([[0.9, 0.1], [0.2, 0.8], [0.8, 0.2], [0.6, 0.4], [0.5, 0.5]])
TRUTH = np.array([0, 0, 0, 1, 0])


def draw_papers(papers: int, seed: int = 0, temperature: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
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


def test_calibrated_probabilities_show_no_calibration_error() -> None:
    for seed in range(5):
        result = calibration_scores(*draw_papers(600, seed))
        error = result.expected_calibration_error
        assert error.low == 0
        assert error.value <= error.high < 0.1


def test_the_intervals_cover_the_estimate_of_many_papers() -> None:
    whole = calibration_scores(*draw_papers(200_000, 1, 0.5), replicates=20)
    inside = {"brier": 0, "expected_calibration_error": 0}
    for seed in range(20):
        result = calibration_scores(*draw_papers(600, seed + 10, 0.5), replicates=300)
        for name in inside:
            estimate = getattr(result, name)
            assert estimate.low <= estimate.value <= estimate.high
            assert estimate.high - estimate.low > 0.01
            inside[name] += estimate.low <= getattr(whole, name).value <= estimate.high
        assert result.expected_calibration_error.low > 0
    assert min(inside.values()) >= 16  # of 20, where 19 are expected


def test_the_intervals_are_the_same_every_time_and_narrower_for_more_papers() -> None:
    few, many = draw_papers(100, 3), draw_papers(10_000, 3)
    assert calibration_scores(*few) == calibration_scores(*few)
    assert calibration_scores(*few, seed=1) != calibration_scores(*few)
    widths = [np.ptp(calibration_scores(*case, replicates=200).brier.ends) for case in (few, many)]
    assert 7 < widths[0] / widths[1] < 14  # sqrt(100)


def test_sums_over_resampled_papers() -> None:
    columns = np.column_stack([np.ones(50), np.arange(50.0)])
    sums = _resampled_sums(columns, 2000, np.random.default_rng(0))
    assert (sums[:, 0] == 50).all()
    assert sums[:, 1].mean() == pytest.approx(columns[:, 1].sum(), rel=0.01)
    assert sums[:, 1].std() == pytest.approx(np.sqrt(50) * columns[:, 1].std(), rel=0.05)


def test_resampling_in_several_groups(monkeypatch) -> None:
    monkeypatch.setattr("arxonomy.evaluation.confidence._RESAMPLED", 120)
    sums = _resampled_sums(np.arange(50.0)[:, None], 7, np.random.default_rng(0))
    assert sums.shape == (7, 1)
    assert len(np.unique(sums)) == 7


def test_coverage_by_hand() -> None:
    rows = coverage_at(TRUTH, FIVE, [0.5, 0.8, 0.95])
    assert [(row.at_least, row.papers, row.coverage.value) for row in rows] == [
        (0.5, 5, 1.0),
        (0.8, 3, 0.6),
        (0.95, 0, 0.0),
    ]
    assert [row.accuracy and row.accuracy.value for row in rows] == [3 / 5, 2 / 3, None]
    assert rows[1].accuracy == wilson_interval(2, 3)
    assert rows[1].coverage == wilson_interval(3, 5)
    kept = json.loads(json.dumps([row.to_dict() for row in rows], allow_nan=False))
    assert kept[1]["accuracy_interval"] == list(wilson_interval(2, 3).ends)
    assert (kept[2]["accuracy"], kept[2]["accuracy_interval"]) == (None, None)
    assert tuple(map(CoverageRow.from_dict, kept)) == rows


def test_risk_and_coverage_by_hand() -> None:
    risks, area = risk_coverage(TRUTH, FIVE)
    # The two papers of confidence 0.8, one right and one wrong, count half an error each.
    np.testing.assert_allclose(risks, [0, 0.5 / 2, 1 / 3, 2 / 4, 2 / 5])
    assert area == pytest.approx(np.mean([0, 1 / 4, 1 / 3, 1 / 2, 2 / 5]))


def test_the_area_depends_on_the_ranking_alone() -> None:
    truth, shares = draw_papers(500)
    _, area = risk_coverage(truth, shares)
    order = np.random.default_rng(0).permutation(500)
    assert risk_coverage(truth[order], shares[order])[1] == pytest.approx(area)
    error = (shares.argmax(axis=1) != truth).mean()
    assert risk_coverage(truth, softmax(np.eye(3)[shares.argmax(axis=1)]))[1] == pytest.approx(error)
    assert area < 0.7 * error  # calibrated confidence ranks the errors last


def test_reliability_bins_have_as_many_papers() -> None:
    truth, shares = draw_papers(1003)
    rows = reliability(truth, shares)
    assert [row.papers for row in rows] == pytest.approx([100.3] * 10, abs=1)
    assert sum(row.papers for row in rows) == 1003
    confidence = [row.confidence for row in rows]
    assert confidence == sorted(confidence)
    for row in rows:
        low, high = row.accuracy.ends
        assert low <= row.accuracy.value <= high
        assert low - 0.05 < row.confidence < high + 0.05
    total = sum(row.accuracy.value * row.papers for row in rows)
    assert total == pytest.approx((shares.argmax(axis=1) == truth).sum())


def test_papers_of_one_confidence_stay_in_one_bin() -> None:
    shares = np.repeat([[1.0, 0.0], [0.6, 0.4]], [95, 5], axis=0)
    rows = reliability(np.zeros(100, int), shares)
    assert [(row.papers, row.confidence) for row in rows] == [(5, pytest.approx(0.6)), (95, 1.0)]
    shares = np.repeat([[1.0, 0.0], [0.6, 0.4]], [5, 95], axis=0)
    assert [row.papers for row in reliability(np.zeros(100, int), shares)] == [95, 5]
    assert [row.papers for row in reliability([0], [[1.0, 0.0]])] == [1]


@pytest.mark.parametrize("papers", [1, 3, 49, 50, 1000])
def test_the_curve_of_any_number_of_papers(papers: int) -> None:
    truth, shares = draw_papers(papers)
    curve = sample_risk_coverage(truth, shares)
    assert len(curve.coverage) == len(curve.risk) == min(papers, 50)
    assert curve.coverage[-1] == 1
    assert curve.risk[-1] == pytest.approx((shares.argmax(axis=1) != truth).mean())


@pytest.mark.parametrize(
    "measure", [brier_score, calibration_scores, coverage_at, risk_coverage, reliability]
)
def test_no_papers(measure) -> None:
    with pytest.raises(DataError, match="at least one labeled paper"):
        measure(np.empty(0, int), np.empty((0, 2)))
