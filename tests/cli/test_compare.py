from __future__ import annotations

import csv
import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from cli.conftest import TINY, Invoke, write_papers

from arxonomy.cli.shared import write_disagreements
from arxonomy.records import Paper
from arxonomy.studies.systems import Contest, System

QUICK = ["--threads", "1", "--bootstrap", "200"]
SHORT = ["--set", "training.epochs=1"]


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory, papers_csv: Path, arxonomy: Invoke) -> dict[str, Path]:
    """Another run of the recipe of `run_folder` with another seed, and one of another recipe."""
    folder, made = tmp_path_factory.mktemp("others"), {}
    for name, words in {
        "seed-7": [*TINY, "--seed", 7],
        "baseline": ["--recipe", "baseline", *TINY[2:], *SHORT],
    }.items():
        made[name] = folder / name
        done = arxonomy("train", papers_csv, *words, "--out", made[name])
        assert done.exit_code == 0, done.output
    return made


@pytest.fixture(scope="module")
def split_otherwise(tmp_path_factory: pytest.TempPathFactory, papers_csv: Path, arxonomy: Invoke) -> Path:
    """A run of the same file, with another split."""
    folder = tmp_path_factory.mktemp("split") / "run"
    words = [*TINY, *SHORT, "--set", "data.split_seed=7"]
    assert arxonomy("train", papers_csv, *words, "--out", folder).exit_code == 0
    return folder


def test_a_model_of_more_labels_is_compared_among_those_of_another(
    arxonomy, run_folder, papers_csv, tmp_path
):
    among = "language=cs.CL,cs.LG"
    other = tmp_path / "two-labels"
    words = ["--recipe", "complement-nb", "--among", among]
    assert arxonomy("train", papers_csv, *words, "--out", other).exit_code == 0
    call = ("compare", run_folder, other, "--data", papers_csv, "--split", "all", *QUICK)
    refused = arxonomy(*call)
    assert refused.exit_code == 1 and "expected models with the same labels" in refused.stderr
    compared = arxonomy(*call, "--among", among, "--json")
    assert compared.exit_code == 0, compared.output
    numbers = json.loads(compared.stdout)
    assert numbers["papers"] == 60
    words = ("--split", "all", "--among", among, "--json", "--threads", "1")
    alone = json.loads(arxonomy("evaluate", run_folder, papers_csv, *words).stdout)
    (name,) = set(numbers["systems"]) - {"complement-nb"}
    assert numbers["systems"][name]["accuracy"] == pytest.approx(alone["accuracy"])
    assert set(numbers["systems"][name]["per_class"]) == {"language", "cs.LG"}


@pytest.mark.slow
def test_seeds_are_pooled(arxonomy, run_folder, others, papers_csv, tmp_path):
    disagreements, out = tmp_path / "disagreements.csv", tmp_path / "numbers.json"
    models = [run_folder, others["seed-7"], others["baseline"]]
    done = arxonomy(
        "compare",
        *models,
        "--data",
        papers_csv,
        *QUICK,
        "--json",
        "-o",
        out,
        "--disagreements",
        disagreements,
    )
    assert done.exit_code == 0, done.output
    comparison = json.loads(done.stdout)
    assert json.loads(out.read_text(encoding="utf-8")) == comparison
    assert list(comparison["systems"]) == ["v1 (2 seeds)", "baseline"]
    assert comparison["papers"] == 14 and comparison["bootstrap"] == {"draws": 200, "seed": 0}
    pooled, single = comparison["systems"].values()
    evaluated = [
        json.loads(arxonomy("evaluate", model, papers_csv, "--json").stdout)["accuracy"] for model in models
    ]
    assert pooled["seeds"]["accuracies"] == evaluated[:2]
    assert single["accuracy"] == evaluated[2]
    assert pooled["models"] == [str(model) for model in models[:2]]
    for system in (pooled, single):
        assert system["papers_per_second"] > 0 and system["backend"] == "torch"
    (pair,) = comparison["pairs"]
    assert (pair["first"], pair["second"]) == ("v1 (2 seeds)", "baseline")
    assert pair["over_seeds"]["p_value"] <= pair["p_value"] == pair["p_holm"]

    with disagreements.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == comparison["disagreements"] >= pair["only_first_right"] + pair["only_second_right"]
    assert comparison["disagreements"] > 0, "the test is worthless without a disagreement"
    for row in rows:
        assert 0 < float(row["baseline: probability"]) <= 1
        right = int(row["v1 (2 seeds): seeds right"].removesuffix(" of 2"))
        assert not (right == 2 and row["baseline: answer"] == row["category"])
        assert not (right == 0 and row["baseline: answer"] != row["category"])


