from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from arxonomy.errors import DataError
from arxonomy.evaluation import Interval, measure_outcomes, score, softmax
from arxonomy.evaluation.comparison import compare, format_verdict
from arxonomy.evaluation.comparison_results import Comparison, OverSeeds
from arxonomy.evaluation.comparison_text import format_comparison
from arxonomy.evaluation.significance import bootstrap

LABELS = ["cs.CL", "cs.CV", "cs.LG"]
THREE = ("accuracy", "any_listed_accuracy", "top2_accuracy")
HEADLINES = (*THREE, "macro_f1", "log_loss")
PER_CLASS = ("recall", "precision", "f1")


def answers(truth: np.ndarray, skill: float, seed: int, classes: int = 3) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(size=(len(truth), classes))
    return softmax(logits + skill * np.eye(classes)[truth])


@pytest.fixture(scope="module")
def case() -> dict[str, Any]:
    """300 papers, some with several categories and some with none; a good and a bad system."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 300)
    listed = [
        () if row % 7 == 0 else (LABELS[label], LABELS[(label + 1) % 3]) if row % 5 == 0 else (LABELS[label],)
        for row, label in enumerate(truth)
    ]
    systems = {
        "good": [answers(truth, 2.0, seed) for seed in (1, 2, 3)],
        "bad": [answers(truth, 0.6, 4)],
        "other": [answers(truth, 2.0, 5)],
    }
    return {"truth": truth, "systems": systems, "labels": LABELS, "listed": listed}


@pytest.fixture(scope="module")
def comparison(case: dict[str, Any]) -> Comparison:
    return compare(**case, resamples=500)


def test_scores_are_those_of_score_and_means_over_seeds(case: dict[str, Any], comparison: Comparison) -> None:
    kept = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert Comparison.from_dict(kept) == comparison
    assert comparison.papers == comparison.different_papers == 300
    for name, runs in case["systems"].items():
        result = kept["systems"][name]
        each = [score(case["truth"], run, LABELS, case["listed"]).to_dict() for run in runs]
        for key in (*HEADLINES, "expected_calibration_error"):
            assert result[key] == pytest.approx(np.mean([one[key] for one in each])), key
        for key in THREE:
            expected = np.mean([one["several_categories"][key] for one in each])
            assert result["several_categories"][key] == pytest.approx(expected)
        for label in LABELS:
            for key in (*PER_CLASS, "support"):
                expected = np.mean([one["per_class"][label][key] for one in each])
                assert result["per_class"][label][key] == pytest.approx(expected)
        assert result["seeds"]["accuracies"] == pytest.approx([one["accuracy"] for one in each])
        assert each[0]["several_categories"]["papers"] == comparison.papers_with_several_categories
    seeds = comparison.systems["good"].seeds
    assert seeds.deviation == pytest.approx(np.std(seeds.accuracies, ddof=1))
    assert comparison.systems["bad"].seeds.deviation is None


def test_pairs(case: dict[str, Any], comparison: Comparison) -> None:
    pairs = {(pair.first, pair.second): pair for pair in comparison.pairs}
    assert list(pairs) == [("good", "bad"), ("good", "other"), ("bad", "other")]
    systems = comparison.systems
    for (first, second), pair in pairs.items():
        for key in HEADLINES:
            difference = getattr(pair, key)
            expected = getattr(systems[first], key).value - getattr(systems[second], key).value
            assert difference.value == pytest.approx(expected)
            assert difference.low <= difference.value <= difference.high
        recalls = [systems[name].per_class["cs.CV"].recall.value for name in (first, second)]
        assert pair.per_class["cs.CV"].recall.value == pytest.approx(recalls[0] - recalls[1])
    clear, close, single = pairs.values()
    assert clear.better == "good" and close.better is None and single.better == "other"
    assert clear.test == "exact randomization test" and single.test == "McNemar's exact test"
    assert single.over_seeds is None and single.p_value == single.p_papers
    assert clear.p_value == max(clear.p_papers, clear.over_seeds.p_value)
    raw = [pair.p_value for pair in pairs.values()]
    assert clear.p_holm >= clear.p_value and close.p_holm == pytest.approx(max(raw))
    right = [(case["systems"][name][0].argmax(axis=1) == case["truth"]) for name in ("bad", "other")]
    assert single.only_first_right == (right[0] & ~right[1]).sum()
    assert single.only_second_right == (right[1] & ~right[0]).sum()


def test_the_order_of_a_pair_is_only_a_sign(case: dict[str, Any], comparison: Comparison) -> None:
    turned = dict(reversed(case["systems"].items()))
    pair = compare(**{**case, "systems": turned}, resamples=500).pairs[-1]
    same = comparison.pairs[0]
    assert (pair.first, pair.second) == ("bad", "good")
    assert pair.accuracy.ends == pytest.approx((-same.accuracy.high, -same.accuracy.low))
    assert pair.over_seeds.p_value == pytest.approx(same.over_seeds.p_value)
    assert pair.better == "good"


def test_all_against_one(case: dict[str, Any], comparison: Comparison) -> None:
    result = compare(**case, against="bad", resamples=400)
    assert [(pair.first, pair.second) for pair in result.pairs] == [("good", "bad"), ("other", "bad")]
    assert result.systems.keys() == comparison.systems.keys()
    p_values = sorted(pair.p_value for pair in result.pairs)
    assert min(pair.p_holm for pair in result.pairs) == 2 * p_values[0]  # corrected for two pairs


def test_copies_widen_the_intervals(case: dict[str, Any], comparison: Comparison) -> None:
    four = {name: [np.tile(run, (4, 1)) for run in runs] for name, runs in case["systems"].items()}
    groups = np.tile(np.arange(300), 4)
    copied = {"truth": np.tile(case["truth"], 4), "systems": four, "labels": LABELS}
    result = compare(**copied, groups=groups, resamples=500)
    assert (result.papers, result.different_papers) == (1200, 300)
    for pair, alone in zip(result.pairs, comparison.pairs, strict=True):
        assert pair.p_value == pytest.approx(alone.p_value)
        assert pair.accuracy.ends == pytest.approx(alone.accuracy.ends)
    naive = compare(**copied, resamples=500)
    assert np.ptp(naive.pairs[0].accuracy.ends) < np.ptp(result.pairs[0].accuracy.ends)


def test_without_listed_categories(case: dict[str, Any]) -> None:
    result = compare(**{**case, "listed": None}, resamples=100)
    for estimates in (*result.systems.values(), *result.pairs):
        numbers = estimates.to_dict()
        assert "any_listed_accuracy" not in numbers and "several_categories" not in numbers
        assert "top2_accuracy_interval" in numbers
    assert "any listed" not in result.to_text()


def test_verdicts(comparison: Comparison) -> None:
    clear, close, single = comparison.pairs
    low, high = single.accuracy.ends  # one seed each: over papers
    assert (
        single.verdict
        == f"{100 * single.accuracy.value:+.1f} pp (95% CI {100 * low:.1f} to {100 * high:.1f})"
    )
    low, high = clear.over_seeds.interval
    assert (
        clear.verdict == f"{100 * clear.accuracy.value:+.1f} pp (95% CI {100 * low:.1f} to {100 * high:.1f})"
    )
    assert close.verdict == "not significant"
    seeds = OverSeeds(interval=(-0.0225, -0.0012), p_value=0.01, degrees_of_freedom=4)
    worse = clear.model_copy(update={"accuracy": Interval(-0.012, -0.02, 0), "over_seeds": seeds})
    assert format_verdict(worse) == "-1.2 pp (95% CI -2.2 to -0.1)"


def test_readable(comparison: Comparison) -> None:
    text = comparison.to_text()
    assert f"{comparison.systems['good'].accuracy.value:.1%} [" in text
    assert "the 51 papers with several categories" in text
    assert "good against other: not significant" in text
    assert "good against bad: +" in text
    assert "corrected for 3 pairs (Holm): p below 0.0001" in text
    assert "bad: one run, so the variance between seeds is unknown" in text
    assert "faster" not in text and "papers/s" not in text
    timed = format_comparison(comparison, {"good": 100.0, "bad": 250.0, "other": 10.0})
    assert "faster: bad, 2.5 times as many papers a second" in timed


def test_many_classes_and_hostile_names() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 20, 200)
    labels = [f"\x1b[31m{number}" for number in range(20)]
    systems = {"a\x07": [answers(truth, 3.0, 1, 20)], "b": [answers(truth, 2.0, 2, 20)]}
    text = compare(truth, systems, labels, resamples=100).to_text()
    assert "\x1b" not in text and "\x07" not in text and "a␇" in text
    assert "8 categories that differ less: --json" in text


def test_one_system_has_no_pairs(case: dict[str, Any]) -> None:
    result = compare(case["truth"], {"alone": case["systems"]["good"]}, LABELS, resamples=100)
    assert result.pairs == () and "against" not in result.to_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"systems": {}}, "found 0 systems"),
        ({"systems": {"a": []}}, "found 1 systems"),
        ({"systems": {"a": [np.ones((300, 3)) / 3], "b": [np.ones((9, 3)) / 3]}}, r"\(9, 3\), \(300, 3\)"),
        ({"labels": ["x"]}, "found 300 papers, 1 labels"),
        ({"truth": np.full(300, 3)}, "integers in 0..2"),
    ],
)
def test_impossible_numbers(case: dict[str, Any], change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        compare(**{**case, **change}, resamples=100)


def test_many_categories_are_compared_in_few_lines() -> None:
    rng, labels = np.random.default_rng(0), [f"c{number}" for number in range(149)]
    truth = rng.integers(149, size=400)
    systems = {name: [answers(truth, skill, seed, 149)] for name, skill, seed in (("a", 4, 1), ("b", 3, 2))}
    listed = [(labels[number], labels[number - 1]) for number in truth]
    groups = np.arange(400) // 2
    comparison = compare(truth, systems, labels, listed, groups=groups, resamples=200)
    for name, (run,) in systems.items():
        own, alone = comparison.systems[name], score(truth, run, labels, listed)
        assert own.top5_accuracy is not None and own.top5_accuracy.value == alone.top5_accuracy
        assert own.top5_accuracy.low < own.top5_accuracy.value < own.top5_accuracy.high
        assert own.macro_f1.value == pytest.approx(alone.macro_f1)
        assert own.any_listed_accuracy.value == pytest.approx(alone.any_listed_accuracy)
    outcomes = {name: [measure_outcomes(truth, run)] for name, (run,) in systems.items()}
    assert compare(truth, outcomes, labels, listed, groups=groups, resamples=200) == comparison
    lines = format_comparison(comparison).splitlines()
    assert len(lines) < 30 and "top 5" in lines[2] and "144 categories that differ less" in "\n".join(lines)
    few = compare([0, 1], {"a": [np.eye(3)[:2]]}, LABELS, resamples=10)
    assert few.systems["a"].top5_accuracy is None and "top5_accuracy" not in few.to_dict()["systems"]["a"]


def test_sparse_columns_are_resampled_as_dense_ones() -> None:
    columns = np.random.default_rng(0).integers(0, 2, (30, 4)).astype(np.float64)
    for groups in (None, np.arange(30) // 3):
        dense, sparse = (
            bootstrap(given, lambda sums: sums, groups=groups, resamples=50)
            for given in (columns, csr_matrix(columns))
        )
        np.testing.assert_allclose(sparse, dense)
