"""The model in use, trained further on new labeled papers, and replaced if it answers the newest better."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arxonomy.artifacts.bundle import CARD, read_manifest, write_manifest
from arxonomy.artifacts.installed import VARIABLE, find_model, get_name_in_use, use_model
from arxonomy.artifacts.own_taxonomy import read_own_taxonomy
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import SavedModel, open_model
from arxonomy.artifacts.weights import Weights
from arxonomy.atomic import write_atomic
from arxonomy.config import Recipe, make_recipe
from arxonomy.errors import PackingError, SettingsError, needs_extra
from arxonomy.evaluation import Outcomes, score
from arxonomy.evaluation.results import Interval, Result
from arxonomy.evaluation.significance import bootstrap, compute_interval
from arxonomy.inference import export_bundle, load
from arxonomy.inference.card import render_card
from arxonomy.messages import format_count, list_some
from arxonomy.papers import AnyFiles
from arxonomy.records import AnyPath, Paper
from arxonomy.studies.answers import compute_outcomes
from arxonomy.studies.new_papers import find_absent, harvest_later, read_new_papers, split_by_day
from arxonomy.studies.source import Source, open_papers
from arxonomy.training.job import TrainingJob
from arxonomy.training.reporter import Reporter
from arxonomy.training.train import train

_LOG = logging.getLogger(__name__)

HELD_OUT_DAYS = 14
"""Newest days whose papers compare both models: two weeks, so that each weekday counts twice."""

FINE_TUNING = ("training.epochs=2", "text.min_count=10")
"""Settings in place of those of the model's recipe, besides its learning rates times `SLOWER`. New words take
the places of the rarest old ones, so that only those with some evidence should."""

SLOWER = 0.25


class Refresh(Result):
    """What became of the model in use. Intervals have 95%, and are of resampled days."""

    old: str
    """The model that was in use."""
    new: str
    """The one that was trained: its name where it is in use now, else its run."""
    replaced: bool
    """Whether the new one is in use now."""
    train: int
    """Papers that it was trained on."""
    validation: int
    """Papers that it was chosen and calibrated by."""
    held_out: int
    """Papers of the newest days, which both are compared on."""
    held_out_from: str
    """The first of these days, as in `2026-04-17`."""
    old_accuracy: Interval
    """That of the old model on the held-out papers."""
    new_accuracy: Interval
    """That of the new one."""
    gain: Interval
    """New - old."""
    absent: tuple[str, ...] = ()
    """Categories without a new training paper."""
    at_risk: float = 0.0
    """Their share of all papers, which is what the accuracy could lose by them unseen."""

    def to_text(self) -> str:
        """Both scores, the difference, and what was done."""
        gain = self.gain
        done = (
            f"replaced: {self.new} is in use; `arxonomy models roll-back` goes back"
            if self.replaced
            else f"kept: {self.old} stays in use, since the new one is not better by more than chance"
            + (f" and {100 * self.at_risk:.2f} points" if self.absent else "")
        )
        if self.absent:
            count = format_count(len(self.absent), "category", "categories")
            done = (
                f"{count} without a new training paper, {self.at_risk:.2%} of all papers: "
                f"{list_some(self.absent)}\n{done}"
            )
        return (
            f"{self.held_out:,} held-out papers since {self.held_out_from}: accuracy "
            f"{self.old_accuracy.value:.2%} -> {self.new_accuracy.value:.2%}, {100 * gain.value:+.2f} points "
            f"(95% interval {100 * gain.low:+.2f} to {100 * gain.high:+.2f})\n{done}"
        )


@needs_extra("train", "training a model further")
def refresh(
    papers: AnyFiles | Source | Sequence[Paper] | None = None,
    *,
    held_out_days: int = HELD_OUT_DAYS,
    out: AnyPath | None = None,
    settings: Sequence[str] = (),
    resamples: int = 10_000,
    device: str = "auto",
    command: Sequence[str] = (),
    reporter: Reporter | None = None,
    contact: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Refresh:
    """Train the model in use further on new labeled papers, and replace it if it answers the newest better.

    It is replaced where the 95% interval of the difference in accuracy, on the papers of the newest days, is
    above 0; and above the share of the categories without a new training paper, which the new model answers
    less often, as these days may not show. The old one is kept: `arxonomy models roll-back`. Papers that the
    model has seen are left out, and so are those without an id, a day, or one of its categories, which stay
    as they are.

    >>> arxonomy.refresh("newest.csv").replaced  # doctest: +SKIP
    True

    Args:
        papers: A labeled file, several, or papers with a category. None: those of arXiv since the last
            month that the model has learned from, which are harvested; see `harvest_later`.
        held_out_days: Newest days whose papers are held out, >= 1.
        out: The run folder; an unfinished run there is resumed. None: `runs/refresh-DAY` of the newest day.
        settings: `key=value` settings that override those of the model's recipe and of fine-tuning.
        resamples: Number of bootstrap resamples.
        device: `auto`, `cpu` or `cuda`.
        command: The command line, to be kept in the run.
        reporter: Called after each batch and epoch.
        contact: How arXiv may reach the user, where papers are harvested.
        tell: Gets a line for each page that is harvested.

    Raises:
        SettingsError: The model in use is an ensemble or a baseline, the environment names another, or
            another one was put in use in the meantime.
        DataError: There are too few papers.
        ArxonomyError: The papers cannot be read or learned from.
    """
    in_use, saved = get_name_in_use(), _open_in_use()
    source = open_papers(harvest_later(saved, contact, tell) if papers is None else papers)
    dataset, days = read_new_papers(source, saved)
    parts = split_by_day(dataset, days, held_out_days, saved.last_month)
    absent = find_absent(dataset, parts)
    recipe = make_fine_tuning(saved.recipe, settings)
    name = f"refresh-{date.fromordinal(int(days.max())).isoformat()}"
    job = TrainingJob(
        dataset,
        parts,
        recipe,
        Path("runs") / name if out is None else Path(out),
        device=device,
        command=command,
        init=saved.path,
        taxonomy=read_own_taxonomy(saved.path),
    )
    run = train(job, resume=True, reporter=reporter)
    held, truth = job.papers("test"), job.labels("test")
    assert saved.manifest is not None  # a bundle is in use
    with tempfile.TemporaryDirectory() as temporary:
        bundle = _export(run, Path(temporary) / name, saved.manifest.weights)
        new = compute_outcomes(load(bundle), held, truth)
        before = load(saved.path)
        old = compute_outcomes(before, held, truth)
        prior = before.training_prior or (1 / len(dataset.labels),) * len(dataset.labels)
        at_risk = sum(share for label, share in zip(dataset.labels, prior, strict=True) if label in absent)
        right = np.stack([old.right, new.right, new.right.astype(np.int64) - old.right], axis=1)
        accuracies = _measure(right, days[parts == "test"], resamples)
        better = accuracies[2].low > at_risk
        if better:
            if get_name_in_use() != in_use:
                raise SettingsError(
                    f"{saved.path.name} is no longer in use, so that it is not replaced; the new model is in "
                    f"{run.folder}: `arxonomy export` makes a bundle of it"
                )
            _add_test_scores(bundle, new, dataset.labels)
        return Refresh(
            old=saved.path.resolve().name,
            new=use_model(bundle) if better else str(run.folder),
            replaced=better,
            train=int((parts == "train").sum()),
            validation=int((parts == "validation").sum()),
            held_out=len(held),
            held_out_from=date.fromordinal(int(days[parts == "test"].min())).isoformat(),
            old_accuracy=accuracies[0],
            new_accuracy=accuracies[1],
            gain=accuracies[2],
            absent=tuple(absent),
            at_risk=at_risk,
        )


def _export(run: Run, out: Path, weights: Weights) -> Path:
    """Export with the weights of the model before, or in float32 where packed ones would answer otherwise."""
    try:
        return export_bundle(run.folder, out, weights=weights)
    except PackingError as error:
        _LOG.warning("%s; the new model has weights in float32, and is larger", str(error).split("; ")[0])
        return export_bundle(run.folder, out)


def _measure(columns: npt.NDArray[np.int64], days: npt.NDArray[np.int64], resamples: int) -> list[Interval]:
    """The means of K columns (N, K) with their intervals, of resampled days."""
    counted = np.column_stack([columns, np.ones(len(columns))]).astype(np.float64)
    samples = bootstrap(counted, lambda sums: sums[:, :-1] / sums[:, -1:], groups=days, resamples=resamples)
    low, high = compute_interval(samples)
    return [Interval(*map(float, own)) for own in zip(columns.mean(axis=0), low, high, strict=True)]


def _add_test_scores(bundle: Path, outcomes: Outcomes, labels: Sequence[str]) -> None:
    """Add the scores of the held-out papers to a bundle, for later months to be compared with."""
    manifest = read_manifest(bundle)
    metrics = manifest.metrics.add_scores("test", score(outcomes, None, labels).to_dict())
    manifest = manifest.model_copy(update={"metrics": metrics})
    write_atomic(bundle / CARD, render_card(manifest))
    write_manifest(bundle, manifest)


def _open_in_use() -> SavedModel:
    found = find_model()
    if found.origin == "variable":
        raise SettingsError(
            f"{VARIABLE} names the model ({found.folder}), and would still do so after this; unset it, and "
            "put a bundle in use with `arxonomy models use`"
        )
    saved = open_model(found.folder)
    if saved.members or saved.recipe.baseline is not None:
        kind = "an ensemble" if saved.members else f"the baseline {saved.name}"
        raise SettingsError(
            f"expected one network in use, whose weights can be trained further, found {kind}; train it "
            "again with `arxonomy train`, and put it in use with `arxonomy models use`"
        )
    return saved


def make_fine_tuning(recipe: Recipe, settings: Sequence[str] = ()) -> Recipe:
    """Make the recipe of a further training: fewer epochs, at a quarter of the learning rates."""
    training = recipe.training
    rates = {"learning_rate": training.learning_rate, "table_learning_rate": training.table_learning_rate}
    slower = [f"training.{name}={rate * SLOWER:g}" for name, rate in rates.items() if rate is not None]
    return make_recipe(recipe.model_dump(exclude={"tune"}), [*FINE_TUNING, *slower, *settings])
