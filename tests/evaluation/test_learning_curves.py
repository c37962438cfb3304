"""The law is found where there is one, its interval covers the truth, and too little data gives none."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.optimize import curve_fit
from scipy.stats import norm

from arxonomy.errors import DataError
from arxonomy.evaluation.curve_results import LearningCurves
from arxonomy.evaluation.learning_curves import EXPONENTS, errors_at, fit_learning_curves, fit_power_laws

SIZES = [250, 500, 1000, 2000, 4000, 8000]
FACTOR, EXPONENT, FLOOR = 2.0, 0.4, 0.12


def law(size: Any) -> Any:
    return FACTOR * np.asarray(size, dtype=float) ** -EXPONENT + FLOOR


def answers(
    seed: int, errors: Any, papers: int = 800, seeds: int = 3, deviation: float = 0.004
) -> np.ndarray:
    """(S, K, N) whether right: some papers are hard for all runs, and the runs differ."""
    random = np.random.default_rng(seed)
    hard, noise = random.normal(size=papers), random.normal(size=(seeds, len(errors), papers))
    shares = np.asarray(errors) + random.normal(0, deviation, (seeds, len(errors)))
    return np.asarray(0.8 * hard + 0.6 * noise >= norm.ppf(shares)[:, :, None])


@pytest.mark.parametrize(
    ("factor", "exponent", "floor"), [(2.0, 0.4, 0.12), (1.1, 0.2, 0.0), (40.0, 1.0, 0.2), (0.9, 0.1, 0.05)]
)
def test_a_law_without_noise_is_found(factor: float, exponent: float, floor: float) -> None:
    errors = factor * np.array(SIZES, dtype=float) ** -exponent + floor
    result = fit_power_laws(SIZES, errors)
    assert result[0, 1] == pytest.approx(exponent, rel=0.03)  # as fine as exponents are tried
    assert result[0, 2] == pytest.approx(floor, abs=0.02)
    for size in (250, 3000, 20_000):
        expected = factor * size**-exponent + floor
        assert errors_at(result, size, SIZES[-1])[0] == pytest.approx(expected, abs=1e-3)


def test_the_fit_is_that_of_scipy() -> None:
    random = np.random.default_rng(0)
    curves = law(SIZES) + random.normal(0, 0.004, (30, 6))
    ours = fit_power_laws(SIZES, curves)
    scaled = np.array(SIZES) / SIZES[-1]

    def model(x: np.ndarray, height: float, exponent: float, floor: float) -> np.ndarray:
        return np.asarray(height * x**-exponent + floor)

    for curve, fitted in zip(curves, ours, strict=True):
        bounds = ([0, EXPONENTS[0], 0], [1, EXPONENTS[-1], 1])
        theirs, _ = curve_fit(model, scaled, curve, p0=[0.1, 0.4, 0.1], bounds=bounds)
        squares = [((model(scaled, *each) - curve) ** 2).sum() for each in (fitted, theirs)]
        assert squares[0] <= squares[1] * 1.05 + 1e-9
        assert model(18 / 8, *fitted) == pytest.approx(model(18 / 8, *theirs), abs=5e-4)


def test_an_error_that_rises_has_no_height_and_none_is_below_zero() -> None:
    result = fit_power_laws(SIZES, [np.linspace(0.2, 0.3, 6), np.full(6, 0.25), 30.0 / np.array(SIZES)])
    assert result[0, 0] == 0 and result[0, 2] == pytest.approx(0.25)
    assert errors_at(result, 1e5, 8000)[1] == pytest.approx(0.25)
    assert result[2, 2] == pytest.approx(0, abs=1e-3) and (result >= 0).all()


@pytest.mark.slow
def test_intervals_cover_the_truth() -> None:
    """95% intervals of 60 invented studies; that less than 50 cover happens once in 100,000 by chance."""
    covered = {"accuracy": 0, "gain": 0}
    widths = []
    truth = {"accuracy": 1 - law(18_000), "gain": law(8000) - law(18_000)}
    for study in range(60):
        curves = fit_learning_curves(
            SIZES, {"x": answers(study, law(SIZES))}, 10_000, resamples=100, seed=study
        )
        asked = curves.systems["x"].asked
        assert asked is not None
        for name, value in truth.items():
            interval = getattr(asked, name)
            covered[name] += bool(interval.low <= value <= interval.high)
        widths.append(np.ptp(asked.accuracy.ends))
    assert min(covered.values()) >= 50
    assert 0.01 < np.mean(widths) < 0.08


@pytest.fixture(scope="module")
def curves() -> LearningCurves:
    right = {
        "net": answers(1, law(SIZES)),
        "baseline": answers(2, 0.8 * law(SIZES), seeds=1),
        "flat": answers(3, [0.3] * 6),
    }
    return fit_learning_curves(SIZES, right, 10_000, resamples=200)


def test_the_numbers(curves: LearningCurves) -> None:
    kept = json.loads(json.dumps(curves.to_dict()))
    assert LearningCurves.from_dict(kept) == curves
    assert kept["systems"]["net"].keys() == {"seeds", "points", "law", "asked", "fitted"}
    assert kept["systems"]["flat"].keys() == {"seeds", "points", "unknown"}
    assert (curves.papers, curves.asked, list(curves.sizes)) == (800, 18_000, SIZES)
    right = answers(1, law(SIZES))
    net, baseline, flat = (curves.systems[name] for name in ("net", "baseline", "flat"))
    assert (net.seeds, baseline.seeds) == (3, 1)
    for index, point in enumerate(net.points):
        assert point.training_papers == SIZES[index]
        assert point.accuracies == pytest.approx(right[:, index].mean(axis=1).tolist())
        assert point.accuracy.value == pytest.approx(right[:, index].mean())
        assert point.accuracy.low < point.accuracy.value < point.accuracy.high
    assert net.law is not None and net.asked is not None and baseline.asked is not None
    for size, fitted in ((SIZES[0], net.fitted[0]), (18_000, net.fitted[-1])):
        assert fitted.training_papers == pytest.approx(size)
        expected = net.law.factor.value * size**-net.law.exponent.value + net.law.floor.value
        assert fitted.error.value == pytest.approx(expected)
        assert fitted.error.low < expected < fitted.error.high
    assert net.asked.accuracy.value == pytest.approx(1 - net.fitted[-1].error.value)
    assert net.asked.gain.low >= 0
    assert net.unknown == "" and "not significant" in flat.unknown
    (pair,) = curves.pairs
    assert (pair.first, pair.second) == ("net", "baseline")
    expected = net.asked.accuracy.value - baseline.asked.accuracy.value
    assert pair.difference.value == pytest.approx(expected)
    assert pair.difference.low < pair.difference.value < pair.difference.high


def test_seeds_and_copies_widen_the_intervals() -> None:
    def width(right: np.ndarray, **options: Any) -> float:
        curve = fit_learning_curves(SIZES, {"x": right}, 1000, resamples=400, **options).systems["x"]
        return float(np.ptp(curve.points[0].accuracy.ends))

    alike = np.repeat(answers(0, law(SIZES), seeds=1), 3, axis=0)
    shifted = alike.copy()
    shifted[0, :, :80] = False
    assert width(alike) == pytest.approx(width(alike[:1]))  # copies of a seed add no variance
    assert width(shifted) > 1.2 * width(alike)
    assert width(alike, groups=np.arange(800) // 4) == pytest.approx(width(alike), rel=0.3)
    copied = np.repeat(alike[:, :, :200], 4, axis=2)
    assert width(copied, groups=np.arange(800) // 4) > 1.5 * width(copied)


def test_accuracies_stay_below_one() -> None:
    result = fit_learning_curves(
        SIZES, {"a": answers(4, [0.03] * len(SIZES), papers=200, deviation=0.02)}, 1_000
    )
    for point in result.systems["a"].points:
        assert 0.8 < point.accuracy.low <= point.accuracy.value <= point.accuracy.high <= 1


def test_what_is_unknown() -> None:
    few = fit_learning_curves(SIZES[:3], {"x": answers(0, law(SIZES[:3]))}, 100, resamples=100)
    assert few.systems["x"].unknown == "a power law needs at least 4 sizes, and there are 3"
    text = few.to_text()
    assert "the accuracy with 100 more papers is unknown: a power law needs" in text
    assert "1,100 (extrapolated)" in text and "unknown" in text and "warning" not in text
    worse = fit_learning_curves(SIZES, {"x": answers(0, law(SIZES)[::-1])}, 100, resamples=100)
    assert "not significant" in worse.systems["x"].unknown and not worse.pairs


def test_readable(curves: LearningCurves) -> None:
    text = curves.to_text()
    asked = curves.systems["net"].asked
    assert asked is not None
    gain, low = 100 * asked.gain.value, 100 * asked.gain.low
    assert f"net: 10,000 more papers would give {gain:+.1f} points [{low:+.1f}, " in text
    assert "net - baseline at 18,000 papers, extrapolated: " in text
    assert "over papers and 1/3 seeds" in text and "one seed does not show the variance" in text
    assert "18,000 papers are 2.2 times the largest trained size" in text and "a guess" not in text
    right = {"a\x1b[31m": answers(1, law(SIZES))}
    far = fit_learning_curves(SIZES, right, 100_000, resamples=100).to_text()
    assert "13.5 times the largest trained size" in far and "so far beyond it a guess" in far
    assert "\x1b" not in far


@pytest.mark.parametrize(
    ("sizes", "systems", "more"),
    [
        ([5, 5], {"x": np.ones((1, 2, 9))}, 1),
        ([5], {"x": np.ones((1, 2, 9))}, 1),
        ([5, 9], {"x": np.ones((1, 2, 9))}, 0),
        ([5, 9], {"x": np.ones((1, 2, 1))}, 1),
        ([5, 9], {"x": np.ones((2, 9))}, 1),
        ([5, 9], {"x": np.ones((1, 2, 9)), "y": np.ones((1, 2, 8))}, 1),
        ([5, 9], {}, 1),
    ],
)
def test_impossible_numbers(sizes: list[int], systems: dict[str, Any], more: int) -> None:
    with pytest.raises(DataError, match="expected"):
        fit_learning_curves(sizes, systems, more)
