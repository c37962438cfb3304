"""Commands that read labeled papers take several files, and one split of all of them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import arxonomy as package
from arxonomy.records import Paper


def write(path: Path, papers: list[Paper]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "title", "abstract", "category"))
        writer.writerows((paper.id, paper.title, paper.abstract, paper.category) for paper in papers)
    return path


@pytest.fixture(scope="module")
def several(tmp_path_factory, invented_papers) -> tuple[list[Path], Path]:
    """Two files, the second with a copy of a test paper, and a split of some of their papers."""
    folder = tmp_path_factory.mktemp("several")
    files = [
        write(folder / "old.csv", invented_papers[:40]),
        write(folder / "new.csv", invented_papers[40:]),
    ]
    copy = invented_papers[0]
    with files[1].open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(("again", copy.title.upper(), copy.abstract, copy.category))
        file.write("broken\n")
    split = folder / "split.csv"
    parts = [("test", 0, 9), ("final-fit", 9, 18), ("validation", 45, 60), ("cs3-test", 60, 66)]
    rows = [f"{invented_papers[row].id},{part}\n" for part, start, end in parts for row in range(start, end)]
    split.write_text("id,split\n" + "".join(rows))
    return files, split


@pytest.fixture(scope="module")
def trained(arxonomy, several, tmp_path_factory):
    files, split = several
    folder = tmp_path_factory.mktemp("runs") / "both"
    words = [*files, "--split-file", split, "--rest", "train", "--recipe", "complement-nb", "--out", folder]
    return folder, arxonomy("train", *words), words


def test_training_on_the_rest(trained, several):
    (folder, done, _), (files, split) = trained, several
    assert done.exit_code == 1  # a bad record
    assert (
        f"note: {split}: 15 papers of other parts left out (final-fit 9, cs3-test 6); "
        "51 papers that it does not name for training; 1 copy of papers of its other parts left out\n"
    ) in done.stderr
    assert f"warning: {files[1]}:53: expected 4 columns, found 1\n" in done.stderr
    assert f"1 bad record was left out: 1 of {files[1]}\n" in done.stderr
    assert f"`arxonomy evaluate {folder} {files[0]} {files[1]}`" in done.stderr
    data = json.loads((folder / "run.json").read_text())["data"]
    assert data["name"] == "old.csv + new.csv" and data["papers"] == 91
    assert [file["name"] for file in data["files"]] == ["old.csv", "new.csv"]
    saved = (folder / "split.csv").read_text().splitlines()
    assert saved[2] == "0,invented-00,test" and saved[-1] == "89,invented-89,train"


def test_resuming_needs_the_same_order(arxonomy, trained):
    folder, _, (old, new, *words) = trained
    assert arxonomy("train", old, new, *words, "--resume").exit_code == 1  # the bad record
    turned = arxonomy("train", new, old, *words, "--resume")
    assert "was trained on old.csv + new.csv (sha256 " in turned.stderr
    assert "give these files in this order, or another --out" in turned.stderr
    alone = arxonomy("evaluate", folder, old)
    assert alone.exit_code == 1 and "and its split does not fit" in alone.stderr


def test_papers_without_ids_are_known_by_one_of_their_files(arxonomy, tmp_path):
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in files:
        path.write_text("title,category\n" + "".join(f"{path.name} {n},{'xy'[n % 2]}\n" for n in range(20)))
    done = arxonomy("train", *files, "--recipe", "majority", "--out", tmp_path / "run")
    assert done.exit_code == 0, done.output
    scored = arxonomy("evaluate", tmp_path / "run", files[1], "--split", "all")
    assert f"was trained on papers of this very file, {files[1]}" in scored.stderr


def test_any_part_is_scored(arxonomy, trained, several):
    (folder, *_), (files, split) = trained, several
    own = arxonomy("evaluate", folder, *files, "--json")
    scores = json.loads(own.stdout)
    assert scores["papers"] == 9 and scores["data"]["name"] == "old.csv + new.csv"
    assert scores["command"] == "arxonomy evaluate both old.csv new.csv --split test"
    assert [file["name"] for file in scores["data"]["files"]] == ["old.csv", "new.csv"]
    for words in (["--split-file", split], []):  # a run's own split has the names too
        done = arxonomy("evaluate", folder, *files, "--split", "cs3-test", *words, "--json")
        assert json.loads(done.stdout)["papers"] == 6 and "saved" not in done.stderr
    wrong = arxonomy("evaluate", folder, *files, "--split-file", split, "--split", "cs3-tset")
    assert wrong.exit_code == 2 and "no part `cs3-tset`" in " ".join(wrong.stderr.split())


def test_models_are_compared_on_several_files(arxonomy, trained, several):
    (folder, *_), (files, split) = trained, several
    data = [word for path in files for word in ("--data", path)]
    words = ["--split-file", split, "--split", "final-fit", "--bootstrap", 100, "--json"]
    done = arxonomy("compare", folder, *data, *words)
    numbers = json.loads(done.stdout)
    assert numbers["papers"] == 9
    assert [file["name"] for file in numbers["data"]["files"]] == ["old.csv", "new.csv"]


def test_an_audit_of_several_files(arxonomy, several):
    files, split = several
    words = [*files, "--split-file", split, "--no-noise", "--json"]
    summary = json.loads(arxonomy("audit", *words).stdout)
    assert summary["rows"] == 91 and summary["repeats"]["same_text"] == 1
    assert [file["name"] for file in summary["data"]["files"]] == ["old.csv", "new.csv"]
    assert summary["command"].startswith("arxonomy audit old.csv new.csv --split-file split.csv")
    alone = json.loads(arxonomy("audit", files[0], "--no-noise", "--json").stdout)
    assert alone["data"].keys() == {"name", "sha256"}


def test_a_rest_of_no_split_is_wrong_usage(arxonomy, several):
    for command in ("train", "audit", "curve", "ablate", "tune"):
        recipe = [] if command == "audit" else ["--recipe", "v1"]
        done = arxonomy(command, several[0][0], "--rest", "train", *recipe)
        assert done.exit_code == 2 and "give --split-file too" in " ".join(done.stderr.split())


def test_the_same_in_python(several, tmp_path):
    files, split = several
    model = package.train(files, "complement-nb", out=tmp_path / "run", split_file=split, rest="train")
    assert model.data is not None and [file.name for file in model.data.files] == ["old.csv", "new.csv"]
    evaluation = package.evaluate(model, [str(path) for path in files], split="final-fit")
    assert evaluation.scores.papers == 9 and evaluation.data.name == "old.csv + new.csv"
    report = package.evaluate(model, files, split="cs3-test", split_file=split, report=True)
    page = report.to_html()
    assert "the part cs3-test of the split" in page and report.data.files[1].sha256 in page
    assert package.compare([model], files, resamples=100).basis.data.files == evaluation.data.files
    summary = package.audit(files, split, rest="train", noise=False)
    assert summary.leakage is not None and summary.leakage["test"].copies == 0
