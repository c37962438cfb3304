"""A tiny search, from the command to a recipe that is trained as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import TINY

import arxonomy as package
from arxonomy.artifacts.run import Run
from arxonomy.config import load_recipe

WORDS = [*TINY, "--threads", 1]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, papers_csv, arxonomy) -> tuple[Path, Any, Any]:
    """The folder of the search, the numbers, and the command's result."""
    out = tmp_path_factory.mktemp("tune") / "v1"
    ranges = ["--range", "training.learning_rate=1e-3..1e-1 log", "--range", "model.dropout"]
    words = ["tune", papers_csv, *WORDS, *ranges, "--trials", 4, "--seeds", 2, "--out", out]
    done = arxonomy(*words, "-o", out.parent / "numbers.json")
    assert done.exit_code == 0, done.output
    return out, json.loads((out.parent / "numbers.json").read_text(encoding="utf-8")), done


@pytest.mark.slow
def test_the_table_and_the_files(tuned):
    out, numbers, done = tuned
    assert sorted(path.name for path in out.iterdir()) == [
        "best.toml",
        "lock",
        "report.html",
        "study.jsonl",
        "trials",
        "trials.jsonl",
    ]
    assert not list((out / "trials").iterdir())
    assert len(numbers["trials"]) == 4 and [*numbers["ranges"]] == ["training.learning_rate", "model.dropout"]
    first = numbers["trials"][0]
    assert first["settings"] == {"training.learning_rate": 1e-3, "model.dropout": 0.6}
    assert all(trial["state"] == "complete" and len(trial["epochs"]) == 2 for trial in numbers["trials"])
    assert [len(trial["seeds"]) for trial in numbers["trials"]].count(2) == 3
    best = numbers["trials"][numbers["best"] - 1]
    assert f"{best['score']:.2%} ± {100 * best['deviation']:.2f}" in done.stdout
    assert "training.learning_rate" in done.stdout and "test papers are not read" in done.stdout
    assert f"best settings: {out / 'best.toml'}" in done.stderr
    notes = [line for line in done.stderr.splitlines() if line.startswith("trial")]
    assert notes[0] == "trial 1: training.learning_rate=0.001, model.dropout=0.6"
    assert "Trial 0 finished" not in done.output  # as Optuna would say it


@pytest.mark.slow
def test_the_same_command_trains_nothing_again(tuned, arxonomy, papers_csv, monkeypatch):
    out, numbers, _ = tuned
    monkeypatch.setattr("arxonomy.studies.tuning.search.train", None)
    ranges = ["--range", "training.learning_rate=1e-3..1e-1 log", "--range", "model.dropout"]
    words = ["tune", papers_csv, *WORDS, *ranges, "--trials", 4, "--seeds", 2, "--out", out]
    again = json.loads(arxonomy(*words, "--json").stdout)
    assert again["trials"] == numbers["trials"] and again["best"] == numbers["best"]


@pytest.mark.slow
def test_the_best_settings_are_a_recipe_that_gives_the_same_score(tuned, arxonomy, papers_csv, tmp_path):
    out, numbers, _ = tuned
    run = tmp_path / "run"
    done = arxonomy("train", papers_csv, "--recipe", out / "best.toml", "--out", run, "--threads", 1)
    assert done.exit_code == 0, done.output
    best = numbers["trials"][numbers["best"] - 1]
    accuracy = Run(run).metrics().get_scores("validation").accuracy.value
    assert accuracy == pytest.approx(best["seeds"]["42"], abs=1e-5)
    recipe = load_recipe(out / "best.toml")
    assert (
        recipe.name == "v1-tuned"
        and recipe.training.learning_rate == best["settings"]["training.learning_rate"]
    )
    assert recipe.model.embed_dim == 16  # what --set stated is in it too


@pytest.mark.slow
def test_ctrl_c_says_how_to_resume(arxonomy, papers_csv, tmp_path, monkeypatch):
    def stop(*given: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("arxonomy.studies.tuning.search.train", stop)
    stopped = arxonomy("tune", papers_csv, *WORDS, "--trials", 2, "--out", tmp_path / "out")
    assert (stopped.exit_code, stopped.stdout) == (130, "")
    assert stopped.stderr.endswith("stopped\nhint: resume with the same command\n")


@pytest.mark.slow
def test_python_gives_the_same_as_the_command(invented_papers, tmp_path, arxonomy, papers_csv):
    given = ["baseline.c=0.001..1 log"]
    tuning = package.tune(papers_csv, "linear-svm", trials=3, seeds=1, ranges=given, out=tmp_path / "python")
    words = ["tune", papers_csv, "--recipe", "linear-svm", "--range", *given, "--trials", 3, "--seeds", 1]
    printed = json.loads(arxonomy(*words, "--json", "--out", tmp_path / "command").stdout)
    numbers = json.loads(json.dumps(tuning.to_dict()))
    for trial in (*numbers["trials"], *printed["trials"]):
        del trial["seconds"]
    assert numbers["trials"] == printed["trials"] and numbers["data"] == printed["data"]
    recipe = load_recipe(tmp_path / "command" / "best.toml")
    assert recipe == tuning.best_recipe and len(recipe.baseline.c) == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--recipe", "v1"], 1, "give --minutes or --trials"),
        (["--recipe", "linear-svm", "--trials", 1], 1, "give one with --range"),
        (["--recipe", "ensemble", "--trials", 1], 1, "the recipe ensemble is an ensemble"),
        (["--recipe", "v1", "--trials", 1, "--range", "model.drop=1..2"], 1, "did you mean `dropout`?"),
        (["--recipe", "v1", "--trials", 1, "--set", "data.validation_share=0"], 1, "no validation papers"),
        (["--recipe", "v1", "--trials", 0], 2, "--trials"),
    ],
)
def test_what_cannot_be(arxonomy, papers_csv, tmp_path, words, code, message):
    done = arxonomy("tune", papers_csv, *words, "--out", tmp_path / "out")
    assert (done.exit_code, done.stdout) == (code, "")
    assert message in " ".join(done.stderr.split())
    assert not (tmp_path / "out").exists()
