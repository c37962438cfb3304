"""`arxonomy.evaluate`, `compare`, `audit` and `train`: typed results from files and from papers in memory."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from html_reader import Reader

import arxonomy as package
from arxonomy.config import load_recipe, make_recipe
from arxonomy.errors import ArxonomyError, MissingExtraError, SettingsError
from arxonomy.papers import Dataset
from arxonomy.records import Paper
from arxonomy.studies.source import LabeledFiles, PapersInMemory, open_papers
from arxonomy.studies.train import choose_folder

TINY = ["model.embed_dim=16", "model.num_filters=8", "model.lstm_hidden=8"]


def test_every_public_name_is_there():
    assert sorted(package.__all__) == package.__all__
    assert all(getattr(package, name) for name in package.__all__)
    with pytest.raises(AttributeError, match="no attribute 'evalute'"):
        _ = package.evalute


def test_an_evaluation_is_that_of_the_command(arxonomy, run_folder, papers_csv):
    evaluation = package.evaluate(run_folder, papers_csv)
    printed = json.loads(arxonomy("evaluate", run_folder, papers_csv, "--json").stdout)
    del printed["command"]
    assert json.loads(json.dumps(evaluation.to_dict())) == printed
    assert evaluation.part == "test" and evaluation.scores.papers == 14
    assert evaluation.to_text().startswith("14 papers: accuracy ")
    assert "<h1>How well the model" in evaluation.to_html()
    assert evaluation.baseline is None and evaluation.audit is None


def test_papers_in_memory_are_scored_whole(bundle, run_folder, papers_csv, invented_papers):
    file = package.evaluate(bundle, papers_csv)
    assert file.part == "all"
    for model in (bundle, run_folder, package.load(bundle)):
        memory = package.evaluate(model, invented_papers)
        assert memory.scores.confusion == file.scores.confusion
        assert (memory.part, memory.data.name) == ("all", "memory")
    report = package.evaluate(bundle, invented_papers[:20], report=True)
    assert report.about.seen > 0 and report.audit.rows == 20
    assert report.baseline.name == "the most frequent category"
    with pytest.raises(SettingsError, match="have no split"):
        package.evaluate(bundle, invented_papers, split="test")


def test_a_prior_is_stated(bundle, invented_papers):
    evaluation = package.evaluate(bundle, invented_papers, prior="uniform")
    assert evaluation.prior == pytest.approx(dict.fromkeys(["cs.CL", "cs.CV", "cs.LG"], 1 / 3))


def test_models_are_compared(bundle, run_folder, papers_csv, invented_papers):
    comparison = package.compare([run_folder, bundle], papers_csv, resamples=200)
    assert comparison.comparison.papers == 14 and len(comparison.comparison.pairs) == 1
    assert "papers/s: the median of 3 passes" in comparison.to_text()
    page = Reader(comparison.to_html())
    assert page.of("h1")[0][1] == "2 systems on the same papers"
    assert [text for _, text in page.of("bdi")][1:3] == [str(run_folder), str(bundle)]
    memory = package.compare([run_folder, bundle], invented_papers, resamples=200)
    assert memory.comparison.papers == 90 and memory.to_dict()["data"]["name"] == "memory"


def test_labels_are_audited(papers_csv, invented_papers):
    summaries = [package.audit(papers, noise=False) for papers in (papers_csv, invented_papers)]
    assert [summary.rows for summary in summaries] == [90, 90]
    assert summaries[0].repeats == summaries[1].repeats


def test_a_recipe_is_trained(invented_papers, tmp_path):
    settings = [*TINY, "training.epochs=1"]
    model = package.train(invented_papers, "v1", out=tmp_path / "run", settings=settings)
    assert (model.kind, model.name, model.data.name) == ("run", "v1", "memory")
    assert package.evaluate(model, invented_papers).scores.papers == 90
    assert package.load(model.path).labels == model.labels == ("cs.CL", "cs.CV", "cs.LG")


@pytest.fixture(scope="module")
def numbered(invented_papers):
    """Papers as they are made in Python, without ids of their own."""
    return [Paper(str(n), p.title, p.abstract, p.category) for n, p in enumerate(invented_papers, 1)]


@pytest.fixture(scope="module")
def baseline_model(numbered, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    return package.train(numbered, "complement-nb", out=out, settings=[])


def test_training_on_papers_in_memory_resumes(numbered, baseline_model, invented_papers, tmp_path):
    settings: list[str] = []
    again = package.train(numbered, "complement-nb", out=baseline_model.path, settings=settings, resume=True)
    assert again.metrics == baseline_model.metrics
    assert baseline_model.trained_on(Dataset.from_papers(numbered).papers) == 76  # known by their words
    papers = [replace(paper, row=0) for paper in invented_papers]
    with_ids = package.train(papers, "complement-nb", out=tmp_path / "run", settings=settings)
    assert with_ids.trained_on(papers) == with_ids.split.train + with_ids.split.validation > 0


def test_papers_in_memory_without_ids_may_have_been_seen(numbered, baseline_model, caplog, tmp_path):
    older = shutil.copytree(baseline_model.path, tmp_path / "run")
    (older / "seen.safetensors").unlink()  # a run from before papers were known by their words
    evaluation = package.evaluate(older, numbered, report=True)
    page = evaluation.to_html()
    assert "<p>90 papers in memory.</p>" in page
    assert "is not known for 90 papers" in page and "None of them" not in page
    assert "the papers that the model was trained on are not available; another model" in page
    assert "the model was trained on these very papers; the scores say little" in caplog.text


def test_new_papers_in_memory_are_known_by_their_ids(run_folder, invented_papers):
    papers = [replace(paper, id=f"new-{paper.id}", title=f"new {paper.title}") for paper in invented_papers]
    page = package.evaluate(run_folder, papers, report=True).to_html()
    assert "the id of a paper seen in training</strong>: these papers are recognized by their ids" in page


def test_a_trained_model_can_be_a_start_or_a_teacher(numbered, baseline_model, tmp_path):
    options = {"out": tmp_path / "run", "unlabeled": "more.csv"}
    with pytest.raises(SettingsError, match=rf"found the baseline .* in {baseline_model.path}"):
        package.train(numbered, "v1", init=baseline_model, out=tmp_path / "run")
    with pytest.raises(SettingsError, match=rf"expected each once, found .*{baseline_model.path.name} twice"):
        package.train(numbered, "v1", teachers=[baseline_model, baseline_model.path], **options)
    with pytest.raises(ArxonomyError, match=r"more\.csv"):  # the teacher is opened first
        package.train(numbered, "v1", teachers=baseline_model, **options)


def test_training_resumes_with_the_split_of_the_run(papers_csv, invented_papers, tmp_path):
    split = tmp_path / "split.csv"
    parts = ["train"] * 60 + ["validation"] * 15 + ["test"] * 15
    rows = [f"{paper.id},{part}\n" for paper, part in zip(invented_papers, parts, strict=True)]
    split.write_text("id,split\n" + "".join(rows), encoding="utf-8")
    out, settings = tmp_path / "run", []
    started = package.train(papers_csv, "complement-nb", out=out, settings=settings, split_file=split)
    resumed = package.train(papers_csv, "complement-nb", out=out, settings=settings, resume=True)
    assert resumed.split == started.split and resumed.split.train == 60


def test_a_run_has_the_name_of_its_recipe():
    assert choose_folder(load_recipe("v1")) == Path("runs/v1-seed42")
    ensemble = {"name": "pair", "ensemble": {"members": ["v1", "baseline"], "seeds": [1, 2]}}
    assert choose_folder(make_recipe(ensemble)) == Path("runs/pair")
    assert choose_folder(make_recipe(ensemble, ["training.seed=7"])) == Path("runs/pair-seed7")
    assert choose_folder(load_recipe("v1"), "mine") == Path("mine")


def test_a_part_that_is_not_there_is_explained(bundle, papers_csv):
    for study in (
        package.evaluate,
        lambda model, *rest, **options: package.compare([model], *rest, **options),
    ):
        with pytest.raises(SettingsError, match="split: there is no part `tests`: did you mean `test`"):
            study(bundle, papers_csv, split="tests")


def test_a_source_is_opened_once(papers_csv, invented_papers):
    source = open_papers(papers_csv)
    assert isinstance(source, LabeledFiles) and open_papers(source) is source
    assert isinstance(open_papers(invented_papers), PapersInMemory)


def test_a_labeled_file_is_hashed_once(run_folder, bundle, papers_csv, tmp_path, monkeypatch):
    """However many models are scored on it, and whatever a report needs."""
    from arxonomy import atomic
    from arxonomy.papers import files

    hashed, hash_file = [], atomic.hash_file
    for module in (atomic, files):
        monkeypatch.setattr(module, "hash_file", lambda path: hashed.append(str(path)) or hash_file(path))
    shutil.copytree(bundle, tmp_path / "copy")
    for study in (
        lambda: package.evaluate(run_folder, papers_csv, report=True),
        lambda: package.evaluate(bundle, papers_csv, report=True),
        lambda: package.compare([run_folder, bundle], papers_csv, resamples=200),
        lambda: package.compare([bundle, tmp_path / "copy"], papers_csv, pool=False, resamples=200),
    ):
        hashed.clear()
        study()
        assert hashed.count(str(papers_csv)) == 1


SCRIPT = """
import sys
bundle, other, papers, *missing = sys.argv[1:]
sys.modules.update(dict.fromkeys(missing))
import arxonomy
for call in (
    lambda: arxonomy.evaluate(bundle, papers),
    lambda: arxonomy.compare([bundle, other], papers, pool=False),
    lambda: arxonomy.audit(papers),
    lambda: arxonomy.train(papers),
):
    try:
        call()
    except arxonomy.errors.MissingExtraError as error:
        print(error)
"""


def test_the_extra_is_named(bundle, papers_csv, tmp_path):
    other = shutil.copytree(bundle, tmp_path / "other")
    missing = ["lightning_fabric", "matplotlib", "onnx", "scipy", "sklearn", "torch"]
    command = [sys.executable, "-c", SCRIPT, str(bundle), str(other), str(papers_csv), *missing]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    assert all(line.endswith("install it with `pip install 'arxonomy[train]'`") for line in lines)
    assert issubclass(MissingExtraError, ModuleNotFoundError)
