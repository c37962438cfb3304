from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import pytest
from cli.conftest import TINY, write_papers

from arxonomy.config import load_recipe
from arxonomy.papers import Dataset
from arxonomy.papers.splits import make_split
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train


@pytest.mark.slow
def test_a_run_on_its_test_papers(arxonomy, run_folder, papers_csv, tmp_path):
    run, out = tmp_path / "run", tmp_path / "scores.json"
    shutil.copytree(run_folder, run)
    done = arxonomy("evaluate", run, papers_csv, "--json", "-o", out)
    assert done.exit_code == 0, done.output
    scores = json.loads(done.stdout)
    assert scores["papers"] == 14
    assert list(scores["per_class"]) == ["cs.CL", "cs.CV", "cs.LG"]
    assert json.loads(out.read_text(encoding="utf-8")) == scores
    kept = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert kept["test"] == scores
    assert "validation" in kept and "best_epoch" in kept
    page = (run / "report-test.html").read_text(encoding="utf-8")
    assert f"{scores['accuracy']:.1%}" in page and "Confusion matrix" in page and "Reliability" in page
    assert {"brier", "brier_interval", "reliability"} < set(scores["before_calibration"])
    assert len(scores["risk_coverage"]["risk"]) == 14
    assert sum(row["papers"] for row in scores["reliability"]) == 14
    # Training and evaluation calibrate in one way.
    again = arxonomy("evaluate", run, papers_csv, "--split", "validation", "--json")
    assert json.loads(again.stdout)["accuracy"] == kept["validation"]["accuracy"]


@pytest.mark.slow
def test_a_stated_prior_is_printed_and_not_kept(arxonomy, run_folder, papers_csv, monkeypatch):
    before = (run_folder / "metrics.json").read_bytes()
    plain = json.loads(arxonomy("evaluate", run_folder, papers_csv, "--split", "all", "--json").stdout)
    kept = (run_folder / "metrics.json").read_bytes()
    words = ("--split", "all", "--prior", "cs.CL=0.98", "--json")
    done = arxonomy("evaluate", run_folder, papers_csv, *words)
    assert done.exit_code == 0, done.output
    scores = json.loads(done.stdout)
    assert scores["prior"] == pytest.approx({"cs.CL": 0.98, "cs.CV": 0.01, "cs.LG": 0.01}, abs=0.003)
    assert scores["command"].endswith("--split all --prior cs.CL=0.98")
    recall = [result["per_class"]["cs.CL"]["recall"] for result in (plain, scores)]
    assert recall[1] > recall[0] or recall == [1, 1]
    assert scores["log_loss"] > plain["log_loss"]  # for these papers are of equal shares
    assert (run_folder / "metrics.json").read_bytes() == kept != before
    monkeypatch.setattr("arxonomy.inference.prior_estimate.WORTH", 0)
    monkeypatch.setattr("arxonomy.inference.prior_estimate.WORTH_ANSWERS", 0)
    estimated = arxonomy("evaluate", run_folder, papers_csv, "--split", "all", "--prior", "auto", "--json")
    estimate = json.loads(estimated.stdout)["prior"]
    assert f"prior: cs.CL={estimate['cs.CL']:.3f}, cs.CV=" in estimated.stderr
    assert sum(estimate.values()) == pytest.approx(1)


@pytest.mark.slow
def test_readable_scores(arxonomy, run_folder, papers_csv):
    done = arxonomy("evaluate", run_folder, papers_csv, "--split", "all")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("90 papers: accuracy ")
    assert "warning: 76 of these 90 papers were used to train" in done.stderr


def test_a_run_refuses_another_file(arxonomy, run_folder, papers_csv, tmp_path):
    other = tmp_path / "other.csv"
    other.write_bytes(papers_csv.read_bytes() + b"\n")
    done = arxonomy("evaluate", run_folder, other)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "was trained on papers.csv" in done.stderr and done.stderr.count("\n") == 1
    assert "with --split all, or a part of them with --split-file" in done.stderr


