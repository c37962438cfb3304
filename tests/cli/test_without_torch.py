"""Baselines are trained without PyTorch, by scikit-learn alone."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from arxonomy.records import Paper

# A module of None in sys.modules would be one that scikit-learn finds and asks for its tensors.
HIDE = """
import sys
from importlib.machinery import PathFinder

HIDDEN = sys.argv[1].split(",")

class Hide(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in HIDDEN else super().find_spec(name, path, target)

sys.meta_path[:] = [Hide if finder is PathFinder else finder for finder in sys.meta_path]
from arxonomy.cli import main

for line in sys.argv[2:]:
    sys.argv = ["arxonomy", *line.split("|")]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
"""
NETWORKS = "torch,lightning_fabric,captum,gensim,matplotlib,onnx,onnx_ir,onnxscript,optuna"


def run_without(hidden: str, *lines: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run commands in a process that finds none of the hidden packages."""
    words = ["|".join(map(str, line)) for line in lines]
    command = [sys.executable, "-c", HIDE, hidden, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture
def papers_file(invented_papers: list[Paper], tmp_path: Path) -> Path:
    path = tmp_path / "papers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "abstract", "category"])
        writer.writerows([p.id, p.title, p.abstract, p.category] for p in invented_papers)
    return path


@pytest.mark.slow
def test_a_baseline_is_trained_and_exported_without_pytorch(papers_file: Path, tmp_path: Path) -> None:
    run, bundle = tmp_path / "run", tmp_path / "bundle"
    done = run_without(
        NETWORKS,
        ["train", papers_file, "--recipe", "logistic", "--out", run, "--threads", "1"],
        ["export", run, "--out", bundle],
        ["classify", papers_file, "--model", bundle, "--format", "jsonl"],
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines() if '"probability"' in line]
    assert len(answers) == 90


@pytest.mark.slow
def test_a_head_is_trained_on_a_network_without_pytorch(bundle_of, papers_file: Path, tmp_path: Path) -> None:
    run, bundle = tmp_path / "run", tmp_path / "bundle"
    done = run_without(
        NETWORKS,
        ["train", papers_file, "--on", bundle_of("arxonomy"), "--out", run, "--threads", "1"],
        ["export", run, "--out", bundle],
    )
    assert done.returncode == 0, done.stderr
    assert "validation accuracy" in done.stderr
    plain = run_without(
        f"{NETWORKS},sklearn,scipy", ["classify", papers_file, "--model", bundle, "--format", "jsonl"]
    )
    assert plain.returncode == 0, plain.stderr
    answers = [json.loads(line)["category"] for line in plain.stdout.splitlines()]
    with papers_file.open(encoding="utf-8") as file:
        truth = [row["category"] for row in csv.DictReader(file)]
    assert sum(map(str.__eq__, answers, truth)) > 80


@pytest.mark.slow
def test_what_is_missing_names_its_extra(papers_file: Path, tmp_path: Path) -> None:
    for hidden, recipe, extra in (("sklearn", "logistic", "head"), ("torch", "v1", "train")):
        done = run_without(hidden, ["train", papers_file, "--recipe", recipe, "--out", tmp_path / "run"])
        assert done.returncode == 1
        assert f"`{hidden}`, which is not installed; install it with `pip install 'arxonomy[{extra}]'`" in (
            done.stderr
        )
        assert not (tmp_path / "run").exists()
