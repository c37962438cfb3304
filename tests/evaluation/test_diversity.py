from __future__ import annotations

import numpy as np
import pytest

from arxonomy.errors import DataError
from arxonomy.evaluation import Diversity, measure_diversity, softmax, vote_logits

TRUTH = [0, 0, 1, 1]


def sure(*answers: int, share: float = 0.9) -> np.ndarray:
    """Probabilities of two classes that answer so, with `share` for the answer."""
    rows = np.full((len(answers), 2), 1 - share)
    rows[np.arange(len(answers)), answers] = share
    return rows


def test_measures_by_hand() -> None:
    # Right:  yes yes yes no  |  yes no yes no  |  yes yes no no; the third is less sure.
    members = [sure(0, 0, 1, 0), sure(0, 1, 1, 0), sure(0, 0, 0, 0, share=0.6)]
    result = measure_diversity(TRUTH, members)
    assert result.papers == 4
    assert result.member_accuracies == (0.75, 0.5, 0.5)
    assert Diversity.from_dict(result.to_dict()) == result
    assert result.mean_accuracy == pytest.approx(7 / 12)
    # Class 0 of the mean: 0.8, 1.6/3, 0.8/3, 0.8: right, right, right, wrong.
    assert result.vote_accuracy == 0.75
    assert result.gain == pytest.approx(0.75 - 7 / 12)
    assert result.oracle_accuracy == 0.75
    # Exactly one right: 1 of 4, 1 of 4, 2 of 4. Both wrong: 1 of 4, each time.
    assert result.disagreement == pytest.approx((1 / 4 + 1 / 4 + 2 / 4) / 3)
    assert result.double_fault == pytest.approx(1 / 4)
    # Right answers per paper: 3, 2, 2, 0 of 3, so sum l(L - l) = 0 + 2 + 2 + 0 = 4.
    p = 7 / 12
    assert result.kappa == pytest.approx(1 - (4 / 3) / (4 * 2 * p * (1 - p)))


def test_members_that_err_together_and_apart() -> None:
    same = measure_diversity(TRUTH, [sure(0, 0, 1, 0)] * 3)
    assert (same.disagreement, same.gain, same.kappa) == (0, 0, 1)
    apart = measure_diversity(TRUTH, [sure(0, 0, 0, 0), sure(1, 1, 1, 1)])
    assert (apart.disagreement, apart.double_fault, apart.oracle_accuracy) == (1, 0, 1)
    assert apart.kappa == pytest.approx(-1)


def test_errors_that_meet_by_chance_have_no_kappa() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 20_000)
    members = [sure(*np.where(rng.random(20_000) < 0.8, truth, 1 - truth)) for _ in range(3)]
    result = measure_diversity(truth, members)
    assert result.kappa == pytest.approx(0, abs=0.02)
    assert result.double_fault == pytest.approx(0.04, abs=0.005)
    assert result.vote_accuracy == pytest.approx(0.8**3 + 3 * 0.8**2 * 0.2, abs=0.01)


@pytest.mark.parametrize("answers", [TRUTH, [1, 1, 0, 0]])
def test_without_errors_or_nothing_else_there_is_no_agreement_to_measure(answers: list[int]) -> None:
    assert measure_diversity(TRUTH, [sure(*answers)] * 2).kappa is None


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([], "at least two members"),
        ([sure(0, 0, 1, 1)], r"found \[\(4, 2\)\]"),
        ([sure(0, 0, 1, 1), sure(0, 0, 1)], r"\(4, 2\), \(3, 2\)"),
        ([sure(0, 0, 1), sure(0, 0, 1)], r"\(4,\) and \(3, 2\)"),
        ([sure(0, 0, 1, 1), 5 * sure(0, 0, 1, 1)], "rows of probabilities"),
    ],
)
def test_what_cannot_be_measured(members: list[np.ndarray], message: str) -> None:
    with pytest.raises(DataError, match=message):
        measure_diversity(TRUTH, members)


def test_the_votes_softmax_is_the_mean() -> None:
    members = np.random.default_rng(0).dirichlet([1, 1, 1], (4, 10))
    np.testing.assert_allclose(softmax(vote_logits(list(members))), members.mean(axis=0), rtol=1e-12)
    certain = vote_logits([np.array([[1.0, 0.0]])])
    assert np.isfinite(certain).all()
    np.testing.assert_allclose(softmax(certain), [[1, 0]], atol=1e-30)
