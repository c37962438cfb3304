import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from arxonomy.errors import DataError
from arxonomy.evaluation import (
    Calibration,
    cross_fit,
    expected_calibration_error,
    softmax,
)


def draw(probabilities: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """True classes drawn from the probabilities: by construction these are perfectly calibrated."""
    return (probabilities.cumsum(axis=1) < rng.random((len(probabilities), 1))).sum(axis=1)


@given(
    st.lists(st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=3), min_size=1, max_size=5),
    st.floats(0.05, 20),
)
def test_softmax_agrees_with_scipy(rows: list[list[float]], temperature: float) -> None:
    logits = np.array(rows)
    result = Calibration(temperature, (0.0, 0.0, 0.0)).apply(logits)
    np.testing.assert_allclose(result, special.softmax(logits / temperature, axis=1), atol=1e-12)
    np.testing.assert_allclose(result.sum(axis=1), 1)
    np.testing.assert_array_equal(Calibration.identity(3).apply(logits), softmax(logits))


def test_softmax_neither_overflows_nor_rounds_to_float32() -> None:
    np.testing.assert_array_equal(softmax([1e300, 0.0]), [1, 0])
    assert softmax(np.zeros((2, 3), np.float32)).dtype == np.float64


def test_softmax_needs_numpy_alone() -> None:
    code = (
        "import sys; from arxonomy.evaluation import softmax; softmax([1.0, 2.0]);"
        "print({'sklearn', 'scipy', 'matplotlib', 'torch'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


@pytest.mark.parametrize("planted", [0.3, 1.0, 2.5])
def test_calibration_recovers_a_planted_one(planted: float) -> None:
    rng = np.random.default_rng(1)
    logits, biases = rng.normal(size=(20_000, 4)) * 2, np.array([0.5, -0.3, 0.0, -0.2])
    truth = draw(softmax(logits + biases), rng)
    fitted = Calibration.fit(logits * planted, truth)
    assert fitted.temperature == pytest.approx(planted, rel=0.03)
    assert np.array(fitted.biases) - np.mean(fitted.biases) == pytest.approx(biases, abs=0.06)


def test_calibration_has_the_lowest_loss_around() -> None:
    rng = np.random.default_rng(2)
    logits, truth = rng.normal(size=(2000, 3)), rng.integers(0, 3, 2000)
    truth[:1200] = logits[:1200].argmax(axis=1)

    def loss(temperature: float, biases: np.ndarray) -> float:
        probabilities = Calibration(temperature, tuple(biases)).apply(logits)
        return float(-np.log(probabilities[np.arange(2000), truth]).mean())

    fitted = Calibration.fit(logits, truth)
    temperature, biases = fitted.temperature, np.array(fitted.biases)
    for factor in np.geomspace(0.8, 1.25, 9):
        for shift in np.eye(3) * 0.1:
            for sign in (-1, 0, 1):
                # the priors' share is less than this
                assert loss(temperature, biases) <= loss(temperature * factor, biases + sign * shift) + 1e-4


def test_a_class_predicted_too_rarely_gets_its_share() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(5000, 3)) * 2
    truth = draw(softmax(logits), rng)
    distorted = logits - np.array([1.5, 0.0, 0.0])  # as weights in the loss would do
    before, after = softmax(distorted), Calibration.fit(distorted, truth).apply(distorted)
    assert (after.argmax(axis=1) == truth).mean() > (before.argmax(axis=1) == truth).mean() + 0.03
    assert after.mean(axis=0) == pytest.approx(np.bincount(truth) / 5000, abs=0.01)


def test_calibration_of_extreme_data_is_finite() -> None:
    separable = np.eye(3)[[0, 1, 2]] * 30
    for logits, truth in ((separable, [0, 1, 2]), (separable * 1e6, [1, 2, 0]), (separable[:1], [0])):
        fitted = Calibration.fit(logits, truth)
        assert np.isfinite(fitted.temperature) and np.isfinite(fitted.apply(logits)).all()
    assert Calibration.fit(np.zeros((5, 3)), [0, 1, 2, 0, 1]) == Calibration.identity(3)


