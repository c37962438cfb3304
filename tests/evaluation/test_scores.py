import json
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

import arxonomy
from arxonomy.errors import DataError, SettingsError
from arxonomy.evaluation import (
    Interval,
    Scores,
    calibration_scores,
    monitor_score,
    reliability,
    score,
    score_in_detail,
    slices,
    softmax,
)
from arxonomy.evaluation.groups import MANY
from arxonomy.evaluation.scores import SeveralCategories, UncalibratedScores


def random_case(papers: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, papers)
    logits = rng.normal(size=(papers, classes)) + 1.5 * np.eye(classes)[truth]
    return truth, softmax(logits), [f"c{i}" for i in range(classes)]


def test_score_agrees_with_scikit_learn() -> None:
    truth, probabilities, labels = random_case(500, 5)
    predicted = probabilities.argmax(axis=1)
    result = score(truth, probabilities, labels)
    assert result.papers == 500
    assert result.accuracy.value == metrics.accuracy_score(truth, predicted)
    assert result.macro_f1 == pytest.approx(metrics.f1_score(truth, predicted, average="macro"))
    assert result.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(truth, predicted))
    assert result.top2_accuracy == pytest.approx(metrics.top_k_accuracy_score(truth, probabilities, k=2))
    assert result.log_loss == pytest.approx(metrics.log_loss(truth, probabilities))
    assert result.to_dict()["confusion"] == metrics.confusion_matrix(truth, predicted).tolist()
    report = metrics.classification_report(truth, predicted, target_names=labels, output_dict=True)
    for label in labels:
        expected = {key.replace("f1-score", "f1"): value for key, value in report[label].items()}
        assert result.per_class[label].to_dict() == pytest.approx(expected)
    assert result.any_listed_accuracy is None and "any_listed_accuracy" not in result.to_dict()
    assert Scores.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False))) == result


def test_interval_is_wilsons() -> None:
    # 8 of 10: (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n) with z = 1.959964
    truth = np.zeros(10, dtype=int)
    probabilities = np.array([[1.0, 0.0]] * 8 + [[0.0, 1.0]] * 2)
    result = score(truth, probabilities, ["a", "b"])
    assert result.accuracy.ends == pytest.approx([0.490162, 0.943318], abs=1e-6)
    assert result.to_dict()["accuracy_interval"] == list(result.accuracy.ends)


def test_a_small_case_by_hand() -> None:
    truth = [0, 0, 1, 2]
    probabilities = [[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.3, 0.6, 0.1], [0.5, 0.4, 0.1]]
    result = score(truth, probabilities, ["a", "b", "c"])
    assert result.confusion == ((1, 1, 0), (0, 1, 0), (1, 0, 0))
    assert result.accuracy.value == 0.5
    assert result.balanced_accuracy == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert result.macro_f1 == pytest.approx((1 / 2 + 2 / 3 + 0) / 3)
    assert result.top2_accuracy == 0.75  # ties count in the order of the classes: a before c
    assert result.log_loss == pytest.approx(-np.log([0.7, 0.3, 0.6, 0.1]).mean())


@pytest.mark.parametrize("papers", [1, 2, 30])
@pytest.mark.parametrize("classes", [2, 3, 40])
def test_classes_without_papers_are_quiet_zeros(papers: int, classes: int) -> None:
    truth, probabilities, labels = random_case(papers, classes)
    truth = np.minimum(truth, classes - 2)  # the last class never occurs, but is predicted at times
    result = score(truth, probabilities, labels)
    assert result.per_class[labels[-1]].support == 0
    assert result.per_class[labels[-1]].recall == 0
    assert np.shape(result.confusion) == (classes, classes)
    assert np.sum(result.confusion) == papers
    json.dumps(result.to_dict(), allow_nan=False)


def test_listed_categories_count_beside_the_label() -> None:
    probabilities = np.eye(3)[[0, 1, 2, 2]]
    listed = [["b", "a"], ["a"], (), {"c"}]
    assert score([1, 0, 0, 2], probabilities, list("abc"), listed).any_listed_accuracy == 2 / 4
    assert score([1, 0, 0, 2], probabilities, list("abc"), [()] * 4).any_listed_accuracy is None


@given(st.integers(0, 2**32 - 1))
@hypothesis.settings(max_examples=50, deadline=None)
def test_any_listed_is_never_below_exact(seed: int) -> None:
    """Whatever the lists say: without the label, of other words, or none at all for some papers."""
    rng = np.random.default_rng(seed)
    truth, probabilities = rng.integers(0, 3, 20), rng.dirichlet(np.ones(3), 20)
    listed = [tuple(rng.choice(["a", "b", "c", "['a']", "z"], rng.integers(0, 3))) for _ in truth]
    scores = score(truth, probabilities, list("abc"), listed)
    for part in (scores, scores.several_categories):
        if part is not None and part.any_listed_accuracy is not None:
            exact = part.accuracy if isinstance(part.accuracy, float) else part.accuracy.value
            assert part.any_listed_accuracy >= exact - 1e-12


