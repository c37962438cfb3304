"""Several systems on the same papers: their scores, and for each pair what speaks for a difference."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.errors import DataError
from arxonomy.evaluation.calibration import check_probabilities, check_truth, expected_calibration_error
from arxonomy.evaluation.significance import LEVEL, bootstrap, holm, interval, over_seeds, paired_test

Floats = npt.NDArray[np.float64]

THREE = ("accuracy", "any_listed_accuracy", "top2_accuracy")
"""What is told of all papers, and of those that list several categories."""
HEADLINES = (*THREE, "macro_f1", "log_loss")
"""Scores that have an interval, as `score` defines them."""
PER_CLASS = ("recall", "precision", "f1")
"""Scores of a category that have an interval."""

_COMMON = 3  # columns that all systems share, before one per class


def compare(
    truth: npt.ArrayLike,
    systems: Mapping[str, Sequence[npt.ArrayLike]],
    labels: Sequence[str],
    listed: Sequence[Collection[str]] | None = None,
    *,
    groups: npt.ArrayLike | None = None,
    against: str | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> dict[str, Any]:
    """Scores of systems that answered the same papers, and the differences of pairs of them.

    Args:
        truth: Integer array (N,), the right class of each paper in 0..C-1, N >= 2.
        systems: Name -> the probabilities (N, C) of each of its runs, rows in 0..1 with sum 1. Several
            runs are the same system with other seeds; see `significance` for how they are pooled.
        labels: The C class names, in the order of the columns.
        listed: For each paper all categories it lists, in the words of `labels`; empty where not known.
        groups: (N,) integers, the same for copies of one paper; None: all papers are different.
        against: The system that each other one is paired with, as the second; None: all pairs.
        draws: Of the bootstrap.
        seed: Of the bootstrap.

    Returns:
        A dict that JSON can hold. Shares are in 0..1; each `*_interval` is [low, high], the 95% percentile
        interval of the bootstrap over papers, seeds held fixed.

        - `papers`, `different_papers`, `papers_with_several_categories`: N, how many of them are not
          copies of one another, and how many list two categories or more
        - `systems`: name -> the scores in `HEADLINES` with their intervals (the mean over the runs; without
          `any_listed_accuracy` if no paper lists categories), `several_categories` (the scores in `THREE`
          of the papers that list two or more; only if there are any), `expected_calibration_error`,
          `per_class` (label -> the scores in `PER_CLASS`, and `support`), and `seeds`: the `accuracies` of
          the runs and their standard `deviation`, None for a single run
        - `pairs`: one dict for each pair, `first` and `second`, with

          - the differences first - second in `HEADLINES`, `several_categories` and `per_class`, with
            paired intervals
          - `only_first_right`, `only_second_right`: papers on which more of the one system's runs are right
          - `test`, `p_papers`: `paired_test`
          - `over_seeds`: None, or `interval`, `p_value` and `degrees_of_freedom` of `significance.over_seeds`
          - `p_value`: the greater of the two, so that a small one speaks of other papers and other seeds
          - `p_holm`: corrected for the number of pairs
          - `better`: the name of the better system where `p_holm` < `LEVEL`, else None

    Raises:
        DataError: No system, fewer than two papers, shapes that disagree, or a number out of range.
    """
    names, runs = list(systems), [check_probabilities(one) for own in systems.values() for one in own]
    if not names or not all(systems.values()) or len({one.shape for one in runs}) > 1:
        raise DataError(
            "expected at least one system, and probabilities (N, C) of the same papers from each; found "
            f"{len(names)} systems and the shapes {sorted({one.shape for one in runs})}"
        )
    right = check_truth(truth, runs[0], "probabilities")
    papers, classes = runs[0].shape
    if papers < 2 or len(labels) != classes or (listed is not None and len(listed) != papers):
        raise DataError(
            f"expected at least two papers, {classes} labels and a list of categories per paper; found "
            f"{papers} papers, {len(labels)} labels and {'no' if listed is None else len(listed)} lists"
        )
    lists = [()] * papers if listed is None else listed
    among = np.array([[label in own for label in labels] for own in lists])  # (N, C)
    number = np.array([len(set(own)) for own in lists])
    told, several = number > 0, number > 1
    common = np.column_stack([np.ones(papers), told, several, right[:, None] == np.arange(classes)])
    columns = np.column_stack([common, *(_columns(right, one, among, several) for one in runs)])
    ends = list(itertools.accumulate((len(own) for own in systems.values()), initial=0))

    def scores(sums: Floats) -> Floats:
        """(B, systems, scores): the mean over the runs of each system."""
        own = sums[:, classes + _COMMON :].reshape(len(sums), len(runs), -1)
        values = _scores(own, sums[:, None, : classes + _COMMON])
        return np.stack([values[:, a:b].mean(axis=1) for a, b in itertools.pairwise(ends)], axis=1)

    found = scores(columns.sum(axis=0)[None])[0]
    drawn = bootstrap(columns, scores, groups=groups, draws=draws, seed=seed)
    hits = [np.array([run.argmax(axis=1) == right for run in runs[a:b]]) for a, b in itertools.pairwise(ends)]
    support = common[:, _COMMON:].sum(axis=0).astype(int).tolist()
    unknown = {"any_listed_accuracy": told, "several_categories": several}
    absent = {name for name, found_in in unknown.items() if not found_in.any()}
    described, pairs = {}, []
    for index, name in enumerate(names):
        own = _named(found[index], interval(drawn[:, index]), labels, absent)
        errors = [expected_calibration_error(right, run) for run in runs[ends[index] : ends[index + 1]]]
        own["expected_calibration_error"] = float(np.mean(errors))
        for label, count in zip(labels, support, strict=True):
            own["per_class"][label]["support"] = count
        accuracies = hits[index].mean(axis=1).tolist()
        spread = statistics.stdev(accuracies) if len(accuracies) > 1 else None
        described[name] = own | {"seeds": {"accuracies": accuracies, "deviation": spread}}
    pairings: Iterable[tuple[int, int]] = itertools.combinations(range(len(names)), 2)
    if against is not None:
        pairings = ((one, names.index(against)) for one, name in enumerate(names) if name != against)
    for one, other in pairings:
        ours = _named(found[one] - found[other], interval(drawn[:, one] - drawn[:, other]), labels, absent)
        tested = _tested(hits[one], hits[other], groups)
        pairs.append({"first": names[one], "second": names[other], **ours, **tested})
    for pair, corrected in zip(pairs, holm([pair["p_value"] for pair in pairs]), strict=True):
        winner = pair["first"] if pair["accuracy"] > 0 else pair["second"]
        pair |= {"p_holm": corrected, "better": winner if corrected < LEVEL else None}
    return {
        "papers": papers,
        "different_papers": papers if groups is None else len(np.unique(np.asarray(groups))),
        "papers_with_several_categories": int(several.sum()),
        "systems": described,
        "pairs": pairs,
    }


def _columns(
    right: npt.NDArray[np.int64], shares: Floats, among: npt.NDArray[np.bool_], several: npt.NDArray[np.bool_]
) -> Floats:
    """(N, 7 + 2 C) of one run: THREE, log loss, THREE where several are listed; right, predicted by class."""
    ranking = np.argsort(-shares, axis=1, kind="stable")
    predicted, rows = ranking[:, 0], np.arange(len(right))
    three = np.column_stack(
        [predicted == right, among[rows, predicted], (ranking[:, :2] == right[:, None]).any(axis=1)]
    )
    tiny = np.finfo(np.float64).eps  # as scikit-learn's log_loss
    loss = -np.log(np.clip(shares[rows, right], tiny, 1 - tiny))
    chosen = predicted[:, None] == np.arange(shares.shape[1])
    return np.column_stack([three, loss, three & several[:, None], chosen & three[:, :1], chosen])


def _scores(sums: Floats, common: Floats) -> Floats:
    """(..., 8 + 3 C): THREE, log loss, THREE of papers with several, macro F1; PER_CLASS one by one.

    Args:
        sums: (..., 7 + 2 C) of `_columns`.
        common: (..., 3 + C) papers, those that list categories, those that list several, those of each class.
    """
    support = common[..., _COMMON:]
    hits, chosen = np.split(sums[..., 7:], 2, axis=-1)
    f1, occurs = _share(2 * hits, support + chosen), support + chosen > 0
    means = _share(sums[..., :7], common[..., [0, 1, 0, 0, 2, 2, 2]])
    macro = _share(f1.sum(axis=-1, keepdims=True), occurs.sum(axis=-1, keepdims=True))
    return np.concatenate([means, macro, _share(hits, support), _share(hits, chosen), f1], axis=-1)


def _share(part: Floats, whole: Floats) -> Floats:
    """The quotient, 0 where undefined."""
    return np.asarray(part / np.where(whole > 0, whole, 1))


def _named(values: Floats, ends: Floats, labels: Sequence[str], absent: set[str]) -> dict[str, Any]:
    """What `_scores` gave (scores,), and its intervals (2, scores), under their names but for `absent`."""
    several = [("several_categories", name) for name in THREE]
    places: list[tuple[str, ...]] = [*((name,) for name in (*THREE, "log_loss")), *several, ("macro_f1",)]
    places += [("per_class", label, name) for name in PER_CLASS for label in labels]
    named: dict[str, Any] = {}
    for (*path, name), value, end in zip(places, values.tolist(), ends.T.tolist(), strict=True):
        if absent.isdisjoint((*path, name)):
            inner = named
            for key in path:
                inner = inner.setdefault(key, {})
            inner |= {name: value, f"{name}_interval": end}
    return named


def _tested(
    ones: npt.NDArray[np.bool_], others: npt.NDArray[np.bool_], groups: npt.ArrayLike | None
) -> dict[str, Any]:
    test, p_papers = paired_test(ones, others, groups)
    seeds = over_seeds(ones, others, groups)
    shares = ones.mean(axis=0) - others.mean(axis=0)
    # Exact for shares of a few runs, whose differences are 0 or far from it.
    return {
        "only_first_right": int((shares > 1e-9).sum()),
        "only_second_right": int((shares < -1e-9).sum()),
        "test": test,
        "p_papers": p_papers,
        "over_seeds": None
        if seeds is None
        else {
            "interval": [seeds.low, seeds.high],
            "p_value": seeds.p_value,
            "degrees_of_freedom": seeds.degrees_of_freedom,
        },
        "p_value": p_papers if seeds is None else max(p_papers, seeds.p_value),
    }
