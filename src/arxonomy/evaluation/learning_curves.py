"""How the error falls with the number of training papers, and what more of them would give.

Over a wide range of sizes the error of most learners follows a power law with a floor,

    error(n) = factor * n ** -exponent + floor,        floor >= 0

as measured for statistical learners (Cortes et al. 1993, "Learning Curves: Asymptotic Values and Rate of
Convergence", NIPS 6) and for deep networks (Hestness et al. 2017, arXiv:1712.00409, section 3). Fitting it to
a few subsets and reading off a larger size is the method of Figueroa et al. 2012, "Predicting sample size
required for classification performance" (BMC Medical Informatics and Decision Making 12:8).

All sizes and systems are tested on the same papers, so resamples of test papers are paired throughout. A seed
stands for all randomness of a run: which papers were in the subset, and all that training draws.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError
from arxonomy.evaluation.curve_results import (
    HIGHEST_EXPONENT,
    CurvePair,
    Extrapolation,
    FittedPoint,
    Law,
    LearningCurve,
    LearningCurves,
    Point,
)
from arxonomy.evaluation.results import Interval
from arxonomy.evaluation.significance import bootstrap, compute_interval

Floats = npt.NDArray[np.float64]

LEAST_SIZES = 4
"""Fewest sizes for fitting a law, which has three parameters."""
EXPONENTS = np.geomspace(0.02, HIGHEST_EXPONENT, 240)
"""Exponents that are tried."""
_POINTS = 40  # of a fitted curve, from the smallest size to the extrapolated one


def fit_power_laws(sizes: npt.ArrayLike, errors: npt.ArrayLike) -> Floats:
    """The power law with the least squares, for each of several curves.

    For a given exponent the law is a straight line whose best slope and floor are known, so only the
    exponent is searched (variable projection: Golub & Pereyra 1973, SIAM Journal on Numerical Analysis 10,
    413-432). That finds the best of all, from no starting point, for thousands of curves at once.

    Args:
        sizes: (K,) different numbers of training papers, K >= 2.
        errors: (B, K) shares of wrong answers.

    Returns:
        (B, 3): height, exponent, floor. The height is what the error lies above its floor at the largest
        size, so that the law is `height * (n / max(sizes)) ** -exponent + floor`; all three are >= 0.
    """
    scaled = np.asarray(sizes, dtype=np.float64) / np.max(sizes)
    curves = np.atleast_2d(np.asarray(errors, dtype=np.float64))
    best, least = np.zeros((len(curves), 3)), np.full(len(curves), np.inf)
    means = curves.mean(axis=1)
    for exponent in EXPONENTS.tolist():
        falling = scaled**-exponent
        centered = falling - falling.mean()
        height = np.maximum(curves @ centered / (centered @ centered), 0.0)
        floor = means - height * falling.mean()
        below = floor < 0  # then the best possible floor is 0
        height = np.where(below, curves @ falling / (falling @ falling), height)
        floor = np.maximum(floor, 0.0)
        squares = ((curves - height[:, None] * falling - floor[:, None]) ** 2).sum(axis=1)
        better = squares < least
        least = np.where(better, squares, least)
        best[better] = np.column_stack([height, np.full(len(height), exponent), floor])[better]
    return best


def errors_at(laws: Floats, size: float, largest: float) -> Floats:
    """(B,) errors that fitted laws (B, 3) give for a number of papers."""
    height, exponent, floor = laws.T
    return np.asarray(height * (size / largest) ** -exponent + floor)


def fit_learning_curves(
    sizes: Sequence[int],
    systems: Mapping[str, npt.ArrayLike],
    more: int,
    *,
    groups: npt.ArrayLike | None = None,
    resamples: int = 2_000,
    seed: int = 0,
) -> LearningCurves:
    """Fit the curves of systems that were trained on subsets of the same papers, and extrapolate them.

    Args:
        sizes: K numbers of training papers, rising.
        systems: Name -> (S, K, N), whether each of S >= 1 seeds was right on each of N >= 2 test papers after
            training on each size.
        more: How many papers more than the largest size are asked about, >= 1.
        groups: (N,) integers, the same for copies of one test paper.
        resamples: Number of bootstrap resamples.
        seed: Random seed of the bootstrap.

    Raises:
        DataError: The sizes do not rise, or shapes disagree.
    """
    right = {name: np.asarray(hits, dtype=np.float64) for name, hits in systems.items()}
    order = np.asarray(sizes, dtype=np.float64)
    papers = _check_shapes(sizes, order, right, more)
    wrong = [1 - hits.mean(axis=0).T for hits in right.values()]  # the mean over seeds, (N, K) each
    columns = np.column_stack([np.ones(papers), *wrong])

    def compute_errors(sums: Floats) -> Floats:
        """(B, systems, K) errors."""
        return (sums[:, 1:] / sums[:, :1]).reshape(len(sums), -1, len(sizes))

    point = compute_errors(columns.sum(axis=0)[None])[0]
    sample = bootstrap(columns, compute_errors, groups=groups, resamples=resamples, seed=seed)
    # The sum of both deviations may leave the range of a share.
    sample = np.clip(sample + _resample_seeds(list(right.values()), resamples, seed), 0.0, 1.0)
    asked = sizes[-1] + more
    described: dict[str, LearningCurve] = {}
    predicted: dict[str, tuple[float, Floats]] = {}
    for place, (name, hits) in enumerate(right.items()):
        curve = LearningCurve(
            seeds=len(hits), points=_describe_points(sizes, hits, point[place], sample[:, place])
        )
        if unknown := _explain_unknown(sample[:, place]):
            described[name] = curve.model_copy(update={"unknown": unknown})
            continue
        law, laws = fit_power_laws(order, point[place]), fit_power_laws(order, sample[:, place])
        described[name] = curve.model_copy(update=_describe_law(law, laws, order, point[place], asked))
        predicted[name] = (1 - errors_at(law, asked, order[-1])[0], 1 - errors_at(laws, asked, order[-1]))
    pairs = []
    for first, second in itertools.combinations(predicted, 2):
        low, high = compute_interval(predicted[first][1] - predicted[second][1]).tolist()
        difference = Interval(float(predicted[first][0] - predicted[second][0]), low, high)
        pairs.append(CurvePair(first=first, second=second, difference=difference))
    return LearningCurves(
        papers=papers, sizes=tuple(sizes), more=more, asked=asked, systems=described, pairs=tuple(pairs)
    )


def _check_shapes(sizes: Sequence[int], order: Floats, right: Mapping[str, Floats], more: int) -> int:
    """The number of test papers."""
    shapes = {hits.shape[1:] for hits in right.values()}
    if len(shapes) != 1 or any(hits.ndim != 3 or not hits.size for hits in right.values()):
        raise DataError(f"expected right answers (S, K, N) of the same K and N, found {sorted(shapes)}")
    count, papers = shapes.pop()
    if len(order) != count or papers < 2 or (np.diff(order) <= 0).any() or order[0] < 1 or more < 1:
        raise DataError(
            f"expected {count} rising sizes, two test papers or more, and a number of papers to add; found "
            f"{list(sizes)}, {papers} and {more}"
        )
    return int(papers)


def _describe_points(sizes: Sequence[int], hits: Floats, errors: Floats, sample: Floats) -> tuple[Point, ...]:
    """The points of a curve: hits (S, K, N), errors (K,), and resampled errors (B, K)."""
    points = []
    for index, size in enumerate(sizes):
        low, high = (1 - compute_interval(sample[:, index]))[::-1].tolist()
        points.append(
            Point(
                training_papers=size,
                accuracy=Interval(float(1 - errors[index]), low, high),
                accuracies=tuple(hits[:, index].mean(axis=1).tolist()),
            )
        )
    return tuple(points)


def _resample_seeds(systems: Sequence[Floats], resamples: int, seed: int) -> Floats:
    """(B, systems, K): how far the errors of resampled seeds are from those of all; systems are (S, K, N)."""
    random, deviations = np.random.default_rng([seed, 1]), []
    for right in systems:
        errors = 1 - right.mean(axis=2)  # (S, K)
        others = len(errors) - 1
        times = random.multinomial(others, np.full(len(errors), 1 / len(errors)), size=resamples)
        deviations.append(times @ (errors - errors.mean(axis=0)) / max(1, others))
    return np.stack(deviations, axis=1)


def _explain_unknown(sample: Floats) -> str:
    """Why resampled errors (B, K) of a curve determine no law; empty if they do."""
    if sample.shape[1] < LEAST_SIZES:
        return f"a power law needs at least {LEAST_SIZES} sizes, and there are {sample.shape[1]}"
    if compute_interval(sample[:, 0] - sample[:, -1])[0] <= 0:
        return "the difference between the smallest and the largest size is not significant"
    return ""


def _describe_law(
    law: Floats, laws: Floats, sizes: Floats, errors: Floats, asked: int
) -> dict[str, Law | Extrapolation | tuple[FittedPoint, ...]]:
    """A fitted law (1, 3), with intervals from those of the resamples (B, 3)."""
    largest = float(sizes[-1])

    def estimate(compute: Callable[[Floats], Floats]) -> Interval:
        low, high = compute_interval(compute(laws)).tolist()
        return Interval(float(compute(law)[0]), low, high)

    def estimate_error(size: float) -> Interval:
        return estimate(lambda numbers: errors_at(numbers, size, largest))

    misses = [errors_at(law, size, largest)[0] for size in sizes.tolist()] - errors
    return {
        "law": Law(
            factor=estimate(lambda numbers: numbers[:, 0] * largest ** numbers[:, 1]),
            exponent=estimate(lambda numbers: numbers[:, 1]),
            floor=estimate(lambda numbers: numbers[:, 2]),
            misfit=float(np.sqrt((misses**2).mean())),
        ),
        "asked": Extrapolation(
            accuracy=estimate(lambda numbers: 1 - errors_at(numbers, asked, largest)),
            gain=estimate(
                lambda numbers: errors_at(numbers, largest, largest) - errors_at(numbers, asked, largest)
            ),
        ),
        "fitted": tuple(
            FittedPoint(training_papers=size, error=estimate_error(size))
            for size in np.geomspace(sizes[0], asked, _POINTS).tolist()
        ),
    }
