"""A baseline's bundle: tensors and JSON alone, the answers of its run, on a plain install too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from saved_models import PARTS, ROWS, dataset_of
from test_plain_install import EXTRAS

import arxonomy
from arxonomy.artifacts.bundle import Bundle
from arxonomy.artifacts.saved_model import open_model
from arxonomy.config import load_recipe
from arxonomy.errors import BundleError, SettingsError
from arxonomy.explain import explain_prediction
from arxonomy.inference import export_bundle, load
from arxonomy.models.baselines import fasttext
from arxonomy.records import Paper
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train

KINDS = ["complement-nb", "nb-svm", "linear-svm", "logistic", "majority"]


@pytest.fixture(scope="module")
def run_of_kind(invented_papers, tmp_path_factory) -> Callable[[str], Path]:
    """`run_of_kind("logistic")`: the run of a baseline."""
    folder = tmp_path_factory.mktemp("runs")

    def make(kind: str) -> Path:
        job = TrainingJob(dataset_of(invented_papers), PARTS[ROWS % 5], load_recipe(kind), folder / kind)
        return train(job, resume=True).folder

    return make


@pytest.mark.parametrize("kind", KINDS)
def test_a_bundle_answers_as_its_run(kind, run_of_kind, invented_papers, tmp_path) -> None:
    run, bundle = load(run_of_kind(kind)), load(export_bundle(run_of_kind(kind), tmp_path / "bundle"))
    assert (bundle.backend, bundle.name, bundle.labels) == ("baseline", kind, run.labels)
    partial = [("deep pixels", ""), ("", "a token"), Paper("x", "zyzzyva", "quux")]
    for papers in (invented_papers, partial):
        np.testing.assert_allclose(bundle.probabilities(papers), run.probabilities(papers), atol=1e-5)
    assert bundle.training_prior == pytest.approx(run.training_prior)
    files = {path.name for path in (tmp_path / "bundle").iterdir()}
    assert files == {"bundle.json", "baseline.json", "config.json", "model.safetensors", "recipe.json"} | {
        "README.md",
        "trained_on.safetensors",
    }
    model = open_model(tmp_path / "bundle")
    assert (model.manifest.baseline, model.manifest.format) == (kind, 3)
    assert model.trained_on(invented_papers) == 72


def test_fasttext_needs_no_package_to_answer(run_of_kind, invented_papers, tmp_path, monkeypatch) -> None:
    def fit(examples, seed, **_):
        width, rng = examples.reader.width, np.random.default_rng(0)
        return rng.normal(size=(width, examples.classes)).astype(np.float32), np.zeros(examples.classes)

    monkeypatch.setitem(sys.modules, "fasttext", None)
    monkeypatch.setattr("arxonomy.models.baselines.check_installed", lambda kind: None)
    kinds = sys.modules["arxonomy.models.baselines"]._KINDS
    monkeypatch.setitem(kinds, "fasttext", kinds["fasttext"]._replace(fit=fit))
    recipe = load_recipe("fasttext", ["baseline.buckets=50", "baseline.epochs=[1]"])
    job = TrainingJob(dataset_of(invented_papers), PARTS[ROWS % 5], recipe, tmp_path / "run")
    run = load(train(job).folder)
    bundle = load(export_bundle(tmp_path / "run", tmp_path / "bundle"))
    np.testing.assert_allclose(
        bundle.probabilities(invented_papers), run.probabilities(invented_papers), atol=1e-5
    )
    assert fasttext.END in Bundle(tmp_path / "bundle").folder.joinpath("baseline.json").read_text()


@pytest.mark.parametrize("kind", ["complement-nb", "linear-svm"])
def test_compact_weights_take_half_and_answer_alike(kind, run_of_kind, invented_papers, tmp_path) -> None:
    whole = export_bundle(run_of_kind(kind), tmp_path / "whole")
    small = export_bundle(run_of_kind(kind), tmp_path / "small", weights="compact")
    sizes = [(folder / "model.safetensors").stat().st_size for folder in (small, whole)]
    assert sizes[0] < 0.8 * sizes[1]  # a word's rarity keeps 32 bits
    shares = [load(folder).probabilities(invented_papers) for folder in (small, whole)]
    np.testing.assert_allclose(*shares, atol=0.01)
    assert "16-bit floating point" in (small / "README.md").read_text(encoding="utf-8")


def test_the_card_says_what_it_is(run_of_kind, tmp_path) -> None:
    bundle = export_bundle(run_of_kind("linear-svm"), tmp_path / "bundle")
    card = (bundle / "README.md").read_text(encoding="utf-8")
    assert "It is a baseline `linear-svm`, one of the simple classifiers that networks are compared" in card
    assert "18 validation papers and 54 training papers, each scored by a model that was fitted" in card
    assert "validation chose c = " in card and "order hardly counts" in card
    for word in ("architecture", "epoch", "backends", "Word vectors", "None"):
        assert word not in card


def test_a_plain_install_classifies(run_of_kind, tmp_path) -> None:
    bundle = export_bundle(run_of_kind("linear-svm"), tmp_path / "bundle")
    code = (
        "import sys; sys.modules.update(dict.fromkeys(sys.argv[2:])); import arxonomy;"
        "model = arxonomy.load(sys.argv[1]);"
        "(one,) = model.classify([('Pixels', 'A camera sees an image.')]);"
        "print(one.category, one.probability, len(model.explain(('Pixels', 'A camera')).title))"
    )
    command = [sys.executable, "-c", code, str(bundle), *EXTRAS]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ}, check=False)
    assert done.returncode == 0, done.stderr
    (expected,) = load(bundle).classify([("Pixels", "A camera sees an image.")])
    category, probability, words = done.stdout.split()
    assert (category, float(probability)) == (expected.category, pytest.approx(expected.probability))
    assert words == "1"


def test_explaining_and_evaluating(run_of_kind, invented_papers, tmp_path) -> None:
    bundle = export_bundle(run_of_kind("logistic"), tmp_path / "bundle")
    classifier = load(bundle)
    explanation = explain_prediction(classifier, invented_papers[0])
    assert max(abs(score) for score in explanation.abstract) > 0
    new = [Paper(f"n{i}", p.title, p.abstract, category=p.category) for i, p in enumerate(invented_papers)]
    evaluation = arxonomy.evaluate(bundle, new, report=True)
    assert evaluation.scores.accuracy.value > 0.9
    assert "the most frequent category" in evaluation.to_html()


def test_baselines_vote_in_a_bundle(run_of_kind, invented_papers, tmp_path) -> None:
    runs = [run_of_kind(kind) for kind in ("logistic", "complement-nb")]
    bundle = export_bundle(runs, tmp_path / "bundle")
    classifier = load(bundle)
    assert (classifier.backend, len(classifier.members)) == ("baseline", 2)
    votes = np.mean([load(run).probabilities(invented_papers) for run in runs], axis=0)
    np.testing.assert_allclose(classifier.compute_all(invented_papers).before, votes, atol=1e-5)
    manifest = open_model(bundle).manifest
    assert [member.baseline for member in manifest.members] == ["logistic", "complement-nb"]
    assert manifest.calibration.held_out == 54
    assert "baseline `complement-nb`" in (bundle / "README.md").read_text(encoding="utf-8")


def test_damage_and_impossible_options_are_refused(run_of_kind, tmp_path) -> None:
    bundle = export_bundle(run_of_kind("logistic"), tmp_path / "bundle")
    for options, message in (
        ({"backend": "onnx"}, "has a baseline, which has no ONNX graph; leave out the backend"),
        ({"device": "cuda"}, "is computed on the CPU"),
        ({"copies": 2}, "expected 0 copies, found 2"),
    ):
        with pytest.raises(SettingsError, match=message):
            load(bundle, **options)
    words = json.loads((bundle / "baseline.json").read_text(encoding="utf-8"))
    (bundle / "baseline.json").write_text(json.dumps({"words": words["words"][1:]}), encoding="utf-8")
    with pytest.raises(BundleError, match="found other contents"):
        load(bundle)
