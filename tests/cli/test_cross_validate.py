"""`arxonomy cross-validate`: every paper is a test paper once, and a stopped command resumes."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import TINY, write_papers

QUICK = ["--threads", "1", "--bootstrap", "200"]
SHORT = ["--set", "training.epochs=1"]


@pytest.mark.slow
def test_cross_validation(arxonomy, papers_csv, tmp_path):
    recipe = tmp_path / "other.toml"
    recipe.write_text('base = "baseline"\nname = "other"\n', encoding="utf-8")
    words = ["--recipe", recipe, *TINY, *SHORT, "--out", tmp_path / "cv"]
    words += ["--folds", "2", papers_csv, *QUICK]
    done = arxonomy("cross-validate", *words, "--json")
    assert done.exit_code == 0, done.output
    comparison = json.loads(done.stdout)
    assert comparison["papers"] == 90 and comparison["folds"] == 2
    assert list(comparison["systems"]) == ["other", "v1"]
    assert [Path(folder).name for folder in comparison["systems"]["v1"]["models"]] == ["fold-1", "fold-2"]
    tests = [
        json.loads(arxonomy("evaluate", folder, papers_csv, "--json").stdout)
        for folder in comparison["systems"]["v1"]["models"]
    ]
    assert sum(scores["papers"] for scores in tests) == 90
    right = sum(scores["papers"] * scores["accuracy"] for scores in tests)
    assert comparison["systems"]["v1"]["accuracy"] == pytest.approx(right / 90)
    assert "run 4 of 4: v1, fold 2" in done.stderr and "trained before" not in done.stderr

    again = arxonomy("cross-validate", *words)
    assert again.stderr.count("trained before") == 4
    assert (
        "\nother against v1: " in again.stdout
        and "2-fold cross-validation: each fold is classified by a model" in again.stdout
    )


@pytest.mark.slow
def test_a_recipe_that_wants_teachers_has_its_own_in_each_fold(arxonomy, papers_csv, tmp_path):
    taught, more = tmp_path / "taught.toml", tmp_path / "more.csv"
    taught.write_text('base = "v1"\nname = "taught"\n[training]\nteacher_share = 0.5\n', encoding="utf-8")
    more.write_text("id,title,abstract\nx,Of neural networks,We train them\ny,,\n", encoding="utf-8")
    words = ["cross-validate", papers_csv, *TINY, *SHORT, "--folds", "2", "--out", tmp_path / "cv", *QUICK]
    words += ["--teacher", "majority", "--unlabeled", more, "--cross-fit", "2", "--json"]
    done = arxonomy(*words, "--recipe", taught)
    assert done.exit_code == 1  # for a bad record, which is told of once
    assert done.stderr.count(f"warning: {more}:3: ") == 1
    assert list(json.loads(done.stdout)["systems"]) == ["v1", "taught"]
    for fold in (1, 2):
        folder = tmp_path / f"cv/taught/fold-{fold}"
        names = [teacher["name"] for teacher in json.loads((folder / "run.json").read_text())["teachers"]]
        assert names == ["majority"]
        assert {path.name for path in (folder / "teachers").iterdir()} == {
            "majority-fold-1",
            "majority-fold-2",
        }
        tested = _read_ids(folder / "split.csv", "test")
        for teacher in (folder / "teachers").iterdir():
            assert tested and not tested & _read_ids(teacher / "split.csv", "train")
        untaught = json.loads((tmp_path / f"cv/v1/fold-{fold}/run.json").read_text())
        assert not untaught.get("teachers")
    again = arxonomy(*words, "--recipe", taught)
    assert again.exit_code == 1 and again.stderr.count(": trained before") == 2 * 2 + 4

    refused = arxonomy(*words)
    assert refused.exit_code == 1
    assert "--teacher: expected a recipe that sets training.teacher_share" in refused.stderr


def _read_ids(split: Path, part: str) -> set[str]:
    with split.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["row"] for row in rows if row["split"] == part}


def test_ctrl_c_says_how_to_resume(arxonomy, papers_csv, tmp_path, monkeypatch):
    def stop(*given: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("arxonomy.studies.jobs.train", stop)
    done = arxonomy("cross-validate", papers_csv, "--recipe", "v1", "--out", tmp_path / "cv")
    assert (done.exit_code, done.stdout) == (130, "")
    assert done.stderr.endswith("stopped\nhint: resume with the same command\n")


def test_folds_of_a_file(arxonomy, tmp_path, invented_papers):
    copies = [dataclasses.replace(paper, id=f"copy-{paper.row}") for paper in invented_papers[:3]]
    file = write_papers(tmp_path / "papers.csv", [*invented_papers, *copies])
    folds = tmp_path / "folds.csv"
    # Row 1 and its copy, row 91, share a fold; rows 0 and 2 do not with theirs. Rows 3 to 5 have none.
    rows = [f"{row},{'ab'[row // 3 % 2]}\n" for row in range(90) if row not in (3, 4, 5)]
    folds.write_text("row,fold\n" + "".join(rows) + "90,b\n91,a\n92,b\n", encoding="utf-8")
    words = ["--recipe", "v1", *TINY[2:], *SHORT, "--out", tmp_path / "cv"]
    words += [file, "--split-file", folds, *QUICK]
    done = arxonomy("cross-validate", "--folds", "2", *words, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["papers"] == 90
    assert "gives no fold to 3 of 93 papers" in done.stderr
    assert "warning: 4 of 90 papers have a copy in another fold" in done.stderr
    wrong = arxonomy("cross-validate", *words)
    assert wrong.exit_code == 1 and "expected 5 folds, as --folds says, found 2" in wrong.stderr


def test_recipes_that_cannot_be_compared(arxonomy, papers_csv, tmp_path):
    def fails(*recipes: Any) -> str:
        words = [word for recipe in recipes for word in ("--recipe", recipe)]
        done = arxonomy("cross-validate", papers_csv, "--folds", "2", *words, "--out", tmp_path / "cv")
        assert (done.exit_code, done.stdout) == (1, "")
        assert not (tmp_path / "cv").exists()
        return str(done.stderr)

    assert "found `v1` twice" in fails("v1", "v1")
    other = tmp_path / "other.toml"
    other.write_text('base = "v1"\n[data]\nsplit_seed = 1\n', encoding="utf-8")
    assert "found data.split_seed 42 in v1 and 1 in other" in fails("v1", other)
    other.write_text('base = "v1"\n[data]\ntest_share = 0.2\n', encoding="utf-8")
    assert "found data.test_share 0.15 in v1 and 0.2 in other" in fails("v1", other)


def test_usage(arxonomy, papers_csv):
    for words in ([], [papers_csv], [papers_csv, "--recipe", "v1", "--folds", 1]):
        assert arxonomy("cross-validate", *words).exit_code == 2, words
