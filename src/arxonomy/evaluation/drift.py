"""How a model does on the papers of a month after its training, against its own score; when to train again.

Papers of one day are alike: a conference's deadline, or a subject of the week. So intervals are those of
resampled days (the block bootstrap), which are wider than those of papers taken for independent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from arxonomy.evaluation.confidence import calibration_scores, wilson_interval
from arxonomy.evaluation.drift_results import CategoryChange, MonthDrift, NewWord, Reference, Verdict
from arxonomy.evaluation.outcomes import Outcomes
from arxonomy.evaluation.results import Interval
from arxonomy.evaluation.scores import Scores
from arxonomy.evaluation.significance import bootstrap, compute_interval
from arxonomy.papers.dates import UNKNOWN

WORTH = 0.01
"""Least drop in accuracy that is worth a new training: months differ by as much without any trend."""

FEWEST_PAPERS, FEWEST_DAYS = 500, 8
"""Papers of a month that a verdict needs: with fewer its interval is wider than 7 points. And days of papers
that an interval of days needs; with fewer it is of papers."""

FEWEST_FOR_INTERVAL = 30
"""Papers that an interval needs: resampled, fewer of them say little of how much they vary."""

FEWEST_OF_CATEGORY = 30
"""Papers of a category, in both measurements, from which its recall is compared."""

LEAST_CHANGE = 0.001
"""Least change of an estimated share that is worth a line."""

_LEVEL = 0.05

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MonthAnswers:
    """What a model answers to the N >= 1 papers of a month."""

    month: str
    """As in `2026-02`."""
    days: npt.NDArray[np.int64]
    """(N,) the day of each, see `papers.dates.find_days`."""
    confidence: Floats
    """(N,) the probability of the answer."""
    unknown: Floats
    """(N,) share of its words that the model does not know."""
    atypical: npt.NDArray[np.bool_] | None = None
    """(N,) whether it is atypical of the model's field; None where the model cannot tell."""
    outcomes: Outcomes | None = None
    """What came out; None without labels."""
    shares: Floats | None = None
    """(C,) an estimate of the class prior, where there are no labels; None where there is none."""
    new_words: tuple[NewWord, ...] = ()
    """Frequent words that the model does not know."""


def make_reference(part: str, scores: Scores) -> Reference:
    """Take a model's own scores as what later months are compared with.

    Args:
        part: The papers that they are of, `test` or `validation`.
        scores: The scores.
    """
    accuracy = scores.accuracy
    if math.isnan(accuracy.low):  # of an older file
        accuracy = wilson_interval(round(accuracy.value * scores.papers), scores.papers)
    return Reference(
        part=part,
        papers=scores.papers,
        accuracy=accuracy,
        expected_calibration_error=scores.expected_calibration_error,
        supports=tuple(own.support for own in scores.per_class.values()),
        recalls=tuple(own.recall for own in scores.per_class.values()),
    )


