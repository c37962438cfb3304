"""A user's own hierarchy goes from `--taxonomy` into run and bundle, and names stand beside codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from arxonomy.inference import load
from arxonomy.taxonomy import get_arxiv

RECIPE = ("--recipe", "logistic", "--set", "baseline.c=[1.0]")
OWN = "category,name,broader\ncs.CL,Our language papers,hum\ncs.CV,Our images,nat\nhum,Humanities,\n"


@pytest.fixture(scope="module")
def own_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("taxonomy") / "own.csv"
    path.write_text(OWN, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def own_run(tmp_path_factory: pytest.TempPathFactory, arxonomy, papers_csv, own_csv) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "own"
    done = arxonomy("train", papers_csv, *RECIPE, "--taxonomy", own_csv, "--out", folder)
    assert done.exit_code == 0, done.output
    assert f"taxonomy: 1 of 3 labels are not in {own_csv}: `cs.LG`" in done.stderr
    return folder


def test_a_taxonomy_is_kept_in_run_and_bundle(arxonomy, own_run, own_csv, papers_csv, tmp_path):
    assert arxonomy("export", own_run, "--out", tmp_path / "bundle").exit_code == 0
    for folder in (own_run, tmp_path / "bundle"):
        own = load(folder).taxonomy
        assert own is not None and own.levels == ("1", "2") and own.get_broader("cs.CV", "1") == "nat"
    (tmp_path / "bundle" / "taxonomy.json").write_text("{}")
    done = arxonomy("classify", "--title", "x", "--model", tmp_path / "bundle")
    assert done.exit_code == 1 and "taxonomy.json" in done.stderr
    again = ("train", papers_csv, *RECIPE, "--out", own_run, "--resume")
    assert arxonomy(*again, "--taxonomy", own_csv).exit_code == 0
    done = arxonomy(*again)
    assert done.exit_code == 1 and "was started with the taxonomy own.csv; give the same" in done.stderr


def test_a_taxonomy_of_other_labels_is_refused(arxonomy, papers_csv, tmp_path):
    (tmp_path / "other.csv").write_text("category,name,broader\nx,X,\n")
    done = arxonomy(
        "train", papers_csv, *RECIPE, "--taxonomy", tmp_path / "other.csv", "--out", tmp_path / "r"
    )
    assert (
        done.exit_code == 1 and "expected a taxonomy of the labels `cs.CL`, `cs.CV`, `cs.LG`" in done.stderr
    )
    assert not (tmp_path / "r").exists()


def test_names_stand_below_codes(arxonomy, own_run, papers_csv):
    lines = arxonomy("classify", papers_csv, "--model", own_run, "--format", "table").stdout.splitlines()
    assert sum(line == "  Our language papers" for line in lines) > 20
    assert sum(line == "  Our images" for line in lines) > 20
    vocabulary = arxonomy("vocab", "--model", own_run).stdout
    assert vocabulary.splitlines()[1] == "urn:arxonomy:category:cs.CL,cs.CL,Our language papers"


def test_arxivs_names_need_no_option(arxonomy, bundle, papers_csv, tmp_path):
    assert load(bundle).taxonomy is get_arxiv()
    words = ("explain", papers_csv, "--model", bundle, "--limit", 1, "--html", tmp_path / "page.html")
    assert arxonomy(*words).exit_code == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert all(
        name in page for name in ("Computation and Language", "Machine Learning", "Computer Vision and")
    )
