"""Several models, and copies of papers: their mean, the same everywhere, and damaged members refused."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from arxonomy.artifacts.bundle import read_manifest
from arxonomy.artifacts.hub import push_bundle
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import open_model
from arxonomy.artifacts.validation import read_validation
from arxonomy.config import TextSettings
from arxonomy.errors import BundleError, RunError, SettingsError
from arxonomy.evaluation import Calibration, Calibrations, softmax, vote_logits
from arxonomy.inference import Classifier, export_bundle, load
from arxonomy.inference.calibration import check_labels
from arxonomy.inference.members import NetworkMember
from arxonomy.records import Paper
from arxonomy.text import Encoder, Vocabulary
from arxonomy.text.copier import Copier

PACKAGED = Path(__file__).resolve().parents[2] / "src" / "arxonomy" / "bundled"


def read_arrays(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Logits and labels of a run's validation papers."""
    papers = read_validation(run).papers
    return papers.given, papers.labels


class Counting:
    """A network whose logits are the number of words, and of times that each of two words is there."""

    name = "onnx"
    batch_size = 2

    def run(self, inputs: Mapping[str, np.ndarray], outputs: Sequence[str]) -> list[np.ndarray]:
        ids = inputs["abstract_ids"]
        counts = [(ids > 0).sum(axis=1) / 9, (ids == 2).sum(axis=1), (ids == 3).sum(axis=1)]
        return [np.stack(counts, axis=1).astype(np.float32)]


def counting(
    words: str, temperature: float, biases: tuple[float, ...], copier: Copier | None = None
) -> NetworkMember:
    encoder = Encoder(Vocabulary(["<PAD>", "<UNK>", *words.split()]), TextSettings())
    return NetworkMember(Counting(), encoder, Calibrations.repeat(Calibration(temperature, biases)), copier)


@pytest.fixture(scope="module")
def three(run_of) -> list[Path]:
    return [run_of("v1").folder, run_of("baseline").folder, run_of("baseline", 7).folder]


@pytest.fixture(scope="module")
def pair(ensemble_run, tmp_path_factory) -> Path:
    """The bundle of an ensemble that classifies copies."""
    return export_bundle(ensemble_run.folder, tmp_path_factory.mktemp("bundles") / "pair")


@pytest.fixture
def damaged(pair, tmp_path) -> Path:
    """That bundle, for a test to damage."""
    return shutil.copytree(pair, tmp_path / "bundle")


def test_a_vote_by_hand() -> None:
    members = [counting("a b c", 2.0, (0.5, 0.0, 0.0)), counting("b a dd", 1.0, (0.0, 0.0, 0.0))]
    classifier = Classifier(
        members, ("x", "y", "z"), calibrations=Calibrations.repeat(Calibration(0.5, (0.0, 0.0, 0.3)))
    )
    (answer,) = classifier.classify([("", "a a b dd")])
    first = softmax([4 / 9 / 2 + 0.5, 2 / 2, 1 / 2])
    second = softmax([4 / 9, 1, 2])
    expected = softmax(np.log((first + second) / 2) / 0.5 + np.array([0, 0, 0.3]))
    assert answer.unknown_words == pytest.approx((1 / 4 + 0) / 2)
    assert dict(answer.categories) == pytest.approx(dict(zip("xyz", expected, strict=True)))
    # More unknown words than the limit, on the mean of the members: drawn toward equal probabilities.
    (doubtful,) = classifier.classify([("", "c c c d")])
    assert (doubtful.unknown_words, len(doubtful.warnings)) == (pytest.approx((1 / 4 + 3 / 4) / 2), 1)


def test_copies_by_hand() -> None:
    words = "a b c d e f g h"
    synonyms = np.zeros((10, 5), dtype=np.int32)
    synonyms[2] = 3  # each b for an a
    copier = Copier(synonyms, ["<PAD>", "<UNK>", *words.split()], copies=4, alpha=0.5)
    member = counting(words, 2.0, (0.0, 0.1, 0.0), copier=copier)
    paper = Paper("1", "", "a a a a a a b c d e f g h")
    copies = copier(member.encoder.encode(paper))
    assert len({copy.abstract.tobytes() for copy in copies}) > 1
    logits = [Counting().run({"abstract_ids": copy.abstract[None]}, ["logits"])[0][0] for copy in copies]
    expected = Calibration(2.0, (0.0, 0.1, 0.0)).apply(logits).mean(axis=0)
    table = Classifier([member], ("x", "y", "z")).probabilities([("", "b"), paper, ("", "a b")])
    np.testing.assert_allclose(table[1], expected, atol=1e-12)


