"""Hierarchical precision and recall, scores by level, and answers that back off."""

from __future__ import annotations

import numpy as np
import pytest

from arxonomy.evaluation import expected_calibration_error
from arxonomy.evaluation.hierarchical_scores import (
    HierarchicalScores,
    is_worth_scoring,
    measure_levels,
    score_hierarchy,
)
from arxonomy.evaluation.levels import choose_depths, sum_by_node

LEVELS = {
    "group": ("cs", "cs", "physics", "physics", "physics"),
    "archive": ("cs", "cs", "hep-th", "cond-mat", "cond-mat"),
    "category": ("cs.AI", "cs.CL", "hep-th", "cond-mat.soft", "cond-mat.other"),
}
# What holds each category; `cs` and `hep-th` stand for two levels each.
PATHS = [
    {"cs", "cs.AI"},
    {"cs", "cs.CL"},
    {"physics", "hep-th"},
    {"physics", "cond-mat", "cond-mat.soft"},
    {"physics", "cond-mat", "cond-mat.other"},
]
TRUTH = np.array([0, 1, 2, 3, 4, 3])
SHARES = np.array(
    [
        [0.95, 0.02, 0.01, 0.01, 0.01],  # right
        [0.55, 0.40, 0.02, 0.02, 0.01],  # the archive is right, 95%
        [0.02, 0.02, 0.90, 0.03, 0.03],  # right
        [0.05, 0.05, 0.40, 0.25, 0.25],  # the group is right, 90%; of archives the best one is cond-mat
        [0.05, 0.65, 0.10, 0.10, 0.10],  # wrong at each level; cs 70%
        [0.30, 0.10, 0.20, 0.30, 0.10],  # the best of equals is wrong; physics 60%
    ]
)


def score() -> HierarchicalScores:
    return score_hierarchy(measure_levels(TRUTH, SHARES, LEVELS), LEVELS)


def test_sums_of_nodes() -> None:
    np.testing.assert_allclose(sum_by_node(SHARES, LEVELS["group"])[:, 0], SHARES[:, :2].sum(axis=1))
    mixed = sum_by_node(SHARES, ("b", "a", "b", "a", "c"))
    np.testing.assert_allclose(mixed[:, 0], SHARES[:, 0] + SHARES[:, 2])
    np.testing.assert_allclose(mixed[:, 1], SHARES[:, 1] + SHARES[:, 3])
    assert sum_by_node(np.array([[0.7, 0.2, 0.1 + 1e-9]]), ("a", "a", "a"))[0, 0] == 1.0


def test_paths_of_the_best_category() -> None:
    scores, best = score(), SHARES.argmax(axis=1)
    common = sum(len(PATHS[right] & PATHS[answer]) for right, answer in zip(TRUTH, best, strict=True))
    assert scores.precision == pytest.approx(common / sum(len(PATHS[answer]) for answer in best))
    assert scores.recall == pytest.approx(common / sum(len(PATHS[right]) for right in TRUTH))
    assert scores.f1 == pytest.approx(
        2 * scores.precision * scores.recall / (scores.precision + scores.recall)
    )


def test_each_level_by_itself() -> None:
    group, archive, category = score().levels
    assert [row.level for row in (group, archive, category)] == list(LEVELS)
    assert [row.nodes for row in (group, archive, category)] == [2, 3, 5]
    assert [round(6 * row.accuracy.value) for row in (group, archive, category)] == [5, 4, 2]
    summed = sum_by_node(SHARES, LEVELS["group"])
    truth = np.array([0, 0, 1, 1, 1, 1])
    assert group.expected_calibration_error == pytest.approx(expected_calibration_error(truth, summed))
    assert group.confidence == pytest.approx(summed.max(axis=1).mean())


def test_backing_off() -> None:
    half, _, eighty, ninety = score().back_off
    assert [row.papers for row in eighty.by_level] == [1, 1, 2] and eighty.answered.papers == 4
    assert [row.accuracy and row.accuracy.value for row in eighty.by_level] == [1.0, 1.0, 1.0]
    assert eighty.by_level[1].confidence == pytest.approx(0.95)
    assert eighty.answered.share.value == pytest.approx(4 / 6)
    assert eighty.precision == 1.0  # four answers of 2, 1, 2 and 1 nodes
    assert eighty.recall == pytest.approx(6 / sum(len(PATHS[right]) for right in TRUTH))
    assert ninety.answered.papers == 4 and half.answered.papers == 6
    assert half.answered.accuracy is not None and half.answered.accuracy.value == pytest.approx(4 / 6)


def test_no_answer_at_all() -> None:
    levels = {"group": ("a", "a", "b"), "category": ("a1", "a2", "b1")}
    outcomes = measure_levels(np.array([0]), np.array([[0.3, 0.25, 0.45]]), levels)
    (row,) = score_hierarchy(outcomes, levels, [0.9]).back_off
    assert (row.precision, row.recall, row.f1, row.answered.papers) == (0.0, 0.0, 0.0, 0)
    assert row.answered.accuracy is None and row.answered.confidence is None
    assert choose_depths([np.array([0.55]), np.array([0.45])], 0.55).tolist() == [0]


def test_levels_that_say_nothing_new() -> None:
    assert is_worth_scoring(LEVELS) and not is_worth_scoring({})
    assert not is_worth_scoring({"archive": ("cs", "cs"), "category": ("cs.AI", "cs.CL")})
    assert not is_worth_scoring({"archive": ("cs", "math"), "category": ("cs.AI", "math.PR")})


def test_text_and_json() -> None:
    scores = score()
    assert HierarchicalScores.from_dict(scores.to_dict()) == scores
    text = "\n".join(scores.to_text())
    assert "Hierarchy (group > archive > category)" in text
    assert len([line for line in text.splitlines() if line.startswith("80%")]) == 1
    assert max(map(len, text.splitlines())) <= 130
