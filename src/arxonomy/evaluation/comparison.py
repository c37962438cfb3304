"""Several systems on the same papers: their scores, and whether their differences are significant."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError
from arxonomy.evaluation.calibration import confidence_gaps
from arxonomy.evaluation.comparison_results import (
    ClassEstimates,
    Comparison,
    Estimates,
    Pair,
    Seeds,
    SeveralEstimates,
    SystemScores,
)
from arxonomy.evaluation.listed import find_several, mark_complete
from arxonomy.evaluation.outcomes import TOP, Outcomes, measure_outcomes
from arxonomy.evaluation.results import Interval
from arxonomy.evaluation.significance import (
    LEVEL,
    bootstrap,
    compute_interval,
    correct_p_values,
    estimate_over_seeds,
    run_paired_test,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float64]

_COMMON = 3  # columns that all systems share, before one per class
_MEANS = 8  # columns of a run before those by class


def compare(
    truth: npt.ArrayLike,
    systems: Mapping[str, Sequence[npt.ArrayLike | Outcomes]],
    labels: Sequence[str],
    listed: Sequence[Collection[str]] | None = None,
    *,
    groups: npt.ArrayLike | None = None,
    against: str | None = None,
    resamples: int = 10_000,
    seed: int = 0,
) -> Comparison:
    """Scores of systems that answered the same papers, and the differences of pairs of them.

    Args:
        truth: Integer array (N,), the true class of each paper in 0..C-1, N >= 2.
        systems: Name -> the probabilities (N, C) of each of its runs, rows in 0..1 with sum 1, or their
            outcomes. Several runs are the same system with other seeds; see `significance` for how they are
            pooled.
        labels: The C class names, in the order of the columns.
        listed: For each paper all categories it lists, in the words of `labels`; empty where not known.
        groups: (N,) integers, the same for copies of one paper; None: all papers are different.
        against: The system that each other one is paired with, as the second; None: all pairs.
        resamples: Number of bootstrap resamples.
        seed: Random seed of the bootstrap.

    Raises:
        DataError: No system, fewer than two papers, shapes that disagree, or a number out of range.
    """
    from scipy.sparse import csr_matrix, hstack

    names = list(systems)
    runs = _measure_runs(truth, systems, labels, listed)
    right, papers, classes = runs[0].labels, len(runs[0]), runs[0].classes
    given = [()] * papers if listed is None else listed
    among, several = mark_complete(right, labels, given), find_several(given)  # (N, C) and (N,)
    lists_any = np.full(papers, any(given))
    common = np.column_stack([np.ones(papers), lists_any, several])
    parts = [csr_matrix(common), _mark_classes(right, np.ones(papers), classes)]
    # Nearly all are 0: each paper has one class and one prediction.
    columns = hstack([*parts, *(_measure_papers(run, among, several) for run in runs)], format="csr")
    ends = list(itertools.accumulate((len(group) for group in systems.values()), initial=0))
    slices = [slice(start, end) for start, end in itertools.pairwise(ends)]

    def score_systems(sums: Floats) -> Floats:
        """(B, systems, scores): the mean over the runs of each system."""
        of_runs = sums[:, classes + _COMMON :].reshape(len(sums), len(runs), -1)
        values = _score_sums(of_runs, sums[:, None, : classes + _COMMON])
        return np.stack([values[:, part].mean(axis=1) for part in slices], axis=1)

    point = score_systems(np.asarray(columns.sum(axis=0)).reshape(1, -1))[0]
    samples = bootstrap(columns, score_systems, groups=groups, resamples=resamples, seed=seed)
    hits = [np.array([run.right for run in runs[part]]) for part in slices]
    absent = set()
    if not lists_any.any():
        absent.add("any_listed_accuracy")
    if runs[0].top5 is None:
        absent.add("top5_accuracy")
    if not several.any():
        absent.add("several_categories")
    support = dict(zip(labels, np.bincount(right, minlength=classes).tolist(), strict=True))
    described = {}
    for index, name in enumerate(names):
        estimates = _name_estimates(
            point[index], compute_interval(samples[:, index]), labels, absent, support
        )
        errors = [_measure_calibration(run) for run in runs[slices[index]]]
        described[name] = SystemScores(
            **dict(estimates),
            expected_calibration_error=float(np.mean(errors)),
            seeds=_describe_seeds(hits[index]),
        )
    pairings: Iterable[tuple[int, int]] = itertools.combinations(range(len(names)), 2)
    if against is not None:
        pairings = ((first, names.index(against)) for first, name in enumerate(names) if name != against)
    pairs = []
    for first, second in pairings:
        difference = compute_interval(samples[:, first] - samples[:, second])
        estimates = _name_estimates(point[first] - point[second], difference, labels, absent)
        pairs.append(_compare_pair(names[first], names[second], estimates, hits[first], hits[second], groups))
    return Comparison(
        papers=papers,
        different_papers=papers if groups is None else len(np.unique(np.asarray(groups))),
        papers_with_several_categories=int(several.sum()),
        systems=described,
        pairs=tuple(_correct_pairs(pairs)),
    )


def _measure_runs(
    truth: npt.ArrayLike,
    systems: Mapping[str, Sequence[npt.ArrayLike | Outcomes]],
    labels: Sequence[str],
    listed: Sequence[Collection[str]] | None,
) -> list[Outcomes]:
    """What came out of each run, checked like the rest."""
    runs = [run for group in systems.values() for run in group]
    shapes = {(len(run), run.classes) if isinstance(run, Outcomes) else np.shape(run) for run in runs}
    if not systems or not all(systems.values()) or len(shapes) > 1:
        raise DataError(
            "expected at least one system, and probabilities (N, C) of the same papers from each; found "
            f"{len(systems)} systems and the shapes {sorted(shapes)}"
        )
    measured = [run if isinstance(run, Outcomes) else measure_outcomes(truth, run) for run in runs]
    papers, classes = len(measured[0]), measured[0].classes
    if papers < 2 or len(labels) != classes or (listed is not None and len(listed) != papers):
        raise DataError(
            f"expected at least two papers, {classes} labels and a list of categories per paper; found "
            f"{papers} papers, {len(labels)} labels and {'no' if listed is None else len(listed)} lists"
        )
    return measured


def _measure_calibration(run: Outcomes) -> float:
    """The expected calibration error."""
    interval, gap = confidence_gaps(run.right, run.confidence)
    return float(np.abs(np.bincount(interval, weights=gap)).sum() / len(run))


def _mark_classes(labels: npt.NDArray[np.int64], values: npt.NDArray[Any], classes: int) -> csr_matrix:
    """(N, C) the value of each paper at its class."""
    from scipy.sparse import csr_matrix

    rows = np.arange(len(labels))
    return csr_matrix((values.astype(np.float64), (rows, labels)), shape=(len(labels), classes))


def _measure_papers(
    run: Outcomes, among: npt.NDArray[np.bool_], several: npt.NDArray[np.bool_]
) -> csr_matrix:
    """(N, 8 + 2 C) of one run: accuracies, log loss, accuracies where several are listed, top-5; by class.

    The accuracies are exact, any listed, top-2; those by class are right and predicted.
    """
    from scipy.sparse import csr_matrix, hstack

    rows = np.arange(len(run))
    three = np.column_stack([run.right, among[rows, run.predicted], run.rank < 2])
    tiny = np.finfo(np.float64).eps  # as scikit-learn's log_loss
    loss = -np.log(np.clip(run.share, tiny, 1 - tiny))
    means = np.column_stack([three, loss, three & several[:, None], run.rank < TOP])
    by_class = [_mark_classes(run.predicted, values, run.classes) for values in (run.right, rows >= 0)]
    columns: csr_matrix = hstack([csr_matrix(means), *by_class], format="csr")
    return columns


def _score_sums(sums: Floats, common: Floats) -> Floats:
    """(..., 9 + 3 C): the means of `_measure_papers`, macro F1; recalls, precisions, F1.

    Args:
        sums: (..., 8 + 2 C) of `_measure_papers`.
        common: (..., 3 + C) papers, those that list categories, those that list several, those of each class.
    """
    support = common[..., _COMMON:]
    hits, chosen = np.split(sums[..., _MEANS:], 2, axis=-1)
    f1, occurs = _divide(2 * hits, support + chosen), support + chosen > 0
    means = _divide(sums[..., :_MEANS], common[..., [0, 1, 0, 0, 2, 2, 2, 0]])
    macro = _divide(f1.sum(axis=-1, keepdims=True), occurs.sum(axis=-1, keepdims=True))
    return np.concatenate([means, macro, _divide(hits, support), _divide(hits, chosen), f1], axis=-1)


def _divide(part: Floats, whole: Floats) -> Floats:
    """The quotient, 0 where undefined."""
    return np.asarray(part / np.where(whole > 0, whole, 1))


def _name_estimates(
    values: Floats,
    ends: Floats,
    labels: Sequence[str],
    absent: set[str],
    support: Mapping[str, int] | None = None,
) -> Estimates:
    """What `_score_sums` gave (scores,), with its intervals (2, scores), but for what is `absent`."""
    intervals = [
        Interval(value, low, high)
        for value, (low, high) in zip(values.tolist(), ends.T.tolist(), strict=True)
    ]
    accuracy, any_listed, top2, log_loss, *several, top5, macro_f1 = intervals[: _MEANS + 1]
    by_class = intervals[_MEANS + 1 :]
    recall, precision, f1 = (by_class[start * len(labels) :][: len(labels)] for start in range(3))
    per_class = {
        label: ClassEstimates(
            recall=recall[column],
            precision=precision[column],
            f1=f1[column],
            support=None if support is None else support[label],
        )
        for column, label in enumerate(labels)
    }
    return Estimates(
        accuracy=accuracy,
        any_listed_accuracy=None if "any_listed_accuracy" in absent else any_listed,
        top2_accuracy=top2,
        top5_accuracy=None if "top5_accuracy" in absent else top5,
        log_loss=log_loss,
        several_categories=None
        if "several_categories" in absent
        else SeveralEstimates(accuracy=several[0], any_listed_accuracy=several[1], top2_accuracy=several[2]),
        macro_f1=macro_f1,
        per_class=per_class,
    )


def _describe_seeds(hits: npt.NDArray[np.bool_]) -> Seeds:
    """The accuracies of (S, N) answers, right or wrong."""
    accuracies = hits.mean(axis=1).tolist()
    return Seeds(
        accuracies=tuple(accuracies),
        deviation=statistics.stdev(accuracies) if len(accuracies) > 1 else None,
    )


def _compare_pair(
    first: str,
    second: str,
    differences: Estimates,
    first_hits: npt.NDArray[np.bool_],
    second_hits: npt.NDArray[np.bool_],
    groups: npt.ArrayLike | None,
) -> Pair:
    test, p_papers = run_paired_test(first_hits, second_hits, groups)
    over_seeds = estimate_over_seeds(first_hits, second_hits, groups)
    shares = first_hits.mean(axis=0) - second_hits.mean(axis=0)
    p_value = p_papers if over_seeds is None else max(p_papers, over_seeds.p_value)
    # Exact for shares of a few runs, whose differences are 0 or far from it.
    return Pair(
        first=first,
        second=second,
        **dict(differences),
        only_first_right=int((shares > 1e-9).sum()),
        only_second_right=int((shares < -1e-9).sum()),
        test=test,
        p_papers=p_papers,
        over_seeds=over_seeds,
        p_value=p_value,
        p_holm=p_value,  # until all pairs are known
        better=None,
        verdict="not significant",
    )


def _correct_pairs(pairs: Sequence[Pair]) -> Iterable[Pair]:
    """The pairs with corrected p-values and verdicts."""
    for pair, corrected in zip(pairs, correct_p_values([pair.p_value for pair in pairs]), strict=True):
        winner = pair.first if pair.accuracy.value > 0 else pair.second
        better = winner if corrected < LEVEL else None
        verdict = format_verdict(pair) if better else "not significant"
        yield pair.model_copy(update={"p_holm": corrected, "better": better, "verdict": verdict})


def format_verdict(pair: Pair) -> str:
    """A significant difference in accuracy, such as `+1.4 pp (95% CI 0.7 to 2.0)`."""
    low, high = pair.accuracy_range
    return f"{100 * pair.accuracy.value:+.1f} pp (95% CI {100 * low:.1f} to {100 * high:.1f})"