@pytest.fixture(scope="module")
def baseline_folder(invented_papers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("baseline") / "run"
    dataset = Dataset.from_papers(invented_papers)
    recipe = load_recipe("complement-nb")
    train(TrainingJob(dataset, make_split(dataset.papers, recipe.data), recipe, folder))
    return folder


@pytest.mark.parametrize("fixture", ["run_folder", "baseline_folder"])
def test_a_run_on_other_papers(arxonomy, fixture, request, tmp_path, invented_papers):
    run, others, split = request.getfixturevalue(fixture), tmp_path / "others.csv", tmp_path / "split.csv"
    new = [replace(paper, id=f"new-{paper.id}") for paper in invented_papers[:40]]
    write_papers(others, new + list(invented_papers[:3]))
    kept = (run / "metrics.json").read_bytes()
    done = arxonomy("evaluate", run, others, "--split", "all", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["papers"] == 43
    # The run knows their words, under new ids too; about a seventh of them are its test papers.
    assert re.search(r"warning: 3\d of these 43 papers were used to train", done.stderr)
    split.write_text("id,split\n" + "".join(f"{paper.id},test\n" for paper in new[:7]), encoding="utf-8")
    for words in (["--split-file", split], ["--split-file", split, "--report", tmp_path / "report.html"]):
        done = arxonomy("evaluate", run, others, *words, "--json")
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["papers"] == 7
    assert "the most frequent category" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert (run / "metrics.json").read_bytes() == kept
    assert "saved" not in done.stderr


def test_a_bundle_on_any_file(arxonomy, bundle, papers_csv, tmp_path, invented_papers):
    done = arxonomy("evaluate", bundle, papers_csv, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["papers"] == 90
    assert "warning: 76 of these 90 papers were used to train" in done.stderr
    others = tmp_path / "others.csv"
    write_papers(others, invented_papers[:5])
    with others.open("a", encoding="utf-8") as file:
        file.write("new,Neutrinos,At last.,hep-ex\n")
    done = arxonomy("evaluate", bundle, others, "--json")
    assert json.loads(done.stdout)["papers"] == 5
    assert "1 paper has a label that the model does not know" in done.stderr


@pytest.mark.slow
def test_papers_without_ids_are_known_by_their_file(arxonomy, papers_csv, tmp_path):
    file, run, bundle = (tmp_path / name for name in ("papers.csv", "run", "bundle"))
    rows = [line.partition(",")[2] for line in papers_csv.read_text(encoding="utf-8").splitlines()]
    file.write_text("Name" + "\n".join(rows).removeprefix("title"), encoding="utf-8")
    column = ["--column", "title=Name"]
    trained = arxonomy("train", file, *TINY, "--set", "training.epochs=1", "--out", run, *column)
    assert f"hint: evaluate it with `arxonomy evaluate {run} {file} --column title=Name`\n" in trained.stderr
    assert arxonomy("export", run, "--out", bundle).exit_code == 0
    done = arxonomy("evaluate", bundle, file, "--json", *column)
    assert done.exit_code == 0, done.output
    assert "warning: the model was trained on papers of this very file" in done.stderr
    command = "arxonomy evaluate bundle papers.csv --split all --column title=Name"
    assert json.loads(done.stdout)["command"] == command


def test_a_split_file_of_test_papers_alone(arxonomy, bundle, papers_csv, tmp_path):
    split = tmp_path / "split.csv"
    split.write_text("id,split\ninvented-01,test\ninvented-02,test\n", encoding="utf-8")
    done = arxonomy("evaluate", bundle, papers_csv, "--split-file", split, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["papers"] == 2


def test_stdin_is_refused(arxonomy, bundle):
    done = arxonomy("evaluate", bundle, "-", input="title,category\nx,cs.CL\n")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "papers cannot come from stdin" in done.stderr


def test_a_bundle_on_the_runs_test_papers(arxonomy, bundle, run_folder, papers_csv):
    on_run = json.loads(arxonomy("evaluate", run_folder, papers_csv, "--json").stdout)
    done = arxonomy("evaluate", bundle, papers_csv, "--split-file", run_folder / "split.csv", "--json")
    assert done.exit_code == 0, done.output
    scores = json.loads(done.stdout)
    assert "warning" not in done.stderr
    assert scores["confusion"] == on_run["confusion"]
    assert scores["log_loss"] == pytest.approx(on_run["log_loss"], abs=1e-5)


def test_a_file_without_known_labels(arxonomy, bundle, tmp_path):
    file = tmp_path / "physics.csv"
    file.write_text("title,category\nNeutrinos,hep-ex\n", encoding="utf-8")
    done = arxonomy("evaluate", bundle, file)
    assert done.exit_code == 1
    assert "cs.CL" in done.stderr and "hep-ex" in done.stderr


def test_usage(arxonomy, bundle, run_folder, papers_csv):
    given = arxonomy("evaluate", run_folder, papers_csv, "--split-file", run_folder / "split.csv", "--json")
    own = arxonomy("evaluate", run_folder, papers_csv, "--json")
    assert json.loads(given.stdout)["accuracy"] == json.loads(own.stdout)["accuracy"]
    assert arxonomy("evaluate", bundle, papers_csv, "--split", "test").exit_code == 2


@pytest.mark.parametrize("model", ["nowhere", "."])
def test_no_model(arxonomy, papers_csv, model):
    done = arxonomy("evaluate", model, papers_csv)
    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")
