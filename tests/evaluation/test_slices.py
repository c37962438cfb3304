"""Slices are the scores of their papers, and the trend is what the textbooks' regressions give."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from arxonomy.errors import DataError
from arxonomy.evaluation import calibration_scores, expected_calibration_error, slices
from arxonomy.evaluation.confidence import wilson_interval
from arxonomy.evaluation.slices import FEW_PAPERS, Slices, trend


def test_few_papers_have_as_wide_an_interval_as_stated():
    for count in range(5, FEW_PAPERS):
        low, high = wilson_interval(round(0.8 * count), count).ends
        assert high - low > 0.21


def papers(count: int, classes: int = 3, seed: int = 0):
    """Truth (N,) and probabilities (N, C) that are right more often than not."""
    draw = np.random.default_rng(seed)
    truth = draw.integers(classes, size=count)
    logits = draw.normal(size=(count, classes)) + 1.5 * (np.arange(classes) == truth[:, None])
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return truth, shares


def test_each_slice_has_the_scores_of_its_papers():
    truth, shares = papers(300)
    dates = [*(["2025-01", "2025-02-03", None] * 100)[:299], "2024-12"]
    words = np.random.default_rng(1).integers(20, 300, size=300)
    result = slices(truth, shares, dates, words.tolist())
    assert Slices.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    assert [(row.month, row.papers, row.few) for row in result.by_month] == [
        ("2024-12", 1, True),
        ("2025-01", 100, False),
        ("2025-02", 100, False),
    ]
    assert result.undated == 99
    rows_of_january = np.arange(0, 299, 3)
    january, hits = result.by_month[1], int((shares.argmax(axis=1) == truth)[rows_of_january].sum())
    assert january.accuracy == wilson_interval(hits, 100)
    assert january.confidence == pytest.approx(shares.max(axis=1)[rows_of_january].mean())
    error = january.expected_calibration_error
    assert error.value == expected_calibration_error(truth[rows_of_january], shares[rows_of_january])
    assert (
        error
        == calibration_scores(truth[rows_of_january], shares[rows_of_january]).expected_calibration_error
    )
    lengths = result.by_length
    assert [row.papers for row in lengths] == pytest.approx([60] * 5, abs=5)
    edges = [edge for row in lengths for edge in row.words]
    assert edges == sorted(edges) and len(set(edges[1:-1])) >= 8
    for row in lengths:
        inside = (words >= row.words[0]) & (words <= row.words[1])
        assert row.papers == inside.sum()
        assert row.accuracy.value == (shares.argmax(axis=1) == truth)[inside].mean()


def test_papers_of_one_length_are_one_slice():
    truth, shares = papers(40)
    (row,) = slices(truth, shares, [None] * 40, [7] * 40).by_length
    assert (row.words, row.papers, row.few) == ((7, 7), 40, True)
    skewed = slices(truth, shares, [None] * 40, [7] * 37 + [8, 9, 10]).by_length
    assert [row.words for row in skewed] == [(7, 10)]


def test_without_dates_there_are_no_months_and_no_trend():
    truth, shares = papers(10)
    result = slices(truth, shares, ["soon"] * 10, [5] * 10)
    assert (result.by_month, result.undated, result.trend) == ((), 10, None)


def dated(count: int, slope: float, seed: int = 0):
    """Hits whose chance changes by `slope` a year over three years, their months and classes."""
    draw = np.random.default_rng(seed)
    place = draw.integers(36, size=count)
    labels = draw.integers(3, size=count)
    hits = draw.random(count) < 0.75 + slope * (place / 12 - 1.5) + 0.05 * labels
    return hits, [f"{2023 + p // 12}-{p % 12 + 1:02}" for p in place.tolist()], labels, place / 12


def test_the_slope_is_that_of_linear_regression_with_robust_errors():
    """Against SciPy's slope, and White's covariance (HC3) by its textbook formula with whole matrices."""
    hits, months, labels, years = dated(400, -0.06)
    result = trend(hits, months, labels)
    assert result.change_per_year == pytest.approx(stats.linregress(years, hits).slope)
    for row, columns in (
        (result, [np.ones(400)]),
        (result.within_classes, [labels == number for number in range(3)]),
    ):
        matrix = np.column_stack([years, *columns]).astype(float)
        inverse = np.linalg.inv(matrix.T @ matrix)
        coefficients = inverse @ matrix.T @ hits
        leverage = np.einsum("ij,jk,ik->i", matrix, inverse, matrix)
        weights = ((hits - matrix @ coefficients) / (1 - leverage)) ** 2
        error = np.sqrt((inverse @ (matrix.T * weights) @ matrix @ inverse)[0, 0])
        spread = stats.t(400 - matrix.shape[1])
        assert row.change_per_year == pytest.approx(coefficients[0])
        assert row.interval == pytest.approx(coefficients[0] + error * spread.ppf([0.025, 0.975]))
        assert row.p_value == pytest.approx(2 * spread.sf(abs(coefficients[0] / error)))


def test_the_interval_agrees_with_the_bootstrap_and_the_p_value_with_permutations():
    hits, months, labels, years = dated(500, -0.03, seed=3)
    result = trend(hits, months, labels)

    def slope(x, y):
        return stats.linregress(x, y).slope

    sample = stats.bootstrap(
        (years, hits.astype(float)), slope, paired=True, vectorized=False, n_resamples=1000, rng=0
    )
    assert result.interval == pytest.approx(list(sample.confidence_interval), abs=0.006)
    shuffled = stats.permutation_test(
        (years,), lambda x: np.corrcoef(x, hits)[0, 1], permutation_type="pairings", n_resamples=2000, rng=0
    )
    assert result.p_value == pytest.approx(shuffled.pvalue, abs=0.03)


def test_intervals_cover_the_true_slope_as_often_as_stated():
    inside = []
    for seed in range(200):
        low, high = trend(*dated(300, -0.05, seed)[:3]).interval
        inside.append(low <= -0.05 <= high)
    assert 0.90 <= np.mean(inside) <= 0.985


def test_a_change_of_classes_differs_from_a_change_within_them():
    """Class 0 is easy, class 1 hard, and class 1 becomes frequent: nothing changes within a class."""
    draw = np.random.default_rng(0)
    place = draw.integers(24, size=4000)
    labels = (draw.random(4000) < place / 24).astype(int)
    hits = draw.random(4000) < np.where(labels == 0, 0.9, 0.6)
    result = trend(hits, [f"{2024 + p // 12}-{p % 12 + 1:02}" for p in place.tolist()], labels)
    assert result.p_value < 1e-6 and result.change_per_year < -0.1
    low, high = result.within_classes.interval
    assert low < 0 < high


@pytest.mark.parametrize(
    ("hits", "months"),
    [
        ([], []),
        ([True], ["2025-01"]),
        ([True, False], ["2025-01", "2025-02"]),
        ([True, False, True], ["2025-01"] * 3),
        ([True] * 6, ["2025-01", "2025-02"] * 3),
        ([True, False] * 3, ["2025-01", "2025-02"] * 3),
    ],
)
def test_no_trend_where_there_is_too_little_data(hits, months):
    assert trend(np.array(hits, dtype=bool), months, np.zeros(len(hits), dtype=int)) is None


def test_the_numbers_of_dates_and_words_must_fit():
    truth, shares = papers(4)
    with pytest.raises(DataError, match="found 3 and 4"):
        slices(truth, shares, [None] * 3, [1] * 4)