def test_papers_with_several_categories_are_scored_apart() -> None:
    probabilities = [[0.6, 0.3, 0.1], [0.1, 0.6, 0.3], [0.5, 0.1, 0.4], [0.2, 0.7, 0.1]]
    listed = [("a", "b"), ("c", "b"), ("c", "c"), ("a", "d")]
    scores = score([0, 2, 2, 0], probabilities, list("abc"), listed)
    assert (scores.accuracy.value, scores.any_listed_accuracy, scores.top2_accuracy) == (0.25, 0.5, 1)
    # The third paper lists one category twice.
    assert scores.several_categories == SeveralCategories(
        papers=3, accuracy=1 / 3, any_listed_accuracy=2 / 3, top2_accuracy=1.0
    )
    lines = scores.to_text().splitlines()
    assert lines[1] == "accuracy: exact 25.00%, any listed category 50.00%, top-2 100.00%"
    assert lines[2] == (
        "of the 3 papers with several categories: exact 33.33%, any listed category 66.67%, top-2 100.00%"
    )
    alone = score([0, 2], probabilities[:2], list("abc"), [("a",), ("c",)])
    assert alone.several_categories is None


def test_float32_probabilities_are_accepted() -> None:
    truth, probabilities, labels = random_case(200, 7)
    assert score(truth, probabilities.astype(np.float32), labels).log_loss == pytest.approx(
        score(truth, probabilities, labels).log_loss, abs=1e-5
    )


def test_a_sure_and_wrong_answer_stays_finite() -> None:
    assert np.isfinite(score([0], [[0.0, 1.0]], ["a", "b"]).log_loss)


@pytest.mark.parametrize(
    ("truth", "probabilities", "labels", "listed", "message"),
    [
        (np.empty(0, int), np.empty((0, 2)), ["a", "b"], None, "at least one labeled paper"),
        ([0, 1], [[0.5, 0.5]], ["a", "b"], None, "one row per paper"),
        ([0], [1.0], ["a"], None, "one row per paper"),
        ([2], [[0.5, 0.5]], ["a", "b"], None, "in 0..1, found 2..2"),
        ([-1], [[0.5, 0.5]], ["a", "b"], None, "in 0..1, found -1"),
        ([0.0], [[0.5, 0.5]], ["a", "b"], None, "integers"),
        ([0], [[2.0, -1.0]], ["a", "b"], None, "softmax"),
        ([0], [[np.nan, 1.0]], ["a", "b"], None, "softmax"),
        ([0], [[0.5, 0.5]], ["a"], None, "2 labels"),
        ([0], [[0.5, 0.5]], ["a", "b"], [["a"], ["b"]], "1 lists"),
    ],
)
def test_unusable_input_is_explained(truth, probabilities, labels, listed, message) -> None:
    with pytest.raises(DataError, match=message):
        score(truth, probabilities, labels, listed)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
def test_monitor_scores_agree_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = np.array(pairs).T
    assert monitor_score("accuracy", truth, predicted) == metrics.accuracy_score(truth, predicted)
    expected = metrics.f1_score(truth, predicted, average="macro", zero_division=0)
    assert monitor_score("macro_f1", truth, predicted) == pytest.approx(expected)
    recalls = [np.mean(predicted[truth == c] == c) for c in np.unique(truth)]
    assert monitor_score("balanced_accuracy", truth, predicted) == pytest.approx(np.mean(recalls))


def test_monitor_refuses_an_unknown_name_and_no_papers() -> None:
    with pytest.raises(SettingsError, match="did you mean `accuracy`"):
        monitor_score("acuracy", [0], [0])
    with pytest.raises(DataError, match="at least one paper"):
        monitor_score("accuracy", [], [])
    with pytest.raises(DataError, match="shapes"):
        monitor_score("accuracy", [0, 1], [0])


def test_text_report_of_three_classes() -> None:
    truth = np.repeat([0, 1, 2], [1200, 3, 2])
    predicted = np.concatenate([np.zeros(1200, int), [1, 1, 0], [2, 2]])
    text = score(truth, np.eye(3)[predicted], ["cs.AI-LG", "cs.CL", "cs.CV"]).to_text()
    lines = text.splitlines()
    assert lines[0] == "1,205 papers: accuracy 99.92% (95% interval 99.53% to 99.99%)"
    assert "cs.CL         1.000   0.667  0.800       3" in lines
    assert lines[-4:] == [
        "true \\ predicted  cs.AI-LG  cs.CL  cs.CV",
        "cs.AI-LG             1,200      .      .",
        "cs.CL                    1      2      .",
        "cs.CV                    .      .      2",
    ]


