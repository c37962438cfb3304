"""A baseline behind the same `Classifier` as a network: the same answers and warnings, clear errors."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from saved_models import PARTS, ROWS, dataset_of

from arxonomy import PaperClassifier
from arxonomy.artifacts.baselines import load_baseline
from arxonomy.artifacts.validation import read_validation
from arxonomy.config import make_recipe
from arxonomy.errors import RunError, SettingsError
from arxonomy.explain import explain_prediction
from arxonomy.inference import export_bundle, load
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train


@pytest.fixture(scope="module")
def baseline_run(invented_papers, tmp_path_factory):
    """A baseline that is trained on the same papers as the networks."""
    recipe = make_recipe({"name": "svm", "baseline": {"kind": "linear-svm", "c": [0.1, 1.0]}})
    return train(
        TrainingJob(
            dataset_of(invented_papers), PARTS[ROWS % 5], recipe, tmp_path_factory.mktemp("runs") / "svm"
        )
    )


def test_answers_are_calibrated_distances(baseline_run, invented_papers) -> None:
    classifier = load(baseline_run.folder)
    assert (classifier.backend, classifier.name) == ("baseline", "svm")
    distances = load_baseline(baseline_run).decision_function(invented_papers)
    expected = read_validation(baseline_run).fit().whole.apply(distances)
    np.testing.assert_allclose(classifier.probabilities(invented_papers), expected, atol=1e-12)
    alone = [classifier.probabilities([paper])[0] for paper in invented_papers[:5]]
    np.testing.assert_allclose(alone, expected[:5], atol=1e-12)
    answers = classifier.classify(invented_papers)
    assert np.mean([a.category == p.category for a, p in zip(answers, invented_papers, strict=True)]) > 0.9


def test_unknown_words_make_a_baseline_doubt(baseline_run) -> None:
    classifier = load(baseline_run.folder)
    known, strange = classifier.classify([("", "image pixel camera"), ("", "image zyzzyva quux blargh")])
    assert (known.unknown_words, known.warnings) == (0.0, ())
    assert strange.unknown_words == 0.75
    assert "75% of the words are unknown to this model" in strange.warnings[0]
    (nothing,) = classifier.classify([("", "ß")])
    assert [share for _, share in nothing.categories] == pytest.approx([1 / 3] * 3)


def test_a_baseline_and_a_network_vote(baseline_run, run_of, invented_papers) -> None:
    folders = [baseline_run.folder, run_of("baseline").folder]
    both = load(folders, device="cpu", threads=1)
    assert both.backend == "baseline+torch"
    alone = [load(folder, device="cpu").probabilities(invented_papers) for folder in folders]
    np.testing.assert_allclose(both.probabilities(invented_papers), np.mean(alone, axis=0), atol=1e-6)
    # Its attention is that of the one member that has any.
    own = load(folders[1], device="cpu", threads=1)
    paper = invented_papers[0]
    seen = [explain_prediction(one, paper, method="attention").abstract for one in (both, own)]
    np.testing.assert_array_equal(*seen)
    bundle = load(export_bundle(folders, baseline_run.folder.parent / "bundle"), threads=1)
    assert bundle.backend == "baseline+onnx"
    votes = np.mean([load(folder).probabilities(invented_papers) for folder in folders], axis=0)
    whole = bundle.compute_all(invented_papers).before  # the vote is calibrated in turn
    np.testing.assert_allclose(whole, votes, atol=1e-5)


def test_what_a_baseline_cannot_do_is_refused(baseline_run, tmp_path, invented_papers) -> None:
    classifier = load(baseline_run.folder)
    with pytest.raises(SettingsError, match="found the baseline svm, which has no attention to show"):
        explain_prediction(classifier, invented_papers[0], method="attention")
    with pytest.raises(SettingsError, match="expected 0 copies, found 2"):
        export_bundle(baseline_run.folder, tmp_path / "bundle", copies=2)
    assert not (tmp_path / "bundle").exists()
    for options, message in (
        ({"backend": "onnx"}, "has a baseline, which has no ONNX graph"),
        ({"device": "cuda"}, "is computed on the CPU"),
        ({"copies": 2}, "expected 0 copies, found 2"),
    ):
        with pytest.raises(SettingsError, match=message):
            load(baseline_run.folder, **options)
    (baseline_run.folder / "baseline.json").rename(tmp_path / "baseline.json")
    try:
        with pytest.raises(RunError, match="expected a baseline whose training has ended"):
            load(baseline_run.folder)
    finally:
        (tmp_path / "baseline.json").rename(baseline_run.folder / "baseline.json")


def test_the_estimator_takes_a_baseline(invented_papers) -> None:
    texts = [(paper.title, paper.abstract) for paper in invented_papers]
    labels = [paper.category for paper in invented_papers]
    model = PaperClassifier("linear-svm", settings={"baseline.c": [0.3], "baseline.balanced": [True]}).fit(
        texts, labels
    )
    assert model.score(texts, labels) > 0.9
    again = pickle.loads(pickle.dumps(model))  # noqa: S301
    np.testing.assert_array_equal(again.predict_proba(texts), model.predict_proba(texts))
