"""Answers among some of a model's labels: renormalized, merged, and never hiding what is outside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from counting_model import LABELS, PRIOR, CountingMember, make_classifier

from arxonomy.errors import SettingsError
from arxonomy.evaluation import Calibration, Calibrations, shift_prior
from arxonomy.explain import explain_prediction
from arxonomy.inference.answers import Answers
from arxonomy.inference.predictions import make_predictions
from arxonomy.inference.view import make_view
from arxonomy.label_names import parse_among
from arxonomy.records import Paper, Prediction

MERGED = "cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV"
PAPERS = [
    ("agent gradient", "gradient grammar"),
    ("", "boson boson boson grammar"),
    ("pixel", ""),
    ("grammar boson", "pixel boson"),
    ("agent zzz yyy xxx", "pixel"),
]


PLAIN = make_classifier()
VIEWED = PLAIN.with_view(MERGED)


def test_probabilities_add_up_and_are_renormalized() -> None:
    plain, viewed = PLAIN.compute_all(PAPERS), VIEWED.compute_all(PAPERS)
    assert VIEWED.labels == ("cs.AI-LG", "cs.CL", "cs.CV") and VIEWED.model_labels == LABELS
    for before, after in ((plain.before, viewed.before), (plain.after, viewed.after)):
        summed = np.stack([before[:, 0] + before[:, 3], before[:, 1], before[:, 2]], axis=1)
        np.testing.assert_allclose(after, summed / summed.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(viewed.outside, plain.after[:, 4])
    np.testing.assert_array_equal(VIEWED.probabilities(PAPERS), viewed.after)
    assert plain.outside is None and PLAIN.view is None
    assert VIEWED.compute_all([]).outside.shape == (0,)


def test_a_paper_of_something_else_is_none_of_these() -> None:
    mixed, physics, *_ = VIEWED.classify(PAPERS)
    assert mixed.category == "cs.AI-LG" and not mixed.warnings and 0 < mixed.outside < 0.1
    assert physics.category is None and physics.abstained and physics.is_outside
    assert physics.outside == pytest.approx(PLAIN.probabilities(PAPERS[1:2])[0, 4])
    assert physics.warnings == (
        f"none of these categories: {physics.outside:.0%} of the probability is outside of them "
        f"(hep-ex {physics.outside:.0%})",
    )
    assert sum(share for _, share in physics.categories) == pytest.approx(1)
    assert physics.categories[0][0] == "cs.CL"  # what it would be, were it one of these
    assert "outside" not in PLAIN.classify(PAPERS)[1].to_dict()


def test_one_half_decides() -> None:
    prediction = Prediction("1", (("a", 0.9),), 0.0, outside=0.5)
    assert not prediction.is_outside and prediction.format_answer() == "a 90.0%, outside 50.0%"
    away = replace(prediction, outside=0.51, abstained=True)
    assert away.is_outside and away.format_answer() == "none of these: outside 51.0%, if any a 90.0%"
    assert replace(prediction, outside=None).format_answer() == "a 90.0%"


def test_a_warning_names_where_the_probability_is() -> None:
    only = PLAIN.with_view("hep-ex")
    (prediction,) = only.classify([("grammar grammar", "pixel pixel agent")])
    shares = PLAIN.classify([("grammar grammar", "pixel pixel agent")])[0].categories
    named = ", ".join(f"{name} {share:.0%}" for name, share in shares[:3])
    assert prediction.warnings[0].endswith(f"({named})")
    assert prediction.categories == (("hep-ex", 1.0),)


def test_noise_is_said_to_be_spread() -> None:
    labels = tuple(f"label {number:03}" for number in range(40))
    shares = np.full((1, 40), 1 / 40)
    answers = make_view({"a": labels[:2]}, labels).apply(Answers([0.0], [("title",)], shares))
    (prediction,) = make_predictions(
        [Paper("1", "x", "")],
        answers,
        ["a"],
        top_k=None,
        min_confidence=None,
        unknown_words_limit=0.3,
        outside_labels=labels[2:],
    )
    assert prediction.warnings == (
        "none of these categories: 95% of the probability is outside of them (spread over 38 others)",
    )


def test_all_others_stay_as_they_are() -> None:
    rest = PLAIN.with_view("hep-ex,*")
    assert rest.labels == ("hep-ex", "cs.AI", "cs.CL", "cs.CV", "cs.LG")
    merged = PLAIN.with_view("cs=cs.AI+cs.LG,*")
    assert merged.labels == ("cs", "cs.CL", "cs.CV", "hep-ex")
    for viewed in (rest, merged):
        assert viewed.compute_all(PAPERS).outside.tolist() == [0.0] * len(PAPERS)
        assert not any(answer.is_outside for answer in viewed.classify(PAPERS))
    plain = PLAIN.probabilities(PAPERS)
    np.testing.assert_allclose(rest.probabilities(PAPERS), plain[:, [4, 0, 1, 2, 3]])
    np.testing.assert_allclose(merged.probabilities(PAPERS)[:, 0], plain[:, 0] + plain[:, 3])


@pytest.mark.parametrize("among", [MERGED, "cs.CL", "hep-ex,x=cs.CL+cs.CV", "cs=cs.AI+cs.LG,*"])
@pytest.mark.parametrize("prior", [None, "uniform", "arxiv", "first"])
def test_an_answer_never_depends_on_its_batch(among: str, prior: Any) -> None:
    viewed = PLAIN.with_view(among)
    if prior == "first":
        prior = {viewed.labels[0]: 0.9} if len(viewed.labels) > 1 else None
    viewed = viewed.with_prior(prior)
    together = viewed.classify(PAPERS)
    alone = [replace(viewed.classify([paper])[0], id=str(n)) for n, paper in enumerate(PAPERS, 1)]
    streamed = list(viewed.stream(iter(PAPERS), window=2))
    for one, other, third in zip(together, alone, streamed, strict=True):
        assert one.category == other.category == third.category and one.warnings == other.warnings
        assert one.outside == pytest.approx(other.outside, abs=1e-12)
        assert dict(one.categories) == pytest.approx(dict(other.categories), abs=1e-12)
    assert [answer.id for answer in streamed] == list("12345")


def test_top_k_and_confidence_are_of_the_view() -> None:
    whole = VIEWED.classify(PAPERS)
    for answer, cut in zip(whole, VIEWED.classify(PAPERS, 1), strict=True):
        assert cut == replace(answer, categories=answer.categories[:1])
    least = whole[3].probability + 1e-6  # given the view; of all labels it would be less
    unsure = VIEWED.classify(PAPERS, min_confidence=least)[3]
    assert unsure.abstained and unsure.category is None
    assert VIEWED.classify(PAPERS, min_confidence=least - 2e-6)[2].category == "cs.CV"


def test_a_prior_is_of_the_categories_of_the_view() -> None:
    stated = VIEWED.with_prior({"cs.CL": 0.8})
    inside = np.array([PRIOR[0] + PRIOR[3], PRIOR[1], PRIOR[2]]) / 0.75
    assert VIEWED.training_prior == pytest.approx(inside)
    assert stated.prior == pytest.approx(
        (0.2 * inside[0] / (1 - inside[1]), 0.8, 0.2 * inside[2] / (1 - inside[1]))
    )
    expected = shift_prior(VIEWED.probabilities(PAPERS), inside, stated.prior)
    np.testing.assert_allclose(stated.probabilities(PAPERS)[:4], expected[:4])
    # The share of what is outside stays, and so do the proportions within a merged category.
    lifted = stated.adjustment.model_prior
    assert lifted[4] == pytest.approx(PRIOR[4]) and lifted[0] / lifted[3] == pytest.approx(
        PRIOR[0] / PRIOR[3]
    )
    own = VIEWED.with_prior(dict(zip(VIEWED.labels, VIEWED.training_prior, strict=True)))
    known = PAPERS[:4]  # others are shrunk toward the stated prior
    np.testing.assert_allclose(own.compute_all(known).outside, VIEWED.compute_all(known).outside)
    with pytest.raises(SettingsError, match=r"no category `cs\.LG`"):
        VIEWED.with_prior({"cs.LG": 0.5})


def test_a_prior_stated_before_the_view_stays() -> None:
    stated = PLAIN.with_prior({"hep-ex": 0.9})
    viewed = stated.with_view(MERGED)
    shares = stated.probabilities(PAPERS)
    np.testing.assert_allclose(viewed.compute_all(PAPERS).outside, shares[:, 4])
    assert viewed.classify([("grammar", "")])[0].is_outside
    assert viewed.with_view(None).prior == stated.prior
    np.testing.assert_array_equal(viewed.with_view(None).probabilities(PAPERS), shares)


def test_the_estimated_prior_is_of_the_papers_of_the_view() -> None:
    papers = [("grammar", "grammar")] * 30 + [("pixel", "pixel")] * 10 + [("boson", "boson boson boson")] * 60
    estimate = VIEWED.estimate_prior(papers).shares
    assert set(estimate) == set(VIEWED.labels) and sum(estimate.values()) == pytest.approx(1)
    assert estimate == pytest.approx(VIEWED.estimate_prior(papers[:40]).shares)
    assert estimate["cs.CL"] > 0.5


def test_a_category_is_listed_where_any_of_its_labels_is() -> None:
    plain = CountingMember().answer([Paper("", *texts) for texts in PAPERS[:4]]).listed
    viewed = VIEWED.view.merge_lists(plain)
    np.testing.assert_allclose(viewed[:, 0], 1 - (1 - plain[:, 0]) * (1 - plain[:, 3]))
    np.testing.assert_allclose(viewed[:, 1:], plain[:, 1:3])  # not renormalized
    assert (viewed[:, 0] >= np.maximum(plain[:, 0], plain[:, 3])).all()
    listed = dict(VIEWED.classify(PAPERS)[0].listed)
    assert listed["cs.AI-LG"] == pytest.approx(viewed[0, 0]) and "hep-ex" not in listed


def test_an_ensemble_votes_before_it_is_viewed() -> None:
    members = [CountingMember(), CountingMember(0.7, knows_lists=False)]
    own = Calibration(0.5, (0.0, 0.1, 0.2, 0.3, 0.4))
    fitted = Calibrations(own, own, own)
    together = make_classifier(*members, calibrations=fitted)
    plain, viewed = (
        together.compute_all(PAPERS),
        together.with_view("cs.AI,cs.CL").compute_all(PAPERS),
    )
    np.testing.assert_allclose(viewed.outside, plain.after[:, 2:].sum(axis=1))
    np.testing.assert_allclose(viewed.after[:, 0], plain.after[:, 0] / plain.after[:, :2].sum(axis=1))


def test_each_kind_of_paper_keeps_its_calibration() -> None:
    other = Calibration(3.0, (0.0, 0.0, 0.0, 0.0, 2.0))
    calibrations = Calibrations(Calibration.identity(5), other, other)
    classifier = make_classifier(CountingMember(calibrations=calibrations))
    papers = [("pixel", "a pixel"), ("pixel pixel", ""), ("", "pixel pixel")]
    plain, viewed = classifier.probabilities(papers), classifier.with_view("cs.CL,cs.CV")
    np.testing.assert_allclose(viewed.compute_all(papers).outside, plain[:, [0, 3, 4]].sum(axis=1))
    assert [answer.read for answer in viewed.classify(papers)] == [
        ("title", "abstract"),
        ("title",),
        ("abstract",),
    ]


def test_unknown_words_take_confidence_away_before_the_view() -> None:
    (nothing,) = VIEWED.classify([("zzz", "yyy")])
    assert nothing.outside == pytest.approx(1 / 5)  # one label of five, all of them equally probable
    assert dict(nothing.categories) == pytest.approx({"cs.AI-LG": 0.5, "cs.CL": 0.25, "cs.CV": 0.25})
    (few,) = PLAIN.with_view("cs.CL,cs.CV").classify([("zzz", "yyy")])
    assert few.is_outside and len(few.warnings) == 2


def test_what_has_no_probability_at_all_is_shared_equally() -> None:
    view = make_view(parse_among("cs.CL,cs.CV"), LABELS)
    narrowed = view.narrow(np.array([[0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.3, 0.1, 0.0, 0.6]]))
    np.testing.assert_allclose(narrowed, [[0.5, 0.5], [0.75, 0.25]])


def test_the_merged_category_is_explained() -> None:
    paper = Paper("1", "agent gradient", "gradient grammar boson")
    found = explain_prediction(VIEWED, paper)
    shares = VIEWED.probabilities([paper])[0]
    assert (found.category, found.against) == ("cs.AI-LG", None)
    assert found.log_odds == pytest.approx(np.log(shares[0] / (1 - shares[0])))
    scores = {word.text: score for word, score in zip(found.words, found.scores, strict=True)}
    assert scores["agent"] > 0 > scores["grammar"]
    assert scores["boson"] == pytest.approx(0, abs=1e-9)  # it is no reason for one of these against another
    plain = PLAIN.probabilities([paper])[0]
    outside = explain_prediction(VIEWED, paper, category="cs.CL", against="hep-ex")
    assert outside.log_odds == pytest.approx(np.log(plain[1] / plain[4]))
    alone = explain_prediction(PLAIN.with_view("hep-ex"), paper)
    assert alone.log_odds == pytest.approx(np.log(plain[4] / (1 - plain[4])))
    with pytest.raises(SettingsError, match=r"category: the model has no category `cs\.LG`"):
        explain_prediction(VIEWED, paper, category="cs.LG")


@pytest.mark.parametrize(
    ("among", "message"),
    [
        ("cs.CL,cs.VC", r"among: the model has no category `cs\.VC`: did you mean `cs\.CV`\?"),
        ("x=cs.CL+hep-xe", r"no category `hep-xe`: did you mean `hep-ex`\?"),
        ("x=cs.CL+cs.CL", "`cs.CL` is merged into `x` twice"),
        ("cs.AI=cs.LG,cs.CL", "`cs.AI` is another category of the model; merge it too, as in `cs.AI=cs.AI"),
        ("cs.CL=cs.CV,*", "`cs.CL` is another category of the model"),
        ("all=cs.AI+cs.CL+cs.CV+cs.LG+hep-ex", "nothing is left to decide"),
        ("cs.CL,,cs.CV", "at character 7"),
    ],
)
def test_impossible_views_are_explained(among: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        PLAIN.with_view(among)


def test_a_view_can_be_given_as_a_mapping_and_replaced() -> None:
    same = PLAIN.with_view({"cs.AI-LG": ["cs.AI", "cs.LG"], "cs.CL": ["cs.CL"], "cs.CV": ["cs.CV"]})
    assert same.view == VIEWED.view and VIEWED.view.to_among() == parse_among(MERGED)
    assert VIEWED.with_view("cs.LG,*").labels[0] == "cs.LG"  # of the model's labels, not of the view's
    assert VIEWED.with_view(None).classify(PAPERS) == PLAIN.classify(PAPERS)
    assert PLAIN.with_view("cs.CL=cs.CL+cs.AI,*").labels == ("cs.CL", "cs.CV", "cs.LG", "hep-ex")
