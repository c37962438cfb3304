"""Papers of any kind in, predictions in their order out."""

from __future__ import annotations

import dataclasses
import itertools
import random

import numpy as np
import pandas as pd
import pytest

from arxonomy.artifacts.validation import read_validation
from arxonomy.errors import InputError
from arxonomy.evaluation import softmax
from arxonomy.inference import load
from arxonomy.records import Paper


@pytest.fixture(scope="module")
def classifier(bundle_of):
    return load(bundle_of(), threads=1)


def test_it_has_learned(classifier, invented_papers) -> None:
    predictions = classifier.classify(invented_papers)
    right = [a.category == b.category for a, b in zip(predictions, invented_papers, strict=True)]
    assert np.mean(right) > 0.8
    assert classifier.labels == ("cs.CL", "cs.CV", "cs.LG")


def test_ids_and_order_are_kept(classifier, invented_papers) -> None:
    papers = list(invented_papers)
    random.Random(0).shuffle(papers)
    papers[3:6] = [
        Paper("tiny", "grammar", ""),
        Paper("long", "", "image " * 1000),
        Paper("tiny", "", "pixel"),
    ]
    predictions = list(classifier.stream(papers, window=20))
    assert [prediction.id for prediction in predictions] == [paper.id for paper in papers]
    table = classifier.probabilities(papers)
    for prediction, row in zip(predictions, table, strict=True):
        assert dict(prediction.categories) == pytest.approx(
            dict(zip(classifier.labels, row, strict=True)), abs=1e-5
        )
        shares = [share for _, share in prediction.categories]
        assert shares == sorted(shares, reverse=True)


def test_every_kind_of_paper(classifier) -> None:
    text = {"title": "Grammar of a corpus", "abstract": "We propose a parsing method"}
    kinds = [
        Paper("own", text["title"], text["abstract"]),
        {"id": "given", **text, "more": 1},
        {"id": 7, **text},
        text,
        (text["title"], text["abstract"]),
        {"title": "Grammar"},
        {"id": None, "title": None, "abstract": "We propose"},
    ]
    predictions = classifier.classify(kinds)
    assert [prediction.id for prediction in predictions] == ["own", "given", "7", "4", "5", "6", "7"]
    for same in predictions[1:5]:
        assert same.probability == pytest.approx(predictions[0].probability, abs=1e-5)


def test_top_k(classifier, invented_papers) -> None:
    (whole,), (best,) = (classifier.classify(invented_papers[:1], top_k) for top_k in (None, 1))
    assert len(whole.categories) == 3
    assert best.categories == whole.categories[:1]
    assert len(classifier.classify(invented_papers[:1], 99)[0].categories) == 3
    with pytest.raises(InputError, match="at least 1, found 0"):
        classifier.classify(invented_papers, 0)


def test_an_unsure_answer_is_none(classifier, invented_papers) -> None:
    papers = [*invented_papers, Paper("noise", "", "zzz yyy xxx")]
    plain = classifier.classify(papers, 2)
    shares = sorted(answer.probability for answer in plain)
    least = shares[len(shares) // 2]  # one of them reaches it exactly
    answers = classifier.classify(papers, 2, min_confidence=least)
    assert [answer.id for answer in answers] == [paper.id for paper in papers]
    for answer, before in zip(answers, plain, strict=True):
        assert answer.abstained == (before.probability < least)
        assert answer.category == (None if answer.abstained else before.category)
        assert dataclasses.replace(answer, abstained=False) == before
    assert sum(answer.abstained for answer in answers) == len(papers) // 2
    assert answers[-1].abstained and answers[-1].warnings
    assert classifier.classify(papers, 2, min_confidence=0) == plain
    for wrong in (90, -0.1, float("nan")):
        with pytest.raises(InputError, match=r"min_confidence: expected 0\.\.1, found .*; 90% is 0\.9"):
            classifier.classify(papers, min_confidence=wrong)


def test_probabilities_without_the_calibration(classifier, run_of, invented_papers) -> None:
    before, after, *_ = classifier.compute_all(invented_papers)
    np.testing.assert_array_equal(after, classifier.probabilities(invented_papers))
    logits = read_validation(run_of("v1")).papers.given
    rows = [paper.row for paper in invented_papers if paper.row % 5 == 3]
    np.testing.assert_allclose(before[rows], softmax(logits), atol=1e-5)
    assert np.abs(before - after).max() > 0.01


def test_a_stream_reads_no_further_than_its_window(classifier, invented_papers) -> None:
    read = []

    def endless():
        for number in itertools.count():
            read.append(number)
            yield invented_papers[number % 90]

    stream = classifier.stream(endless(), window=8)
    for _ in range(8):
        next(stream)
    assert len(read) == 8
    next(stream)
    assert len(read) == 16


def test_no_papers(classifier) -> None:
    assert classifier.classify([]) == []
    assert classifier.probabilities([]).shape == (0, 3)


@pytest.mark.parametrize(
    ("paper", "words"),
    [
        ({"id": "x"}, r"paper 2 \(id x\): expected a title or an abstract, found neither"),
        ((" ", "\n"), "neither"),
        (Paper("y", "", ""), r"paper 2 \(id y\)"),
        ("a title", "found text; give a list"),
        (("one", "two", "three"), "found a tuple"),
        ({"title": 3}, "expected title to be text, found a number"),
    ],
)
def test_what_is_no_paper(classifier, paper, words) -> None:
    with pytest.raises(InputError, match=words):
        classifier.classify([("a title", "an abstract"), paper])


def test_empty_cells_of_a_table_are_no_text(classifier) -> None:
    full = classifier.classify([("image pixel", "")])
    assert classifier.classify([("image pixel", float("nan"))]) == full
    assert classifier.classify([{"id": None, "title": "image pixel", "abstract": pd.NA}]) == full


def test_unknown_words_take_confidence_away(classifier) -> None:
    known = "image pixel camera segmentation"
    sure, mixed, foreign, nothing = classifier.classify(
        [("", known), ("", known + " zzz yyy xxx www vvv uuu"), ("图神经网络", "深度学习"), ("+", "= =")]
    )
    assert (sure.unknown_words, sure.warnings) == (0.0, ())
    assert mixed.unknown_words == pytest.approx(0.6)
    assert mixed.warnings == (
        "60% of the words are unknown to this model: another language, another field, or noise",
    )
    assert mixed.probability < 0.4 + 0.6 / 3 + 1e-9
    for empty in (foreign, nothing):
        assert empty.unknown_words == 1.0
        assert empty.warnings
        assert empty.probability == pytest.approx(1 / 3)


def test_a_few_unknown_words_change_nothing(classifier) -> None:
    text = "image pixel camera depth texture video pose zzz yyy xxx"  # 30%, the limit itself
    (prediction,) = classifier.classify([("", text)])
    assert prediction.unknown_words == pytest.approx(0.3)
    assert not prediction.warnings
