"""`arxonomy evaluate --report`: scores, baseline, audit and origins on one page."""

from __future__ import annotations

import csv
import json
import os

import pytest
from cli.conftest import write_papers
from html_reader import Reader

HOSTILE = "<script>alert(1)</script>\u202e\x1b[2J"


@pytest.fixture(scope="module")
def hostile_csv(tmp_path_factory, invented_papers):
    """Papers with dates and categories, one of each label under a false label, and with a hostile title."""
    file = tmp_path_factory.mktemp("hostile") / "papers.csv"
    labels = sorted({paper.category for paper in invented_papers})
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("id", "title", "abstract", "category", "categories", "published"))
        for paper in invented_papers:
            wrong = labels[(labels.index(paper.category) + 1) % 3] if paper.row % 5 == 0 else paper.category
            title = f"{paper.title} {HOSTILE}"
            writer.writerow(
                (paper.id, title, paper.abstract, wrong, f"{wrong} {paper.category}", paper.published)
            )
    return file


@pytest.fixture(scope="module")
def baseline_run(tmp_path_factory, hostile_csv, arxonomy):
    folder = tmp_path_factory.mktemp("runs") / "svm"
    done = arxonomy("train", hostile_csv, "--recipe", "linear-svm", "--out", folder)
    assert done.exit_code == 0, done.output
    return folder


def big(page: str) -> list[str]:
    return [text for _, text in Reader(page).of("p", **{"class": "big"})]


def test_a_run_gets_a_baseline_that_learned_from_the_same_papers(
    arxonomy, baseline_run, hostile_csv, tmp_path
):
    report = tmp_path / "new" / "report.html"
    done = arxonomy("evaluate", baseline_run, hostile_csv, "--report", report, "--json")
    assert done.exit_code == 0, done.output
    scores, page = json.loads(done.stdout), report.read_text(encoding="utf-8")
    assert json.loads((baseline_run / "metrics.json").read_text(encoding="utf-8"))["test"] == scores
    baseline = scores["baseline"]
    assert baseline["name"] == "nb-svm"  # the model is a linear-svm itself
    assert big(page)[:2] == [f"{scores['accuracy']:.1%}", f"{baseline['accuracy']:.1%}"]
    assert baseline["comparison"]["accuracy"] == pytest.approx(scores["accuracy"] - baseline["accuracy"])
    assert (baseline["seen"], scores["about"]["seen"]) == (0, 0)
    made = scores["about"]["model"]
    assert (made["kind"], made["recipe"], made["seed"]) == ("run", "linear-svm", 42)
    assert sum(made["split"][part] for part in ("train", "validation", "test")) == 90
    assert made["split"]["test"] == scores["papers"] == scores["audit"]["leakage"]["test"]["papers"]
    assert scores["audit"]["rows"] == 90 and scores["audit"]["noise"] is None
    assert scores["command"] == "arxonomy evaluate svm papers.csv --split test --report report.html"
    assert [row["month"] for row in scores["slices"]["by_month"]] == ["2025-01", "2025-02", "2025-03"]
    assert scores["command"] in page and scores["data"]["sha256"] in page and "None of them was seen" in page
    assert "<script" not in page and "\u202e" not in page and "\x1b" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\ufffd\ufffd[2J" in page  # the title of a confused paper
    assert str(tmp_path) not in page and str(hostile_csv.parent) not in page


@pytest.mark.slow
def test_a_network_gets_the_support_vector_machine_and_its_curves(arxonomy, run_folder, papers_csv, tmp_path):
    done = arxonomy(
        "evaluate", run_folder, papers_csv, "--report", tmp_path / "report.html", "--split", "all"
    )
    assert done.exit_code == 0, done.output
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "baseline linear-svm: accuracy " in done.stdout
    assert "Loss by epoch: tiny" in page
    assert "76 of these 90 papers were used to train or to choose the model" in page
    assert "76 of these papers were used to train or to choose the baseline" in page
    assert "By month" not in page  # these papers have no dates


def test_a_bundle_has_a_floor_or_the_baseline_that_is_named(
    arxonomy, bundle, run_folder, papers_csv, tmp_path
):
    words = ("evaluate", bundle, papers_csv, "--split-file", run_folder / "split.csv", "--json")
    floor = arxonomy(*words, "--report", tmp_path / "floor.html")
    assert floor.exit_code == 0, floor.output
    baseline = json.loads(floor.stdout)["baseline"]
    support = [scores["support"] for scores in json.loads(floor.stdout)["per_class"].values()]
    assert baseline["accuracy"] == pytest.approx(max(support) / sum(support))
    assert "a floor that any model must pass" in (tmp_path / "floor.html").read_text(encoding="utf-8")
    named = arxonomy(*words, "--report", tmp_path / "named.html", "--baseline", run_folder)
    assert named.exit_code == 0, named.output
    scores = json.loads(named.stdout)
    assert scores["baseline"]["name"] == "tiny" and scores["baseline"]["made"]["kind"] == "run"
    assert scores["baseline"]["accuracy"] == scores["accuracy"]  # the bundle is made of this run
    assert scores["baseline"]["comparison"]["p_value"] == 1
    assert scores["command"].endswith("--report named.html --baseline tiny")
    seen = arxonomy(
        "evaluate", bundle, papers_csv, "--report", tmp_path / "seen.html", "--baseline", run_folder
    )
    assert "warning: 76 of these 90 papers were used to train or to choose the baseline" in seen.stderr


def test_baselines_of_other_papers_and_none(
    arxonomy, bundle, run_folder, papers_csv, invented_papers, tmp_path
):
    report = tmp_path / "report.html"
    usage = arxonomy("evaluate", bundle, papers_csv, "--baseline", run_folder)
    assert usage.exit_code == 2 and "--report" in usage.stderr
    others = write_papers(tmp_path / "others.csv", invented_papers[:50])
    seen = arxonomy("evaluate", bundle, others, "--report", report, "--baseline", run_folder)
    assert seen.exit_code == 0 and "used to train or to choose the baseline" in seen.stderr
    report.unlink()
    nothing = arxonomy("evaluate", bundle, papers_csv, "--report", report, "--baseline", tmp_path)
    assert nothing.exit_code == 1 and nothing.stderr.splitlines()[-1].startswith("error: ")
    assert not report.exists()


def test_a_report_that_cannot_be_written_leaves_nothing(arxonomy, bundle, papers_csv, tmp_path):
    (tmp_path / "taken").mkdir()
    done = arxonomy("evaluate", bundle, papers_csv, "--report", tmp_path / "taken")
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"error: cannot write {tmp_path / 'taken'}" in done.stderr
    assert os.listdir(tmp_path) == ["taken"] and os.listdir(tmp_path / "taken") == []
