"""Against SciPy and numbers by hand; and, on simulated papers, whether what they promise is kept."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from arxonomy.errors import DataError, SettingsError
from arxonomy.evaluation.significance import (
    bootstrap,
    compute_interval,
    correct_p_values,
    estimate_over_seeds,
    run_paired_test,
)


def mean_of_first(sums: np.ndarray) -> np.ndarray:
    return sums[:, 0] / sums[:, 1]


def with_ones(values: np.ndarray) -> np.ndarray:
    return np.column_stack([values, np.ones(len(values))])


def test_the_bootstrap_agrees_with_scipys() -> None:
    values = np.random.default_rng(0).exponential(size=200)
    result = bootstrap(with_ones(values), mean_of_first, resamples=20_000)
    assert result.shape == (20_000,)
    assert result.std() == pytest.approx(values.std() / np.sqrt(200), rel=0.03)
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20_000, rng=1)
    assert compute_interval(result) == pytest.approx(list(theirs.confidence_interval), abs=0.01)


def test_the_seed_decides_and_systems_are_resampled_alike() -> None:
    values = np.random.default_rng(0).normal(size=50)
    twice = np.column_stack([values, values])
    sample = bootstrap(twice, lambda sums: sums, resamples=300)
    assert (sample[:, 0] == sample[:, 1]).all()
    assert (sample == bootstrap(twice, lambda sums: sums, resamples=300)).all()
    assert (sample != bootstrap(twice, lambda sums: sums, resamples=300, seed=1)).any()


def test_copies_are_resampled_as_one_paper() -> None:
    values = np.random.default_rng(0).normal(size=40)
    copied, groups = np.repeat(with_ones(values), 3, axis=0), np.repeat(np.arange(40)[::-1], 3)
    alone = bootstrap(with_ones(values)[::-1], mean_of_first, resamples=500)
    np.testing.assert_allclose(bootstrap(copied, mean_of_first, groups=groups, resamples=500), alone)
    assert np.ptp(bootstrap(copied, mean_of_first, resamples=500)) < np.ptp(alone)


def rights(only_first: int, only_second: int, both: int = 20) -> tuple[np.ndarray, np.ndarray]:
    first = np.array([1] * only_first + [0] * only_second + [1] * both, dtype=bool)
    second = np.array([0] * only_first + [1] * only_second + [1] * both, dtype=bool)
    return first, second


def test_mcnemar_by_hand_and_by_scipy() -> None:
    name, p_value = run_paired_test(*rights(1, 9))
    assert name == "McNemar's exact test"
    assert p_value == pytest.approx(2 * (1 + 10) / 2**10)  # no or one head of ten, or as many tails
    for only_first, only_second in [(3, 3), (0, 4), (130, 171)]:
        expected = stats.binomtest(only_first, only_first + only_second).pvalue
        assert run_paired_test(*rights(only_first, only_second))[1] == pytest.approx(expected)
    assert run_paired_test(*rights(0, 0))[1] == 1.0


def test_several_runs_by_trying_all_signs() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.random((2, 11)) < 0.7, rng.random((3, 11)) < 0.5
    difference = first.mean(axis=0) - second.mean(axis=0)
    signs = np.array(list(itertools.product([1, -1], repeat=11)))
    share = (np.abs(signs @ difference) >= abs(difference.sum()) - 1e-9).mean()
    name, p_value = run_paired_test(first, second)
    assert name == "exact randomization test" and 0.001 < share < 0.9
    assert p_value == pytest.approx(share)


def test_equal_runs_are_no_more_evidence_than_one() -> None:
    first, second = rights(5, 14)
    three = run_paired_test([first] * 3, [second] * 2)[1]
    assert three == pytest.approx(run_paired_test(first, second)[1])
    # Nor are copies of the papers.
    groups = np.tile(np.arange(len(first)), 4)
    copied = run_paired_test(np.tile(first, 4), np.tile(second, 4), groups)
    assert copied == ("exact randomization test", pytest.approx(three))
    assert run_paired_test(np.tile(first, 4), np.tile(second, 4))[1] < three / 10


def test_tiny_p_values_stay_above_zero() -> None:
    first, second = np.ones((2, 900), dtype=bool), np.zeros((2, 900), dtype=bool)
    second[0, :300] = True
    assert 0 < run_paired_test(first, second)[1] <= 1e-12


def test_holm_by_hand() -> None:
    assert correct_p_values([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert correct_p_values([0.5, 0.9]) == [1.0, 1.0]
    assert correct_p_values([]) == []


def test_over_seeds_without_variance_between_seeds_is_the_paired_t_test() -> None:
    first, second = rights(12, 4, both=60)
    assert estimate_over_seeds(first, second) is None
    result = estimate_over_seeds([first] * 3, second)
    assert result is not None
    theirs = stats.ttest_rel(first.astype(float), second.astype(float))
    assert result.p_value == pytest.approx(theirs.pvalue)
    assert result.interval == pytest.approx(tuple(theirs.confidence_interval()))
    assert result.degrees_of_freedom == pytest.approx(75)
    alike = estimate_over_seeds([first] * 2, [first] * 2)
    assert alike is not None and (alike.interval, alike.p_value) == ((0.0, 0.0), 1.0)


def test_over_seeds_where_the_seeds_decide_is_the_t_test_of_the_runs() -> None:
    # So many papers that only the runs' accuracies vary.
    rng = np.random.default_rng(0)
    first, second = (
        rng.random((3, 400_000)) < np.array(accuracies)[:, None]
        for accuracies in ([0.7, 0.74, 0.78], [0.6, 0.68, 0.7])
    )
    result = estimate_over_seeds(first, second)
    theirs = stats.ttest_ind(first.mean(axis=1), second.mean(axis=1), equal_var=False)
    assert result is not None
    assert result.p_value == pytest.approx(theirs.pvalue, rel=0.02)
    assert result.degrees_of_freedom == pytest.approx(theirs.df, rel=0.02)


@pytest.mark.parametrize("runs", [1, 3])
def test_calibration_under_the_null_hypothesis(runs: int) -> None:
    """p-values are as even as they can be, and intervals cover 0 in 95 of 100 cases."""
    rng = np.random.default_rng(runs)
    p_values, covered = [], []
    for _ in range(500):
        chance = rng.beta(4, 1, 250)  # hard papers are hard for both
        first, second = rng.random((2, runs, 250)) < chance
        p_values.append(run_paired_test(first, second)[1])
        columns = with_ones(first.mean(axis=0) - second.mean(axis=0))
        low, high = compute_interval(bootstrap(columns, mean_of_first, resamples=400))
        covered.append(low <= 0 <= high)
    assert 0.015 < np.mean(np.array(p_values) <= 0.05) < 0.075
    assert 0.40 < np.mean(np.array(p_values) <= 0.5) < 0.58
    assert 0.92 < np.mean(covered) < 0.98


def test_intervals_cover_a_true_difference() -> None:
    rng, covered = np.random.default_rng(7), []
    for _ in range(500):
        hard = rng.random(250) < 0.3
        first, second = (rng.random(250) < np.where(hard, low, 0.95) for low in (0.6, 0.4))
        columns = with_ones(first.astype(float) - second)
        low, high = compute_interval(bootstrap(columns, mean_of_first, resamples=400))
        covered.append(low <= 0.3 * 0.2 <= high)
    assert 0.92 < np.mean(covered) < 0.98


@pytest.mark.parametrize("runs", [(3, 3), (2, 4)])
def test_the_variance_between_seeds_gives_no_false_positives(runs: tuple[int, int]) -> None:
    rng, alarms, of_papers = np.random.default_rng(sum(runs)), [], []
    for _ in range(400):
        hard = rng.normal(1.5, 2.0, 300)
        first, second = (
            rng.random((count, 300)) < 1 / (1 + np.exp(-hard - rng.normal(0, 0.3, (count, 1))))
            for count in runs
        )
        result = estimate_over_seeds(first, second)
        assert result is not None
        assert (result.p_value < 0.05) == (not result.interval[0] <= 0 <= result.interval[1])
        alarms.append(result.p_value < 0.05)
        of_papers.append(run_paired_test(first, second)[1] < 0.05)
    assert np.mean(alarms) < 0.075
    assert np.mean(of_papers) > 0.1  # what papers alone would have claimed


def test_impossible_numbers() -> None:
    with pytest.raises(DataError, match="of at least one paper"):
        bootstrap(np.empty((0, 2)), mean_of_first)
    with pytest.raises(DataError, match=r"found shapes \(3, 1\) and \(2,\)"):
        bootstrap(np.ones((3, 1)), mean_of_first, groups=[0, 1])
    with pytest.raises(SettingsError, match="at least 1 resample, found 0"):
        bootstrap(np.ones((3, 2)), mean_of_first, resamples=0)
    with pytest.raises(DataError, match=r"found \(1, 3\) and \(1, 2\)"):
        run_paired_test([True] * 3, [True] * 2)
    with pytest.raises(DataError, match="at least two different papers"):
        estimate_over_seeds([[True], [False]], [[True]])


def test_there_are_no_fewer_degrees_of_freedom_than_the_seeds_give() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        first, second = (rng.random((3, 60)) < 0.8 for _ in range(2))
        found = estimate_over_seeds(first, second)
        assert found is not None and found.degrees_of_freedom >= 2
        assert -1 < found.interval[0] <= found.interval[1] < 1
