"""Labels in every command that reads them: `--among`, `--min-papers`, `--prior`, and what is said of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cli.conftest import Invoke, write_papers

import arxonomy as package
from arxonomy.artifacts.run import Run
from arxonomy.records import Paper

COMMA = "Vision, Images & Video"
QUICK = ("--recipe", "complement-nb", "--threads", 1)


def relabel(papers: Sequence[Paper], **names: str) -> list[Paper]:
    """Papers under other names: `relabel(papers, CL="x")` calls cs.CL `x`."""
    return [replace(paper, category=names.get(str(paper.category)[3:], paper.category)) for paper in papers]


@pytest.fixture(scope="module")
def four_csv(tmp_path_factory: pytest.TempPathFactory, invented_papers: list[Paper]) -> Path:
    """Half of the papers of cs.LG are of cs.AI, one is rare, and some have no label."""
    papers = [
        replace(paper, category="cs.AI") if paper.category == "cs.LG" and paper.row % 2 else paper
        for paper in invented_papers
    ]
    more = [Paper("rare", "A rare paper about proteins", "It folds.", "q-bio.BM")]
    more += [Paper(f"none-{word}", f"No label {word}", "None.", word) for word in ("nan", "N/A", "")]
    return write_papers(tmp_path_factory.mktemp("four") / "four.csv", [*papers, *more])


@pytest.fixture(scope="module")
def merged_run(tmp_path_factory: pytest.TempPathFactory, four_csv: Path, arxonomy: Invoke) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "merged"
    words = (*QUICK, "--among", "cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV", "--out", folder)
    done = arxonomy("train", four_csv, *words)
    assert done.exit_code == 0, done.output
    said = done.stderr.splitlines()
    assert "labels: cs.AI + cs.LG -> cs.AI-LG, 30 papers" in said
    assert "labels: 1 paper of other labels left out: q-bio.BM (1)" in said
    assert "labels: 3 papers without a label left out" in said
    return folder


@pytest.mark.slow
def test_no_label_is_merged_unasked(arxonomy: Invoke, four_csv: Path, tmp_path: Path) -> None:
    done = arxonomy("train", four_csv, *QUICK, "--min-papers", 3, "--out", tmp_path / "run")
    assert done.exit_code == 0, done.output
    assert Run(tmp_path / "run").info().labels == ("cs.AI", "cs.CL", "cs.CV", "cs.LG")
    assert "labels: 1 label of fewer than 3 different papers left out: q-bio.BM (1)" in done.stderr
    assert "->" not in done.stderr
    again = arxonomy("evaluate", tmp_path / "run", four_csv)
    assert again.exit_code == 0, again.output


def test_the_advice_for_a_rare_label_works(arxonomy: Invoke, four_csv: Path, tmp_path: Path) -> None:
    done = arxonomy("train", four_csv, *QUICK, "--out", tmp_path / "run")
    assert done.exit_code == 1
    assert "found one of `q-bio.BM`" in done.stderr and "--min-papers 3 " in done.stderr


@pytest.mark.parametrize("command", ["cross-validate", "curve"])
def test_studies_choose_labels_too(arxonomy: Invoke, four_csv: Path, tmp_path: Path, command: str) -> None:
    words = ("--recipe", "majority", "--bootstrap", 100, "--threads", 1, "--out", tmp_path / "runs", "--json")
    words += ("--folds", 2) if command == "cross-validate" else ("--seeds", 1, "--sizes", "40")
    done = arxonomy(command, four_csv, *words, "--min-papers", 4, "--among", "ML=cs.AI+cs.LG,*")
    assert done.exit_code == 0, done.output
    assert "labels: cs.AI + cs.LG -> ML, 30 papers" in done.stderr
    assert done.stderr.count("q-bio.BM (1)") == 1
    assert done.stderr.count("without a label") == 1
    without = arxonomy(command, four_csv, *words)
    assert without.exit_code == 1 and "--min-papers" in without.stderr


def test_evaluating_merges_as_the_model_does_and_says_so(
    arxonomy: Invoke, merged_run: Path, four_csv: Path, tmp_path: Path
) -> None:
    own = arxonomy("evaluate", merged_run, four_csv, "--json")
    assert own.exit_code == 0, own.output
    assert set(json.loads(own.stdout)["per_class"]) == {"cs.AI-LG", "cs.CL", "cs.CV"}
    assert (
        "labels: cs.AI + cs.LG -> cs.AI-LG, 30 papers, as the model was trained (--among says otherwise)"
        in own.stderr
    )
    before = (merged_run / "metrics.json").read_bytes()
    other = arxonomy("evaluate", merged_run, four_csv, "--json", "--among", "cs.AI-LG=cs.LG,cs.CL")
    assert other.exit_code == 0, other.output
    assert "labels: cs.LG -> cs.AI-LG, 15 papers\n" in other.stderr
    numbers = json.loads(other.stdout)
    assert numbers["papers"] < json.loads(own.stdout)["papers"]
    assert "--among cs.AI-LG=cs.LG,cs.CL" in numbers["command"]
    assert (merged_run / "metrics.json").read_bytes() == before


@pytest.mark.parametrize("among", [["cs.CL", "cs.CV", "cs.LG"], []])
def test_a_run_whose_recipe_merged_labels_that_its_file_lacks(
    arxonomy: Invoke, papers_csv: Path, tmp_path: Path, among: list[str]
) -> None:
    folder = tmp_path / "run"
    assert arxonomy("train", papers_csv, *QUICK, "--out", folder).exit_code == 0
    content = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    content["data"] = {"merge": {"cs.AI-LG": ["cs.AI", "stat.ML"]}, "labels": among}
    (folder / "recipe.json").write_text(json.dumps(content), encoding="utf-8")
    done = arxonomy("evaluate", folder, papers_csv, "--json")
    assert done.exit_code == 0, done.output
    assert set(json.loads(done.stdout)["per_class"]) == {"cs.CL", "cs.CV", "cs.LG"}
    assert "->" not in done.stderr


def test_the_packaged_model_reads_the_labels_of_arxiv(arxonomy: Invoke, four_csv: Path) -> None:
    model = Path(package.__file__).parent / "bundled"
    done = arxonomy("evaluate", model, four_csv, "--json")
    assert done.exit_code == 0, done.output
    found = {name: own["support"] for name, own in json.loads(done.stdout)["per_class"].items()}
    assert {name: count for name, count in found.items() if count} == {
        "cs.AI": 15,
        "cs.LG": 15,
        "cs.CL": 30,
        "cs.CV": 30,
        "q-bio.BM": 1,
    }
    merged = arxonomy("evaluate", model, four_csv, "--among", "cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV", "--json")
    assert merged.exit_code == 0, merged.output
    assert json.loads(merged.stdout)["per_class"]["cs.AI-LG"]["support"] == 30
    assert "labels: cs.AI + cs.LG -> cs.AI-LG, 30 papers" in merged.stderr
    assert "labels: 1 paper of other labels left out: q-bio.BM (1)" in merged.stderr


def test_other_names_for_the_labels_of_a_model(
    arxonomy: Invoke, merged_run: Path, invented_papers: list[Paper], tmp_path: Path
) -> None:
    named = relabel(invented_papers, CL="NLP", CV=COMMA, LG="cs.ai-lg")
    path = write_papers(tmp_path / "other.csv", named)
    done = arxonomy("evaluate", merged_run, path, "--split", "all")
    assert done.exit_code == 1
    assert f"{COMMA} (30)" in done.stderr and "as in --among 'cs.AI-LG=NAME,*'" in done.stderr
    assert "--among" in done.stderr and "`cs.ai-lg` may be `cs.AI-LG`" in done.stderr
    among = f'cs.CL=NLP,cs.CV="{COMMA}",cs.AI-LG=cs.ai-lg'
    cured = arxonomy("evaluate", merged_run, path, "--split", "all", "--among", among, "--json")
    assert cured.exit_code == 0, cured.output
    assert json.loads(cured.stdout)["papers"] == 90


def test_comparing_under_one_choice(
    arxonomy: Invoke, merged_run: Path, four_csv: Path, tmp_path: Path
) -> None:
    words = ("--recipe", "majority", "--threads", 1, "--among", "cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV")
    assert arxonomy("train", four_csv, *words, "--out", tmp_path / "other").exit_code == 0
    options = ("--data", four_csv, "--bootstrap", 100, "--threads", 1, "--json")
    done = arxonomy("compare", merged_run, tmp_path / "other", *options)
    assert done.exit_code == 0, done.output
    assert done.stderr.count("cs.AI + cs.LG -> cs.AI-LG") == 1
    fewer = arxonomy("compare", merged_run, tmp_path / "other", *options, "--among", "cs.CL,cs.CV")
    assert fewer.exit_code == 0, fewer.output
    assert json.loads(fewer.stdout)["papers"] < json.loads(done.stdout)["papers"]


def test_names_with_commas_in_every_option(
    arxonomy: Invoke, invented_papers: list[Paper], tmp_path: Path
) -> None:
    path = write_papers(tmp_path / "p.csv", relabel(invented_papers, CV=COMMA, LG="a=b", CL="C++"))
    among = f'"{COMMA}","x, y"="C++"+"a=b"'
    done = arxonomy("train", path, *QUICK, "--among", among, "--out", tmp_path / "run")
    assert done.exit_code == 0, done.output
    assert Run(tmp_path / "run").info().labels == (COMMA, "x, y")
    model = ("--model", tmp_path / "run", "--title", "image", "--abstract", "camera", "--format", "jsonl")
    for prior in (f'"{COMMA}"=0.7', f"{COMMA}=0.7", f'"{COMMA}" = 0.7 , "x, y"=0.3', f"{COMMA}=0.7,x, y=0.3"):
        said = arxonomy("classify", *model, "--prior", prior)
        assert said.exit_code == 0, said.output
        assert json.loads(said.stdout)["category"] == COMMA
    wrong = arxonomy("classify", *model, "--prior", "Vision=0.7")
    assert (wrong.exit_code == 1 and f"did you mean `{COMMA}`" in wrong.stderr) or "known: " in wrong.stderr
    explained = arxonomy(
        "explain", *model[:-2], "--category", COMMA, "--against", "x, y", "--format", "jsonl"
    )
    assert explained.exit_code == 0, explained.output


def test_spellings_are_told_when_training(
    arxonomy: Invoke, invented_papers: list[Paper], tmp_path: Path
) -> None:
    papers = [
        replace(paper, category="cs.cv") if paper.category == "cs.CV" and paper.row < 20 else paper
        for paper in invented_papers
    ]
    path = write_papers(tmp_path / "p.csv", papers)
    done = arxonomy("train", path, *QUICK, "--out", tmp_path / "run")
    (line,) = [line for line in done.stderr.splitlines() if "may be one label" in line]
    counts = sum(paper.category == "cs.cv" for paper in papers)
    assert f"`cs.CV` ({30 - counts} papers) and `cs.cv` ({counts} papers) may be one label" in line
    assert line.endswith("merge them with --among 'cs.CV=cs.CV+cs.cv,*'")
    cured = arxonomy("train", path, *QUICK, "--among", "cs.CV=cs.CV+cs.cv,*", "--out", tmp_path / "cured")
    assert cured.exit_code == 0 and "may be one label" not in cured.stderr
    quick = ("--recipe", "majority", "--folds", 2, "--bootstrap", 100, "--threads", 1)
    studied = arxonomy("cross-validate", path, *quick, "--out", tmp_path / "cv")
    assert studied.exit_code == 0 and studied.stderr.count("may be one label") == 1


def test_among_is_checked_before_anything_is_read(arxonomy: Invoke, four_csv: Path, tmp_path: Path) -> None:
    done = arxonomy("train", four_csv, *QUICK, "--among", "a,,b", "--out", tmp_path / "run")
    assert done.exit_code == 2 and "character 3" in done.stderr
    done = arxonomy("train", four_csv, *QUICK, "--among", "cs.CL,cs.CW", "--out", tmp_path / "run")
    assert done.exit_code == 1 and "no papers labeled `cs.CW`: did you mean `cs.C" in done.stderr


def test_the_python_api_chooses_labels_alike(four_csv: Path, merged_run: Path, tmp_path: Path) -> None:
    among = {"cs.AI-LG": ["cs.AI", "cs.LG"], "cs.CL": ["cs.CL"], "cs.CV": ["cs.CV"]}
    model = package.train(four_csv, "complement-nb", among=among, out=tmp_path / "run")
    assert model.labels == Run(merged_run).info().labels
    assert model.recipe.data == Run(merged_run).recipe().data
    some = package.evaluate(model, four_csv, among="cs.CL,cs.CV")
    assert set(some.scores.to_dict()["per_class"]) == {"cs.CL", "cs.CV"}
    assert some.view is not None and some.view.among == "cs.CL,cs.CV"
    audited = package.audit(four_csv, among="ML=cs.AI+cs.LG,*", min_papers=2, noise=False)
    assert {size.label for size in audited.classes} == {"ML", "cs.CL", "cs.CV"}
    assert audited.unlabeled == 3


def test_papers_in_memory_are_read_alike(invented_papers: list[Paper], tmp_path: Path) -> None:
    odd = [*relabel(invented_papers, CV="cs.\u200bCV\u00a0"), Paper("x", "No label", "", "N/A")]
    model = package.train(odd, "complement-nb", among="text=cs.CL,*", out=tmp_path / "run")
    assert model.labels == ("cs.CV", "cs.LG", "text")
    audited = package.audit(odd, among="text=cs.CL,*", noise=False)
    assert (audited.unlabeled, {size.label for size in audited.classes}) == (1, set(model.labels))
