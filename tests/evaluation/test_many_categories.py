"""Scores of 149 categories: groups, lists at a threshold, months, and a text that can be read."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score

from arxonomy.evaluation import Scores, choose_threshold, score, score_in_detail, softmax
from arxonomy.evaluation.groups import find_archives, score_groups
from arxonomy.evaluation.listed_scores import measure_average_precision
from arxonomy.evaluation.text_report import LARGEST, PAIRS, WORST

ARCHIVES = {"cs": 40, "math": 32, "physics": 30, "q-bio": 15, "stat": 10, "econ": 8, "nlin": 5, "eess": 4}
LABELS = [f"{name}.{number:02}" for name, count in ARCHIVES.items() for number in range(count)]
LABELS += [f"hep-{number}" for number in range(149 - len(LABELS))]
PAPERS, C = 1200, len(LABELS)


@pytest.fixture(scope="module")
def case():
    """Truth, probabilities, lists and probabilities of being listed."""
    rng = np.random.default_rng(0)
    truth = rng.integers(C, size=PAPERS)
    logits = 2 * rng.normal(size=(PAPERS, C)) + 6 * np.eye(C)[truth]
    also = (truth + 1) % C
    listed = [[LABELS[a], LABELS[b]] if a % 2 else [LABELS[a]] for a, b in zip(truth, also, strict=True)]
    shares = np.clip(0.8 * np.eye(C)[truth] + 0.4 * np.eye(C)[also] + rng.random((PAPERS, C)) / 5, 0, 1)
    return truth, softmax(logits), listed, shares


@pytest.fixture(scope="module")
def scores(case) -> Scores:
    truth, probabilities, listed, shares = case
    months = [f"{2021 + number % 5}-{1 + number % 12:02}" for number in range(PAPERS)]
    return score_in_detail(
        truth,
        probabilities,
        LABELS,
        listed,
        published=months,
        words=[9] * PAPERS,
        listed_probabilities=shares,
        listed_threshold=0.4,
    )


def test_the_text_stays_readable(scores):
    lines = scores.to_text().splitlines()
    assert len(lines) <= 60 and max(map(len, lines)) <= 120
    shown = {label for label in LABELS if any(line.startswith(f"{label} ") for line in lines)}
    assert len(shown) < 40
    assert f"the {LARGEST} largest of 13" in "\n".join(lines)
    assert sum(" taken for " in line for line in lines) == PAIRS
    assert sum(line.startswith("most frequent confusions") for line in lines) == 1
    assert WORST < 149 and "Confusion matrix" not in "\n".join(lines)
    assert f", top-5 {scores.top5_accuracy:.2%}" in lines[1]
    assert Scores.from_dict(scores.to_dict()) == scores


def test_groups_are_the_sums_of_the_matrix(case, scores):
    truth, probabilities, _, _ = case
    archives = np.array(find_archives(LABELS))
    right = archives[truth] == archives[probabilities.argmax(axis=1)]
    assert scores.groups.accuracy.value == right.mean()
    assert (
        list(scores.groups.per_group)[:2] == ["cs", "math"]
        and sum(map(sum, scores.groups.confusion)) == PAPERS
    )
    own = archives[truth] == "cs"
    row = scores.groups.per_group["cs"]
    assert (row.support, row.recall) == (own.sum(), right[own].mean())
    assert row.accuracy == (probabilities.argmax(axis=1) == truth)[own].mean() <= row.recall
    assert row.precision == right[archives[probabilities.argmax(axis=1)] == "cs"].mean()


def test_groups_that_say_nothing_are_left_out():
    counts = np.eye(3, dtype=int)
    assert score_groups(counts, find_archives(["cs.AI-LG", "cs.CL", "cs.CV"])) is None  # one archive
    assert score_groups(counts, find_archives(["red", "green", "blue"])) is None  # each its own
    assert score_groups(0 * counts, ["a", "a", "b"]) is None  # no papers
    few = ["a.x", "a.y", "b.x"]
    detailed = score_in_detail([0, 1, 2], np.eye(3), few, None, published=[None] * 3, words=[1] * 3)
    assert detailed.groups is None and "groups" not in detailed.to_dict()
    assert score_groups([[1, 1, 0], [0, 1, 0], [0, 2, 0]], find_archives(few)).confusion == ((3, 0), (2, 0))


def test_lists_are_found_from_the_threshold(case, scores):
    _, _, listed, shares = case
    lists = np.array([[label in names for label in LABELS] for names in listed])
    found = shares >= 0.4
    present = np.flatnonzero(lists.any(axis=0))
    assert scores.listed.chosen.threshold == 0.4
    assert scores.listed.chosen.micro_f1 == pytest.approx(f1_score(lists.ravel(), found.ravel()))
    macro = f1_score(lists, found, labels=present, average="macro", zero_division=0)
    assert scores.listed.chosen.macro_f1 == pytest.approx(macro)
    assert scores.listed.chosen.exact == (found == lists).all(axis=1).mean()
    assert scores.listed.chosen.micro_f1 > scores.listed.micro_f1  # than at 50%
    assert "at 40%, chosen on validation papers: F1 " in scores.to_text()
    month = scores.slices.by_month[0]
    rows = [number for number in range(PAPERS) if number % 60 == 0]  # the first month
    assert month.papers == len(rows)
    assert month.listed.micro_f1 == pytest.approx(f1_score(lists[rows].ravel(), found[rows].ravel()))
    answers = case[1][rows].argmax(axis=1)
    assert month.any_listed_accuracy == pytest.approx(lists[rows, answers].mean())


def test_a_model_without_a_threshold_says_so(case):
    truth, probabilities, listed, shares = case
    options = {"published": [None] * 9, "words": [1] * 9, "listed_probabilities": shares[:9]}
    older = score_in_detail(truth[:9], probabilities[:9], LABELS, listed[:9], **options)
    assert older.listed.chosen is None and "chosen" not in older.to_dict()["listed"]
    assert "no threshold was chosen on validation papers" in older.to_text()


def test_average_precision_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    for decimals in (1, 8):  # with equals, and without
        shares = rng.random((50, 7)).round(decimals)
        listed = rng.random((50, 7)) < shares / 2
        own = measure_average_precision(listed, shares)
        assert own == pytest.approx(average_precision_score(listed.ravel(), shares.ravel()))


def test_the_threshold_has_the_highest_f1():
    rng = np.random.default_rng(2)
    shares = rng.random((300, 5)) ** 3
    listed = rng.random((300, 5)) < shares  # calibrated: the best threshold is half of the best F1
    threshold = choose_threshold(listed, shares)
    f1 = {number / 100: f1_score(listed.ravel(), shares.ravel() >= number / 100) for number in range(1, 100)}
    assert f1[threshold] == pytest.approx(max(f1.values()))
    assert threshold == pytest.approx(f1[threshold] / 2, abs=0.1)
    assert choose_threshold(np.array([[True, False]]), np.array([[0.9, 0.1]])) == 0.5  # many are as good
    assert choose_threshold(np.array([[False]]), np.array([[0.3]])) == 0.5


def test_few_categories_read_as_before():
    scores = score([0, 1, 2], np.eye(3), ["a", "b", "c"], [["a"], ["b"], ["c"]])
    assert "top-5" not in scores.to_text() and "Confusion matrix" in scores.to_text()
    assert "top5_accuracy" not in scores.to_dict()
