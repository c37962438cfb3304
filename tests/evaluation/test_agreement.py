"""How far two forms of one model agree, and when that is too little."""

from __future__ import annotations

import numpy as np
import pytest

from arxonomy.evaluation import compare_answers


def make_answers(best: list[int], margins: list[float]) -> np.ndarray:
    """(N, 3) probabilities with these best categories, each that much above the second."""
    answers = np.zeros((len(best), 3))
    for row, (place, margin) in enumerate(zip(best, margins, strict=True)):
        answers[row] = 0.1
        answers[row, place], answers[row, (place + 1) % 3] = 0.45 + margin / 2, 0.45 - margin / 2
    return answers


def test_it_counts_other_categories_and_how_sure_they_were() -> None:
    before = make_answers([0, 1, 2, 0], [0.5, 0.01, 0.3, 0.2])
    after = make_answers([0, 2, 2, 0], [0.5, 0.01, 0.28, 0.2])
    found = compare_answers(before, after, np.array([0, 2, 1, 0]))
    assert (found.papers, found.same_category) == (4, 0.75)
    assert found.largest_margin == pytest.approx(0.01)
    assert found.largest_difference == pytest.approx(0.355)
    assert (found.accuracy_before, found.accuracy_after) == (0.5, 0.75)


def test_a_third_category_counts_by_its_own_probability() -> None:
    before, after = np.array([[0.4, 0.395, 0.205]]), np.array([[0.2, 0.2, 0.6]])
    found = compare_answers(before, after, np.array([0]))
    assert found.largest_margin == pytest.approx(0.195)
    assert any("0.195 apart" in fault for fault in found.find_faults())


def test_the_same_answers_have_no_fault() -> None:
    answers = make_answers([0, 1, 2], [0.5, 0.5, 0.5])
    found = compare_answers(answers, answers, np.array([0, 1, 2]))
    assert found.find_faults() == [] and found.largest_margin == 0.0


@pytest.mark.parametrize(
    ("changed", "margin", "fault"),
    [
        (1, 0.01, None),
        (5, 0.01, None),
        (6, 0.01, "at least 99.5% of 1,000 validation papers, found 99.40%"),
        (1, 0.03, "within 0.02 in probability, found a paper where they are 0.030 apart"),
    ],
)
def test_too_many_changes_and_sure_ones_are_faults(changed: int, margin: float, fault: str | None) -> None:
    before = make_answers([0] * 1000, [margin] * 1000)
    after = make_answers([1] * changed + [0] * (1000 - changed), [0.01] * 1000)
    faults = compare_answers(before, after, np.full(1000, 2)).find_faults()
    assert len(faults) == (fault is not None)
    assert fault is None or fault in faults[0]


def test_a_loss_of_accuracy_is_a_fault_and_a_gain_is_none() -> None:
    before, after = make_answers([0] * 1000, [0.01] * 1000), make_answers([1] * 3 + [0] * 997, [0.01] * 1000)
    loss = compare_answers(before, after, np.zeros(1000, dtype=np.int64)).find_faults()
    assert len(loss) == 1 and "to within 0.1 points, found 99.70% where it was 100.00%" in loss[0]
    assert compare_answers(before, after, np.ones(1000, dtype=np.int64)).find_faults() == []


def test_one_paper_of_a_few_may_change() -> None:
    before, after = make_answers([0, 0, 0], [0.01] * 3), make_answers([1, 0, 0], [0.01] * 3)
    assert compare_answers(before, after, np.zeros(3, dtype=np.int64)).find_faults() == []
