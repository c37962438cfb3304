"""A tiny ablation, from the command to the table, and what its runs are good for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.conftest import TINY

import arxonomy as package
from arxonomy.artifacts.run import Run
from arxonomy.explain import explain_prediction

WORDS = [
    *TINY,
    "--set",
    "model.kernel_sizes=[3]",
    "--set",
    "training.class_weights=cs.CL=2,cs.CV=1.8",
    "--set",
    "training.epochs=1",
    "--seeds",
    2,
    "--threads",
    1,
    "--bootstrap",
    200,
]
COMPONENTS = ["--without", "title", "--without", "gate", "--without", "class-weights"]


@pytest.fixture(scope="module")
def ablated(tmp_path_factory, papers_csv, arxonomy) -> tuple[Path, Any, Any]:
    """The folder of runs, the numbers, and the command's result."""
    out = tmp_path_factory.mktemp("ablate")
    done = arxonomy(
        "ablate", papers_csv, *WORDS, *COMPONENTS, "--out", out / "runs", "-o", out / "numbers.json"
    )
    assert done.exit_code == 0, done.output
    return out / "runs", json.loads((out / "numbers.json").read_text(encoding="utf-8")), done


def test_the_table(ablated):
    _, numbers, done = ablated
    systems = ["v1", "v1-without-title", "v1-without-gate", "v1-without-class-weights"]
    assert list(numbers["systems"]) == systems
    assert [pair["first"] for pair in numbers["pairs"]] == systems[1:]
    assert {pair["second"] for pair in numbers["pairs"]} == {"v1"} == {numbers["whole"]}
    assert (numbers["papers"], numbers["seeds"]) == (14, [42, 43])
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line.startswith("v1")}
    whole = numbers["systems"]["v1"]
    assert whole["without"] is None and "meaning" not in whole
    for pair in numbers["pairs"]:
        system = numbers["systems"][pair["first"]]
        assert system["without"] == pair["first"].removeprefix("v1-without-")
        assert pair["accuracy"] == pytest.approx(system["accuracy"] - whole["accuracy"])
        assert pair["p_holm"] >= pair["p_value"] and pair["over_seeds"]
        low, high = (100 * end for end in pair["over_seeds"]["interval"])
        cells = (
            f"{system['accuracy']:.2%} ± {100 * system['seeds']['deviation']:.2f}",
            f"{100 * pair['accuracy']:+.2f} [{low:+.2f}, {high:+.2f}]",
            f"{system['parameters']:,}",
        )
        assert all(cell in done.stdout for cell in cells), (cells, done.stdout)
        assert system["epochs"] == [1, 1] and system["seconds_per_epoch"] >= 0
    sizes = {name: system["parameters"] for name, system in numbers["systems"].items()}
    assert sizes["v1-without-class-weights"] == sizes["v1"] > sizes["v1-without-gate"]
    assert "corrected for 3 comparisons (Holm)" in done.stdout and "the abstract alone is read" in done.stdout
    assert lines.keys() >= set(systems)
    assert numbers["command"].startswith("arxonomy")


def test_its_numbers_are_those_of_evaluate_and_compare(ablated, arxonomy, papers_csv):
    folder, numbers, _ = ablated
    models = [folder / name / f"seed-{seed}" for name in ("v1-without-gate", "v1") for seed in (42, 43)]
    done = arxonomy("compare", *models, "--data", papers_csv, "--json", "--bootstrap", 200, "--threads", 1)
    comparison = json.loads(done.stdout)
    assert list(comparison["systems"]) == ["v1-without-gate (2 seeds)", "v1 (2 seeds)"]  # no pool of both
    (pair,), ablated_pair = comparison["pairs"], numbers["pairs"][1]
    assert pair["accuracy"] == ablated_pair["accuracy"] and pair["p_value"] == ablated_pair["p_value"]
    assert pair["accuracy_interval"] == ablated_pair["accuracy_interval"]