def test_one_member_answers_with_its_own_calibration() -> None:
    member = counting("a b", 2.0, (0.0, 0.1, 0.0))
    classifier = Classifier([member], ("x", "y", "z"))
    assert classifier.calibrations == Calibrations.repeat(Calibration(2.0, (0.0, 0.1, 0.0)))
    assert (classifier.network, classifier.encoder) == (member.network, member.encoder)
    np.testing.assert_array_equal(
        classifier.probabilities([("", "a a b")]),
        Calibration(2.0, (0.0, 0.1, 0.0)).apply(np.array([[3 / 9, 2, 1]], dtype=np.float32)),
    )


def test_models_put_together_answer_with_their_mean(three, bundle_of, invented_papers) -> None:
    alone = [load(path, device="cpu", threads=1).probabilities(invented_papers) for path in three]
    together = load(three, device="cpu", threads=1)
    assert (len(together.members), together.backend) == (3, "torch")
    assert together.calibrations.whole.temperature == 1.0
    np.testing.assert_allclose(together.probabilities(invented_papers), np.mean(alone, axis=0), atol=1e-6)
    mixed = load([bundle_of("v1"), *three[1:]], device="cpu", threads=1)
    assert mixed.backend == "onnx+torch"
    np.testing.assert_allclose(mixed.probabilities(invented_papers), np.mean(alone, axis=0), atol=1e-5)


@pytest.mark.slow
def test_the_vote_of_exported_runs_is_calibrated(three, tmp_path, invented_papers) -> None:
    two = three[1:]
    bundle = export_bundle(two, tmp_path / "bundle")
    manifest = read_manifest(bundle)
    kept = [read_arrays(Run(path)) for path in two]
    truth = kept[0][1]
    votes = vote_logits([Calibration.fit(logits, truth).apply(logits) for logits, _ in kept])
    calibration = Calibration.fit(votes, truth)
    assert (manifest.temperature, manifest.biases) == (
        pytest.approx(calibration.temperature),
        pytest.approx(calibration.biases),
    )
    assert manifest.metrics.validation["papers"] == manifest.calibration.papers == 18
    mean = load(two, device="cpu", threads=1).probabilities(invented_papers)
    answers = load(bundle, threads=1).probabilities(invented_papers)
    np.testing.assert_allclose(answers, calibration.apply(np.log(mean)), atol=1e-5)
    assert Run(bundle).recipe().data.among == {"cs.AI-LG": ["cs.AI", "cs.LG"], "*": []}
    assert (manifest.recipe, manifest.seed) == ("tiny-baseline + tiny-baseline", (42, 7))
    card = (bundle / "README.md").read_text(encoding="utf-8")
    assert "the mean of the probabilities of 2 models" in card
    assert "| `member-2` | `tiny-baseline` | `baseline` |" in card
    assert "softmax(log(the members' mean) / " in card


@pytest.mark.slow
def test_runs_of_other_splits_have_no_calibration_in_common(run_of, tmp_path, invented_papers) -> None:
    runs = [run_of("baseline"), run_of("baseline", 42, 1)]
    bundle = export_bundle([run.folder for run in runs], tmp_path / "bundle", card_extra="## More")
    manifest = read_manifest(bundle)
    assert (manifest.temperature, manifest.biases, manifest.calibration) == (1.0, (0.0,) * 3, None)
    # The members' class priors count in its place.
    priors = [load(run.folder, device="cpu", threads=1).training_prior for run in runs]
    assert manifest.priors == pytest.approx(np.mean(priors, axis=0))
    card = (bundle / "README.md").read_text(encoding="utf-8")
    assert "no validation papers in common" in card and card.endswith("## More\n")
    assert "This was not measured" in card
    # 0, 1, 2, 3 of each five papers were seen by the first, 4, 0, 1, 2 by the other.
    assert open_model(bundle).trained_on(invented_papers) == 90
    assert open_model(bundle / "member-1").trained_on(invented_papers) == 72
    alone = [load(run.folder, device="cpu", threads=1).probabilities(invented_papers) for run in runs]
    answers = load(bundle, threads=1).probabilities(invented_papers)
    np.testing.assert_allclose(answers, np.mean(alone, axis=0), atol=1e-5)


