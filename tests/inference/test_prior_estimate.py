"""What is kept of papers for an estimate of their class prior, and how it is checked."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from counting_model import LABELS, make_arxiv_classifier, make_classifier

from arxonomy.inference import prior_estimate
from arxonomy.inference.prior_estimate import PriorTally, find_confusion, find_groups

PAPERS = [("grammar", "grammar")] * 300 + [("pixel", "pixel")] * 700


def test_memory_is_bounded_and_the_sample_is_even(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = make_classifier().estimate_prior(PAPERS)
    assert whole.papers == 1000
    monkeypatch.setattr(prior_estimate, "MOST_PAPERS", 200)
    tally = PriorTally(make_classifier())
    sampled = make_classifier().estimate_prior(PAPERS)
    list(make_classifier().stream(PAPERS, window=7, tally=tally))
    assert tally.estimate() == sampled and sampled.papers == 200  # whatever the window
    assert sampled.shares["cs.CL"] == pytest.approx(whole.shares["cs.CL"], abs=0.1)


def test_the_answers_do_not_know_of_the_tally() -> None:
    classifier = make_classifier()
    assert list(classifier.stream(PAPERS, tally=PriorTally(classifier))) == classifier.classify(PAPERS)


def test_a_prior_that_was_stated_before_changes_no_estimate() -> None:
    stated = make_classifier().with_prior("uniform")
    assert stated.estimate_prior(PAPERS) == make_classifier().estimate_prior(PAPERS)


def with_confusion(classifier, counts):
    source = SimpleNamespace(
        metrics=SimpleNamespace(validation={"confusion": counts}),
        recipe=SimpleNamespace(data=SimpleNamespace(among={})),
    )
    classifier.sources = (source,)
    return classifier


def test_the_confusion_of_a_view_is_that_of_its_categories() -> None:
    counts = np.arange(25).reshape(5, 5).tolist()
    classifier = with_confusion(make_classifier(), counts)
    np.testing.assert_array_equal(find_confusion(classifier), counts)
    viewed = classifier.with_view("both=cs.CL+cs.CV,cs.AI")
    np.testing.assert_array_equal(find_confusion(viewed), [[6 + 7 + 11 + 12, 5 + 10], [1 + 2, 0]])
    assert find_confusion(make_classifier()) is None
    assert find_confusion(with_confusion(make_classifier(), [[1]])) is None


def test_an_estimate_is_checked_by_how_the_model_confuses() -> None:
    right = with_confusion(make_classifier(), np.diag([100] * 5).tolist()).estimate_prior(PAPERS)
    assert right.is_checked and right.disagreement is None
    # A model that takes most papers of cs.CL for cs.CV, by its validation papers, though it is sure of cs.CV.
    counts = np.diag([100, 40, 100, 100, 100])
    counts[1, 2] = 60
    wrong = with_confusion(make_classifier(), counts.tolist()).estimate_prior(PAPERS)
    assert wrong.disagreement is not None and not wrong.is_useful
    assert not make_classifier().estimate_prior(PAPERS).is_checked


def test_groups_are_categories_or_what_holds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_groups(make_classifier()) == list(LABELS)
    many = make_arxiv_classifier()
    assert set(find_groups(many)) == set(many.levels["archive"])
    many.taxonomy = None
    flat = find_groups(many)
    assert len(set(flat)) == prior_estimate.MOST_GROUPS and flat.count("") > 100