def test_it_resumes_where_it_was_stopped(ablated, arxonomy, papers_csv, tmp_path, monkeypatch):
    folder, numbers, _ = ablated
    runs = tmp_path / "runs"
    shutil.copytree(folder, runs)
    (runs / "v1-without-gate" / "seed-43" / "metrics.json").unlink()
    words = ["ablate", papers_csv, *WORDS, "--without", "gate", "--out", runs]
    again = arxonomy(*words, "--json")
    assert again.exit_code == 0, again.output
    notes = [line for line in again.stderr.splitlines() if line.startswith("run ")]
    assert notes == [
        "run 1 of 4: v1, seed-42: trained before",
        "run 2 of 4: v1, seed-43: trained before",
        "run 3 of 4: v1-without-gate, seed-42: trained before",
        "run 4 of 4: v1-without-gate, seed-43",
    ]
    assert json.loads(again.stdout)["pairs"][0]["accuracy"] == numbers["pairs"][1]["accuracy"]
    others = arxonomy(*words, "--set", "training.epochs=3")
    assert others.exit_code == 1 and "training.epochs was 1, is 3" in others.stderr

    def stop(*given: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("arxonomy.studies.jobs.train", stop)
    stopped = arxonomy(*words, "--without", "residual")
    assert (stopped.exit_code, stopped.stdout) == (130, "")
    assert stopped.stderr.endswith("stopped\nhint: resume with the same command\n")


@pytest.mark.slow
def test_a_run_without_a_part_is_a_run_like_any_other(ablated, arxonomy, tmp_path, invented_papers):
    """It is exported, and both backends agree, also about attention."""
    folder, _, _ = ablated
    run = folder / "v1-without-gate" / "seed-42"
    done = arxonomy("export", run, "--out", tmp_path / "bundle")
    assert done.exit_code == 0, done.output
    pytorch, onnx = package.load(run, device="cpu", threads=1), package.load(tmp_path / "bundle", threads=1)
    shares = [classifier.probabilities(invented_papers) for classifier in (pytorch, onnx)]
    assert onnx.backend == "onnx" and np.abs(shares[0] - shares[1]).max() < 1e-5
    attentions = [
        explain_prediction(classifier, invented_papers[0], method="attention")
        for classifier in (pytorch, onnx)
    ]
    for attention in attentions:
        assert attention.gates == (1.0, 1.0)
        np.testing.assert_allclose(attention.abstract, attentions[0].abstract, atol=1e-5)
    titleless = package.load(folder / "v1-without-title" / "seed-42", device="cpu", threads=1)
    attention = explain_prediction(titleless, invented_papers[0], method="attention")
    assert attention.gates[0] == 0 < attention.gates[1]
    np.testing.assert_allclose(attention.title, 1 / len(attention.title_words))


def test_a_run_from_before_the_setting_resumes(ablated, arxonomy, papers_csv, tmp_path):
    folder, _, _ = ablated
    runs = tmp_path / "runs" / "v1"
    shutil.copytree(folder / "v1", runs)
    for saved in runs.glob("*/recipe.json"):
        recipe = json.loads(saved.read_text(encoding="utf-8"))
        assert recipe["model"].pop("without") == []
        saved.write_text(json.dumps(recipe), encoding="utf-8")
    done = arxonomy("ablate", papers_csv, *WORDS, "--without", "residual", "--out", runs.parent)
    assert done.exit_code == 0, done.output
    assert done.stderr.count("trained before") == 2
    assert Run(runs / "seed-42").recipe().model.without == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--recipe", "v1", "--without", "gates"], "did you mean `gate`?"),
        (["--recipe", "v1", "--without", "vectors"], "since no file is given"),
        (["--recipe", "linear-svm"], "a baseline, which has nothing to take out"),
        (["--recipe", "ensemble"], "name the recipe of a member, such as v1"),
        (["--recipe", "v1", "--set", "data.test_share=0"], "at least two test papers, found 0"),
    ],
)
def test_what_cannot_be(arxonomy, papers_csv, tmp_path, words, message):
    done = arxonomy("ablate", papers_csv, *words, "--out", tmp_path / "runs")
    assert (done.exit_code, done.stdout) == (1, "")
    assert message in " ".join(done.stderr.split())
    assert not (tmp_path / "runs").exists()
