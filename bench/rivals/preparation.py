"""Finds the linear models that `make compare-model` trains, or trains stand-ins, and converts them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq
from processes import COLUMNS, read_shuffled

from arxonomy.artifacts.baselines import load_baseline
from arxonomy.artifacts.run import Run
from arxonomy.atomic import hash_file
from arxonomy.markup import clean_markup
from arxonomy.models.baselines.fasttext import split_words
from arxonomy.records import Paper
from rivals.conversion import convert_fasttext, convert_linear_svm, save_model

TRAINED = 20_000
"""Papers that a stand-in is trained on, about: as many of each category as there are."""
CHECKED = 500
"""Papers by which a converted model is compared with its run."""


class Rival(NamedTuple):
    """A linear model that is trained beforehand."""

    run: str
    """Folder of the run that `make compare-model` trains."""
    file: str
    """Suffix of the converted model."""
    settings: tuple[str, ...]
    """Settings of the training, besides the recipe."""


TRAINABLE = {
    "linear-svm": Rival("svm-measured", ".joblib", ("baseline.c=[0.3]", "baseline.balanced=[false]")),
    "fasttext": Rival("fasttext-measured", ".bin", ("baseline.epochs=[5]", "baseline.learning_rate=[0.5]")),
}


def prepare(name: str, runs: Path, data: Path) -> tuple[Path, bool]:
    """Find or train a linear model, and convert it to the file that its own users have.

    Returns:
        The file, and whether the model is a stand-in.
    """
    rival, kept = TRAINABLE[name], runs / "bench"
    source = Run(runs / rival.run)
    if stands_in := not source.validation.is_file():  # written last
        source = Run(kept / f"{name}-stand-in")
        if not source.validation.is_file():
            train_stand_in(name, source.folder, data)
    path = kept / f"{source.folder.name}-{hash_file(source.weights)[:12]}{rival.file}"
    if not path.is_file():
        papers = [Paper(*row.values()) for row in read_shuffled(data)[:TRAINED].to_pylist()]
        model = convert_linear_svm(source) if name == "linear-svm" else convert_fasttext(source, papers)
        check_answers(name, model, source, papers[:CHECKED])
        save_model(model, path)
    return path, stands_in


def train_stand_in(name: str, folder: Path, data: Path) -> None:
    """Train a model of the same settings and categories on fewer papers: the last ones of each category."""
    shutil.rmtree(folder, ignore_errors=True)
    table = read_shuffled(data, [*COLUMNS, "primary_category"])
    categories = table["primary_category"].to_numpy()
    most = TRAINED // len(np.unique(categories))
    rows = [np.flatnonzero(categories == category)[-most:] for category in np.unique(categories)]
    with tempfile.TemporaryDirectory(prefix="arxonomy-") as temporary:
        papers = Path(temporary) / "papers.parquet"
        pq.write_table(table.take(np.sort(np.concatenate(rows))), papers)
        command = [sys.executable, "-m", "arxonomy", "train", str(papers), "--recipe", name]
        command += [word for setting in TRAINABLE[name].settings for word in ("--set", setting)]
        subprocess.run([*command, "--out", str(folder)], check=True)


def check_answers(name: str, model: Any, source: Run, papers: Sequence[Paper]) -> None:
    """Make sure that a converted model answers as its run does.

    Raises:
        SystemExit: It does not.
    """
    labels = source.info().labels
    expected = [labels[number] for number in load_baseline(source).decision_function(papers).argmax(axis=1)]
    if name == "linear-svm":
        texts = [f"{clean_markup(paper.title)}\n{clean_markup(paper.abstract)}" for paper in papers]
        found = model.predict(texts).tolist()
    else:
        texts = [" ".join(split_words(paper)[:-1]) for paper in papers]
        found = [answer[0].removeprefix("__label__") for answer in model.predict(texts)[0]]
    same = float(np.mean([one == other for one, other in zip(expected, found, strict=True)]))
    if same < 0.998:  # rounding decides between two equal scores
        raise SystemExit(f"{source.folder}: the converted model gives {same:.1%} of the run's answers")