def measure_month(
    answers: MonthAnswers,
    labels: Sequence[str],
    reference: Reference | None,
    prior: Sequence[float] | None = None,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> MonthDrift:
    """Measure the papers of one month.

    Args:
        answers: What the model answers to them.
        labels: The C labels.
        reference: The model's own scores; None: nothing is compared with them.
        prior: (C,) the class prior that the model was calibrated on, which an estimate without labels is
            compared with; None where it is not known.
        resamples: Number of bootstrap resamples, >= 1.
        seed: Random seed of the bootstrap.
    """
    papers, outcomes = len(answers.days), answers.outcomes
    groups, blocks = _group_days(answers.days)
    zeros = np.zeros(papers)
    right = zeros if outcomes is None else outcomes.right.astype(np.float64)
    atypical = zeros if answers.atypical is None else answers.atypical.astype(np.float64)
    columns = np.stack(
        [right, answers.confidence, answers.confidence - right, answers.unknown, atypical, np.ones(papers)],
        axis=1,
    )
    samples = bootstrap(
        columns, lambda sums: sums[:, :-1] / sums[:, -1:], groups=groups, resamples=resamples, seed=seed
    )
    ends = compute_interval(samples)
    if papers < FEWEST_FOR_INTERVAL:
        ends = np.full_like(ends, np.nan)
    accuracy, confidence, gap, unknown, strange = (
        Interval(float(value), float(low), float(high))
        for value, low, high in zip(columns[:, :-1].mean(axis=0), *ends, strict=True)
    )
    measured = MonthDrift(
        month=answers.month,
        papers=papers,
        few=papers < FEWEST_PAPERS,
        blocks=blocks,
        confidence=confidence,
        unknown_words=unknown,
        atypical=None if answers.atypical is None else strange,
        new_words=answers.new_words,
        expected_drop=reference and subtract(reference.accuracy, confidence),
    )
    if outcomes is None:
        return measured.model_copy(update=_compare_prior(answers.shares, labels, prior))
    changes = {} if reference is None else _compare_with(reference, outcomes, labels, groups, resamples, seed)
    return measured.model_copy(
        update={
            "accuracy": accuracy,
            "overconfidence": gap,
            "expected_calibration_error": calibration_scores(outcomes).expected_calibration_error,
            "drop": reference and subtract(reference.accuracy, accuracy),
            **changes,
        }
    )


def subtract(first: Interval, second: Interval) -> Interval:
    """The difference of two independent estimates, with its interval.

    Source: Zou & Donner 2008, Statistics in Medicine 27, 1693-1702, of the intervals of both.
    """
    value = first.value - second.value
    low = math.hypot(first.value - first.low, second.high - second.value)
    high = math.hypot(first.high - first.value, second.value - second.low)
    return Interval(value, value - low, value + high)


def judge(
    months: Sequence[MonthDrift], reference: Reference | None, unknown_labels: float, threshold: float = WORTH
) -> Verdict:
    """Judge whether to train again, by the newest month with papers enough.

    Train again where its accuracy is below the model's own by `threshold` at least, and by more than chance:
    the 95% interval of the drop is above 0. Or where as large a share of the papers has categories that the
    model does not know, which it can never answer. Without labels it is not said: a model may be sure of its
    errors, so that a drop in its confidence only says that labels are worth having.

    Args:
        months: In order.
        reference: The model's own scores.
        unknown_labels: Share of the papers whose label the model does not know.
        threshold: Least drop that counts, in 0..1.
    """
    if unknown_labels >= threshold:
        reason = f"{unknown_labels:.1%} of the papers have a category that the model does not know"
        return Verdict(retrain=True, threshold=threshold, reason=reason)
    if reference is None:
        return Verdict(threshold=threshold, reason="the model has no score of its own to compare with")
    enough = [month for month in months if not month.few]
    if not enough:
        reason = f"no month has {FEWEST_PAPERS:,} papers, which a verdict needs"
        return Verdict(threshold=threshold, reason=reason)
    newest = enough[-1]
    drop = newest.expected_drop if newest.drop is None else newest.drop
    assert drop is not None
    found = drop.value >= threshold and drop.low > 0
    what = "accuracy" if newest.drop else "expected accuracy"
    numbers = (
        f"the {what} of {newest.month} is {100 * abs(drop.value):.1f} points "
        f"{'below' if drop.value >= 0 else 'above'} the model's own on {reference.part} papers (95% interval "
        f"of the drop {100 * drop.low:+.1f} to {100 * drop.high:+.1f})"
    )
    if newest.drop is None:
        advice = (
            f"label {FEWEST_PAPERS:,} papers of it to see whether to train again"
            if found
            else "errors that the model is sure of are not seen without labels"
        )
        return Verdict(month=newest.month, threshold=threshold, reason=f"{numbers}; {advice}")
    least = f"{100 * threshold:g} {'point' if threshold == 0.01 else 'points'}"
    rule = f"a drop of {least} or more, by more than chance, is worth a new training"
    return Verdict(retrain=found, month=newest.month, threshold=threshold, reason=f"{numbers}; {rule}")


def _group_days(days: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64] | None, int | None]:
    """The block of each paper, and how many days there are; None where they are too few for blocks."""
    known = days != UNKNOWN
    count = len(np.unique(days[known]))
    if count < FEWEST_DAYS or not known.all():
        return None, None
    return days, count


