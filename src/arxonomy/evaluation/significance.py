"""Whether a difference between systems is significant over papers, and over seeds.

Two systems answer the same papers, so everything here is paired: a hard paper is hard for both.

Several runs of one system, alike but for the seed, are pooled: a score is the mean of the runs' scores, and
papers are resampled, each with the answers of all runs. Papers times runs would be the wrong sample: the
runs mostly agree on a paper, so that three of them are not three papers' worth of evidence, and intervals
would shrink with every further seed though no new paper was read. The variance between seeds is a separate
question, with as many observations as there are runs; `estimate_over_seeds` adds it to that of the papers.

Rows that are copies of one paper are no independent evidence either: `groups` keeps them together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError, SettingsError
from arxonomy.evaluation.results import Result

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float64]
Groups = npt.ArrayLike | None

LEVEL = 0.05
"""A p-value below it, corrected where there are several, is significant."""

_CHUNK = 400_000
"""Resampled papers held at a time: their counts stay in the processor's cache."""
_SMALLEST = 1e-12
"""Rounding errors of a Fourier transform are larger than smaller p-values."""


def bootstrap(
    columns: npt.ArrayLike | csr_matrix,
    statistic: Callable[[Floats], npt.ArrayLike],
    *,
    groups: Groups = None,
    resamples: int = 10_000,
    seed: int = 0,
) -> Floats:
    """A statistic on resampled papers, as many as there are and with repeats.

    The statistic is a function of sums over papers, as accuracy (right answers, papers), recall, F1 and
    the mean of anything are. So a resample is a product of counts and columns, and columns of two systems
    side by side are resampled alike: the difference of their scores is then a paired one.

    Args:
        columns: (N, K) numbers of N >= 1 papers, sparse where most are 0.
        statistic: Sums (B, K) of the columns over the papers of B resamples -> (B, ...).
        groups: (N,) integers; rows with the same number are resampled together, as one paper. None: each
            row is a paper.
        resamples: Number of bootstrap resamples, >= 1.
        seed: Random seed of the resampling.

    Returns:
        (resamples, ...) what `statistic` gave.

    Raises:
        DataError: There are no papers, or the shapes disagree.
        SettingsError: `resamples` is less than 1.

    Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapters 6 and 8; of groups,
    Davison & Hinkley 1997, "Bootstrap Methods and their Application", section 3.8.
    """
    if resamples < 1:
        raise SettingsError(f"bootstrap: expected at least 1 resample, found {resamples}")
    is_dense = isinstance(columns, np.ndarray | Sequence)
    units = _grouped(np.asarray(columns, dtype=np.float64) if is_dense else columns, groups)
    count, random, statistics = units.shape[0], np.random.default_rng(seed), []
    at_once = max(1, _CHUNK // count)
    for start in range(0, resamples, at_once):
        size = min(at_once, resamples - start)
        rows = random.integers(count, size=(size, count)) + count * np.arange(size)[:, None]
        times = np.bincount(rows.ravel(), minlength=size * count).reshape(size, count)
        statistics.append(np.asarray(statistic(times.astype(np.float64) @ units)))
    return np.concatenate(statistics)


def compute_interval(samples: npt.ArrayLike, level: float = 0.95) -> Floats:
    """(2, ...) the percentile interval of samples (resamples, ...) of a statistic: its low and high ends.

    Source: Efron & Tibshirani 1993, chapter 13.
    """
    ends = (1 - level) / 2
    return np.asarray(np.quantile(np.asarray(samples), [ends, 1 - ends], axis=0))


def run_paired_test(first: npt.ArrayLike, second: npt.ArrayLike, groups: Groups = None) -> tuple[str, float]:
    """Test whether these runs of two systems are equally often right on papers like these.

    For one run each this is McNemar's exact test: of the papers that only one system gets right, each would
    have half. For several runs it is the randomization test of which McNemar's is the simplest case: under
    the null hypothesis it is random which system has which share of right runs on a paper; so all ways of
    changing signs of the papers' differences are equally likely, and the p-value is the share of ways that
    give at least the observed sum. It is computed exactly, not sampled.
    (McNemar's tests of pairs of runs cannot be pooled: all of them read the same papers.)

    Args:
        first: (S, N) whether each of S >= 1 runs is right on each of N >= 1 papers.
        second: (T, N) the same of the other system.
        groups: As for `bootstrap`; copies of a paper change their sign together.

    Returns:
        The test's name, and its two-sided p-value; those below 1e-12 may be given as that.

    Raises:
        DataError: There are no papers, or the shapes disagree.

    Source: McNemar 1947, Psychometrika 12, 153-157; Dietterich 1998, Neural Computation 10, 1895-1923,
    section 3; Yeh 2000, "More accurate tests for the statistical significance of result differences"
    (COLING), section 3, after Noreen 1989.
    """
    first_runs, second_runs = _right(first, second)
    # In units of 1 / (S T), so that all differences are whole numbers.
    whole = len(second_runs) * first_runs.sum(axis=0) - len(first_runs) * second_runs.sum(axis=0)
    differences = _grouped(whole[:, None].astype(np.float64), groups)[:, 0].round().astype(np.int64)
    single = len(first_runs) == len(second_runs) == 1 and np.abs(differences).max() <= 1
    name = "McNemar's exact test" if single else "exact randomization test"
    return name, _sign_changes(differences)


def _sign_changes(differences: npt.NDArray[np.int64]) -> float:
    from scipy.stats import binomtest

    sizes, counts = np.unique(np.abs(differences[differences != 0]), return_counts=True)
    if len(sizes) == 0:
        return 1.0
    if len(sizes) == 1:
        return float(binomtest(int((differences > 0).sum()), int(counts[0])).pvalue)
    # A sum of independent signs times sizes has as its characteristic function the product of cosines.
    reach = int((sizes * counts).sum())
    angles = np.arange(2 * reach + 1) * (2 * math.pi / (2 * reach + 1))
    product = np.ones(len(angles))
    for size, count in zip(sizes, counts, strict=True):
        product *= np.cos(size * angles) ** count
    chances = np.fft.ifft(product).real  # of the sums 0, 1, ..., reach, -reach, ..., -1
    sums = np.concatenate([np.arange(reach + 1), np.arange(reach, 0, -1)])  # without their signs
    p_value = float(chances[sums >= abs(differences.sum())].sum())
    return min(1.0, max(p_value, _SMALLEST))


def correct_p_values(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for multiple comparisons: at 0.05, any false positive among all in 5% of the cases.

    Source: Holm 1979, Scandinavian Journal of Statistics 6, 65-70, as adjusted p-values.
    """
    order = np.argsort(p_values, kind="stable")
    stepped = np.asarray(p_values, dtype=np.float64)[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(stepped))
    adjusted: list[float] = corrected.tolist()
    return adjusted


class OverSeeds(Result):
    """A difference over other papers and other seeds."""

    interval: tuple[float, float]
    """Its interval."""
    p_value: float
    """Two-sided, of the mean difference over papers and seeds being 0."""
    degrees_of_freedom: float
    """Of Student's t; few where the variance between seeds outweighs that between papers."""


def estimate_over_seeds(
    first: npt.ArrayLike, second: npt.ArrayLike, groups: Groups = None, level: float = 0.95
) -> OverSeeds | None:
    """The difference in accuracy of two systems, where both papers and seeds are a sample.

    Each run reads each paper: papers and seeds are crossed, and the variance of a mean has three parts:
    papers, seeds, and their interaction. The variance of the papers' mean differences has the first and the
    third; for each system with several runs, the variance between its runs without the third is added:
    (MS_seeds - MS_rest) / (S N) of a two-way analysis of variance. Student's t with Satterthwaite's degrees
    of freedom accounts for how few the seeds are: three are weak evidence, unless they agree.

    Args:
        first: As for `run_paired_test`.
        second: As for `run_paired_test`. For a system with one run the variance between seeds is unknown,
            and nothing is added.
        groups: As for `bootstrap`.
        level: Confidence level of the interval.

    Returns:
        None where neither system has several runs.

    Raises:
        DataError: There are no papers, or the shapes disagree.

    Source: Obuchowski & Rockette 1995, Communications in Statistics - Simulation and Computation 24,
    285-308 (readers and cases there, seeds and papers here); Satterthwaite 1946, Biometrics Bulletin 2,
    110-114; Hillis 2007, Statistics in Medicine 26, 596-619. That seeds must be part of a comparison:
    Reimers & Gurevych 2017 (arXiv:1707.09861).
    """
    from scipy.stats import t

    first_runs, second_runs = _right(first, second)
    if len(first_runs) == len(second_runs) == 1:
        return None
    rows = first_runs.shape[1]
    systems = [_grouped(runs.T.astype(np.float64), groups).T for runs in (first_runs, second_runs)]
    # (S, G) scaled so that the mean over groups is the accuracy, also where groups differ in size.
    systems = [runs * (runs.shape[1] / rows) for runs in systems]
    papers = systems[0].mean(axis=0) - systems[1].mean(axis=0)
    if len(papers) < 2:
        raise DataError(
            "expected at least two different papers to separate their variance from that of the seeds"
        )
    variance, spread = float(papers.var(ddof=1)) / len(papers), 0.0
    for runs in systems:
        if len(runs) > 1:
            between, rest = _mean_squares(runs)
            variance += max(0.0, between - rest) / runs.size
            spread += (between / runs.size) ** 2 / (len(runs) - 1)
    difference = float(papers.mean())
    if variance == 0:
        return OverSeeds(
            interval=(difference, difference),
            p_value=1.0 if difference == 0 else 0.0,
            degrees_of_freedom=math.inf,
        )
    spread += (float(papers.var(ddof=1)) / len(papers)) ** 2 / (len(papers) - 1)
    # Since the interaction is taken out, the sum of the parts may be less than one of them, and the degrees
    # of freedom would fall below those of the seeds alone, which they never do in Hillis 2007.
    fewest = min(len(runs) for runs in systems if len(runs) > 1) - 1
    freedom, error = max(variance**2 / spread, float(fewest)), math.sqrt(variance)
    half = float(t.ppf((1 + level) / 2, freedom)) * error
    p_value = 2 * float(t.sf(abs(difference) / error, freedom))
    return OverSeeds(
        interval=(difference - half, difference + half), p_value=p_value, degrees_of_freedom=freedom
    )


def _mean_squares(runs: Floats) -> tuple[float, float]:
    """Mean squares between S >= 2 runs, and of the residual, of (S, N) numbers."""
    seeds, papers = runs.shape
    of_run, of_paper = runs.mean(axis=1, keepdims=True), runs.mean(axis=0)
    between = papers * float(of_run.var(ddof=1))
    rest = runs - of_run - of_paper + runs.mean()
    return between, float((rest**2).sum()) / ((seeds - 1) * (papers - 1))


def _right(
    first: npt.ArrayLike, second: npt.ArrayLike
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    first_runs, second_runs = (np.atleast_2d(np.asarray(runs)).astype(np.int64) for runs in (first, second))
    if (
        first_runs.ndim != 2
        or first_runs.shape[1:] != second_runs.shape[1:]
        or not first_runs.size
        or not second_runs.size
    ):
        raise DataError(
            "expected whether each run of both systems is right on each of the same papers, (S, N) and "
            f"(T, N); found {first_runs.shape} and {second_runs.shape}: classify the same papers with both"
        )
    return first_runs, second_runs


def _grouped(columns: Any, groups: Groups) -> Any:
    """Sums (G, K) of columns (N, K), an array or sparse, over the rows of each group."""
    rows = columns.shape[0]
    labels = np.arange(rows) if groups is None else np.asarray(groups)
    if columns.ndim != 2 or not rows or labels.shape != (rows,):
        raise DataError(
            "expected columns (N, K) of at least one paper and a group for each, found shapes "
            f"{columns.shape} and {labels.shape}: pass one row per paper"
        )
    if groups is None:
        return columns
    from scipy.sparse import csr_matrix

    numbers = np.unique(labels, return_inverse=True)[1]
    return csr_matrix((np.ones(rows), (numbers, np.arange(rows)))) @ columns
