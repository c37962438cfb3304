"""Tiny learning curves of a network and of baselines, from the command to the picture."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from cli.conftest import TINY, write_papers
from html_reader import Reader

from arxonomy.artifacts.run import Run
from arxonomy.records import Paper

BASELINES = ["--recipe", "complement-nb", "--recipe", "majority"]
QUICK = ["--threads", 1, "--bootstrap", 200]


@pytest.fixture(scope="module")
def hard_csv(tmp_path_factory, invented_papers: list[Paper]) -> Path:
    """Every fourth paper has the label of the next one, so that nobody is always right."""
    papers = [
        dataclasses.replace(paper, category=invented_papers[(row + (row % 4 == 0)) % 90].category)
        for row, paper in enumerate(invented_papers)
    ]
    return write_papers(tmp_path_factory.mktemp("hard") / "papers.csv", papers)


@pytest.fixture(scope="module")
def curves(tmp_path_factory, hard_csv, arxonomy) -> tuple[Path, Any, Any]:
    """The folder, the numbers and the command's result."""
    folder = tmp_path_factory.mktemp("curve")
    words = [
        *BASELINES,
        *QUICK,
        "--sizes",
        "62,6,12,24",
        "--seeds",
        2,
        "--more",
        100,
        "--out",
        folder / "runs",
    ]
    done = arxonomy("curve", hard_csv, *words, "--report", folder / "curve.html", "-o", folder / "curve.json")
    assert done.exit_code == 0, done.output
    return folder, json.loads((folder / "curve.json").read_text(encoding="utf-8")), done


@pytest.mark.slow
def test_the_numbers(curves, arxonomy, hard_csv):
    folder, numbers, done = curves
    assert (numbers["sizes"], numbers["asked"], numbers["papers"]) == ([6, 12, 24, 62], 162, 14)
    assert list(numbers["systems"]) == ["complement-nb", "majority"]
    system = numbers["systems"]["complement-nb"]
    assert system["models"] == [
        str(folder / "runs" / "complement-nb" / f"seed-{seed}" / str(size))
        for seed in (42, 43)
        for size in numbers["sizes"]
    ]
    for place in (0, 7):  # the first seed's smallest subset, the last one's largest
        scores = json.loads(arxonomy("evaluate", system["models"][place], hard_csv, "--json").stdout)
        point = system["points"][place % 4]
        assert point["accuracies"][place // 4] == pytest.approx(scores["accuracy"])
    assert len({point["accuracy"] for point in system["points"]}) > 1, "the test is worthless otherwise"
    assert "not significant" in numbers["systems"]["majority"]["unknown"]
    assert "majority: the accuracy with 100 more papers is unknown" in done.stdout
    assert "accuracy on the same 14 test papers; in brackets 95% intervals over papers and 2 s" in done.stdout
    page = Reader((folder / "curve.html").read_text(encoding="utf-8"))
    assert len(page.of("svg")) == 2 and "curve.html" in done.stderr


def test_each_run_knows_its_subset_alone(curves):
    folder, _, _ = curves
    facts = [
        json.loads((folder / "runs" / "complement-nb" / "seed-42" / size / "baseline.json").read_text())
        for size in ("6", "62")
    ]
    assert len(json.dumps(facts[0])) < len(json.dumps(facts[1]))  # fewer papers, fewer words
    run = Run(folder / "runs" / "complement-nb" / "seed-42" / "6")
    rows = run.split.read_text(encoding="utf-8").splitlines()[2:]
    counts = {part: sum(row.endswith(part) for row in rows) for part in ("train", "validation", "test")}
    assert counts == {"train": 6, "validation": 14, "test": 14}


def test_a_network_next_to_a_baseline_resumes(curves, arxonomy, hard_csv, monkeypatch):
    folder, before, _ = curves
    words = ["--recipe", "complement-nb", *QUICK, "--out", folder / "runs"]
    words += ["--sizes", "6,62", "--seeds", 1]
    recipe = folder / "tiny.toml"
    recipe.write_text(
        'base = "v1"\n[model]\nembed_dim = 16\nnum_filters = 8\nlstm_hidden = 8\n'
        "[training]\nepochs = 1\nbatch_size = 16\n",
        encoding="utf-8",
    )
    done = arxonomy("curve", hard_csv, *words, "--recipe", recipe, "--json")
    assert done.exit_code == 0, done.output
    numbers = json.loads(done.stdout)
    assert done.stderr.count("trained before") == 2
    assert "run 4 of 4: tiny, seed-42, 62 papers\n" in done.stderr
    points = before["systems"]["complement-nb"]["points"]
    accuracies = [point["accuracies"][0] for point in (points[0], points[3])]
    measured = [point["accuracy"] for point in numbers["systems"]["complement-nb"]["points"]]
    assert measured == pytest.approx(accuracies)
    assert "at least 4 sizes, and there are 2" in numbers["systems"]["tiny"]["unknown"]
    runs = [Run(Path(model)) for model in numbers["systems"]["tiny"]["models"]]
    sizes = [len(run.vocabulary()) for run in runs]
    assert sizes[0] < sizes[1]

    def stop(*given: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("arxonomy.studies.jobs.train", stop)
    finished = arxonomy("curve", hard_csv, *words, "--recipe", "majority")
    assert finished.exit_code == 0 and finished.stderr.count("trained before") == 4
    stopped = arxonomy("curve", hard_csv, *words, "--recipe", "logistic")
    assert stopped.exit_code == 130 and stopped.stderr.endswith(
        "stopped\nhint: resume with the same command\n"
    )


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--recipe", "majority", "--sizes", "5,many"], 2, "expected numbers of papers"),
        (["--recipe", "majority", "--sizes", "6,1000"], 1, "expected sizes from 1 to 62"),
        (["--recipe", "majority", "--sizes", "2,60"], 1, "give a larger smallest size"),
        (["--recipe", "majority", "--recipe", "majority"], 1, "found `majority` twice"),
        (["--recipe", "majorty"], 1, "did you mean `majority`?"),
        ([*TINY, "--set", "data.validation_share=0"], 1, "no validation papers"),
        ([], 2, "--recipe"),
    ],
)
def test_what_cannot_be(arxonomy, papers_csv, tmp_path, words, status, message):
    done = arxonomy("curve", papers_csv, *words, "--out", tmp_path / "runs")
    assert (done.exit_code, done.stdout) == (status, "")
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("stopped", [False, True])
def test_bad_records_are_counted_before_the_training(arxonomy, papers_csv, tmp_path, monkeypatch, stopped):
    damaged = tmp_path / "damaged.csv"
    damaged.write_text(papers_csv.read_text(encoding="utf-8") + "x,,,cs.CL\n", encoding="utf-8")
    if stopped:
        monkeypatch.setattr("arxonomy.studies.jobs.train", Mock(side_effect=KeyboardInterrupt))
    words = ["--recipe", "complement-nb", "--seeds", 1, "--sizes", "30,62", *QUICK]
    done = arxonomy("curve", damaged, *words, "--out", tmp_path / "runs")
    assert done.exit_code == (130 if stopped else 1), done.output
    before, after = done.stderr.split(f"1 bad record was left out of {damaged}\n")
    assert "run 1 of 2" not in before and "run 1 of 2" in after
