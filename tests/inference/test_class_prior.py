"""Probabilities for the class prior that a user states."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

import arxonomy
from arxonomy.artifacts.bundle import read_manifest, write_manifest
from arxonomy.artifacts.facts import Manifest
from arxonomy.artifacts.validation import read_validation
from arxonomy.errors import SettingsError
from arxonomy.evaluation import shift_prior
from arxonomy.inference import load
from arxonomy.inference.class_prior import (
    average_class_priors,
    compute_class_prior,
    get_training_prior,
    resolve_class_prior,
)

LABELS, OWN = ("cs.AI", "cs.CL", "cs.CV", "cs.LG"), (0.4, 0.3, 0.2, 0.1)


@pytest.fixture(scope="module")
def classifier(bundle_of):
    return load(bundle_of(), threads=1)


def rewritten(bundle, target, **changes):
    """A copy of a bundle whose manifest says something else; None takes an entry away."""
    shutil.copytree(bundle, target)
    content = read_manifest(target).to_dict() | changes
    kept = {key: value for key, value in content.items() if value is not None}
    write_manifest(target, Manifest.model_validate(kept))
    return target


def test_some_classes_leave_the_rest_to_the_others() -> None:
    # 0.2 is left, of which cs.AI has 0.4 of 0.5 and cs.LG the rest.
    found = resolve_class_prior({"cs.CV": 0.7, "cs.CL": 0.1}, LABELS, OWN)
    assert found == pytest.approx((0.16, 0.1, 0.7, 0.04))
    assert resolve_class_prior({"cs.CV": 0.9, "cs.CL": 0.1}, LABELS, OWN) == pytest.approx((0, 0.1, 0.9, 0))
    assert resolve_class_prior({"cs.CV": 0.0}, LABELS, OWN) == pytest.approx((0.5, 0.375, 0, 0.125))


def test_all_classes_or_equal_ones() -> None:
    whole = dict(zip(LABELS, (0.1, 0.2, 0.3, 0.4), strict=True))
    assert resolve_class_prior(whole, LABELS, OWN) == pytest.approx((0.1, 0.2, 0.3, 0.4))
    assert resolve_class_prior("uniform", LABELS, OWN) == (0.25,) * 4
    thirds = resolve_class_prior({"a": 0.333, "b": 0.333, "c": 0.333}, "abc", (0.5, 0.3, 0.2))
    assert thirds == pytest.approx((1 / 3,) * 3)
    assert resolve_class_prior(dict(zip(LABELS, OWN, strict=True)), LABELS, OWN) == pytest.approx(OWN)


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        ({"cs.LC": 0.5}, r"the model has no category `cs\.LC`: did you mean `cs\.\w\w`\?"),
        ({"cs.CL": 70}, r"a share in 0\.\.1 for cs\.CL, found 70; 70% is 0\.7"),
        ({"cs.CL": -0.1}, "found -0.1"),
        ({"cs.CL": float("nan")}, "found nan"),
        ({"cs.CL": 0.7, "cs.CV": 0.4}, r"at most 1, the rest being for cs\.AI, cs\.LG; found the sum 1\.1"),
        (dict.fromkeys(LABELS, 0.2), r"with the sum 1; found the sum 0\.8"),
        (
            {},
            r"as in {'cs\.AI': 0\.7}, or `uniform`, or `arxiv`; found {}",
        ),
        ("unifrom", "or `uniform`, or `arxiv`; found 'unifrom'"),
    ],
)
def test_impossible_priors_are_explained(prior, message) -> None:
    with pytest.raises(SettingsError, match=message):
        resolve_class_prior(prior, LABELS, OWN)


def test_the_shares_that_the_papers_of_arxiv_have(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = {"cs.AI": 600, "cs.CL": 100, "cs.CV": 300, "math.CA": 5000}
    monkeypatch.setattr("arxonomy.inference.class_prior.get_arxiv_papers", lambda: papers)
    # Nothing is known of cs.LG, which keeps its own share; the others divide what they have together.
    assert resolve_class_prior("arxiv", LABELS, OWN) == pytest.approx((0.54, 0.09, 0.27, 0.1))
    assert resolve_class_prior("arxiv", ("cs.LG", "cs.RO"), (0.7, 0.3)) == (0.7, 0.3)
    with pytest.raises(SettingsError, match=r"a model of arXiv's categories, and `cs\.AI-LG` is none; state"):
        resolve_class_prior("arxiv", ("cs.AI-LG", "cs.CL"), (0.5, 0.5))


def test_the_mix_of_the_validation_papers() -> None:
    assert compute_class_prior([6, 2]) == [0.75, 0.25]
    assert compute_class_prior([4, 0, 0]) == pytest.approx([0.8, 0.1, 0.1])  # no class is impossible
    assert average_class_priors([[0.5, 0.5], (0.7, 0.3)]) == pytest.approx([0.6, 0.4])
    assert average_class_priors([[0.5, 0.5], None]) is None


def test_the_own_mix_changes_nothing(classifier, invented_papers) -> None:
    own = dict(zip(classifier.labels, classifier.training_prior, strict=True))
    plain = classifier.probabilities(invented_papers)
    np.testing.assert_allclose(classifier.with_prior(own).probabilities(invented_papers), plain, atol=1e-12)
    np.testing.assert_array_equal(classifier.with_prior(None).probabilities(invented_papers), plain)


def test_probabilities_follow_the_stated_mix(classifier, bundle_of, invented_papers) -> None:
    shifted = load(bundle_of(), threads=1, prior={"cs.CL": 0.9})
    first, second = (share / (1 - classifier.training_prior[0]) for share in classifier.training_prior[1:])
    assert shifted.prior == pytest.approx((0.9, 0.1 * first, 0.1 * second))
    plain = classifier.probabilities(invented_papers)
    found = shifted.probabilities(invented_papers)
    np.testing.assert_allclose(
        found, shift_prior(plain, classifier.training_prior, shifted.prior), atol=1e-12
    )
    assert (found[:, 0] > plain[:, 0]).all()
    answers = shifted.classify(invented_papers)
    assert [dict(answer.categories)["cs.CL"] for answer in answers] == pytest.approx(found[:, 0], abs=1e-5)
    assert classifier.prior is None  # the one it was made of stays as it was


def test_the_threshold_is_of_the_shifted_probability(classifier, invented_papers) -> None:
    plain = classifier.classify(invented_papers, min_confidence=0.8)
    shifted = classifier.with_prior({"cs.CL": 0.98}).classify(invented_papers, min_confidence=0.8)
    assert [answer.abstained for answer in shifted] == [answer.probability < 0.8 for answer in shifted]
    assert [answer.abstained for answer in shifted] != [answer.abstained for answer in plain]


def test_a_text_without_information_gets_the_stated_mix(classifier, bundle_of, tmp_path) -> None:
    prior, half_known = {"cs.CL": 0.7, "cs.CV": 0.2}, ("", "image pixel zzz yyy xxx")
    mixed, nothing = classifier.with_prior(prior).probabilities([half_known, ("图", "网络")])
    np.testing.assert_allclose(nothing, classifier.with_prior(prior).prior)
    rewritten(bundle_of(), tmp_path / "trusting", unknown_words_limit=1.0)
    (trusted,) = load(tmp_path / "trusting", threads=1, prior=prior).probabilities([half_known])
    assert min(trusted[1], 0.2) < mixed[1] < max(trusted[1], 0.2)


def test_the_mix_is_estimated(classifier, invented_papers) -> None:
    papers = [paper for paper in invented_papers if paper.category == "cs.CV" or paper.row < 9]
    estimate = classifier.estimate_prior([*papers, ("图神经网络", "深度学习")])
    found = estimate.shares
    assert list(found) == list(classifier.labels)
    assert sum(found.values()) == pytest.approx(1)
    assert found["cs.CV"] > 0.6
    # A paper whose words are unknown carries no information.
    assert classifier.estimate_prior(papers).shares == found
    assert estimate.papers == len(papers) and 0 <= estimate.gain < 0.5
    own = dict(zip(classifier.labels, classifier.training_prior, strict=True))
    nothing = classifier.estimate_prior([])
    assert nothing.shares == pytest.approx(own) and (nothing.papers, nothing.gain) == (0, 0)


def test_a_run_and_its_bundle_tell_the_same_mix(run_of, bundle_of) -> None:
    """The mean of what the model says of its validation papers, which is what its probabilities assume."""
    validation = read_validation(run_of("v1"))
    shares = validation.papers.calibrate(validation.fit()).given.mean(axis=0)
    assert validation.compute_prior(validation.fit()) == pytest.approx(shares)
    assert read_manifest(bundle_of()).priors == pytest.approx(shares)
    for path in (run_of("v1").folder, bundle_of()):
        assert load(path, device="cpu", threads=1).training_prior == pytest.approx(shares)


def test_a_bundle_from_before_there_were_priors(bundle_of, tmp_path) -> None:
    old = rewritten(bundle_of(), tmp_path / "old", priors=None)
    assert read_manifest(old).priors is None
    scores = read_manifest(old).metrics.validation["per_class"]
    counts = [scores[label]["support"] for label in read_manifest(old).labels]
    assert load(old, threads=1).training_prior == pytest.approx(np.divide(counts, sum(counts)))
    silent = rewritten(old, tmp_path / "silent", metrics={})
    classifier = load(silent, threads=1)
    assert classifier.training_prior is None
    assert len(classifier.classify([("image", "")])) == 1
    for use in (lambda: load(silent, prior="uniform"), lambda: classifier.estimate_prior([("image", "")])):
        with pytest.raises(SettingsError, match=r"does not state the class prior .* export its run again"):
            use()


def test_the_model_in_the_package() -> None:
    packaged = arxonomy.load(prior={"cs.CL": 0.7}, threads=1)
    assert list(packaged.training_prior) == get_training_prior(packaged.source.manifest)
    assert sum(packaged.training_prior) == pytest.approx(1)
    assert dict(zip(packaged.labels, packaged.prior, strict=True))["cs.CL"] == pytest.approx(0.7)
    # The papers that it was calibrated on have few of hep-ex, and so has its answer to a title alone.
    papers = [("Measurement of the Higgs boson mass in the diphoton decay channel", "")]
    of_arxiv = packaged.with_prior("arxiv")
    assert sum(of_arxiv.prior) == pytest.approx(1) and min(of_arxiv.prior) > 0
    answers = [dict(own.classify(papers)[0].categories) for own in (packaged, of_arxiv)]
    assert answers[1]["hep-ex"] > 2 * answers[0]["hep-ex"]
    # A view changes nothing of it but what is outside.
    place = packaged.labels.index("hep-ex")
    viewed = packaged.with_view("hep-ex,hep-ph").with_prior("arxiv")
    inside = of_arxiv.probabilities(papers)[0, [place, packaged.labels.index("hep-ph")]]
    np.testing.assert_allclose(viewed.probabilities(papers)[0], inside / inside.sum())


@pytest.mark.slow
def test_models_put_together(run_of, invented_papers) -> None:
    runs = [run_of("baseline").folder, run_of("baseline", 42, 1).folder]
    together = load(runs, prior={"cs.CL": 0.8}, device="cpu", threads=1)
    priors = [load(run, device="cpu", threads=1).training_prior for run in runs]
    assert together.training_prior == pytest.approx(np.mean(priors, axis=0))
    plain = load(runs, device="cpu", threads=1).probabilities(invented_papers)
    expected = shift_prior(plain, together.training_prior, together.prior)
    np.testing.assert_allclose(together.probabilities(invented_papers), expected, atol=1e-9)
    before, after, *_ = together.compute_all(invented_papers)
    np.testing.assert_allclose(before, after, atol=1e-9)  # the vote has no calibration of its own