def _compare_with(
    reference: Reference,
    outcomes: Outcomes,
    labels: Sequence[str],
    groups: npt.NDArray[np.int64] | None,
    resamples: int,
    seed: int,
) -> dict[str, object]:
    """Compare the class prior and the recalls of a month with the model's own."""
    from scipy.sparse import csr_matrix, hstack

    papers, count = len(outcomes), len(labels)
    before, recalls_before = np.array(reference.supports, dtype=np.float64), np.array(reference.recalls)
    shares_before = before / before.sum()
    rows = np.arange(papers)
    is_label = csr_matrix((np.ones(papers), (rows, outcomes.labels)), shape=(papers, count))
    is_found = csr_matrix((outcomes.right.astype(np.float64), (rows, outcomes.labels)), shape=(papers, count))

    def compute(sums: Floats) -> Floats:
        has, found = sums[:, :count], sums[:, count:]
        return np.concatenate([has / has.sum(axis=1, keepdims=True), found / np.maximum(has, 1)], axis=1)

    both = csr_matrix(hstack([is_label, is_found]))
    spread = bootstrap(both, compute, groups=groups, resamples=resamples, seed=seed).std(axis=0)
    shares, recalls = np.split(compute(np.asarray(both.sum(axis=0)).reshape(1, -1))[0], 2)
    of_shares = np.hypot(spread[:count], np.sqrt(shares_before * (1 - shares_before) / before.sum()))
    of_recalls = np.hypot(
        spread[count:], np.sqrt(recalls_before * (1 - recalls_before) / np.maximum(before, 1))
    )
    reach = NormalDist().inv_cdf(1 - _LEVEL / (4 * count))  # of all shares and recalls together
    now = np.bincount(outcomes.labels, minlength=count)
    changed = []
    for place, label in enumerate(labels):
        share, recall = float(shares[place]), None
        share_change = _make_change(share - shares_before[place], reach * of_shares[place])
        if min(now[place], before[place]) >= FEWEST_OF_CATEGORY:
            recall = _make_change(recalls[place] - recalls_before[place], reach * of_recalls[place])
        if _is_change(share_change) or _is_change(recall):
            changed.append(
                CategoryChange(
                    label=label,
                    papers=int(now[place]),
                    share=share,
                    share_change=share_change,
                    recall=None if recall is None else float(recalls[place]),
                    recall_change=recall,
                )
            )
    return {
        "prior_shift": float(np.abs(shares - shares_before).sum() / 2),
        "drop_by_prior": float((shares_before - shares) @ recalls_before),
        "categories": tuple(sorted(changed, key=lambda own: -abs(own.share_change.value))),
    }


def _compare_prior(
    shares: Floats | None, labels: Sequence[str], prior: Sequence[float] | None
) -> dict[str, object]:
    """Compare an estimate of the class prior with that of the calibration; it has no interval."""
    if shares is None or prior is None:
        return {}
    changes = shares - np.array(prior)
    return {
        "prior_shift": float(np.abs(changes).sum() / 2),
        "categories": tuple(
            CategoryChange(
                label=labels[place],
                share=float(shares[place]),
                share_change=Interval(float(changes[place])),
            )
            for place in np.argsort(-np.abs(changes), kind="stable")[:10].tolist()
            if abs(changes[place]) >= LEAST_CHANGE
        ),
    }


def _make_change(value: float, half: float) -> Interval:
    return Interval(float(value), float(value - half), float(value + half))


def _is_change(change: Interval | None) -> bool:
    return change is not None and (change.low > 0 or change.high < 0)