@pytest.mark.slow
def test_a_paper_with_copies_gets_one_answer_everywhere(ensemble_run, pair, invented_papers) -> None:
    papers = [*invented_papers, Paper("title", "grammar", ""), Paper("word", "", "pixel")]
    onnx = load(pair, threads=1)
    together = onnx.probabilities(papers)
    assert (onnx.backend, len(onnx.members)) == ("onnx", 2)
    order = random.Random(0).sample(range(len(papers)), len(papers))
    shuffled = onnx.probabilities([papers[i] for i in order])
    assert np.abs(shuffled - together[order]).max() < 1e-5
    alone = np.concatenate([onnx.probabilities([paper]) for paper in papers])
    assert np.abs(alone - together).max() < 1e-5
    for path, backend in ((pair, "torch"), (ensemble_run.folder, "auto")):
        other = load(path, backend=backend, device="cpu", threads=1)
        assert other.backend == "torch"
        assert np.abs(other.probabilities(papers) - together).max() < 1e-5
    assert np.abs(load(pair, copies=0, threads=1).probabilities(papers) - together).max() > 1e-3


def test_training_and_answers_vote_in_one_way(invented_papers, ensemble_run) -> None:
    """The kept logits of the validation papers are those of the members and their copies."""
    logits, truth = read_arrays(ensemble_run)
    papers = [paper for paper in invented_papers if paper.row % 5 == 3]
    assert [paper.category for paper in papers] == [ensemble_run.info().labels[i] for i in truth]
    classifier = load(ensemble_run.folder, device="cpu", threads=1)
    answers = classifier.probabilities(papers)
    expected = Calibration.fit(logits, truth).apply(logits)
    np.testing.assert_allclose(answers, expected, atol=1e-5)


