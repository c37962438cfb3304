"""A baseline's recipe and labeled papers -> a run folder. Training papers fit it, validation papers choose.

    baseline.json          what the baseline knows besides its tensors, such as its words
    model.safetensors      its tensors
    features.safetensors   what is expensive to compute: sentence vectors of training and validation papers
    network                the bundle of the network that it reads by, if it does

Its other files are those of every run. metrics.json says what was tried, with the scores that chose.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors
from safetensors.numpy import load_file, save

from arxonomy.advice import name_option
from arxonomy.artifacts.facts import Line, RunMetrics
from arxonomy.artifacts.network_features import copy_network, find_network, open_features
from arxonomy.artifacts.run import Run, write_json
from arxonomy.artifacts.validation import ENOUGH, Validation
from arxonomy.atomic import write_atomic
from arxonomy.config import BaselineSettings, Recipe
from arxonomy.errors import SettingsError
from arxonomy.evaluation import monitor_score
from arxonomy.evaluation.scores import MONITORS
from arxonomy.models import check_recipe
from arxonomy.models.baselines import (
    Baseline,
    Examples,
    compute_decision,
    expand_grid,
    fit_baseline,
    make_reader,
)
from arxonomy.models.baselines.reader import GridEntry, Reader
from arxonomy.papers import Dataset, Parts
from arxonomy.text import find_read_parts, keep_part
from arxonomy.training.callbacks import end_callbacks, start_callbacks
from arxonomy.training.creation import create_run
from arxonomy.training.held_out import score_held_out
from arxonomy.training.job import TrainingJob, check_parts, select_papers
from arxonomy.training.provenance import check_same, describe
from arxonomy.training.reporter import Reporter
from arxonomy.training.results import score_parts, write_results


@dataclass(frozen=True)
class TriedSettings:
    """One entry of a baseline's grid, fitted and scored."""

    entry: GridEntry
    """The values that were tried, by setting."""
    scores: Mapping[str, float]
    """Validation scores in 0..1 of its own predictions, uncalibrated, by name of the monitor."""

    def to_dict(self) -> Line:
        """The entry and its scores side by side, as JSON."""
        return {**self.entry, **self.scores}


@dataclass(frozen=True)
class TunedBaseline:
    """The baseline that the validation papers chose."""

    baseline: Baseline
    """The baseline."""
    tried: Sequence[TriedSettings]
    """All entries of the grid, in its order."""
    chosen: GridEntry
    """The entry that was chosen: the best, and of equals the first."""
    validation: Validation
    """Its scores of the validation papers; where these are few, also of training papers, each held out."""


def tune_baseline(
    dataset: Dataset,
    parts: Parts,
    recipe: Recipe,
    *,
    cache: Path | None = None,
    reader: Reader | None = None,
    on_tried: Callable[[Line], None] = lambda line: None,
) -> TunedBaseline:
    """Fit every entry of a baseline's grid on the training papers and keep the best on the validation papers.

    Args:
        dataset: Labeled papers; those of other parts are not read.
        parts: (N,) `train`, `validation`, `test` or empty for each paper.
        recipe: Its `[baseline]`; `training.monitor`, the score that chooses; and `training.seed`.
        cache: File for features that are expensive to compute; read if it is there, else written.
        reader: What reads the papers; None: as the settings say.
        on_tried: Called with each entry and its scores.

    Raises:
        DataError: A part without papers, a label without training papers, or papers without words.
        SettingsError: A setting does not fit a baseline, or a package is not installed.
    """
    check_recipe(recipe)
    check_parts(dataset, parts)
    settings, training = _get_settings(recipe), recipe.training
    papers = {part: select_papers(dataset, parts, part) for part in ("train", "validation")}
    labels = {part: dataset.get_label_ids()[parts == part] for part in papers}
    if reader is None and settings.kind == "network-head":
        reader = open_features(find_network(settings))
    reader = reader or make_reader(settings, papers["train"], labels["train"], training.seed)
    train, validation = (Examples(reader, papers[part], labels[part], len(dataset.labels)) for part in papers)
    if cache is not None and settings.kind == "minilm":
        train.features, validation.features = _read_or_compute_features(cache, train, validation)
    tried: list[TriedSettings] = []
    best: tuple[Baseline, GridEntry, npt.NDArray[np.float64]] | None = None
    for entry in expand_grid(settings):
        baseline = fit_baseline(settings, train, entry, training.seed)
        logits = compute_decision(validation.features, baseline.weights, baseline.bias)
        scores = {name: monitor_score(name, validation.labels, logits.argmax(axis=1)) for name in MONITORS}
        best_score = max((earlier.scores[training.monitor] for earlier in tried), default=-1.0)
        if best is None or scores[training.monitor] > best_score:
            best = baseline, entry, logits
        tried.append(TriedSettings(entry, scores))
        on_tried(tried[-1].to_dict())
    assert best is not None  # a list of values to try is never empty
    baseline, chosen, logits = best
    reads = [find_read_parts(paper) for paper in validation.papers]
    scored = score_parts(
        validation.papers, validation.labels, reads, keep_part, baseline.decision_function, logits
    )
    few = len(validation.papers) < ENOUGH
    held_out = score_held_out(settings, train, chosen, training.seed) if few else None
    return TunedBaseline(baseline, tried, chosen, Validation(scored, held_out))


