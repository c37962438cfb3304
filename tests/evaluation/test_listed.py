"""Probabilities of being listed: their calibration, and their scores."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from arxonomy.errors import DataError
from arxonomy.evaluation import (
    Calibration,
    Calibrations,
    ListedCalibration,
    ListedScores,
    PartScores,
    score_in_detail,
    score_listed,
    vote_by_part,
    vote_listed,
)
from arxonomy.evaluation.listed_calibration import BIAS_DEVIATION, SCALE_DEVIATION


def draw(papers: int = 2000, temperature: float = 2.5) -> tuple[np.ndarray, np.ndarray]:
    """Logits (N, 4) that are too large by a factor and off by a bias, and lists; no paper lists the last."""
    rng = np.random.default_rng(0)
    meant = rng.normal(-1.0, 2.0, (papers, 4))
    meant[:, 3] = -9.0
    listed = rng.random(meant.shape) < 1 / (1 + np.exp(-meant))
    return temperature * (meant - [0.5, 0.0, -0.5, 0.0]), listed


def test_the_calibration_finds_scale_and_biases() -> None:
    logits, listed = draw()
    fitted = ListedCalibration.fit(logits, listed)
    assert fitted.temperature == pytest.approx(2.5, rel=0.1)
    assert fitted.biases[:3] == pytest.approx((0.5, 0.0, -0.5), abs=0.15)
    shares = fitted.apply(logits)
    np.testing.assert_allclose(shares.mean(axis=0), listed.mean(axis=0), atol=0.005)
    np.testing.assert_allclose(fitted.undo(shares)[:, :3], logits[:, :3], atol=1e-3)


def test_the_fit_is_the_minimum_of_its_loss() -> None:
    logits, listed = draw(60)
    fitted = ListedCalibration.fit(logits, listed)

    def compute_loss(point: np.ndarray) -> float:
        scores = logits * point[0] + point[1:]
        prior = ((point[0] - 1) / SCALE_DEVIATION) ** 2 + ((point[1:] / BIAS_DEVIATION) ** 2).sum()
        return float(prior / 2 + (np.logaddexp(0, scores) - listed * scores).sum())

    best = minimize(compute_loss, [1.0, 0, 0, 0, 0], tol=1e-10).x
    np.testing.assert_allclose([1 / fitted.temperature, *fitted.biases], best, atol=1e-4)


@pytest.mark.parametrize("papers", [1, 2, 5])
def test_few_papers_claim_no_certainty(papers: int) -> None:
    logits = np.tile([[8.0, -8.0, 0.0]], (papers, 1))
    listed = np.tile([[True, False, False]], (papers, 1))
    fitted = ListedCalibration.fit(logits, listed)
    assert 0 < fitted.temperature < 2 and max(map(abs, fitted.biases)) < 1.5
    against = ListedCalibration.fit(logits, ~listed)  # wrong in each case: it says less, but nothing opposite
    assert against.temperature > 2 and (np.diff(against.apply([-1e3, 0.0, 1e3])) != 0).all()
    extreme = ListedCalibration.fit(100 * logits, listed).apply([1e9, -1e9, 0.0])
    assert np.isfinite(extreme).all() and ((0 <= extreme) & (extreme <= 1)).all()


def test_a_rare_category_stays_near_what_the_network_says() -> None:
    logits, listed = draw()
    logits[:, 3] = -5.0  # 13 of 2,000 papers would list it, and none does
    fitted = ListedCalibration.fit(logits, listed)
    share = fitted.apply(logits)[0, 3]
    assert 1e-3 < share < 0.1


def test_wrong_arrays_are_refused() -> None:
    for logits, listed in (
        (np.zeros((0, 2)), np.zeros((0, 2))),
        (np.zeros((2, 2)), np.zeros(2)),
        ([[np.nan]], [[1]]),
    ):
        with pytest.raises(DataError):
            ListedCalibration.fit(logits, listed)


def test_each_part_has_its_calibration_and_models_vote() -> None:
    logits, listed = draw(300)
    titles = logits / 3
    titles[:100] = np.nan  # without a title
    scores = PartScores(listed.astype(np.int64), logits, titles, logits / 2)
    fitted = Calibrations.fit(scores, ListedCalibration)
    assert fitted.title == ListedCalibration.fit(titles[100:], listed[100:])
    assert fitted.abstract == ListedCalibration.fit(logits / 2, listed)
    shares = scores.calibrate(fitted)
    assert np.isfinite(shares.given).all() and np.isnan(shares.title[:100]).all()
    vote = vote_by_part([shares, scores.calibrate(Calibrations.identity(4, ListedCalibration))], vote_listed)
    mean = (shares.given + 1 / (1 + np.exp(-logits))) / 2
    np.testing.assert_allclose(ListedCalibration.identity(4).apply(vote.given), mean, atol=1e-9)
    kept = scores.keep(np.array([1, 200]))
    np.testing.assert_array_equal(kept.labels, scores.labels[[1, 200]])
    np.testing.assert_array_equal(kept.title, titles[[1, 200]])


LABELS = ("a", "b", "c")
LISTED = [("a", "b"), ("b",), (), ("c", "other")]
SHARES = np.array([[0.9, 0.6, 0.05], [0.2, 0.9, 0.0], [0.9, 0.9, 0.9], [0.1, 0.3, 0.4]])


def test_the_scores_are_of_papers_that_list_categories() -> None:
    scores = score_listed([0, 1, 0, 0], SHARES, LABELS, LISTED)  # the last paper does not list its label
    assert scores is not None
    assert (scores.papers, scores.cross_lists, scores.listed) == (3, 2, pytest.approx(5 / 3))
    assert scores.exact == pytest.approx(2 / 3)
    assert scores.micro_f1 == pytest.approx(2 * 3 / (2 * 3 + 2))  # found: 3 of 5, and none too many
    assert scores.macro_f1 == pytest.approx((2 / 3 + 1.0 + 0.0) / 3)
    assert scores.suggested == pytest.approx((2 + 2 + 3) / 3)
    assert scores.cross_lists_suggested == 1.0
    pairs = {
        0.9: 2,
        0.6: 1,
        0.4: 1,
        0.3: 0,
        0.2: 0,
        0.1: 1,
    }  # those suggested: probability -> how many listed
    counts = {0.9: 2}
    gaps = sum(abs(listed - share * counts.get(share, 1)) for share, listed in pairs.items())
    assert scores.expected_calibration_error == pytest.approx(gaps / 7)
    assert ListedScores.from_dict(scores.to_dict()) == scores
    assert "of 2 cross-lists 100.00% are suggested" in "\n".join(scores.to_text())


def test_perfect_probabilities_have_perfect_scores() -> None:
    lists = [("a", "b"), ("b",), ("c",)]
    shares = np.array([[1.0, 1, 0], [0, 1, 0], [0, 0, 1]])
    scores = score_listed([0, 1, 2], shares, LABELS, lists)
    assert scores is not None
    perfect = ("micro_average_precision", "macro_average_precision", "micro_f1", "macro_f1", "exact")
    assert [getattr(scores, name) for name in perfect] == [1.0] * 5
    assert scores.expected_calibration_error == 0.0


def test_without_lists_there_are_no_scores() -> None:
    assert score_listed([0, 1, 0, 0], SHARES, LABELS, [()] * 4) is None
    plain = {"published": [None] * 4, "words": [5] * 4}
    shares = np.full((4, 3), 1 / 3)
    without = score_in_detail([0, 1, 0, 0], shares, LABELS, LISTED, **plain)
    assert without.listed is None and "listed" not in without.to_dict()
    within = score_in_detail([0, 1, 0, 0], shares, LABELS, LISTED, **plain, listed_probabilities=SHARES)
    assert within.listed == score_listed([0, 1, 0, 0], SHARES, LABELS, LISTED)
    assert "Listed categories, of the 3 papers" in within.to_text()
    assert "Listed categories" not in without.to_text()


def test_no_cross_lists_are_no_division_by_zero() -> None:
    scores = score_listed([0], np.array([[0.9, 0.0, 0.0]]), LABELS, [("a",)])
    assert scores is not None and scores.cross_lists_suggested is None
    assert "cross-lists" not in "\n".join(scores.to_text())


def test_a_calibration_of_categories_is_none_of_lists() -> None:
    assert Calibration.identity(2) != ListedCalibration.identity(2)
