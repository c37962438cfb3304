"""A second estimate of a class prior, from counts of answers, that shows whether the first can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MIN_PAPERS = 30
"""Labeled papers that a group of classes needs to be counted by itself."""

MARGIN = 0.05
"""Difference of two shares that is never called a disagreement: with papers of other months that much is
usual, and an estimate that has gone wrong differs by far more."""

OTHERS = "all others"
"""The classes of no group of their own."""

_CONFIDENCE = 0.95
"""Of all intervals of a comparison together."""


@dataclass(frozen=True)
class Disagreement:
    """The group of classes of which two estimates differ most, beyond the interval of the second."""

    group: str
    """Its name; `OTHERS` for what has none, or too few labeled papers."""
    share: float
    """In 0..1, the first estimate."""
    low: float
    """In 0..1, the lower end of the interval of the second."""
    high: float
    """In 0..1, its upper end."""


def find_disagreement(
    estimate: npt.ArrayLike,
    predicted: npt.ArrayLike,
    confusion: npt.ArrayLike,
    groups: Sequence[str],
) -> Disagreement | None:
    """Compare an estimated class prior with what the counts of answers say of groups of classes.

    Black-box shift estimation: of labeled papers it is known how often the papers of a group get an answer of
    each group. With these rates A, the shares m of the groups among the answers to new papers are A s, and so
    their true shares s are the solution of these equations. Within a group, labeled papers are weighted to
    the mix that the estimate has there. The variance is that of m and of the columns of A (delta method).

    Args:
        estimate: (C,) shares with sum 1.
        predicted: (C,) how many of the new papers got each class as their answer.
        confusion: (C, C) labeled papers, rows = truth, columns = answers, without a shift of the prior.
        groups: (C,) name of the group of each class. Groups with few labeled papers are taken together.

    Returns:
        None where all groups agree, or where fewer than two have enough labeled papers.

    Source: Lipton, Wang and Smola 2018 (arXiv:1802.03916), section 3, over groups.
    """
    # A group without a share would have no mix.
    shares = np.maximum(np.asarray(estimate, dtype=np.float64), np.finfo(np.float32).tiny)
    counts = np.asarray(predicted, dtype=np.float64)
    labeled = np.asarray(confusion, dtype=np.float64)
    names, members = _gather(np.asarray(groups), labeled.sum(axis=1))
    if len(names) < 2 or not counts.sum():
        return None
    rates, variances = _measure_rates(shares, labeled, members)
    seen = members @ counts / counts.sum()
    try:
        inverse = np.linalg.inv(rates)
    except np.linalg.LinAlgError:
        return None
    second = inverse @ seen
    spread = (np.diag(seen) - np.outer(seen, seen)) / counts.sum()
    spread += np.einsum("g,ghk->hk", second**2, variances)
    deviations = np.sqrt(np.maximum(np.diag(inverse @ spread @ inverse.T), 0))
    reach = NormalDist().inv_cdf(1 - (1 - _CONFIDENCE) / (2 * len(names))) * deviations + MARGIN
    excess = np.abs(members @ shares - second) - reach
    worst = int(excess.argmax())
    if excess[worst] <= 0:
        return None
    low, high = np.clip(second[worst] + np.array([-1, 1]) * reach[worst], 0, 1).tolist()
    return Disagreement(names[worst] or OTHERS, float(members[worst] @ shares), low, high)


def _gather(groups: npt.NDArray[np.str_], papers: Floats) -> tuple[list[str], Floats]:
    """The names of G groups, and (G, C) which classes belong to each; small groups become one."""
    names = [name for name in dict.fromkeys(groups.tolist()) if papers[groups == name].sum() >= MIN_PAPERS]
    members = [groups == name for name in names]
    rest = ~np.isin(groups, names)
    if papers[rest].sum() >= MIN_PAPERS:
        names.append(OTHERS)
        members.append(rest)
    return names, np.array(members, dtype=np.float64).reshape(len(names), len(groups))


def _measure_rates(shares: Floats, labeled: Floats, members: Floats) -> tuple[Floats, Floats]:
    """(G, G) rates of answers (rows) to papers of each group (columns); (G, G, G) covariance of a column."""
    papers = labeled.sum(axis=1)
    # What one labeled paper of a class stands for.
    weights = np.divide(shares, papers, out=np.zeros_like(shares), where=papers > 0)
    totals = members @ (weights * papers)
    rates = (members @ (weights[:, None] * labeled) @ members.T).T / totals
    effective = totals**2 / (members @ (weights**2 * papers))
    variances = np.array(
        [
            (np.diag(column) - np.outer(column, column)) / size
            for column, size in zip(rates.T, effective, strict=True)
        ]
    )
    return rates, variances
