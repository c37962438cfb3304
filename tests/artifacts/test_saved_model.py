"""Runs and bundles are opened alike, also those that were written under the old names."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from saved_models import PARTS, ROWS, dataset_of

from arxonomy.artifacts.bundle import read_manifest, write_manifest
from arxonomy.artifacts.facts import Manifest
from arxonomy.artifacts.old_names import OLD_PRODUCT, OLD_TABLE, PRODUCT, TABLE
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import open_model
from arxonomy.artifacts.seen import Seen, digest_papers, read_seen, write_seen
from arxonomy.config import load_recipe
from arxonomy.errors import BundleError, RunError
from arxonomy.inference import load
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train


@pytest.fixture(scope="module")
def baseline_run(invented_papers, tmp_path_factory) -> Run:
    recipe = load_recipe("complement-nb")
    out = tmp_path_factory.mktemp("runs") / "run"
    return train(TrainingJob(dataset_of(invented_papers), PARTS[ROWS % 5], recipe, out))


def rename(path: Path, old: str, new: str, **changes: Any) -> None:
    """Give a key of a JSON file back its old name."""
    content = json.loads(path.read_text(encoding="utf-8"))
    renamed = {old if key == new else key: value for key, value in content.items()}
    path.write_text(json.dumps(renamed | changes, indent=2) + "\n", encoding="utf-8")


def without(manifest: Manifest, key: str) -> Manifest:
    """A manifest that is written without a key."""
    manifest.model_fields_set.discard(key)
    return manifest


def test_a_run_and_its_bundle_have_the_same_facts(run_of, bundle_of, invented_papers) -> None:
    run, bundle = open_model(run_of("v1").folder), open_model(bundle_of())
    assert (run.kind, bundle.kind) == ("run", "bundle")
    assert (run.path, bundle.path) == (run_of("v1").folder, bundle_of())
    for model in (run, bundle):
        assert (model.name, model.seed, model.members) == ("tiny-v1", 42, ())
        assert model.labels == ("cs.CL", "cs.CV", "cs.LG")
        assert (model.data.name, model.data.papers) == ("invented.csv", 90)
        assert (model.split.train, model.split.validation, model.split.test) == (54, 18, 18)
        assert model.trained_on(invented_papers) == 72
        assert model.trained_on(paper for paper in invented_papers if paper.row % 5 == 4) == 0
        assert model.vectors is None and "arxonomy" in model.versions
    assert run.recipe == bundle.recipe and run.metrics == bundle.metrics
    assert run.split.sha256 == bundle.split.sha256
    assert run.sha256 is None and bundle.sha256 == read_manifest(bundle_of()).sha256


@pytest.mark.slow
def test_an_ensemble_has_members(ensemble_run, invented_papers) -> None:
    model = open_model(ensemble_run.folder)
    assert (model.name, model.seed) == ("pair", (1, 2))
    assert [(member.name, member.seed) for member in model.members] == [("v1", 1), ("baseline", 2)]
    assert model.trained_on(invented_papers) == 72


def test_a_run_knows_the_papers_of_the_runs_before_it_by_their_words(baseline_run, invented_papers, tmp_path):
    run = Run(shutil.copytree(baseline_run.folder, tmp_path / "run"))
    others = [replace(paper, id=f"new-{paper.id}") for paper in invented_papers]
    assert open_model(run.folder).trained_on(others) == 72
    before = digest_papers([paper for paper in others if paper.row % 5 == 4])
    own = read_seen(run)
    write_seen(run, Seen.of([own.trained, before], [own.chosen_by]))
    assert open_model(run.folder).trained_on(others) == 90
    (run.folder / "seen.safetensors").unlink()  # as of a run from before
    assert open_model(run.folder).trained_on(others) == 0
    assert open_model(run.folder).trained_on(invented_papers) == 72


def test_neither_a_run_nor_a_bundle(tmp_path) -> None:
    with pytest.raises(BundleError, match="expected a bundle or a run folder, found neither"):
        open_model(tmp_path)


def test_a_damaged_list_of_papers(bundle_of, invented_papers, tmp_path) -> None:
    bundle = shutil.copytree(bundle_of(), tmp_path / "bundle")
    (bundle / "trained_on.safetensors").write_bytes(b"damaged")
    with pytest.raises(BundleError, match=r"trained_on\.safetensors: expected the file as it was exported"):
        open_model(bundle).trained_on(invented_papers)


@pytest.mark.parametrize(
    "content", [None, "", "# sha256\nrow,id,split\nx,1,train\n", "# sha256\nrow,split\n1,train\n"]
)
def test_a_damaged_split_matters_only_where_it_is_needed(baseline_run, invented_papers, tmp_path, content):
    run = Run(shutil.copytree(baseline_run.folder, tmp_path / "run"))
    run.split.unlink()
    if content is not None:
        run.split.write_text(content)
    answers = load(run.folder, threads=1).probabilities(invented_papers[:3])
    assert (answers == load(baseline_run.folder, threads=1).probabilities(invented_papers[:3])).all()
    model = open_model(run.folder)
    with pytest.raises(
        RunError, match=r"split\.csv: expected the split as training wrote it.*restore the file"
    ):
        _ = model.split
    with pytest.raises(RunError, match=r"split\.csv: expected the split"):
        model.trained_on(invented_papers)


def test_facts_that_no_version_wrote(baseline_run, bundle_of, tmp_path) -> None:
    run = Run(shutil.copytree(baseline_run.folder, tmp_path / "run"))
    (run.folder / "run.json").write_text('{"format": 1}')
    with pytest.raises(RunError, match=r"run\.json: expected what training writes"):
        run.info()
    bundle = shutil.copytree(bundle_of(), tmp_path / "bundle")
    write_manifest(bundle, without(read_manifest(bundle), "temperature"))
    with pytest.raises(BundleError, match=r"bundle\.json: expected what `arxonomy export` writes"):
        open_model(bundle)


def test_a_baseline_written_under_the_old_names(baseline_run, invented_papers, tmp_path) -> None:
    old = Run(shutil.copytree(baseline_run.folder, tmp_path / "run"))
    rename(old.folder / "run.json", OLD_PRODUCT, PRODUCT)
    rename(old.folder / "recipe.json", OLD_TABLE, TABLE, description=f"{OLD_TABLE.capitalize()}: counts")
    (old.folder / "baseline.json").rename(old.folder / f"{OLD_TABLE}.json")
    model = open_model(old.folder)
    assert model.versions == open_model(baseline_run.folder).versions
    assert model.recipe.baseline == baseline_run.recipe().baseline
    assert model.recipe.description == "Baseline: counts"
    answers = load(old.folder, threads=1).probabilities(invented_papers)
    assert (answers == load(baseline_run.folder, threads=1).probabilities(invented_papers)).all()


def test_a_bundle_written_under_the_old_names(bundle_of, tmp_path) -> None:
    old = shutil.copytree(bundle_of(), tmp_path / "bundle")
    rename(old / "recipe.json", OLD_TABLE, TABLE)
    manifest = read_manifest(old)
    both = Manifest.model_validate(manifest.to_dict() | {OLD_PRODUCT: manifest.arxonomy})
    write_manifest(old, without(both, PRODUCT))
    assert f'"{OLD_PRODUCT}"' in (old / "bundle.json").read_text(encoding="utf-8")
    model = open_model(old)
    assert model.versions["arxonomy"] == manifest.arxonomy
    assert model.recipe == open_model(bundle_of()).recipe
    assert load(old, threads=1).labels == model.labels


@pytest.mark.parametrize(
    ("data", "among"),
    [
        ({"merge": {"ML": ["cs.LG", "stat.ML"]}, "labels": []}, {"ML": ["cs.LG", "stat.ML"], "*": []}),
        (
            {"merge": {"ML": ["cs.LG", "stat.ML"], "X": ["a"]}, "labels": ["ML", "cs.CL"]},
            {"ML": ["cs.LG", "stat.ML"], "cs.CL": ["cs.CL"]},
        ),
        ({"merge": {}, "labels": ["cs.CL", "cs.CV"]}, {"cs.CL": ["cs.CL"], "cs.CV": ["cs.CV"]}),
        ({"merge": {}, "labels": []}, {}),
        ({"merge": {"ML": ["cs.LG"]}}, {"ML": ["cs.LG"], "*": []}),
        ({"split_seed": 7}, {}),
    ],
)
def test_labels_that_were_chosen_by_older_settings(baseline_run, tmp_path, data, among) -> None:
    old = Run(shutil.copytree(baseline_run.folder, tmp_path / "run"))
    content = json.loads((old.folder / "recipe.json").read_text(encoding="utf-8"))
    weights = {} if old.recipe().baseline else {"class_weights": {"cs.CL": 2.0}}
    content |= {"data": {"split": "random", **data}, "training": {**content.get("training", {}), **weights}}
    (old.folder / "recipe.json").write_text(json.dumps(content), encoding="utf-8")
    settings = open_model(old.folder).recipe.data
    assert (settings.among, settings.split) == (among, "random")
    assert settings.split_seed == data.get("split_seed", 42)
