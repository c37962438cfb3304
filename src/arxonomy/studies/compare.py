"""Several models on the same papers: scores, differences, speeds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arxonomy.errors import needs_extra
from arxonomy.label_names import read_among
from arxonomy.records import AnyPath, Paper
from arxonomy.studies.provenance import Basis, DataSource, make_basis
from arxonomy.studies.selection import parse_part
from arxonomy.studies.source import Source, open_papers
from arxonomy.studies.systems import Contest, classify_same_papers

if TYPE_CHECKING:
    from arxonomy.artifacts.saved_model import SavedModel
    from arxonomy.evaluation.comparison_results import Comparison
    from arxonomy.inference import Classifier
    from arxonomy.papers import AnyFiles

TIMED, PASSES = 500, 3
"""Papers that are timed at most, and how often after a warm-up pass."""


@dataclass(frozen=True)
class Speed:
    """How fast a system classifies."""

    papers_per_second: float
    """Median over the passes."""
    backend: str
    """What computes: `onnx`, `torch`, ..."""


@dataclass(frozen=True)
class ModelComparison:
    """Systems on the same papers: scores, differences, speeds."""

    comparison: Comparison
    """Scores and differences."""
    contest: Contest
    """The systems and their answers."""
    speeds: Mapping[str, Speed]
    """Name of a system -> its speed."""
    timed_papers: int
    """Papers that were timed."""
    threads: int
    """Threads that computed, at most."""
    basis: Basis
    """What the numbers rest on."""
    folds: int | None = None
    """Folds of a cross-validation."""
    disagreements: int | None = None
    """Papers on which the systems disagree, if they were written."""

    def to_dict(self) -> dict[str, Any]:
        """All numbers, as JSON has them."""
        numbers = self.comparison.to_dict()
        for system in self.contest.systems:
            numbers["systems"][system.name] |= {
                "models": [str(path) for path in system.models],
                "papers_per_second": self.speeds[system.name].papers_per_second,
                "backend": self.speeds[system.name].backend,
            }
        numbers |= {
            "timed_papers": self.timed_papers,
            **self.basis.to_dict(),
            "folds": self.folds,
            "threads": self.threads,
        }
        return numbers if self.disagreements is None else numbers | {"disagreements": self.disagreements}

    def to_text(self) -> str:
        """The comparison as text, with the speeds."""
        from arxonomy.evaluation.comparison_text import format_comparison

        speeds = {name: speed.papers_per_second for name, speed in self.speeds.items()}
        backends = ", ".join(sorted({speed.backend for speed in self.speeds.values()}))
        folds = (
            f"{self.folds}-fold cross-validation: each fold is classified by a model trained without it; the "
            "models share training papers, and intervals and tests are about these models\n"
        )
        return (
            f"{format_comparison(self.comparison, speeds)}\n\n{folds if self.folds else ''}"
            f"papers/s: the median of {PASSES} passes over the same {self.timed_papers:,} papers after a "
            f"warm-up pass, in turn, with at most {self.threads} "
            f"{'thread' if self.threads == 1 else 'threads'} ({backends})"
        )

    def to_html(self) -> str:
        """A report: one HTML page that stands alone."""
        from arxonomy.studies.report import render_comparison

        return render_comparison(self)


@needs_extra("train")
def compare(
    models: Sequence[AnyPath | SavedModel],
    papers: AnyFiles | Source | Sequence[Paper],
    *,
    split: str | None = None,
    split_file: AnyPath | None = None,
    among: str | Mapping[str, Sequence[str]] | None = None,
    pool: bool = True,
    resamples: int = 10_000,
    seed: int = 0,
) -> ModelComparison:
    """Compare models on the same papers: scores, confidence intervals, significance, speed.

    Models compute with as many threads as there are cores, also those that PyTorch runs in this process.

    >>> comparison = arxonomy.compare(["runs/v1-seed42", "my-bundle"], "papers.csv")  # doctest: +SKIP
    >>> print(comparison.to_text())  # doctest: +SKIP

    Args:
        models: Run folders and bundles, with the same labels; with `among`, some may know more.
        papers: A labeled file or several, for runs those that they were trained on; or papers with a
            category.
        split: The part to score: test, validation, train, all, or another name in the split. None: test, or
            all for bundles without `split_file`. Papers in memory are scored whole.
        split_file: CSV with the columns split and row or id, in place of the runs' own split.
        among: See `evaluate`.
        pool: Whether models that differ in the seed alone are one system.
        resamples: Number of bootstrap resamples.
        seed: Random seed of the bootstrap.

    Raises:
        ArxonomyError: The models or the papers cannot be read, or do not belong together.
    """
    from arxonomy.artifacts.saved_model import SavedModel, open_model
    from arxonomy.inference import load
    from arxonomy.runtime import count_cores

    source, threads = open_papers(papers), count_cores()

    def load_model(model: SavedModel) -> Classifier:
        return load(model.path, threads=threads)

    contest = classify_same_papers(
        [model if isinstance(model, SavedModel) else open_model(model) for model in models],
        source,
        split=parse_part(split),
        split_file=None if split_file is None else Path(split_file),
        among=None if among is None else read_among(among),
        pool=pool,
        load=load_model,
    )
    return score_contest(contest, source.describe(), resamples=resamples, seed=seed, threads=threads)


def score_contest(
    contest: Contest, data: DataSource, *, resamples: int, seed: int, threads: int, folds: int | None = None
) -> ModelComparison:
    """Score the systems of a contest, compare each pair, and measure their speeds.

    Args:
        contest: The systems' answers.
        data: Where the papers are from.
        resamples: Number of bootstrap resamples.
        seed: Random seed of the bootstrap.
        threads: Threads that computed, at most.
        folds: Folds of a cross-validation.
    """
    from arxonomy.evaluation.comparison import compare
    from arxonomy.papers import group_copies

    comparison = compare(
        contest.truth,
        {system.name: system.probabilities for system in contest.systems},
        contest.labels,
        [paper.categories for paper in contest.papers],
        groups=group_copies(contest.papers),
        resamples=resamples,
        seed=seed,
    )
    timed_papers, speeds = measure_speeds(contest)
    basis = make_basis(data, resamples, seed)
    return ModelComparison(comparison, contest, speeds, timed_papers, threads, basis, folds)


def measure_speeds(contest: Contest) -> tuple[int, dict[str, Speed]]:
    """How many papers are timed, and the papers per second of each system on them.

    The speed is the median of `PASSES` passes, of all systems in turn, after one to warm up.
    """
    sample = contest.papers[:: -(-len(contest.papers) // TIMED)]  # from the first to the last
    seconds: dict[str, list[float]] = {system.name: [] for system in contest.systems}
    for _ in range(1 + PASSES):
        for system in contest.systems:
            began = time.perf_counter()
            system.classifier.probabilities(sample)
            seconds[system.name].append(time.perf_counter() - began)
    speeds = {
        system.name: Speed(
            len(sample) / statistics.median(seconds[system.name][1:]), system.classifier.backend
        )
        for system in contest.systems
    }
    return len(sample), speeds