def test_seeds_kept_apart(arxonomy, run_folder, others, papers_csv):
    done = arxonomy("compare", run_folder, others["seed-7"], "--data", papers_csv, "--no-pool", *QUICK)
    assert done.exit_code == 0, done.output
    assert f"\n{run_folder.name} against seed-7: " in done.stdout
    assert "McNemar's exact test: p " in done.stdout and "seeds are" not in done.stdout
    assert "with at most 1 thread (torch)" in done.stdout
    together = arxonomy("compare", run_folder, others["seed-7"], "--data", papers_csv, *QUICK)
    assert "v1 (2 seeds): the seeds are" in together.stdout and "against" not in together.stdout
    assert "hint: keep them apart with `--no-pool`" in together.stderr


def test_a_copy_of_a_run_is_no_other_seed(arxonomy, run_folder, others, papers_csv, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(run_folder, copy)
    done = arxonomy("compare", run_folder, copy, "--data", papers_csv, *QUICK)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "has the recipe and the seed (42) of another one" in done.stderr
    apart = arxonomy("compare", run_folder, copy, "--data", papers_csv, "--no-pool", "--json", *QUICK)
    (pair,) = json.loads(apart.stdout)["pairs"]
    assert (pair["accuracy"], pair["p_value"], pair["verdict"]) == (0, 1, "not significant")
    twice = arxonomy("compare", run_folder, run_folder, "--data", papers_csv)
    assert twice.exit_code == 1 and "named twice" in twice.stderr


def test_only_the_same_papers_are_compared(
    arxonomy, run_folder, others, split_otherwise, papers_csv, tmp_path, invented_papers
):
    done = arxonomy("compare", run_folder, split_otherwise, "--data", papers_csv, *QUICK)
    assert (done.exit_code, done.stdout) == (1, "")
    tested = [
        {row["row"] for row in read_split(run) if row["split"] == "test"}
        for run in (run_folder, split_otherwise)
    ]
    first = min(map(int, tested[0] ^ tested[1]))
    assert f"expected the same papers to score, found row {first} (id invented-{first:02})" in done.stderr

    fewer = write_papers(tmp_path / "fewer.csv", invented_papers[:60])
    run = tmp_path / "run"
    shutil.copytree(run_folder, run)
    info = json.loads((run / "run.json").read_text(encoding="utf-8"))
    info["data"] |= {"sha256": "ab" * 32, "name": "fewer.csv"}
    (run / "run.json").write_text(json.dumps(info), encoding="utf-8")
    done = arxonomy("compare", others["baseline"], run, "--data", papers_csv, *QUICK)
    assert done.exit_code == 1
    assert "expected runs of the same file" in done.stderr and "on fewer.csv (abababababab...)" in done.stderr
    two = run_folder, others["baseline"]
    done = arxonomy("compare", *two, "--data", fewer, *QUICK)
    assert done.exit_code == 1 and "was trained on papers.csv" in done.stderr
    done = arxonomy("compare", *two, "--data", fewer, *QUICK, "--split", "all", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["papers"] == 60

    info["data"] = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))["data"]
    info["labels"] = ["cs.CL", "cs.CV", "cs.RO"]
    (run / "run.json").write_text(json.dumps(info), encoding="utf-8")
    done = arxonomy("compare", run_folder, run, "--data", papers_csv, *QUICK)
    assert done.exit_code == 1 and "lacks cs.RO" in done.stderr


def read_split(run: Path) -> list[dict[str, str]]:
    with (run / "split.csv").open(encoding="utf-8", newline="") as file:
        next(file)
        return list(csv.DictReader(file))


