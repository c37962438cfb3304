"""A paper without an abstract, or without a title: calibrated by what was read, the same everywhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from saved_models import PARTS as SPLIT
from saved_models import ROWS, dataset_of

from arxonomy.artifacts.bundle import read_manifest, write_manifest
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.validation import read_validation
from arxonomy.config import TextSettings, make_recipe
from arxonomy.evaluation import Calibration, Calibrations, softmax, vote_logits
from arxonomy.explain import explain_prediction
from arxonomy.inference import Classifier, load
from arxonomy.inference.members import NetworkMember
from arxonomy.records import Paper
from arxonomy.text import Encoder, Vocabulary
from arxonomy.text.copier import Copier
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train

LOGITS = np.array([2.0, 0.0, -1.0])
OWN = Calibrations(
    Calibration(1.0, (0.0, 0.0, 0.0)), Calibration(4.0, (0.0, 0.1, 0.0)), Calibration(2.0, (0.3, 0.0, 0.0))
)

KINDS = [
    (("graph", "a deep net"), ("title", "abstract")),
    (("graph", ""), ("title",)),
    (("graph", " \n\t"), ("title",)),
    (("graph", "?! ... \u2014"), ("title",)),
    (("graph", "\u56fe\u795e\u7ecf\u7f51\u7edc"), ("title",)),  # no letter that the model reads
    (("", "a deep net"), ("abstract",)),
    (("\u041c\u0438\u0440", "a deep net"), ("abstract",)),
    (("***", "deep"), ("abstract",)),
]


class Fixed:
    """A network that gives every paper the same logits."""

    name = "onnx"
    batch_size = 3

    def run(self, inputs: Mapping[str, np.ndarray], outputs: Sequence[str]) -> list[np.ndarray]:
        return [np.tile(LOGITS, (len(inputs["title_ids"]), 1)).astype(np.float32)]


def make_member(calibrations: Calibrations = OWN, copies: int = 0) -> NetworkMember:
    words = ["<PAD>", "<UNK>", "graph", "a", "deep", "net"]
    copier = Copier(np.zeros((len(words), 5), np.int32), words, copies, 0.5) if copies else None
    return NetworkMember(Fixed(), Encoder(Vocabulary(words), TextSettings()), calibrations, copier)


def make_classifier(*members: NetworkMember, of_vote: Calibrations | None = None) -> Classifier:
    return Classifier(
        members or [make_member()],
        ("x", "y", "z"),
        calibrations=of_vote,
        unknown_words_limit=1.0,
        training_prior=(0.5, 0.25, 0.25),
    )


@pytest.mark.parametrize(("texts", "read"), KINDS)
def test_a_part_without_a_word_to_read_counts_as_missing(
    texts: tuple[str, str], read: tuple[str, ...]
) -> None:
    (answer,) = make_classifier().classify([texts])
    assert answer.read == read
    assert answer.to_dict()["read"] == list(read)
    expected = OWN.choose(read).apply(LOGITS)
    assert dict(answer.categories) == pytest.approx(dict(zip("xyz", expected, strict=True)))


def test_every_path_takes_the_same_calibration_in_any_batch() -> None:
    classifier = make_classifier()
    papers, reads = [texts for texts, _ in KINDS], [read for _, read in KINDS]
    expected = np.array([OWN.choose(read).apply(LOGITS) for read in reads])
    np.testing.assert_allclose(classifier.probabilities(papers), expected, atol=1e-12)
    for number, texts in enumerate(papers):
        np.testing.assert_array_equal(
            classifier.probabilities([texts])[0], classifier.probabilities(papers)[number]
        )
    assert [answer.read for answer in classifier.stream(papers, window=2)] == reads
    before, after, *_ = classifier.compute_all(papers)
    np.testing.assert_allclose(before, np.tile(softmax(LOGITS), (len(papers), 1)), atol=1e-12)
    np.testing.assert_allclose(after, expected, atol=1e-12)
    plain = classifier.plain_probabilities([Paper("", *texts) for texts in papers])
    np.testing.assert_allclose(plain, expected, atol=1e-12)
    stated = classifier.with_prior("uniform").probabilities(papers)
    shifted = expected / [2, 1, 1]
    np.testing.assert_allclose(stated, shifted / shifted.sum(axis=1, keepdims=True), atol=1e-12)


def test_members_and_their_vote_are_calibrated_by_part() -> None:
    other = Calibrations(OWN.abstract, OWN.whole, OWN.title)
    of_vote = Calibrations(OWN.title, OWN.abstract, OWN.whole)
    classifier = make_classifier(make_member(), make_member(other), of_vote=of_vote)
    for texts, read in KINDS:
        shares = [calibrations.choose(read).apply(LOGITS)[None] for calibrations in (OWN, other)]
        expected = of_vote.choose(read).apply(vote_logits(shares))
        np.testing.assert_allclose(classifier.probabilities([texts]), expected, atol=1e-12)
    before = classifier.compute_all([KINDS[1][0]]).before
    np.testing.assert_allclose(before[0], np.mean([OWN.title.apply(LOGITS), softmax(LOGITS)], axis=0))


def test_copies_of_a_paper_have_its_parts() -> None:
    plain, copied = make_classifier(), make_classifier(make_member(copies=3))
    papers = [texts for texts, _ in KINDS]
    np.testing.assert_allclose(copied.probabilities(papers), plain.probabilities(papers), atol=1e-12)


def test_an_explanation_takes_the_calibration_of_what_is_left() -> None:
    paper = Paper("1", "graph", "deep net")
    explanation = explain_prediction(make_classifier(), paper, category="x")

    def log_odds(calibration: Calibration) -> float:
        share = calibration.apply(LOGITS)[0]
        return float(np.log(share / (1 - share)))

    whole = log_odds(OWN.whole)
    assert explanation.log_odds == pytest.approx(whole)
    without = (whole - log_odds(OWN.abstract), whole - log_odds(OWN.title))
    assert explanation.branches == pytest.approx(without)
    assert explanation.title.tolist() == pytest.approx([without[0]])  # the title's only word
    assert explanation.abstract.tolist() == pytest.approx([0.0, 0.0])
    alone = explain_prediction(make_classifier(), replace(paper, abstract=""), category="x")
    assert (alone.prediction.read, alone.log_odds) == (("title",), pytest.approx(log_odds(OWN.title)))


@pytest.fixture(scope="module")
def svm_run(invented_papers, tmp_path_factory) -> Run:
    recipe = make_recipe({"name": "svm", "baseline": {"kind": "linear-svm", "c": [1.0]}})
    folder = tmp_path_factory.mktemp("runs") / "svm"
    return train(TrainingJob(dataset_of(invented_papers), SPLIT[ROWS % 5], recipe, folder))


@pytest.fixture(params=["network", "baseline", "ensemble"])
def trained(request: pytest.FixtureRequest, run_of) -> Run:
    """A trained run of each kind."""
    if request.param == "network":
        return run_of("v1")
    return request.getfixturevalue({"baseline": "svm_run", "ensemble": "ensemble_run"}[request.param])


def test_a_training_scores_the_parts_of_its_validation_papers(trained: Run, invented_papers) -> None:
    validation = read_validation(trained)
    papers = [invented_papers[row] for row in ROWS if SPLIT[row % 5] == "validation"]
    classifier = load(trained.folder, device="cpu", threads=1)
    assert classifier.calibrations == validation.fit()
    assert len({classifier.calibrations.choose(read) for _, read in KINDS}) == 3
    if len(classifier.members) > 1:
        assert all(len({m.calibrations.choose(read) for _, read in KINDS}) == 3 for m in classifier.members)
    own = classifier.calibrations
    for cut, calibration, logits in (
        ({"abstract": ""}, own.title, validation.papers.title),
        ({"title": ""}, own.abstract, validation.papers.abstract),
        ({}, own.whole, validation.papers.given),
    ):
        answers = classifier.probabilities(replace(paper, **cut) for paper in papers)
        limit = (
            1e-3 if trained.folder.name in ("v1", "pair") else 1e-6
        )  # the fixture changes <PAD> afterwards
        np.testing.assert_allclose(answers, calibration.apply(logits), atol=limit)


def test_a_run_from_before_calibrates_all_papers_alike(trained: Run, tmp_path: Path) -> None:
    old = Run(shutil.copytree(trained.folder, tmp_path / "old"))
    for run in {old.folder: old} | {member.folder: member for member in old.members()}:
        path = Run(run).validation
        tensors = {
            name: value
            for name, value in load_file(path).items()
            if "title" not in name and "abstract" not in name
        }
        save_file(tensors, path)
    classifier = load(old.folder, device="cpu", threads=1)
    whole = load(trained.folder, device="cpu", threads=1).calibrations.whole
    assert classifier.calibrations == Calibrations.repeat(whole)


def test_a_bundle_keeps_the_calibrations_of_its_run(bundle_of, run_of, tmp_path: Path) -> None:
    bundle, run = load(bundle_of("v1"), threads=1), load(run_of("v1").folder, device="cpu", threads=1)
    assert bundle.calibrations == run.calibrations
    titles = [("graph attention networks", ""), ("", "parsing with trees"), ("parsing", "with trees")]
    np.testing.assert_allclose(bundle.probabilities(titles), run.probabilities(titles), atol=1e-5)
    manifest = read_manifest(bundle_of("v1"))
    assert {part: own.calibration.papers for part, own in manifest.parts.items()} == {
        "title": 18,
        "abstract": 18,
    }
    # A bundle from before has no `parts`.
    old = shutil.copytree(bundle_of("v1"), tmp_path / "old")
    kept = {key: value for key, value in manifest.to_dict().items() if key != "parts"}
    write_manifest(old, type(manifest).model_validate(kept))
    assert "parts" not in json.loads((old / "bundle.json").read_text(encoding="utf-8"))
    classifier = load(old, threads=1)
    assert classifier.calibrations == Calibrations.repeat(run.calibrations.whole)
    assert classifier.classify(titles)[0].read == ("title",)


def test_the_card_says_how_good_a_model_is_by_part(bundle_of) -> None:
    card = (bundle_of("v1") / "README.md").read_text(encoding="utf-8")
    table = [line for line in card.splitlines() if line.startswith(("| title ", "| abstract "))]
    assert [line.split(" | ")[:2] for line in table] == [
        ["| title and abstract", "18"],
        ["| title alone", "18"],
        ["| abstract alone", "18"],
    ]
    manifest = read_manifest(bundle_of("v1"))
    assert f"| {manifest.parts['title'].calibration.after.accuracy:.4f} |" in table[1]