def test_text_report_of_confidence() -> None:
    truth, probabilities, labels = random_case(400, 3)
    scores = score(truth, probabilities, labels)
    before = UncalibratedScores(
        expected_calibration_error=Interval(0.125, 0.1, 0.15), brier=Interval(0.5, 0.4, 0.6)
    )
    text = scores.model_copy(update={"before_calibration": before}).to_text()
    assert "any listed category unknown" in text
    low, high = scores.brier.ends
    assert f"Brier score {scores.brier.value:.4f} ({low:.4f} to {high:.4f})\n" in text
    assert (
        "before calibration: calibration error 12.50% (95% interval 10.00% to 15.00%), "
        "Brier score 0.5000 (0.4000 to 0.6000)\n"
    ) in text
    sure = probabilities.max(axis=1) >= 0.9
    right = (probabilities.argmax(axis=1) == truth)[sure].mean()
    (line,) = [line for line in text.splitlines() if line.startswith("90% ")]
    assert line.split()[1:3] == [str(sure.sum()), f"{sure.mean():.1%}"]
    assert f"{right:.1%} (" in line
    (empty,) = [
        line for line in score([0], [[0.5, 0.5]], ["a", "b"]).to_text().splitlines() if "95% " in line[:4]
    ]
    assert empty.endswith(" -")


def test_text_report_of_many_long_names_is_numbered_and_aligned() -> None:
    truth, probabilities, _ = random_case(900, MANY)
    labels = [f"a rather long category name, number {i}" for i in range(MANY)]
    lines = score(truth, probabilities, labels).to_text().splitlines()
    matrix = lines[-MANY - 1 :]
    assert matrix[0].endswith("[19]  [20]")
    assert matrix[1].startswith("[1] a rather long category name, number 0 ")
    assert len({len(line) for line in matrix}) == 1


def test_text_report_leaves_out_scores_that_are_missing() -> None:
    scores = score([0, 1], np.eye(2), ["a", "b"])
    text = scores.model_copy(update={"log_loss": None, "expected_calibration_error": None}).to_text()
    assert "log loss" not in text and "calibration error" not in text
    assert "\n\n\n" not in text


def test_scores_of_older_versions_can_be_read() -> None:
    """As they were written before several scores and intervals were measured."""
    path = Path(arxonomy.__file__).parent / "bundled" / "bundle.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["metrics"]["validation"]
    for name in [
        name for name in kept if name.startswith(("brier", "aurc", "slices", "expected_calibration_error_"))
    ]:
        del kept[name]
    scores = Scores.from_dict(kept)
    assert (scores.brier, scores.aurc, scores.slices) == (None, None, None)
    assert scores.accuracy == Interval(kept["accuracy"], *kept["accuracy_interval"])
    assert scores.to_dict().items() <= kept.items()
    assert f"calibration error {kept['expected_calibration_error']:.2%}\n" in scores.to_text()
    assert "nan" not in scores.to_text()


def test_details_are_added_to_the_scores() -> None:
    truth, probabilities, labels = random_case(200, 3)
    sharper = softmax(3 * np.log(probabilities))
    days, words = ["2025-01", "2025-02"] * 100, list(range(1, 201))
    options = {"published": days, "words": words, "uncalibrated": sharper}
    detailed = score_in_detail(truth, probabilities, labels, None, **options)
    assert score(truth, probabilities, labels).to_dict().items() <= detailed.to_dict().items()
    assert detailed.slices == slices(truth, probabilities, days, words)
    assert detailed.before_calibration.brier == calibration_scores(truth, sharper).brier
    assert detailed.before_calibration.reliability == reliability(truth, sharper)
    assert Scores.from_dict(json.loads(json.dumps(detailed.to_dict()))) == detailed
    assert score_in_detail(
        truth, probabilities, labels, None, published=days, words=words
    ).to_dict().keys() == (detailed.to_dict().keys() - {"before_calibration"})


def test_text_report_shows_a_hostile_label_harmlessly() -> None:
    text = score([0, 1], np.eye(2), ["Größe 数学", "\x1b[31mred\u202e\nx"]).to_text()
    assert "Größe 数学" in text and "␛[31mred x" in text
    assert "\x1b" not in text and "\u202e" not in text