def test_bundles_and_a_run_next_to_its_bundle(
    arxonomy, bundle, run_folder, papers_csv, tmp_path, invented_papers
):
    other = tmp_path / "other"
    shutil.copytree(bundle, other)
    new = [dataclasses.replace(paper, id=f"new-{paper.row}") for paper in invented_papers[:20]]
    odd = dataclasses.replace(new[0], id="odd", category="hep-ex")
    file = write_papers(tmp_path / "new.csv", [*new, odd])
    done = arxonomy("compare", bundle, other, "--data", file, "--no-pool", "--json", *QUICK)
    assert done.exit_code == 0, done.output
    assert "warning" not in done.stderr and "1 paper has a label" in done.stderr
    comparison = json.loads(done.stdout)
    assert list(comparison["systems"]) == [bundle.name, "other"] and comparison["papers"] == 20
    assert {system["backend"] for system in comparison["systems"].values()} == {"onnx"}

    seen = arxonomy("compare", bundle, other, "--data", papers_csv, "--no-pool", *QUICK)
    assert f"used to train or to choose {bundle};" in seen.stderr
    assert f"used to train or to choose {other};" in seen.stderr

    together = arxonomy("compare", run_folder, bundle, "--data", papers_csv, "--json", *QUICK)
    assert together.exit_code == 0, together.output
    assert "warning" not in together.stderr
    comparison = json.loads(together.stdout)
    assert list(comparison["systems"]) == [str(run_folder), str(bundle)]  # one recipe, folders of one name
    assert comparison["papers"] == 14 and comparison["pairs"][0]["accuracy"] == 0


def test_usage(arxonomy, run_folder, bundle, papers_csv, tmp_path):
    missing = arxonomy("compare", run_folder, bundle, "--threads", 1)
    assert missing.exit_code == 2
    message = " ".join(missing.stderr.replace("│", " ").split())
    assert "was trained on: papers.csv, 90 papers, sha256" in message
    (tmp_path / "run.json").write_text("damaged")
    assert arxonomy("compare", tmp_path, tmp_path).exit_code == 2
    (tmp_path / "run.json").unlink()
    for words in (
        [],
        ["--data", papers_csv],
        [bundle, "--data", papers_csv, "--split", "test"],
    ):
        assert arxonomy("compare", *words).exit_code == 2, words
    nowhere = arxonomy("compare", run_folder, tmp_path, "--data", papers_csv)
    assert nowhere.exit_code == 1 and nowhere.stderr.startswith("error: ")


def test_disagreements_are_safe_to_open_and_to_print(tmp_path):
    labels = ["cs.CL", "cs.CV"]
    papers = [
        Paper("=1+1", "@SUM(A1)\x1b[31m", "", "cs.CL", row=4),
        Paper("2", 'two\r\nlines, "quoted"', "", "cs.CV", row=5),
        Paper("3", "right with both", "", "cs.CV", row=6),
        Paper("4", "wrong with both", "", "cs.CL", row=7),
    ]
    sure, unsure = [0.9, 0.1], [0.4, 0.6]
    single = [np.array([sure, sure, unsure, unsure])]
    three = [
        np.array(rows) for rows in ([unsure, unsure, unsure, unsure],) * 2 + ([sure] * 2 + [unsure] * 2,)
    ]
    systems = [System("=one", [], single, None), System("three", [], three, None)]  # type: ignore[arg-type]
    path = tmp_path / "disagreements.csv"
    assert write_disagreements(path, Contest(systems, papers, [0, 1, 1, 0], labels)) == 2
    text = path.read_bytes().decode("utf-8")
    assert not set(text) & set("\x1b\r")
    header, *rows = csv.reader(text.splitlines())
    assert header[:4] == ["row", "id", "title", "category"]
    assert header[4:] == [
        "'=one: answer",
        "'=one: probability",
        "three: answer",
        "three: probability",
        "three: seeds right",
    ]
    mean = f"{(0.6 + 0.6 + 0.1) / 3:.6f}"
    assert rows == [
        ["4", "'=1+1", "'@SUM(A1)␛[31m", "cs.CL", "cs.CL", "0.900000", "cs.CV", mean, "1 of 3"],
        ["5", "2", 'two lines, "quoted"', "cs.CV", "cs.CL", "0.900000", "cs.CV", mean, "2 of 3"],
    ]
