"""A baseline's recipe and labeled papers -> a run folder. Training papers fit it, validation papers choose.

    baseline.json              what the baseline knows besides its tensors, such as its words
    model.safetensors      its tensors
    features.safetensors   what is dear to compute: the sentence vectors of training and validation papers

Its other files are those of every run. metrics.json says what was tried, with the scores that chose.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors
import sklearn
from safetensors.numpy import load_file, save

from arxonomy.artifacts.run import Run, write_json
from arxonomy.atomic import write_atomic
from arxonomy.config import BaselineSettings, Recipe
from arxonomy.errors import SettingsError
from arxonomy.evaluation import Calibration, monitor_score, score
from arxonomy.evaluation.scores import MONITORS
from arxonomy.models import check_recipe
from arxonomy.models.baselines import Baseline, Examples, decision, fit_baseline, grid, make_reader
from arxonomy.papers import Dataset, Parts, write_split
from arxonomy.training.loop import Reporter, Silent
from arxonomy.training.provenance import check_same, describe
from arxonomy.training.train import check_parts

Arrays = tuple[npt.NDArray[Any], npt.NDArray[Any]]


@dataclass(frozen=True)
class Tuned:
    """The baseline that the validation papers chose."""

    baseline: Baseline
    """The baseline."""
    tried: list[dict[str, Any]]
    """Each entry of the grid with the validation scores in 0..1 of its own answers, uncalibrated."""
    chosen: dict[str, Any]
    """The entry that was chosen: the best, and of equals the first."""
    logits: npt.NDArray[np.float64]
    """(N, C) its scores of the validation papers."""
    labels: npt.NDArray[np.int64]
    """(N,) their labels."""


def tune_baseline(
    dataset: Dataset,
    parts: Parts,
    recipe: Recipe,
    *,
    cache: Path | None = None,
    on_tried: Callable[[dict[str, Any]], None] = lambda entry: None,
) -> Tuned:
    """Fit every entry of a baseline's grid on the training papers and keep the best on the validation papers.

    Args:
        dataset: Labeled papers; those of other parts are not looked at.
        parts: (N,) `train`, `validation`, `test` or empty for each paper.
        recipe: Its `[baseline]`; `training.monitor`, the score that chooses; and `training.seed`.
        cache: File to keep features in that are dear to compute, or to take them from.
        on_tried: Called with each entry and its scores.

    Raises:
        DataError: A part without papers, a label without training papers, or papers without words.
        SettingsError: A setting does not fit a baseline, or a package is not installed.
    """
    check_recipe(recipe)
    settings = _settings(recipe)
    check_parts(dataset, parts)
    rows = [np.flatnonzero(parts == part) for part in ("train", "validation")]
    papers, labels = dataset.papers, dataset.label_ids()
    reader = make_reader(settings, [papers[i] for i in rows[0]])
    sides = [Examples(reader, [papers[i] for i in own], labels[own], len(dataset.labels)) for own in rows]
    if cache is not None and settings.kind == "minilm":
        for side, features in zip(sides, _remembered(cache, sides), strict=True):
            side.features = features
    train, validation = sides
    tried: list[dict[str, Any]] = []
    tuned: Tuned | None = None
    for entry in grid(settings):
        baseline = fit_baseline(settings, train, entry, recipe.training.seed)
        logits = decision(validation.features, baseline.weights, baseline.bias)
        scores = {name: monitor_score(name, validation.labels, logits.argmax(axis=1)) for name in MONITORS}
        earlier = max((one[recipe.training.monitor] for one in tried), default=-1.0)
        if tuned is None or scores[recipe.training.monitor] > earlier:
            tuned = Tuned(baseline, tried, entry, logits, validation.labels)
        tried.append({**entry, **scores})
        on_tried(tried[-1])
    assert tuned is not None  # a list of values to try is never empty
    return tuned


def train_baseline(
    dataset: Dataset,
    parts: Parts,
    recipe: Recipe,
    run: Run,
    *,
    vectors: str | os.PathLike[str] | None,
    device: str,
    command: Sequence[str],
    reporter: Reporter | None,
) -> Run:
    """Train a baseline; see `train`, which calls this. One that was stopped starts again, or from its features.

    Raises:
        SettingsError: Word vectors or a GPU are given.
    """
    if vectors is not None:
        raise SettingsError(f"a baseline starts from no word vectors, found {vectors}; leave out --vectors")
    if device == "cuda":
        raise SettingsError("a baseline is computed on the CPU, found the device cuda; leave out --device")
    if run.exists():
        run.clear_partial()
        check_same(run, dataset, parts, recipe, None)
    else:
        info = describe(dataset, recipe, None, command) | {"seed": recipe.training.seed}
        info["versions"]["scikit-learn"] = sklearn.__version__
        write_split(run.split, dataset.papers, parts, dataset.sha256)
        run.create(info, recipe, None)
    if run.metrics():
        return run
    start = time.process_time()
    cache, told = run.folder / "features.safetensors", reporter or Silent()
    tuned = tune_baseline(dataset, parts, recipe, cache=cache, on_tried=told.epoch_done)
    seconds = time.process_time() - start
    tensors, facts = tuned.baseline.state()
    write_json(run.folder / "baseline.json", facts)
    write_atomic(run.weights, _packed(tensors))
    logits = tuned.logits.astype(np.float32)
    write_atomic(run.validation, _packed({"logits": logits, "labels": tuned.labels}))
    probabilities = Calibration.fit(logits, tuned.labels).apply(logits)
    metrics = {
        "tried": tuned.tried,
        "chosen_by": recipe.training.monitor,
        "chosen": tuned.chosen,
        "cpu_seconds": round(seconds, 2),
        "validation": score(tuned.labels, probabilities, dataset.labels),
    }
    run.write_metrics(metrics)  # the last of all files
    return run


def _settings(recipe: Recipe) -> BaselineSettings:
    assert recipe.baseline is not None
    return recipe.baseline


def _remembered(cache: Path, sides: Sequence[Examples]) -> list[npt.NDArray[Any]]:
    """Features of training and validation papers, computed once."""
    names = ("train", "validation")
    if cache.is_file():
        try:
            stored: Mapping[str, npt.NDArray[Any]] = load_file(cache)
            if [len(stored[name]) for name in names] == [len(side.papers) for side in sides]:
                return [stored[name] for name in names]
        except (OSError, KeyError, safetensors.SafetensorError):
            pass  # damaged: it is but a cache
    features = [side.features for side in sides]
    write_atomic(cache, _packed(dict(zip(names, features, strict=True))))
    return features


def _packed(tensors: Mapping[str, npt.NDArray[Any]]) -> bytes:
    # safetensors writes a view's memory as it lies.
    return save({name: np.ascontiguousarray(values) for name, values in tensors.items()})