def train_baseline(job: TrainingJob, reporter: Reporter) -> Run:
    """Train a baseline; see `train`, which calls this. A stopped one starts again, or from its features.

    Raises:
        SettingsError: Word vectors or a GPU are given, or a network has no features.
        BundleError: The network is no bundle, or damaged.
    """
    run, recipe = job.run, job.recipe
    if job.vectors is not None:
        raise SettingsError(
            f"a baseline starts from no word vectors, found {job.vectors}; leave out "
            f"{name_option('--vectors')}"
        )
    if job.device == "cuda":
        raise SettingsError(
            f"a baseline is computed on the CPU, found the device cuda; leave out {name_option('--device')}"
        )
    settings, reader = _get_settings(recipe), None
    if settings.kind == "network-head":  # before there is a run, since a network may have no features
        reader = open_features(find_network(settings), job.threads)
    if run.exists():
        run.clear_partial()
        check_same(run, job)
    else:
        info = describe(job)
        import sklearn

        versions = {**info.versions, "scikit-learn": sklearn.__version__}
        info = info.model_copy(update={"versions": versions})
        create_run(job, info)
    start_callbacks(job.callbacks, run)
    if not run.metrics():
        _fit_and_score(job, run, reporter, reader)
    end_callbacks(job.callbacks, run)
    return run


def _fit_and_score(job: TrainingJob, run: Run, reporter: Reporter, reader: Reader | None) -> None:
    recipe, settings = job.recipe, _get_settings(job.recipe)
    if settings.kind == "network-head":
        copy_network(find_network(settings), run.folder)
    start = time.process_time()
    cache = run.folder / "features.safetensors"
    tuned = tune_baseline(
        job.dataset, job.parts, recipe, cache=cache, reader=reader, on_tried=reporter.epoch_done
    )
    seconds = time.process_time() - start
    tensors, facts = tuned.baseline.get_state()
    write_json(run.folder / "baseline.json", facts)
    write_atomic(run.weights, _to_bytes(tensors))
    metrics = RunMetrics(
        tried=tuple(settings.to_dict() for settings in tuned.tried),
        chosen_by=recipe.training.monitor,
        chosen=tuned.chosen,
        cpu_seconds=round(seconds, 2),
    )
    write_results(job, tuned.validation, metrics)


def _get_settings(recipe: Recipe) -> BaselineSettings:
    assert recipe.baseline is not None
    return recipe.baseline


def _read_or_compute_features(cache: Path, *examples: Examples) -> list[npt.NDArray[Any]]:
    """Features of training and validation papers, computed once."""
    names = ("train", "validation")
    if cache.is_file():
        try:
            stored = load_file(cache)
            if [len(stored[name]) for name in names] == [len(part.papers) for part in examples]:
                return [stored[name] for name in names]
        except (OSError, KeyError, safetensors.SafetensorError):
            pass  # damaged, but only a cache
    features = [part.features for part in examples]
    write_atomic(cache, _to_bytes(dict(zip(names, features, strict=True))))
    return features


def _to_bytes(tensors: Mapping[str, npt.NDArray[Any]]) -> bytes:
    # safetensors writes a view's memory as it lies.
    return save({name: np.ascontiguousarray(values) for name, values in tensors.items()})
