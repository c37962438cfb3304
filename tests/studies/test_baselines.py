"""A baseline by the commands: recipes, train, evaluate, classify, and what is refused."""

from __future__ import annotations

import json

import pytest

from arxonomy.config import load_recipe
from arxonomy.config.baselines import BASELINE_KINDS


@pytest.fixture(scope="module")
def svm(arxonomy, papers_csv, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "svm"
    words = ("--recipe", "linear-svm", "--set", "baseline.c=[0.1, 1.0]")
    done = arxonomy("train", papers_csv, *words, "--out", folder)
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["c"], line["balanced"]) for line in lines] == [
        (c, balanced) for c in (0.1, 1.0) for balanced in (False, True)
    ]
    assert "best of 4 settings: c 0.1, balanced " in done.stderr
    assert f"hint: export it with `arxonomy export {folder} --out {folder}-bundle`\n" in done.stderr
    return folder


def test_from_training_to_answers(arxonomy, svm, papers_csv) -> None:
    done = arxonomy("evaluate", svm, papers_csv, "--json")
    assert done.exit_code == 0, done.output
    scores = json.loads(done.stdout)
    assert scores["accuracy"] > 0.9
    assert json.loads((svm / "metrics.json").read_text(encoding="utf-8"))["test"] == scores
    answers = arxonomy("classify", papers_csv, "--model", svm)
    assert answers.exit_code == 0, answers.output
    assert {json.loads(line)["category"] for line in answers.stdout.splitlines()} == {
        "cs.CL",
        "cs.CV",
        "cs.LG",
    }
    resumed = arxonomy(
        *("train", papers_csv, "--recipe", "linear-svm"),
        *("--set", "baseline.c=[0.1, 1.0]", "--out", svm, "--resume"),
    )
    assert (resumed.exit_code, resumed.stdout) == (0, "")


def test_refusals_have_a_reason(arxonomy, svm, papers_csv, tmp_path) -> None:
    cases = (
        (
            ("explain", "--title", "x", "--model", svm, "--method", "attention"),
            "which has no attention to show",
        ),
        (("export", svm, "--out", tmp_path / "bundle", "--copies", 2), "expected 0 copies, found 2"),
        (("classify", papers_csv, "--model", svm, "--backend", "onnx"), "has no ONNX graph"),
        (
            ("train", papers_csv, "--recipe", "linear-svm", "--set", "baseline.alpha=[1]"),
            "unknown setting `baseline.alpha`",
        ),
    )
    for words, message in cases:
        done = arxonomy(*words)
        assert (done.exit_code, done.stdout) == (1, "")
        assert message in " ".join(done.stderr.split())


@pytest.mark.parametrize("name", BASELINE_KINDS)
def test_a_printed_baseline_is_the_same_recipe(arxonomy, name, tmp_path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(arxonomy("recipes", name).stdout, encoding="utf-8")
    assert load_recipe(file) == load_recipe(name)
    assert f"{load_recipe(name).description}\n" in arxonomy("recipes").stdout
