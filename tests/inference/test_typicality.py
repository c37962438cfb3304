"""Texts that are no papers of a model's field get a score, a warning, and no category."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from counting_model import TYPICALITY, CountingMember, make_classifier

import arxonomy
from arxonomy.evaluation import typicality
from arxonomy.explain import explain_prediction, save_explanations
from arxonomy.inference import export_bundle, load
from arxonomy.records import ATYPICAL_BELOW, Paper, Prediction

MEMBER = CountingMember(typicality=TYPICALITY)
MODEL = make_classifier(MEMBER)
TYPICAL, STRANGE, FOREIGN = ("pixel pixel", ""), ("pixel", ""), ("zzz yyy", "")
PAPERS = [TYPICAL, STRANGE, FOREIGN]


def test_a_text_of_another_field_gets_no_category() -> None:
    typical, strange, _ = MODEL.classify(PAPERS)
    assert typical.category == "cs.CV" and not typical.warnings and not typical.is_refused
    assert typical.typicality is not None and 0.2 < typical.typicality < 0.3
    assert strange.category is None and strange.abstained and strange.is_atypical
    assert strange.typicality == pytest.approx(1 / 1000)
    assert strange.warnings == (
        "less typical of this model's field than 99.9% of the papers that it was calibrated on: another "
        "field, another language, or no paper",
    )
    assert strange.categories[0][0] == "cs.CV" and strange.to_dict()["typicality"] == 0.001
    assert strange.format_answer() == f"outside of its field, if any cs.CV {strange.probability:.1%}"


def test_a_text_without_any_known_word_is_refused() -> None:
    always = TYPICALITY.model_copy(update={"quantiles": dict.fromkeys(TYPICALITY.quantiles, (-1.0, -0.9))})
    for text in (FOREIGN, ("", "日本語の文章")):
        (answer,) = make_classifier(replace(MEMBER, typicality=always)).classify([text])
        assert answer.typicality == 0.0 and answer.category is None and len(answer.warnings) == 2


def test_a_model_that_cannot_tell_says_nothing() -> None:
    plain = make_classifier()
    answers = plain.classify(PAPERS)
    assert not plain.knows_typicality and plain.compute_all(PAPERS).typicality is None
    assert all(answer.category and answer.typicality is None for answer in answers)
    assert "typicality" not in answers[0].to_dict()


def test_a_kind_of_paper_without_ranks_is_never_refused() -> None:
    some = TYPICALITY.model_copy(update={"quantiles": {"whole": (0.0236, 0.3056)}})
    model = make_classifier(replace(MEMBER, typicality=some))
    title, whole = model.classify([STRANGE, ("zzz", "pixel")])
    assert title.typicality is None and title.category == "cs.CV"
    assert whole.is_atypical


def test_priors_views_and_confidence_change_nothing() -> None:
    expected = MODEL.compute_all(PAPERS).typicality
    assert expected is not None and expected[2] == 0.0
    stated = MODEL.with_prior({"cs.CV": 0.9}).with_view("cs.CL,cs.CV")
    np.testing.assert_array_equal(stated.compute_all(PAPERS).typicality, expected)
    strange = stated.classify(PAPERS, min_confidence=0.01)[1]
    assert strange.is_atypical and not strange.is_outside and strange.category is None
    np.testing.assert_array_equal(MODEL.probabilities(PAPERS), make_classifier().probabilities(PAPERS))


def test_no_level_answers_for_it() -> None:
    for answer in (
        MODEL.classify(PAPERS, level="group")[1],
        MODEL.classify(PAPERS, back_off=0.1)[1],
        MODEL.classify(PAPERS, back_off=1.0)[1],
    ):
        assert answer.category is None and answer.level is not None and len(answer.warnings) == 1


def test_an_estimated_prior_leaves_them_out() -> None:
    typical = [("pixel pixel", ""), ("grammar grammar", "")]
    assert MODEL.estimate_prior([*typical, *[("boson", "")] * 9]) == MODEL.estimate_prior(typical)


def test_several_models_have_the_mean_of_those_that_can_tell() -> None:
    other = replace(MEMBER, strength=3.0)
    expected = np.mean(
        [make_classifier(own).compute_all(PAPERS).typicality for own in (MEMBER, other)], axis=0
    )
    np.testing.assert_allclose(make_classifier(MEMBER, other).compute_all(PAPERS).typicality, expected)
    mixed = make_classifier(MEMBER, CountingMember())
    np.testing.assert_array_equal(mixed.compute_all(PAPERS).typicality, MODEL.compute_all(PAPERS).typicality)


def test_scores_count_them_with_their_best_category() -> None:
    papers = [
        Paper(str(row), title, "", "cs.CV", row=row)
        for row, (title, _) in enumerate([TYPICAL, STRANGE, ("grammar", ""), TYPICAL])
    ]
    own, plain = (arxonomy.evaluate(model, papers).to_dict() for model in (MODEL, make_classifier()))
    assert own.pop("atypical") == {"papers": 2, "share": 0.5, "accuracy": 0.5}
    assert own == plain
    text = arxonomy.evaluate(MODEL, papers).to_text()
    assert "outside of the model's field: 2 (50.00%) get no category; of these 50.00% would be right" in text


def test_an_explanation_says_so(tmp_path) -> None:
    explanation = explain_prediction(MODEL, STRANGE)
    assert explanation.prediction.is_atypical
    save_explanations([explanation], tmp_path / "page.html")
    assert "outside of its field, if any" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_the_threshold_is_exclusive() -> None:
    at, below = (Prediction("1", (("a", 0.9),), 0.0, typicality=share) for share in (ATYPICAL_BELOW, 0.0199))
    assert not at.is_atypical and below.is_atypical


@pytest.mark.parametrize("architecture", ["arxonomy", "v1"])
def test_every_door_answers_the_same(
    run_of, invented_papers, tmp_path, monkeypatch: pytest.MonkeyPatch, architecture: str
) -> None:
    monkeypatch.setattr(typicality, "MIN_PAPERS", 10)
    run = run_of(architecture)
    bundle = export_bundle(run.folder, tmp_path / "bundle")
    papers = [*invented_papers, Paper("title", "Grammar of a corpus", ""), Paper("strange", "", "the of and")]
    expected = load(run.folder).compute_all(papers).typicality
    assert expected is not None and ((expected > 0) & (expected <= 1)).all() and len(set(expected)) > 20
    assert "gets a warning and no category" in (bundle / "README.md").read_text(encoding="utf-8")
    for door in (load(bundle, backend="onnx"), load(bundle, backend="torch")):
        np.testing.assert_allclose(door.compute_all(papers).typicality, expected, atol=0.03)
    copied = load(run.folder, copies=2).compute_all(papers).typicality
    assert copied.shape == expected.shape and np.isfinite(copied).all()


def test_a_run_with_few_validation_papers_cannot_tell(run_of) -> None:
    assert not load(run_of("arxonomy").folder).knows_typicality
