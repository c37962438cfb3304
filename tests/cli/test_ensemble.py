"""An ensemble by the commands: recipes, train, evaluate, export, classify."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.conftest import TINY, Invoke
from cli.test_commands import run_without
from test_plain_install import EXTRAS

from arxonomy.config import load_recipe
from arxonomy.training.ensemble import resolve_members

PAIR = [
    *("--recipe", "ensemble-tta"),
    *TINY[2:],
    *("--set", "training.epochs=1"),
    *("--set", 'ensemble.members=["v1", "baseline"]'),
    *("--set", "ensemble.seeds=[1, 2]"),
]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, papers_csv: Path, arxonomy: Invoke) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "pair"
    done = arxonomy("train", papers_csv, *PAIR, "--out", folder)
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["member"], line["epoch"]) for line in lines] == [(1, 1), (2, 1)]
    assert "member 2 of 2: baseline, seed 2\n" in done.stderr
    assert "validation accuracy of the members: " in done.stderr
    assert f"hint: evaluate it with `arxonomy evaluate {folder} {papers_csv}`\n" in done.stderr
    return folder


@pytest.mark.slow
def test_from_training_to_answers(arxonomy, pair, papers_csv, tmp_path) -> None:
    on_run = arxonomy("evaluate", pair, papers_csv, "--json")
    assert on_run.exit_code == 0, on_run.output
    scores = json.loads(on_run.stdout)
    assert json.loads((pair / "metrics.json").read_text(encoding="utf-8"))["test"] == scores
    bundle = tmp_path / "bundle"
    done = arxonomy("export", pair, "--out", bundle)
    assert (done.exit_code, done.stdout) == (0, f"{bundle}\n")
    assert "note" not in done.stderr
    again = arxonomy("evaluate", bundle, papers_csv, "--split-file", pair / "split.csv", "--json")
    assert again.exit_code == 0, again.output
    assert "warning" not in again.stderr
    assert json.loads(again.stdout)["log_loss"] == pytest.approx(scores["log_loss"], abs=1e-5)
    report, recipe = tmp_path / "report.html", load_recipe("ensemble-tta")
    reported = arxonomy(
        *("evaluate", bundle, papers_csv, "--split-file", pair / "split.csv", "--report", report),
        *("--baseline", pair, "--json"),
    )
    assert reported.exit_code == 0, reported.output
    about = json.loads(reported.stdout)["about"]["model"]
    assert about["members"] == 2 and about["data"]["name"] == "papers.csv"
    assert recipe.description.partition(":")[0] in report.read_text(encoding="utf-8")
    everything = arxonomy("evaluate", bundle, papers_csv)
    assert "warning: 76 of these 90 papers were used to train" in everything.stderr

    answers = [
        [json.loads(line) for line in arxonomy("classify", papers_csv, "--model", model).stdout.splitlines()]
        for model in (pair, bundle)
    ]
    for first, second in zip(*answers, strict=True):
        assert first["category"] == second["category"]
        assert first["probability"] == pytest.approx(second["probability"], abs=1e-5)
    plain = run_without(EXTRAS, "classify", papers_csv, "--model", bundle)
    assert (plain.returncode, plain.stderr) == (0, "")
    assert [json.loads(line)["category"] for line in plain.stdout.splitlines()] == [
        one["category"] for one in answers[1]
    ]


@pytest.mark.slow
def test_a_finished_ensemble_is_not_overwritten_but_resumed(arxonomy, pair, papers_csv) -> None:
    refused = arxonomy("train", papers_csv, *PAIR, "--out", pair)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "--resume" in refused.stderr
    resumed = arxonomy("train", papers_csv, *PAIR, "--out", pair, "--resume")
    assert (resumed.exit_code, resumed.stdout) == (0, "")


@pytest.mark.slow
def test_runs_are_put_together_when_exported(arxonomy, pair, run_folder, tmp_path) -> None:
    bundle = tmp_path / "bundle"
    done = arxonomy("export", pair, run_folder, "--out", bundle, "--copies", 1)
    assert done.exit_code == 0, done.output
    info = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    assert [member["recipe"] for member in info["members"]] == ["v1", "baseline", "v1"]
    assert (info["copies"], info["calibration"]["papers"]) == (1, 14)


@pytest.mark.slow
def test_runs_of_other_data_vote_uncalibrated(arxonomy, pair, papers_csv, tmp_path) -> None:
    other = tmp_path / "other.csv"
    other.write_bytes(papers_csv.read_bytes() + b"x,Pixels,Of an image.,cs.CV\n")
    run = tmp_path / "run"
    words = ["--recipe", "baseline", *TINY[2:], "--set", "training.epochs=1"]
    assert arxonomy("train", other, *words, "--out", run).exit_code == 0
    done = arxonomy("export", pair / "member-2", run, "--out", tmp_path / "bundle")
    assert done.exit_code == 0, done.output
    assert "no validation papers in common" in done.stderr
    assert "temperature 1, biases 0" in done.stderr


@pytest.mark.slow
def test_the_folder_says_a_seed_only_if_one_was_said(arxonomy, papers_csv, tmp_path, monkeypatch) -> None:
    """Stopped at once by a member that cannot be trained; what counts is where."""
    monkeypatch.chdir(tmp_path)
    options = ["train", papers_csv, *PAIR, "--set", "training.learning_rate=1e38"]
    options += ["--set", "training.clip_norm=none"]
    for words, folder in (([], "ensemble-tta"), (["--seed", 5], "ensemble-tta-seed5")):
        done = arxonomy(*options, *words)
        assert done.exit_code == 1
        assert f"runs/{folder}/member-1: the loss became" in done.stderr


def test_a_printed_ensemble_states_no_more_than_the_recipe(arxonomy, tmp_path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(arxonomy("recipes", "ensemble-diverse").stdout, encoding="utf-8")
    printed, packaged = load_recipe(file), load_recipe("ensemble-diverse")
    assert resolve_members(printed) == resolve_members(packaged)
    listed = arxonomy("recipes").stdout
    for name in ("ensemble", "ensemble-tta", "ensemble-diverse"):
        assert f"{load_recipe(name).description}\n" in listed