@pytest.mark.parametrize("scale", [0.001, 1.0, 1000.0])
def test_a_few_papers_do_not_claim_certainty(scale: float) -> None:
    truth = [0, 1, 2, 0, 1, 2, 0]
    logits = scale * np.eye(3)[truth]
    assert 0.5 < Calibration.fit(logits, truth).apply(logits).max() < 0.95
    many = Calibration.fit(logits.repeat(300, axis=0), np.repeat(truth, 300))
    assert many.apply(logits).max() > 0.99


@pytest.mark.parametrize("papers", [1, 9, 40, 150, 2000])
@pytest.mark.parametrize("scale", [0.002, 50.0])
def test_the_scale_of_the_logits_changes_no_probability(papers: int, scale: float) -> None:
    rng = np.random.default_rng(papers)
    logits = rng.normal([0.4, 0.0, 0.0, -0.4], size=(papers, 4))
    truth = draw(softmax(2 * logits), rng)
    expected = Calibration.fit(logits, truth).apply(logits)
    np.testing.assert_allclose(
        Calibration.fit(scale * logits, truth).apply(scale * logits), expected, atol=1e-4
    )


@pytest.mark.parametrize("papers", [9, 30, 60, 120])
@pytest.mark.parametrize("margin", [0.01, 5.0])
def test_few_papers_of_an_unbiased_model_turn_hardly_an_answer(papers: int, margin: float) -> None:
    """The classes that happen to be drawn more often than others must not win all papers."""
    rng = np.random.default_rng(papers)
    before, after, confidence = [], [], []
    new = rng.normal(size=(1000, 4)) * 1.5
    new_truth = draw(softmax(new), rng)
    for _ in range(20):
        logits = rng.normal(size=(papers, 4)) * 1.5
        fitted = Calibration.fit(margin * logits, draw(softmax(logits), rng))
        shares = fitted.apply(margin * new)
        before.append((new.argmax(axis=1) == new_truth).mean())
        after.append((shares.argmax(axis=1) == new_truth).mean())
        confidence.append(shares.max(axis=1).mean())
    assert np.mean(after) >= np.mean(before) - 0.005
    assert abs(np.mean(confidence) - np.mean(after)) < 0.06


@pytest.mark.parametrize("papers", [40, 150])
def test_biases_that_help_are_kept_on_few_papers(papers: int) -> None:
    rng = np.random.default_rng(papers)
    gains = []
    new = rng.normal(size=(1000, 4)) * 2
    new_truth = draw(softmax(new), rng)
    distortion = np.array([2.5, 0.0, 0.0, 0.0])
    for _ in range(10):
        logits = rng.normal(size=(papers, 4)) * 2
        fitted = Calibration.fit(logits + distortion, draw(softmax(logits), rng))
        before, after = new + distortion, fitted.apply(new + distortion)
        gains.append((after.argmax(axis=1) == new_truth).mean() - (before.argmax(axis=1) == new_truth).mean())
    assert np.mean(gains) > 0.1


@given(st.integers(1, 40), st.integers(2, 6), st.floats(-6, 6), st.integers(0, 2**32 - 1))
def test_any_few_papers_are_fitted(papers: int, classes: int, exponent: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(papers, classes)) * 10**exponent
    fitted = Calibration.fit(logits, rng.integers(0, classes, papers))
    assert fitted.temperature > 0 and len(fitted.biases) == classes
    shares = fitted.apply(logits)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert shares.max() < 1


def test_bad_logits_are_explained() -> None:
    with pytest.raises(DataError, match="diverge"):
        Calibration.fit([[np.nan, 0.0]], [0])


