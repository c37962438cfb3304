from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arxonomy.auditing.labels import (
    ClassSize,
    PrimaryAgreement,
    compute_ceiling,
    count_class_sizes,
    find_contradictions,
    measure_primary_agreement,
)
from arxonomy.auditing.repeats import Leakage, count_leaks, find_leaked, find_repeats
from arxonomy.papers import group_copies
from arxonomy.records import Paper


def make_arrays(*pairs):
    return tuple(np.array(column) for column in zip(*pairs, strict=True))


def test_ceiling_by_hand():
    groups, labels = make_arrays((0, 0), (0, 0), (0, 1), (3, 1), (4, 0), (4, 1), (4, 2))
    assert compute_ceiling(groups, labels) == (2 + 1 + 1) / 7
    assert find_contradictions(groups, labels).tolist() == [True] * 3 + [False] + [True] * 3
    assert compute_ceiling(groups[3:4], labels[3:4]) == 1.0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1))
def test_no_answer_per_group_beats_the_ceiling(pairs):
    groups, labels = make_arrays(*pairs)
    best = sum(max(sum(pair == (g, label) for pair in pairs) for label in range(4)) for g in set(groups))
    assert compute_ceiling(groups, labels) == pytest.approx(best / len(pairs))
    torn = [len({label for g, label in pairs if g == group}) > 1 for group in groups]
    assert find_contradictions(groups, labels).tolist() == torn
    assert (compute_ceiling(groups, labels) == 1.0) == (not any(torn))


def test_primary_agreement():
    papers = [
        Paper("1", "a", "", "cs.CL", ("cs.CL", "cs.AI")),
        Paper("2", "b", "", "cs.AI", ("cs.CL", "cs.AI")),
        Paper("3", "c", "", "cs.CV", ("cs.CL",)),
        Paper("4", "d", "", "cs.CV"),
    ]
    assert measure_primary_agreement(papers) == PrimaryAgreement(
        known=3, primary=1, other_listed=1, unlisted=1, agreement=1 / 3
    )
    assert measure_primary_agreement(papers[3:]).agreement is None


def test_class_sizes_count_papers_once():
    groups, labels = make_arrays(*[(i, 0) for i in range(20)], (20, 1), (20, 1), (20, 2))
    assert count_class_sizes(groups, labels, ["a", "b", "c"]) == (
        ClassSize("a", rows=20, papers=20, small=False),
        ClassSize("b", rows=2, papers=1, small=True),
        ClassSize("c", rows=1, papers=1, small=True),
    )


def count_kinds(*rows):
    papers = [Paper(*row) for row in rows]
    return astuple(find_repeats(papers, group_copies(papers)))


@pytest.mark.parametrize(
    ("rows", "want"),
    [
        ([("2501.00001", "a", ""), ("2501.00002", "b", "")], (0, 0, 0, 0)),
        ([("2501.00001", "a", ""), ("2501.00001", "changed", "")], (1, 0, 0, 0)),
        ([("2501.00001v1", "a", ""), ("arXiv:2501.00001v1", "a", "")], (1, 0, 0, 0)),
        ([("2501.00001v1", "a", ""), ("2501.00001v2", "b", ""), ("2501.00001v2", "b", "")], (2, 0, 0, 0)),
        ([("2501.00001", "a", ""), ("2501.00001v2", "b", "")], (0, 1, 0, 0)),
        ([("2501.00001", "a", ""), ("2501.00002", "A!", "")], (0, 0, 1, 0)),
        ([("mine", "a", ""), ("mine", "A", "")], (1, 0, 0, 0)),
        ([("mine", "a", ""), ("mine", "b", "")], (0, 0, 0, 1)),
        # The second is a copy of the first only through the third.
        ([("2501.00001", "A", ""), ("2501.00002", "B", ""), ("2501.00002v2", "A", "")], (0, 2, 0, 0)),
    ],
)
def test_kinds_of_repeats(rows, want):
    assert count_kinds(*rows) == want


def test_leaks():
    groups, near = np.array([0, 0, 2, 3, 4, 0]), np.array([0, 0, 0, 3, 4, 0])
    parts = np.array(["train", "test", "test", "validation", "", "validation"])
    assert find_leaked(groups, parts).tolist() == [False, True, False, False, False, False]
    assert count_leaks(parts, groups, near) == {
        "validation": Leakage(papers=2, copies=1, near_duplicates=0),
        "test": Leakage(papers=2, copies=1, near_duplicates=1),
    }
    assert count_leaks(np.array(["train"] * 6), groups, near) == {}
