"""A bundle is complete, unchanged and proved, or it is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

import arxonomy
from arxonomy.artifacts.bundle import hash_ids, pack_hashes, read_manifest, unpack_hashes, write_manifest
from arxonomy.artifacts.facts import Manifest
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import open_model
from arxonomy.artifacts.validation import read_validation, write_validation
from arxonomy.errors import ArxonomyError, BundleError, RunError
from arxonomy.evaluation import calibration_scores, coverage_at, cross_fit, softmax
from arxonomy.inference import export_bundle, load
from arxonomy.inference.card import render_card

FILES = {
    "README.md",
    "bundle.json",
    "config.json",
    "model.onnx",
    "model.safetensors",
    "recipe.json",
    "trained_on.safetensors",
    "vocabulary.json",
}


@pytest.fixture
def bundle(bundle_of, tmp_path):
    """A bundle that a test may damage."""
    return shutil.copytree(bundle_of(), tmp_path / "bundle")


@pytest.mark.slow
def test_contents(bundle_of, run_of) -> None:
    manifest = read_manifest(bundle_of())
    assert {path.name for path in bundle_of().iterdir()} == FILES
    assert manifest.labels == ("cs.CL", "cs.CV", "cs.LG")
    assert manifest.merge == {"cs.AI-LG": ("cs.AI", "cs.LG")}
    assert manifest.data.name == "invented.csv"
    assert manifest.metrics == run_of("v1").metrics()
    assert manifest.backends_differ_by <= 1e-5
    assert manifest.calibration.after.log_loss <= manifest.calibration.before.log_loss
    assert load(bundle_of()).source.manifest == manifest
    assert "/" not in json.dumps(manifest.to_dict())  # no path of the machine that trained it


def test_a_manifest_that_was_read_can_be_added_to(bundle) -> None:
    write_manifest(bundle, Manifest.model_validate(read_manifest(bundle).to_dict() | {"more": 1}))
    content = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    assert content["more"] == 1
    assert list(content)[-1] == "sha256"
    assert load(bundle).source.manifest == read_manifest(bundle)


@pytest.mark.slow
def test_weights_are_stored_once(bundle_of) -> None:
    weights, graph = (bundle_of("v1", "compact") / name for name in ("model.safetensors", "model.onnx"))
    assert b"model.safetensors" in graph.read_bytes()
    float32 = bundle_of() / "model.safetensors"
    assert weights.stat().st_size < 0.8 * float32.stat().st_size
    # Megabytes of weights would not fit into a graph, whose size does not depend on the model's.
    assert graph.stat().st_size < 100_000


def test_packed_weights_are_compared_with_the_trained_ones(bundle_of, run_of, tmp_path) -> None:
    agreement = read_manifest(bundle_of("v1", "compact")).packed_agreement
    assert agreement.papers == 18 and agreement.same_category >= 17 / 18
    assert agreement.largest_difference < 0.05
    assert read_manifest(bundle_of()).packed_agreement is None

    run = Run(shutil.copytree(run_of("v1").folder, tmp_path / "run"))
    validation = read_validation(run)
    given = np.roll(validation.papers.given, 1, axis=1)  # as if the trained network had answered otherwise
    write_validation(run, replace(validation, papers=replace(validation.papers, given=given)))
    with pytest.raises(BundleError, match=r"same category for at least 99.5% .*weights='float32' keeps them"):
        export_bundle(run.folder, tmp_path / "bundle", weights="compact")
    assert not (tmp_path / "bundle").exists()
    run.kept_papers.unlink()  # as in a run from before they were kept
    older = export_bundle(run.folder, tmp_path / "bundle", weights="compact")
    assert read_manifest(older).packed_agreement is None


def test_the_card_has_the_runs_numbers(bundle_of, run_of) -> None:
    card = (bundle_of() / "README.md").read_text(encoding="utf-8")
    scores = run_of("v1").metrics().validation
    assert f"| validation | 18 | {scores['accuracy']:.4f}" in card
    assert "not scored on test papers" in card
    assert "54 papers for training, 18 for validation, 18 for testing" in card
    assert "fitted on 18 validation papers" in card and "few papers: the probabilities are rough" in card
    assert card.endswith("## Thanks\n\nTo all.\n")


def test_the_card_names_the_parts_that_were_taken_out(bundle_of) -> None:
    content = read_manifest(bundle_of()).to_dict()
    content["model"] = {"architecture": "v1", "without": ["title", "gate"]}
    assert "(architecture `v1` without title, gate, " in render_card(Manifest.model_validate(content))
    del content["model"]["without"]  # a bundle from before the setting
    assert "(architecture `v1`, " in render_card(Manifest.model_validate(content))


def test_the_card_of_many_categories_is_no_list_of_numbers(bundle_of) -> None:
    content = read_manifest(bundle_of()).to_dict()
    labels = [f"c.{number:03}" for number in range(149)]
    content |= {"labels": labels, "biases": [0.01 * place for place in range(149)], "priors": [1 / 149] * 149}
    card = render_card(Manifest.model_validate(content))
    assert "biases from +0.000 to +1.480, one for each category (in `bundle.json`)" in card
    assert "0.67% to 0.7% for a category (in `bundle.json`)" in card
    assert (
        "one of the categories listed under [where it fails](#where-it-fails)" in card and "c.017" not in card
    )
    content["metrics"] = {}  # then there is no such list
    assert render_card(Manifest.model_validate(content)).count("c.017") == 1


def test_the_card_says_what_to_expect(bundle_of, run_of) -> None:
    manifest, card = read_manifest(bundle_of()), (bundle_of() / "README.md").read_text(encoding="utf-8")
    papers = read_validation(run_of("v1")).papers
    logits, truth = papers.given, papers.labels
    shares = cross_fit(logits, truth)  # so that no paper is calibrated by itself
    expected = {
        "before": calibration_scores(truth, softmax(logits)).to_dict(),
        "after": calibration_scores(truth, shares).to_dict(),
        "answers": tuple(row.to_dict() for row in coverage_at(truth, shares)),
    }
    assert manifest.calibration.cross_fitted.to_dict() == expected
    sure = shares.max(axis=1) >= 0.9
    assert 0 < sure.sum() < 18
    right = (shares.argmax(axis=1) == truth)[sure].mean()
    (row,) = [line for line in card.splitlines() if line.startswith("| 0.90 ")]
    assert row.startswith(f"| 0.90 | {sure.mean():.1%} (") and f"| {right:.1%} (" in row
    assert f"the Brier score {expected['after']['brier']:.4f} (" in card
    assert f"{manifest.priors[0]:.1%} cs.CL, " in card and "`--prior cs.CL=0.7`" in card


@pytest.mark.slow
def test_test_scores_reach_the_card(run_of, tmp_path) -> None:
    run = Run(shutil.copytree(run_of("baseline").folder, tmp_path / "run"))
    run.write_metrics(run.metrics().add_scores("test", run.metrics().validation))
    card = (export_bundle(run.folder, tmp_path / "out") / "README.md").read_text(encoding="utf-8")
    assert "| test | 18 |" in card
    assert (
        "| confidence at least | validation papers answered | validation papers right | test papers answered"
        in card
    )
    assert "not scored" not in card


@pytest.mark.parametrize("name", sorted(FILES))
def test_one_changed_byte_is_refused(bundle, name) -> None:
    data = (bundle / name).read_bytes()
    for place in (0, len(data) // 2, len(data) - 1):
        (bundle / name).write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(BundleError, match=r"export"):
            load(bundle)
    (bundle / name).write_bytes(data)
    load(bundle, threads=1)


@pytest.mark.slow
def test_no_byte_of_the_manifest_may_change(bundle) -> None:
    path = bundle / "bundle.json"
    data = path.read_bytes()
    for place in range(0, len(data), 7):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(BundleError):
            read_manifest(bundle)


@pytest.mark.parametrize("name", sorted(FILES - {"bundle.json"}))
def test_a_missing_file_is_named(bundle, name) -> None:
    (bundle / name).unlink()
    with pytest.raises(BundleError, match=name):
        load(bundle)


def test_another_format_is_refused(bundle) -> None:
    write_manifest(bundle, read_manifest(bundle).model_copy(update={"format": 4}))
    with pytest.raises(BundleError, match="expected a bundle of format 1 to 3, found 4; update arxonomy"):
        load(bundle)


def test_a_graph_that_onnx_runtime_cannot_read(bundle) -> None:
    (bundle / "model.onnx").write_bytes(b"no graph")
    write_manifest(bundle, read_manifest(bundle))
    with pytest.raises(BundleError, match=r"ONNX Runtime .* can read"):
        load(bundle)


def test_nothing_there(tmp_path) -> None:
    with pytest.raises(BundleError, match="expected a bundle or a run folder"):
        load(tmp_path / "nowhere")
    (tmp_path / "file").write_text("text")
    with pytest.raises(BundleError, match="arxonomy export"):
        load(tmp_path / "file")


def test_a_package_without_a_model(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("arxonomy.artifacts.bundle.resources.files", lambda package: tmp_path)
    with pytest.raises(BundleError, match="--model"):
        arxonomy.load()


def test_the_packages_own_model(monkeypatch, bundle_of, tmp_path) -> None:
    shutil.copytree(bundle_of(), tmp_path / "bundled")
    monkeypatch.setattr("arxonomy.artifacts.bundle.resources.files", lambda package: tmp_path)
    assert arxonomy.load(threads=1).labels == ("cs.CL", "cs.CV", "cs.LG")


def test_a_failed_export_leaves_everything_as_it_was(run_of, bundle_of, bundle, monkeypatch) -> None:
    def full_disk(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    before = (bundle / "bundle.json").read_bytes()
    monkeypatch.setattr("arxonomy.inference.onnx_export.export_onnx", full_disk)
    for out in (bundle, bundle.parent / "fresh"):
        with pytest.raises(ArxonomyError, match="No space left"):
            export_bundle(run_of("v1").folder, out)
    assert [path.name for path in bundle.parent.iterdir()] == ["bundle"]
    assert (bundle / "bundle.json").read_bytes() == before
    load(bundle, threads=1)


@pytest.mark.slow
def test_backends_that_disagree_make_no_bundle(run_of, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("arxonomy.inference.export.LARGEST_DIFFERENCE", -1.0)
    with pytest.raises(BundleError, match="no bundle was written"):
        export_bundle(run_of("baseline").folder, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_old_bundle_is_replaced_and_nothing_else(run_of, bundle, tmp_path) -> None:
    assert export_bundle(run_of("baseline").folder, bundle) == bundle
    assert load(bundle, threads=1).name == "tiny-baseline"
    assert [path.name for path in bundle.parent.iterdir()] == ["bundle"]
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "chapter.tex").write_text("years of work")
    with pytest.raises(BundleError, match="no bundle; it is left alone"):
        export_bundle(run_of("baseline").folder, thesis)
    assert (thesis / "chapter.tex").exists()


def test_an_unfinished_run(run_of, tmp_path) -> None:
    run = Run(shutil.copytree(run_of("v1").folder, tmp_path / "run"))
    run.validation.unlink()
    for use in (lambda: load(run.folder), lambda: export_bundle(run.folder, tmp_path / "out")):
        with pytest.raises(RunError, match="training has not ended"):
            use()


def test_papers_seen_in_training(bundle_of, invented_papers) -> None:
    model = open_model(bundle_of())
    assert model.trained_on(invented_papers) == 72
    assert model.trained_on([paper for paper in invented_papers if paper.row % 5 == 4]) == 0


def test_two_papers_with_the_same_hash_are_both_named(run_of, tmp_path, monkeypatch) -> None:
    """Else a bundle of many papers seems to name one too few, and no run may start from it."""
    with monkeypatch.context() as patch:
        patch.setattr("arxonomy.artifacts.saved_model.hash_ids", lambda papers: hash_ids(papers) % 50)
        bundle = export_bundle(run_of("v1").folder, tmp_path / "bundle")
    split, named = read_manifest(bundle).split, open_model(bundle).read_identities()
    assert len(named) == split.train + split.validation
    assert len(set(named.tolist())) <= 50 < len(named)


def test_ids_are_compared_by_what_they_name() -> None:
    same = ["2501.00001", "arXiv:2501.00001v2", "http://arxiv.org/abs/2501.00001v1"]
    assert len(set(hash_ids((0, name) for name in same).tolist())) == 1
    assert hash_ids([(0, "1"), (1, "2"), (5, "2501.00001")]).shape == (1,)  # a number is no identity
    assert len(set(hash_ids([(0, "a"), (1, "b")]).tolist())) == 2
    assert hash_ids([]).shape == (0,)


def test_hashes_survive_packing_and_those_of_older_bundles_are_the_same_papers() -> None:
    names = [f"2501.{number:05}" for number in range(500)]
    hashes = hash_ids((0, name) for name in names)
    stored = pack_hashes(hashes)
    assert stored.shape == (500, 5) and stored.dtype == np.uint8
    assert (unpack_hashes(stored) == hashes).all()
    older = [hashlib.sha256(name.encode()).digest()[:8] for name in names]
    eight = np.frombuffer(b"".join(older), dtype="<i8").astype(np.int64)
    assert (eight < 0).any()
    assert (unpack_hashes(eight) == hashes).all()
    assert unpack_hashes(stored[:0]).shape == unpack_hashes(eight[:0]).shape == (0,)
