"""Outcomes say of each paper what its probabilities say."""

from __future__ import annotations

import numpy as np
import pytest

from arxonomy.errors import DataError
from arxonomy.evaluation import Outcomes, calibration_scores, measure_outcomes, softmax
from arxonomy.evaluation import outcomes as module


def test_the_numbers_are_those_of_the_probabilities(monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 7)  # of 40 papers
    rng = np.random.default_rng(0)
    shares = softmax(rng.normal(size=(40, 12)).round())  # with equals
    truth = rng.integers(12, size=40)
    outcomes = measure_outcomes(truth, shares)
    ranking = np.argsort(-shares, axis=1, kind="stable")
    np.testing.assert_array_equal(outcomes.rank, (ranking == truth[:, None]).argmax(axis=1))
    np.testing.assert_array_equal(outcomes.predicted, ranking[:, 0])
    np.testing.assert_array_equal(outcomes.right, ranking[:, 0] == truth)
    np.testing.assert_allclose(outcomes.confidence, shares.max(axis=1))
    np.testing.assert_allclose(outcomes.share, shares[np.arange(40), truth])
    np.testing.assert_allclose(outcomes.squares, (shares**2).sum(axis=1))
    assert outcomes.top5 == (ranking[:, :5] == truth[:, None]).any(axis=1).mean()
    assert measure_outcomes(outcomes) is outcomes
    assert calibration_scores(outcomes) == calibration_scores(truth, shares)
    parts = [outcomes.select(np.arange(10)), outcomes.select(np.arange(40) >= 10)]
    np.testing.assert_array_equal(Outcomes.join(parts).rank, outcomes.rank)


def test_five_of_few_classes_say_nothing():
    assert measure_outcomes([0, 1], np.eye(10)[:2]).top5 is None
    assert measure_outcomes([0, 1], np.eye(11)[:2]).top5 == 1.0


@pytest.mark.parametrize(
    ("truth", "shares"),
    [([], np.empty((0, 3))), ([0], np.eye(3)), ([[0]], np.eye(3)[:1]), ([3], np.eye(3)[:1]), ([0], [[2, 3]])],
)
def test_wrong_arrays_are_refused(truth, shares):
    with pytest.raises(DataError):
        measure_outcomes(truth, shares)
