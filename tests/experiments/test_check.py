"""Wrong categories are drawn as the measurement of `arxonomy check` says."""

from __future__ import annotations

import numpy as np
from check import draw_wrong, find_near, swap
from counting_model import LABELS

from arxonomy.evaluation.listed import mark_complete
from arxonomy.records import Paper

PAPER = Paper("a", "title", "abstract", category="cs.CL", categories=("cs.CL", "cs.LG", "68T50"))


def test_near_categories_are_those_that_are_listed_most_often() -> None:
    near = find_near([PAPER, Paper("b", "", "", category="cs.CV", categories=("cs.CV", "hep-ex"))], LABELS)
    assert [(LABELS[row], LABELS[column]) for row, column in np.argwhere(near)] == [
        ("cs.CL", "cs.LG"),
        ("cs.CV", "hep-ex"),
    ]


def test_wrong_categories_are_unlisted_and_of_the_right_archive() -> None:
    truth = np.array([1] * 300)  # cs.CL
    listed = mark_complete(truth, LABELS, [PAPER.categories] * 300)
    near = np.zeros((5, 5), dtype=bool)
    near[1, [0, 3]] = True
    archives = np.array(["cs", "cs", "cs", "cs", "hep-ex"])
    drawn = {
        kind: {LABELS[number] if number >= 0 else None for number in numbers.tolist()}
        for kind, numbers in draw_wrong(truth, listed, near, archives).items()
    }
    assert drawn == {
        "any, across": {"hep-ex"},
        "any, within": {"cs.AI", "cs.CV"},
        "near, across": {None},
        "near, within": {"cs.AI"},
    }


def test_a_swapped_paper_keeps_the_true_category_in_its_list_or_not() -> None:
    assert swap(PAPER, "cs.CV", keep=True).categories == ("cs.CV", "cs.CL", "cs.LG", "68T50")
    left_out = swap(PAPER, "cs.CV", keep=False)
    assert (left_out.category, left_out.categories) == ("cs.CV", ("cs.CV", "cs.LG", "68T50"))