@pytest.mark.slow
def test_an_ensembles_bundle_keeps_what_its_run_says(ensemble_run, pair) -> None:
    manifest, member = read_manifest(pair), read_manifest(pair / "member-2")
    assert (manifest.format, manifest.copies, manifest.alpha) == (2, 2, 0.2)
    assert (manifest.recipe, manifest.seed) == ("pair", (1, 2))
    assert manifest.metrics == ensemble_run.metrics()
    assert [one.recipe for one in manifest.members] == ["v1", "baseline"]
    assert manifest.members[1].data == member.data
    assert (member.format, "near_words.safetensors" in member.files) == (1, True)
    assert Run(pair).recipe() == ensemble_run.recipe()
    assert "/" not in json.dumps(manifest.model_dump(exclude={"files"}))
    assert "classified as 2 copies" in (pair / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_an_ensemble_on_the_hub_is_complete(hub, pair, invented_papers) -> None:
    papers, name = invented_papers[:6], push_bundle(pair, "anna/pair").name
    expected = load(pair, threads=1).probabilities(papers)
    np.testing.assert_array_equal(load(name, threads=1).probabilities(papers), expected)


@pytest.mark.slow
def test_one_model_can_sort_copies(run_of, bundle_of, tmp_path, invented_papers) -> None:
    bundle = export_bundle(run_of("v1").folder, tmp_path / "bundle", copies=3)
    manifest = read_manifest(bundle)
    assert (manifest.format, manifest.copies, manifest.alpha) == (2, 3, 0.1)
    answers = load(bundle, threads=1).probabilities(invented_papers)
    plain = load(bundle_of("v1"), threads=1).probabilities(invented_papers)
    assert np.abs(answers - plain).max() > 1e-3
    np.testing.assert_array_equal(load(bundle, copies=0, threads=1).probabilities(invented_papers), plain)
    # Neither a run nor a bundle that was exported without copies has synonyms; they are sought then.
    assert "near_words.safetensors" not in read_manifest(bundle_of("v1")).files
    for path in (run_of("v1").folder, bundle_of("v1")):
        asked = load(path, copies=3, device="cpu", threads=1).probabilities(invented_papers)
        assert np.abs(asked - answers).max() < 1e-5
    compact = load(bundle_of("v1", "compact"), copies=3, threads=1).probabilities(invented_papers)
    assert np.abs(compact - answers).mean() < 0.02


@pytest.mark.parametrize(
    "name", ["README.md", "recipe.json", "member-1/vocabulary.json", "member-2/model.safetensors"]
)
def test_one_changed_byte_is_refused(damaged, name) -> None:
    data = (damaged / name).read_bytes()
    for place in (0, len(data) // 2, len(data) - 1):
        (damaged / name).write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(BundleError, match="export"):
            load(damaged)
    (damaged / name).write_bytes(data)
    load(damaged, threads=1)


def test_a_member_may_not_be_another_bundle_or_missing(damaged, bundle_of) -> None:
    shutil.rmtree(damaged / "member-2")
    with pytest.raises(BundleError, match="member-2"):
        load(damaged)
    shutil.copytree(bundle_of("baseline"), damaged / "member-2")
    load(damaged / "member-2", threads=1)
    with pytest.raises(BundleError, match=r"member-2/bundle\.json: expected the file as it was exported"):
        load(damaged)


def test_an_ensemble_whose_training_has_not_ended(ensemble_run, tmp_path) -> None:
    run = Run(shutil.copytree(ensemble_run.folder, tmp_path / "run"))
    run.validation.unlink()
    shutil.rmtree(run.folder / "member-2")
    for use in (lambda: load(run.folder), lambda: export_bundle(run.folder, tmp_path / "out")):
        with pytest.raises(RunError):
            use()


@pytest.mark.slow
def test_members_must_have_the_same_labels(three, bundle_of, tmp_path) -> None:
    message = r"found that .* lacks astro-ph\.CO, .* and \d+ more; leave one of them out"
    with pytest.raises(SettingsError, match=message):
        load([bundle_of("v1"), PACKAGED])
    with pytest.raises(SettingsError, match="found that one lacks c and two lacks a; leave"):
        check_labels([("one", ["a", "b"]), ("two", ["b", "c"])])
    with pytest.raises(SettingsError, match="two has those of one in another order"):
        check_labels([("one", ["a", "b"]), ("two", ["b", "a"])])
    other = Run(shutil.copytree(three[0], tmp_path / "run"))
    (other.folder / "run.json").write_text(json.dumps(other.info().to_dict() | {"labels": ["a", "b", "c"]}))
    with pytest.raises(SettingsError, match=r"run lacks cs\.CL, cs\.CV, cs\.LG"):
        export_bundle([three[1], other.folder], tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_impossible_requests(bundle_of, run_of, tmp_path) -> None:
    for use in (
        lambda: load(bundle_of(), copies=-1),
        lambda: export_bundle(run_of("v1").folder, tmp_path / "out", copies=-1),
    ):
        with pytest.raises(SettingsError, match="copies: expected at least 0, found -1"):
            use()
    for empty in (lambda: load([]), lambda: export_bundle([], tmp_path / "out")):
        with pytest.raises(SettingsError, match="at least one"):
            empty()


WITHOUT_EXTRAS = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[2:]))
from arxonomy.artifacts.saved_model import open_model
from arxonomy.inference import load
classifier = load(sys.argv[1], threads=1)
(answer,) = classifier.classify([("Parsing", "We parse a corpus of dialogue")])
print(len(classifier.members), answer.probability)
print(open_model(sys.argv[1]).trained_on([]))
"""


@pytest.mark.slow
def test_a_plain_install_classifies_copies(pair) -> None:
    extras = "torch onnx onnx_ir onnxscript scipy sklearn lightning_fabric matplotlib".split()
    command = [sys.executable, "-c", WITHOUT_EXTRAS, pair, *extras]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    members, probability, seen = done.stdout.split()
    (answer,) = load(pair, threads=1).classify([("Parsing", "We parse a corpus of dialogue")])
    assert (members, seen) == ("2", "0")
    assert float(probability) == pytest.approx(answer.probability, abs=1e-6)