def test_calibration_error_of_a_calibrated_set_is_near_zero() -> None:
    rng = np.random.default_rng(4)
    logits = rng.normal(size=(50_000, 3)) * 2
    truth = draw(softmax(logits), rng)
    assert expected_calibration_error(truth, softmax(logits)) < 0.01
    assert expected_calibration_error(truth, softmax(logits / 0.3)) > 0.08


def test_calibration_error_by_hand() -> None:
    # bin (0.6, 0.8]: confidences 0.7 and 0.7, one right; bin (0.8, 1.0]: 0.9, right
    probabilities = [[0.7, 0.3], [0.7, 0.3], [0.1, 0.9]]
    expected = 2 / 3 * abs(0.5 - 0.7) + 1 / 3 * abs(1 - 0.9)
    assert expected_calibration_error([0, 1, 1], probabilities, bins=5) == pytest.approx(expected)
    assert expected_calibration_error([0], [[1.0, 0.0]]) == 0
    assert expected_calibration_error([1], [[1.0, 0.0]]) == 1


@given(st.integers(1, 60), st.integers(2, 6), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_calibration_error_is_a_share(papers: int, classes: int, bins: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    probabilities = softmax(rng.normal(size=(papers, classes)) * 3)
    truth = rng.integers(0, classes, papers)
    error = expected_calibration_error(truth, probabilities, bins)
    assert 0 <= error <= 1
    # One interval compares the mean confidence with the accuracy; more intervals only find more.
    right = probabilities.argmax(axis=1) == truth
    assert error >= abs(right.mean() - probabilities.max(axis=1).mean()) - 1e-12


@pytest.mark.parametrize("calibration", [Calibration(0.5, (1.0, 0, -2)), Calibration(3.0, (0.0, 0.1, 0))])
def test_calibration_can_be_undone(calibration: Calibration) -> None:
    logits = np.random.default_rng(0).normal(size=(200, 3)) * 4
    np.testing.assert_allclose(
        softmax(calibration.undo(calibration.apply(logits))), softmax(logits), atol=1e-9
    )


def test_no_paper_fits_the_calibration_that_is_applied_to_it() -> None:
    rng = np.random.default_rng(5)
    logits = rng.normal(size=(60, 3)) * 2
    truth = draw(softmax(logits), rng)
    shares = cross_fit(logits * 3, truth)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    # Another truth for one paper changes the other half, and never the paper itself.
    changed_truth = truth.copy()
    changed_truth[7] = (truth[7] + 1) % 3
    changed = np.abs(cross_fit(logits * 3, changed_truth) - shares).max(axis=1) > 1e-12
    assert (changed.sum(), changed[7]) == (30, False)


def test_cross_fitting_is_not_optimistic() -> None:
    """An estimate from few papers is what their calibration does to many others, and not better."""
    rng = np.random.default_rng(6)

    def loss(truth: np.ndarray, shares: np.ndarray) -> float:
        return float(-np.log(shares[np.arange(len(truth)), truth]).mean())

    estimated, optimistic, true = [], [], []
    for _ in range(20):
        logits = rng.normal(size=(60, 6)) * 2
        truth = draw(softmax(logits), rng)
        fitted = Calibration.fit(logits, truth)
        estimated.append(loss(truth, cross_fit(logits, truth)))
        optimistic.append(loss(truth, fitted.apply(logits)))
        new = rng.normal(size=(2000, 6)) * 2
        true.append(loss(draw(softmax(new), rng), fitted.apply(new)))
    assert np.mean(optimistic) < np.mean(true) - 0.03 < np.mean(estimated)
    assert np.mean(estimated) < np.mean(true) + 0.1


def test_cross_fitting_a_lone_paper() -> None:
    np.testing.assert_array_equal(cross_fit([[1.0, 3.0]], [0]), softmax([[1.0, 3.0]]))
    assert cross_fit([[1.0, 3.0], [0.0, 2.0]], [0, 1]).shape == (2, 2)
