"""Several processes train what one process trains on larger batches; one rank's failure ends all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file
from tiny_training import TINY

import arxonomy
from arxonomy.artifacts.run import Run
from arxonomy.papers import Dataset

HERE = Path(__file__).parent
TRAINING = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
BATCH = 7  # 60 papers: the last batch has four of them, and some are of an odd number
NOTHING_DRAWN = ["model.dropout=0", 'model.without=["title-attention"]']  # self-attention drops a tenth
SAME = {
    "tables": [
        *NOTHING_DRAWN,
        "model.architecture=arxonomy",
        "model.pair_dim=4",
        "model.pair_buckets=64",
        "training.listed_loss=0.1",
        "training.cross_lists=0.2",
        "training.class_weights=balanced",
        "training.schedule=cosine",
    ],
    "baseline": [
        "model.dropout=0",
        "model.architecture=baseline",
        "training.accumulate=2",
        "training.weight_average=0.9",
    ],
    "averaged": [*NOTHING_DRAWN, "training.average_from=2", "training.focal_gamma=1.0"],
}
"""Networks of which nothing is drawn."""
DRAWN = [
    "model.architecture=arxonomy",
    "model.pair_dim=4",
    "model.pair_buckets=64",
    "model.word_dropout=0.3",
    "model.branch_dropout=0.3",
    "training.augment.share=0.5",
    "training.drop_abstract=0.2",
    "training.accumulate=2",
    "training.epochs=20",
]
UNSEEN = (".bias", "running_mean")
"""Some biases have no effect in training, such as those before batch normalization: Adam makes steps of the
rounding errors in their gradients, and the running means follow them."""


def make_environment() -> dict[str, str]:
    source = str(HERE.parents[1] / "src")
    return os.environ | {"PYTHONPATH": source, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


def start(*words: str) -> subprocess.Popen[str]:
    """Start two processes, in a session of their own, so that a test that fails can end them."""
    return subprocess.Popen(
        [*TRAINING, *words],
        env=make_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def start_runs(
    dataset: Dataset, recipe: Path, folder: Path, cases: Mapping[str, Sequence[str]], failing: str = ""
) -> subprocess.Popen[str]:
    words = [str(dataset.source), str(recipe), str(folder), json.dumps(cases), failing]
    return start(str(HERE / "torchrun_runs.py"), *words)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "tiny.toml"
    tables = {name: table for name, table in TINY.items() if isinstance(table, dict)}
    lines = ['description = "tiny"']
    for name, table in tables.items():
        changed = table | ({"batch_size": BATCH} if name == "training" else {})
        lines += [f"[{name}]"] + [
            f"{key} = {json.dumps('none' if value is None else value)}" for key, value in changed.items()
        ]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def folder(dataset: Dataset, recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Runs of two processes: those of `SAME`, and `whole`, of which much is drawn."""
    folder = tmp_path_factory.mktemp("runs")
    process = start_runs(dataset, recipe, folder, {**SAME, "whole": DRAWN})
    _, messages = process.communicate(timeout=300)
    assert process.returncode == 0, messages
    yield folder


@pytest.mark.slow
@pytest.mark.parametrize("name", SAME)
def test_two_processes_train_like_one_with_twice_the_batch(
    name: str, folder: Path, dataset: Dataset, recipe: Path, tmp_path: Path
) -> None:
    settings = [*SAME[name], f"training.batch_size={2 * BATCH}"]
    arxonomy.train(dataset.source, recipe, out=tmp_path / "one", settings=settings)
    two, one = Run(folder / name), Run(tmp_path / "one")
    losses = [[line.train_loss for line in run.history()] for run in (two, one)]
    np.testing.assert_allclose(*losses, atol=1e-4)
    ours, theirs = (load_file(run.checkpoint) for run in (two, one))
    compared = 0
    for key, value in theirs.items():
        if key.startswith(("model.", "average.")) and not key.endswith(UNSEEN):
            np.testing.assert_allclose(ours[key], value, atol=1e-3, err_msg=key)
            compared += value.numel()
    assert compared > 0.8 * sum(
        value.numel() for key, value in theirs.items() if key.startswith(("model.", "average."))
    )
    assert (two.info().processes, one.info().processes) == (2, 1)


@pytest.mark.slow
def test_a_killed_run_of_two_processes_ends_like_one_that_was_left_alone(
    folder: Path, dataset: Dataset, recipe: Path, tmp_path: Path
) -> None:
    run = Run(tmp_path / "killed")
    settings = [word for setting in DRAWN for word in ("--set", setting)]
    words = ["-m", "arxonomy", "train", str(dataset.source), "--recipe", str(recipe), *settings]
    words += ["--out", str(run.folder)]
    killed = start(*words)
    assert killed.stdout is not None
    first = killed.stdout.readline()
    os.kill(killed.pid, signal.SIGKILL)
    rest, messages = killed.communicate(timeout=120)  # its processes end by themselves
    lines = [json.loads(line)["epoch"] for line in [first, *rest.splitlines()]]
    assert lines == [*range(1, len(lines) + 1)]
    assert "error: torchrun was killed" in messages
    assert run.checkpoint.is_file()
    assert run.metrics() is None

    with pytest.raises(arxonomy.errors.RunError, match="was started by 2 processes, not by 1; start 2 with"):
        arxonomy.train(dataset.source, recipe, out=run.folder, settings=DRAWN, resume=True)

    resumed = start(*words, "--resume")
    out, messages = resumed.communicate(timeout=300)
    assert resumed.returncode == 0, messages
    assert [json.loads(line)["epoch"] for line in out.splitlines()] == [*range(len(lines) + 1, 21)]
    assert messages.count("run: ") == 1
    assert "Warning" not in messages
    whole = Run(folder / "whole")
    for name in ("model.safetensors", "validation.safetensors", "metrics.json", "vocabulary.json"):
        assert (run.folder / name).read_bytes() == (whole.folder / name).read_bytes(), name

    scores = arxonomy.evaluate(run.folder, dataset.source).scores
    assert scores.accuracy.value > 0.5
    answers = arxonomy.load(run.folder).classify([{"title": "Neural networks", "abstract": "They learn."}])
    assert len(answers) == 1


@pytest.mark.slow
def test_a_process_that_fails_ends_all(dataset: Dataset, recipe: Path, tmp_path: Path) -> None:
    process = start_runs(dataset, recipe, tmp_path, {}, failing="1")
    _, messages = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "this process fails" in messages
    assert not Run(tmp_path / "never").exists()
