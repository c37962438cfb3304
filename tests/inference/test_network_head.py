"""A linear head on the features of a trained network: what it reads, what it keeps, what it refuses."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from saved_models import PARTS, ROWS, dataset_of
from typer.testing import CliRunner

import arxonomy
from arxonomy.artifacts.baselines import load_baseline
from arxonomy.artifacts.hub import push_bundle
from arxonomy.artifacts.network_features import open_features
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import open_model
from arxonomy.cli import app
from arxonomy.config import load_recipe
from arxonomy.errors import BundleError, RunError, SettingsError
from arxonomy.inference import export_bundle, load
from arxonomy.papers import Dataset
from arxonomy.records import Paper
from arxonomy.text import collate
from arxonomy.training.baselines import tune_baseline
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train

OWN = {"cs.CL": "words", "cs.CV": "pictures", "cs.LG": "numbers"}


@pytest.fixture(scope="module")
def own_papers(invented_papers: list[Paper]) -> Dataset:
    """The papers with labels that the network has never seen."""
    papers = [replace(paper, category=OWN[str(paper.category)]) for paper in invented_papers]
    return replace(dataset_of(papers), labels=("numbers", "pictures", "words"))


@pytest.fixture(scope="module")
def head_of(bundle_of, own_papers: Dataset, tmp_path_factory: pytest.TempPathFactory):
    """`head_of(compact)`: the run of a head on the tiny network, and a bundle of it."""
    folder = tmp_path_factory.mktemp("heads")

    def make(weights: str = "float32") -> tuple[Run, Path]:
        recipe = load_recipe("network-head", [f'baseline.network="{bundle_of("arxonomy")}"'])
        job = TrainingJob(own_papers, PARTS[ROWS % 5], recipe, folder / "run", command=["me"], threads=1)
        run = train(job, resume=True)
        return run, export_bundle(run.folder, folder / weights, weights=weights)

    return make


def test_it_reads_what_the_heads_of_the_network_read(bundle_of, invented_papers: list[Paper]) -> None:
    reader, network = open_features(bundle_of("arxonomy"), 1), load(bundle_of("arxonomy"), threads=1)
    papers = [
        *invented_papers[:40],
        Paper("t", "A corpus", ""),
        Paper("a", "", "We see pixels."),
        Paper("", "", ""),
    ]
    features = reader.compute_features(papers)
    for paper, row in zip(papers, features, strict=True):
        assert network.encoder is not None and network.network is not None
        (alone,) = network.network.run(collate([network.encoder.encode(paper)]), ["features"])
        np.testing.assert_allclose(row, alone[0], atol=1e-5)
    assert reader.compute_unknown_shares(papers)[-1] == 1.0
    other = papers[::-1]  # what is kept of the last papers is not taken for these
    np.testing.assert_allclose(reader.compute_features(other), features[::-1], atol=1e-5)
    other[0] = papers[0]
    np.testing.assert_allclose(reader.compute_features(other)[0], features[0], atol=1e-5)


def test_a_bundle_is_complete_and_answers_as_its_run(head_of, bundle_of, own_papers: Dataset) -> None:
    run, bundle = head_of()
    first, second = load(run.folder, threads=1), load(bundle, threads=1)
    partial = [
        Paper("t", "A deep corpus", ""),
        Paper("a", "", "A camera sees pixels."),
        Paper("x", "zyzzyva", ""),
    ]
    for papers in (own_papers.papers, partial):
        np.testing.assert_allclose(first.probabilities(papers), second.probabilities(papers), atol=1e-5)
    assert second.labels == ("numbers", "pictures", "words")
    answers = second.classify(own_papers.papers)
    assert np.mean([a.category == p.category for a, p in zip(answers, own_papers.papers, strict=True)]) > 0.9
    assert second.classify(partial)[0].read == ("title",)
    assert second.members[0].reads == (30, 300)
    model = open_model(bundle)
    assert model.manifest is not None
    network = open_model(bundle_of("arxonomy"))
    assert model.manifest.network is not None and model.manifest.network.sha256 == network.sha256
    assert model.manifest.words == network.manifest.words
    recipe = json.loads((bundle / "recipe.json").read_text(encoding="utf-8"))
    assert recipe["baseline"]["network"] == bundle_of("arxonomy").name  # no folder of this machine
    assert str(bundle_of("arxonomy").parent) not in (bundle / "README.md").read_text(encoding="utf-8")
    assert "Features: those of arxonomy-float32 (recipe tiny-arxonomy)" in (bundle / "README.md").read_text(
        encoding="utf-8"
    )
    explanation = second.explain(own_papers.papers[0])
    assert max(abs(score) for score in explanation.abstract) > 0


@pytest.mark.slow
def test_a_head_on_the_hub_brings_its_network(head_of, hub, own_papers: Dataset) -> None:
    bundle = head_of()[1]
    expected = load(bundle, threads=1).probabilities(own_papers.papers[:9])
    name = push_bundle(bundle, "anna/head").name
    np.testing.assert_array_equal(load(name, threads=1).probabilities(own_papers.papers[:9]), expected)


def test_what_the_network_has_seen_counts_as_seen(head_of, own_papers: Dataset) -> None:
    run, bundle = head_of()
    for folder in (run.folder, bundle):
        assert open_model(folder).trained_on(own_papers.papers) == 72
        assert open_model(folder).trained_on([Paper("new", "A corpus", "", row=5)]) == 0
    other = open_model(shutil.copytree(run.folder, run.folder.parent / "other", dirs_exist_ok=True))
    (other.path / "split.csv").write_text("# nothing\nrow,id,split\n", encoding="utf-8")
    (other.path / "seen.safetensors").unlink()
    assert other.trained_on(own_papers.papers) == 72  # by the network alone


@pytest.mark.slow
def test_compact_weights_answer_alike(head_of, own_papers: Dataset) -> None:
    answers = [
        load(head_of(own)[1], threads=1).probabilities(own_papers.papers) for own in ("float32", "compact")
    ]
    np.testing.assert_allclose(*answers, atol=0.01)


@pytest.mark.slow
def test_few_papers_are_calibrated_on_held_out_ones(bundle_of, own_papers: Dataset) -> None:
    recipe = load_recipe("network-head", [f'baseline.network="{bundle_of("arxonomy")}"'])
    tuned = tune_baseline(own_papers, PARTS[ROWS % 5], recipe)
    assert tuned.validation.held_out is not None
    assert len(tuned.validation.held_out.labels) == 54
    assert (
        tuned.chosen == {"c": 0.1, "balanced": False}
        or len({line.scores["accuracy"] for line in tuned.tried}) > 1
    )


def test_networks_without_features_are_refused(bundle_of, own_papers: Dataset, tmp_path: Path) -> None:
    baseline = load_recipe("majority")
    run = train(TrainingJob(own_papers, PARTS[ROWS % 5], baseline, tmp_path / "majority"))
    export_bundle(run.folder, tmp_path / "bundle")
    for network, message in (
        (
            bundle_of("v1"),
            "gives out its features, found one of the architecture v1 without them; export a run",
        ),
        (tmp_path / "bundle", "found the baseline majority"),
    ):
        recipe = load_recipe("network-head", [f'baseline.network="{network}"'])
        with pytest.raises(SettingsError, match=message):
            train(TrainingJob(own_papers, PARTS[ROWS % 5], recipe, tmp_path / "run"))
    recipe = load_recipe("network-head", [f'baseline.network="{tmp_path / "nothing"}"'])
    with pytest.raises(BundleError, match="expected a bundle or a run folder, found neither"):
        train(TrainingJob(own_papers, PARTS[ROWS % 5], recipe, tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_another_or_a_damaged_network_is_refused(
    head_of, bundle_of, own_papers: Dataset, tmp_path: Path
) -> None:
    run, bundle = head_of()
    broken = shutil.copytree(bundle, tmp_path / "broken")
    (broken / "network" / "vocabulary.json").write_text("[]", encoding="utf-8")
    with pytest.raises(BundleError, match=r"vocabulary\.json: expected the file as it was exported"):
        load(broken)
    swapped = Run(shutil.copytree(run.folder, tmp_path / "swapped"))
    shutil.rmtree(swapped.folder / "network")
    shutil.copytree(bundle_of("arxonomy", "compact"), swapped.folder / "network")
    with pytest.raises(RunError, match="expected the network that the baseline was trained on"):
        load_baseline(swapped)
    other = load_recipe("network-head", [f'baseline.network="{bundle_of("arxonomy", "compact")}"'])
    with pytest.raises(RunError, match="was started with other settings"):
        train(TrainingJob(own_papers, PARTS[ROWS % 5], other, run.folder), resume=True)


def test_options(bundle_of, invented_papers: list[Paper], tmp_path: Path) -> None:
    lines = [
        json.dumps({"title": p.title, "abstract": p.abstract, "category": p.category})
        for p in invented_papers
    ]
    path = tmp_path / "papers.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    runner = CliRunner()
    for options in ([], ["--on-packaged", "--recipe", "v1"], ["--on-packaged", "--on", str(tmp_path)]):
        done = runner.invoke(app, ["train", str(path), *options])
        assert done.exit_code == 2 and "expected one of" in done.stderr
    done = runner.invoke(
        app, ["train", str(path), "--on", str(bundle_of("arxonomy")), "--out", str(tmp_path / "run")]
    )
    assert done.exit_code == 0, done.stderr
    own = Run(tmp_path / "run").recipe().baseline
    assert own is not None and own.kind == "network-head" and own.network == str(bundle_of("arxonomy"))
    model = arxonomy.load(tmp_path / "run")
    assert model.name == "network-head"
