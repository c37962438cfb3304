import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arxonomy.evaluation import Calibration, estimate_prior, shift_prior, softmax
from arxonomy.evaluation.class_prior import estimate_group_prior, expect_gain

TRAINING, STATED = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.1, 0.8])


def papers_of(prior: np.ndarray, papers: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Classes under a prior, and what a network sees of them: points around one center per class."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, size=papers, p=prior)
    return truth, 1.5 * np.eye(3)[truth] + rng.normal(size=(papers, 3))


def log_loss(truth: np.ndarray, shares: np.ndarray) -> float:
    return float(-np.log(shares[np.arange(len(truth)), truth]).mean())


def bayes(seen: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """The true probabilities: the likelihood of a point is proportional to exp(1.5 x_c)."""
    return softmax(1.5 * seen + np.log(prior))


def test_by_hand() -> None:
    # 0.6 * 0.25/0.5 : 0.4 * 0.75/0.5 = 0.3 : 0.6
    np.testing.assert_allclose(shift_prior([[0.6, 0.4]], [0.5, 0.5], [0.25, 0.75]), [[1 / 3, 2 / 3]])
    # An uninformed answer, the prior itself, becomes the stated prior.
    np.testing.assert_allclose(shift_prior([TRAINING], TRAINING, STATED), [STATED])


@given(
    st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
    st.lists(st.floats(0, 1), min_size=3, max_size=3).filter(lambda row: sum(row) > 0.01),
)
def test_the_training_prior_changes_nothing(prior: list[float], row: list[float]) -> None:
    training, shares = np.array(prior) / sum(prior), np.array([row]) / sum(row)
    np.testing.assert_allclose(shift_prior(shares, training, training), shares, atol=1e-12)


def test_a_shift_and_its_way_back() -> None:
    shares = softmax(np.random.default_rng(0).normal(size=(50, 3)) * 5)
    away = shift_prior(shares, TRAINING, STATED)
    np.testing.assert_allclose(away.sum(axis=1), 1)
    np.testing.assert_allclose(shift_prior(away, STATED, TRAINING), shares)


def test_a_class_that_cannot_occur() -> None:
    shares = shift_prior([[0.2, 0.5, 0.3], [0.0, 0.0, 1.0]], TRAINING, [0.5, 0.5, 0.0])
    np.testing.assert_allclose(shares[:, 2], 0)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert np.isfinite(shares).all()


def test_it_gives_the_true_probabilities_of_the_stated_prior() -> None:
    _, seen = papers_of(STATED, 100, 0)
    np.testing.assert_allclose(
        shift_prior(bayes(seen, TRAINING), TRAINING, STATED), bayes(seen, STATED), atol=1e-12
    )


def test_probabilities_calibrated_on_a_prior_serve_another() -> None:
    """A distorted network, calibrated under a prior, answers under another."""
    truth, seen = papers_of(TRAINING, 3000, 1)
    calibration = Calibration.fit(3 * seen + [0.5, 0, -1], truth)
    new, view = papers_of(STATED, 3000, 2)
    before = calibration.apply(3 * view + [0.5, 0, -1])
    after = shift_prior(before, np.bincount(truth) / 3000, STATED)
    assert log_loss(new, after) < log_loss(new, before) - 0.2
    assert log_loss(new, after) == pytest.approx(log_loss(new, bayes(view, STATED)), abs=0.01)
    assert (after.argmax(axis=1) == new).mean() > (before.argmax(axis=1) == new).mean() + 0.05


@pytest.mark.parametrize("prior", [TRAINING, STATED, np.array([0.02, 0.9, 0.08])])
def test_the_prior_is_estimated_without_labels(prior: np.ndarray) -> None:
    truth, seen = papers_of(prior, 4000, 3)
    result = estimate_prior(bayes(seen, TRAINING), TRAINING)
    assert result.sum() == pytest.approx(1)
    np.testing.assert_allclose(result, np.bincount(truth, minlength=3) / 4000, atol=0.03)


def test_a_handful_of_papers_rules_no_class_out() -> None:
    np.testing.assert_allclose(estimate_prior(np.empty((0, 3)), TRAINING), TRAINING)
    estimate = estimate_prior([[0.98, 0.01, 0.01]], TRAINING)
    assert 0.5 < estimate[0] < 0.75
    assert estimate[1:].min() > 0.1


def many_papers(prior: np.ndarray, papers: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Classes of 40, in groups of eight that are alike, and their probabilities under a uniform prior."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(40, size=papers, p=prior)
    centers = 1.2 * np.hstack([np.eye(40), np.repeat(np.eye(5), 8, axis=0)])
    seen = centers[truth] + rng.normal(size=(papers, 45))
    return truth, softmax(seen @ centers.T - (centers**2).sum(axis=1) / 2)


UNIFORM, GROUPS = np.full(40, 1 / 40), [f"g{place // 8}" for place in range(40)]


def gain_of(mix: np.ndarray, papers: int) -> tuple[float, float]:
    """What the estimate gains, and what is expected."""
    truth, shares = many_papers(mix, papers, 5)
    found = estimate_prior(shares, UNIFORM, GROUPS)
    right = shift_prior(shares, UNIFORM, found).argmax(axis=1) == truth
    return right.mean() - (shares.argmax(axis=1) == truth).mean(), expect_gain(shares, UNIFORM, found)


def test_many_classes_of_the_training_mix_lose_nothing() -> None:
    for papers in (100, 1000):
        gain, expected = gain_of(UNIFORM, papers)
        assert gain > -0.02 and expected < 0.005
    assert gain > -0.01


@pytest.mark.parametrize("classes", [8, 3])
def test_a_few_of_many_classes_are_found(classes: int) -> None:
    mix = np.zeros(40)
    mix[:classes] = 1 / classes
    gain, expected = gain_of(mix, 1000)
    assert gain > 0.03 and 0.02 < expected < 2 * gain


def test_a_group_keeps_the_proportions_of_training() -> None:
    _, shares = many_papers(np.repeat([1, 0, 0, 0, 0], 8) / 8, 500, 6)
    found = estimate_group_prior(shares, UNIFORM, GROUPS, 1)
    assert found[:8].sum() > 0.95 and np.ptp(found[:8]) < 1e-12
    assert found.sum() == pytest.approx(1)


def test_one_class_that_says_nothing_is_not_driven_up() -> None:
    """A class whose probability is everywhere that of its prior, as that of a class without papers is."""
    _, shares = many_papers(UNIFORM, 500, 7)
    constant = np.hstack([shares * 0.999, np.full((500, 1), 0.001)])
    prior = constant.mean(axis=0)
    assert estimate_prior(constant, prior, [*GROUPS, "rare"])[-1] < 0.01


def test_nothing_is_expected_of_the_training_prior() -> None:
    _, shares = many_papers(UNIFORM, 50, 8)
    assert expect_gain(shares, UNIFORM, UNIFORM) == 0
    # By hand: 0.6 to 0.4 becomes 1/3 to 2/3.
    assert expect_gain([[0.6, 0.4]], [0.5, 0.5], [0.25, 0.75]) == pytest.approx(1 / 3)
