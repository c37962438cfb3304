"""How the error falls with the number of training papers, and what more of them would give.

Over a wide range of sizes the error of most learners follows a power law with a floor,

    error(n) = factor * n ** -exponent + floor,        floor >= 0

as measured for statistical learners (Cortes et al. 1993, "Learning Curves: Asymptotic Values and Rate of
Convergence", NIPS 6) and for deep networks (Hestness et al. 2017, arXiv:1712.00409, section 3). Fitting it to
a few subsets and reading off a larger size is the method of Figueroa et al. 2012, "Predicting sample size
required for classification performance" (BMC Medical Informatics and Decision Making 12:8).

All sizes and systems are tested on the same papers, so draws of test papers are paired throughout. A seed
stands for the whole luck of a run: which papers were in the subset, and all that training draws.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError
from arxonomy.evaluation.significance import bootstrap, compute_interval

Floats = npt.NDArray[np.float64]

LEAST_SIZES = 4
"""Sizes that a law needs, which has three numbers of its own."""
EXPONENTS = np.geomspace(0.02, 3.0, 240)
"""Exponents that are tried."""
_DRAWN = 40  # places where a fitted curve is told, from the smallest size to the largest that is asked for


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
        centerd = falling - falling.mean()
        height = np.maximum(curves @ centerd / (centerd @ centerd), 0.0)
        floor = means - height * falling.mean()
        below = floor < 0  # then the best of all floors that may be is 0
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


def learning_curves(
    sizes: Sequence[int],
    systems: Mapping[str, npt.ArrayLike],
    more: int,
    *,
    groups: npt.ArrayLike | None = None,
    draws: int = 2_000,
    seed: int = 0,
) -> dict[str, Any]:
    """The curves of systems that were trained on subsets of the same papers, and where they lead.

    Args:
        sizes: K numbers of training papers, rising.
        systems: Name -> (S, K, N), whether each of S >= 1 seeds was right on each of N >= 2 test papers after
            training on each size.
        more: How many papers more than the largest size are asked about, >= 1.
        groups: (N,) integers, the same for copies of one test paper.
        draws: Of the bootstrap.
        seed: Of the bootstrap.

    Returns:
        A dict that JSON can hold. Each `*_interval` is [low, high], the 95% percentile interval of a
        bootstrap over test papers and, where a system has several, over seeds. As in
        `significance.over_seeds` the luck of both is added: papers are drawn with the answers of all seeds,
        and to that comes how the seeds that are drawn differ from the others. Of S seeds S-1 are drawn,
        since S of so few would spread too little (Rao & Wu 1988, Journal of the American Statistical
        Association 83, 231-241).

        - `papers`, `sizes`, `more`, `asked`: N; the sizes; the size that is asked about
        - `systems`: name -> `seeds` (S); `points`, for each size its `training_papers`, `accuracy` and
          `accuracies` of the seeds; and either `unknown`, why no law can be told, or

          - `law`: `factor`, `exponent` and `floor`, and `misfit`, the root of the mean square by which the
            points miss it
          - `asked`: the `accuracy` at that size and the `gain` over the largest that was trained, both by
            the law
          - `fitted`: `training_papers` and `error` of the law at many sizes, for a picture

        - `pairs`: of the systems with a law, `first`, `second` and the `difference` first - second of the
          accuracies asked for

    Raises:
        DataError: The sizes do not rise, or shapes disagree.
    """
    right = {name: np.asarray(own, dtype=np.float64) for name, own in systems.items()}
    order = np.asarray(sizes, dtype=np.float64)
    shapes = {own.shape[1:] for own in right.values()}
    if len(shapes) != 1 or any(own.ndim != 3 or not own.size for own in right.values()):
        raise DataError(f"expected right answers (S, K, N) of the same K and N, found {sorted(shapes)}")
    count, papers = shapes.pop()
    if len(order) != count or papers < 2 or (np.diff(order) <= 0).any() or order[0] < 1 or more < 1:
        raise DataError(
            f"expected {count} rising sizes, two test papers or more, and a number of papers to add; found "
            f"{list(sizes)}, {papers} and {more}"
        )
    wrong = [1 - own.mean(axis=0).T for own in right.values()]  # the mean over seeds, (N, K) each
    columns = np.column_stack([np.ones(papers), *wrong])

    def curves(sums: Floats) -> Floats:
        """(B, systems, K) errors."""
        return (sums[:, 1:] / sums[:, :1]).reshape(len(sums), -1, count)

    point = curves(columns.sum(axis=0)[None])[0]
    sample = bootstrap(columns, curves, groups=groups, resamples=draws, seed=seed)
    # The sum of both lucks may leave the range of a share.
    sample = np.clip(sample + _luck_of_seeds(list(right.values()), draws, seed), 0.0, 1.0)
    asked = sizes[-1] + more
    described: dict[str, Any] = {}
    predicted: dict[str, tuple[float, Floats]] = {}
    for place, (name, own) in enumerate(right.items()):
        points = [
            {
                "training_papers": size,
                "accuracy": float(1 - point[place, index]),
                "accuracy_interval": (1 - compute_interval(sample[:, place, index]))[::-1].tolist(),
                "accuracies": own[:, index].mean(axis=1).tolist(),
            }
            for index, size in enumerate(sizes)
        ]
        described[name] = {"seeds": len(own), "points": points}
        if unknown := _unknown(sample[:, place]):
            described[name]["unknown"] = unknown
            continue
        law, laws = fit_power_laws(order, point[place]), fit_power_laws(order, sample[:, place])
        described[name] |= _told(law, laws, order, point[place], asked)
        predicted[name] = (1 - errors_at(law, asked, order[-1])[0], 1 - errors_at(laws, asked, order[-1]))
    pairs = [
        {
            "first": one,
            "second": other,
            "difference": float(predicted[one][0] - predicted[other][0]),
            "difference_interval": compute_interval(predicted[one][1] - predicted[other][1]).tolist(),
        }
        for one, other in itertools.combinations(predicted, 2)
    ]
    start = {"papers": papers, "sizes": list(sizes), "more": more, "asked": asked}
    return {**start, "systems": described, "pairs": pairs}


def _luck_of_seeds(systems: Sequence[Floats], draws: int, seed: int) -> Floats:
    """(draws, systems, K): how far the errors of drawn seeds are from those of all; systems are (S, K, N)."""
    random, found = np.random.default_rng([seed, 1]), []
    for right in systems:
        errors = 1 - right.mean(axis=2)  # (S, K)
        others = len(errors) - 1
        times = random.multinomial(others, np.full(len(errors), 1 / len(errors)), size=draws)
        found.append(times @ (errors - errors.mean(axis=0)) / max(1, others))
    return np.stack(found, axis=1)


def _unknown(sample: Floats) -> str:
    """Why draws (B, K) of a curve determine no law; empty if they do."""
    if sample.shape[1] < LEAST_SIZES:
        return f"a law needs at least {LEAST_SIZES} sizes, and there are {sample.shape[1]}"
    if compute_interval(sample[:, 0] - sample[:, -1])[0] <= 0:
        return "more papers have made no difference yet that is beyond luck"
    return ""


def _told(law: Floats, laws: Floats, sizes: Floats, errors: Floats, asked: int) -> dict[str, Any]:
    """A fitted law (1, 3), with intervals from those of the draws (B, 3)."""
    largest = float(sizes[-1])

    def value(name: str, of: Any) -> dict[str, Any]:
        return {name: float(of(law)[0]), f"{name}_interval": compute_interval(of(laws)).tolist()}

    def error(size: float) -> Any:
        return lambda own: errors_at(own, size, largest)

    misses = [errors_at(law, size, largest)[0] for size in sizes.tolist()] - errors
    places = np.geomspace(sizes[0], asked, _DRAWN).tolist()
    return {
        "law": {
            **value("factor", lambda own: own[:, 0] * largest ** own[:, 1]),
            **value("exponent", lambda own: own[:, 1]),
            **value("floor", lambda own: own[:, 2]),
            "misfit": float(np.sqrt((misses**2).mean())),
        },
        "asked": {
            **value("accuracy", lambda own: 1 - errors_at(own, asked, largest)),
            **value("gain", lambda own: errors_at(own, largest, largest) - errors_at(own, asked, largest)),
        },
        "fitted": [{"training_papers": place, **value("error", error(place))} for place in places],
    }
