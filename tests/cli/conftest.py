"""A tiny run and its bundle, made by the commands themselves."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from arxonomy.cli import app
from arxonomy.records import Paper

TINY = [
    *("--recipe", "v1"),
    *("--set", "model.embed_dim=16"),
    *("--set", "model.num_filters=8"),
    *("--set", "model.lstm_hidden=8"),
    *("--set", "training.batch_size=16"),
    *("--set", "training.epochs=2"),
]

Invoke = Callable[..., Result]


@pytest.fixture(scope="session")
def arxonomy() -> Invoke:
    """Runs a command in this process: `arxonomy("classify", path, input=b"...")`."""

    def invoke(*words: object, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], input=input, prog_name="arxonomy")

    return invoke


def write_papers(path: Path, papers: Sequence[Paper]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "title", "abstract", "category"))
        writer.writerows((paper.id, paper.title, paper.abstract, paper.category) for paper in papers)
    return path


@pytest.fixture(scope="session")
def papers_csv(tmp_path_factory: pytest.TempPathFactory, invented_papers: list[Paper]) -> Path:
    return write_papers(tmp_path_factory.mktemp("data") / "papers.csv", invented_papers)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, papers_csv: Path, arxonomy: Invoke) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    done = arxonomy("train", papers_csv, *TINY, "--out", folder)
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory, run_folder: Path, arxonomy: Invoke) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "tiny"
    done = arxonomy("export", run_folder, "--out", folder)
    assert done.exit_code == 0, done.output
    assert done.stdout == f"{folder}\n"
    return folder
