"""A second estimate of a class prior, by counts."""

from __future__ import annotations

import numpy as np
import pytest

from arxonomy.evaluation.prior_check import find_disagreement

CONFUSION = np.array([[900, 80, 20], [100, 880, 20], [10, 40, 950]])
"""Each class is answered right 9 times of 10."""
RATES = CONFUSION / CONFUSION.sum(axis=1, keepdims=True)
NAMES = ("a", "b", "c")


@pytest.mark.parametrize("mix", [[1 / 3, 1 / 3, 1 / 3], [0.8, 0.1, 0.1], [0, 0.02, 0.98]])
def test_what_the_counts_say_too_is_no_disagreement(mix: list[float]) -> None:
    for papers in (100, 10_000):
        counts = np.random.default_rng(1).multinomial(papers, np.array(mix) @ RATES)
        assert find_disagreement(mix, counts, CONFUSION, NAMES) is None


def test_a_disagreement_names_the_group_and_the_interval() -> None:
    counts = 1000 * np.array([0.8, 0.1, 0.1]) @ RATES
    found = find_disagreement([0.5, 0.4, 0.1], counts, CONFUSION, NAMES)
    assert found is not None and found.group in "ab"
    middle = {"a": 0.8, "b": 0.1}[found.group]
    assert (found.low + found.high) / 2 == pytest.approx(middle, abs=1e-9)
    assert found.share == {"a": 0.5, "b": 0.4}[found.group]
    # The interval is wider with fewer papers, so that the same difference is none of a handful.
    assert find_disagreement([0.5, 0.4, 0.1], counts / 100, CONFUSION, NAMES) is None
    assert find_disagreement([0.76, 0.14, 0.1], counts, CONFUSION, NAMES) is None  # within the margin


def test_few_labeled_papers_widen_the_interval() -> None:
    counts = 1000 * np.array([0.45, 0.45, 0.1]) @ RATES
    first = find_disagreement([0.05, 0.85, 0.1], counts, CONFUSION, NAMES)
    second = find_disagreement([0.05, 0.85, 0.1], counts, CONFUSION / 25, NAMES)
    assert first is not None and second is not None
    assert second.high - second.low > 1.5 * (first.high - first.low)


def test_the_deviation_is_that_of_repeated_samples() -> None:
    """The share of intervals around the truth that a wrong estimate at their border falls out of."""
    mix, rng = np.array([0.6, 0.3, 0.1]), np.random.default_rng(2)
    wrong = 0
    for _ in range(200):
        labeled = np.array([rng.multinomial(200, rates) for rates in RATES])
        counts = rng.multinomial(400, mix @ RATES)
        wrong += find_disagreement(mix, counts, labeled, NAMES) is not None
    assert wrong < 10  # 5% at most, and fewer with the margin


def test_classes_of_a_group_are_weighted_to_the_estimate() -> None:
    """Two classes of a group that are confused with others differently."""
    rates = np.array([[0.9, 0.0, 0.1], [0.0, 0.5, 0.5], [0.05, 0.05, 0.9]])
    mix = np.array([0.1, 0.7, 0.2])
    counts = 5000 * mix @ rates
    assert find_disagreement(mix, counts, 1000 * rates, ("g", "g", "c")) is None
    assert find_disagreement([0.7, 0.1, 0.2], counts, 1000 * rates, ("g", "g", "c")) is not None


def test_small_groups_are_taken_together_or_left_out() -> None:
    labeled = np.diag([500, 500, 20, 20])
    found = find_disagreement([0.1, 0.1, 0.4, 0.4], [500, 500, 0, 0], labeled, list("abcd"))
    assert found is not None and found.group == "all others"
    assert find_disagreement([0.5, 0.5], [90, 10], np.diag([20, 5]), list("ab")) is None
    assert find_disagreement([0.5, 0.5], [0, 0], np.diag([200, 500]), list("ab")) is None


def test_answers_that_say_nothing_decide_nothing() -> None:
    assert find_disagreement([0.9, 0.1], [50, 50], [[50, 50], [50, 50]], list("ab")) is None
