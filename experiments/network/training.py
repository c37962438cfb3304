"""Trains a system once, scores it on papers that it was not trained on, and measures processor seconds."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch
from reference import AMONG

from arxonomy.artifacts.run import Run
from arxonomy.artifacts.teacher_answers import FILE
from arxonomy.config import Recipe, load_recipe
from arxonomy.evaluation import score
from arxonomy.inference import Classifier, load
from arxonomy.records import Paper
from arxonomy.studies.teachers import open_teachers, train_teachers
from arxonomy.studies.teaching import Lesson, teach
from arxonomy.studies.unlabeled import UnlabeledFile, read_unlabeled
from arxonomy.text import Encoder
from arxonomy.text.embed import EmbedSettings, embed
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train
from network.changes import CHANGES, changed_product
from network.clock import Clock
from network.objectives import OBJECTIVES, Adversarial, give_unlabeled
from network.pools import (
    THREE_CLASSES,
    UNLABELED,
    VECTOR_WIDTH,
    VECTORS,
    Pool,
    get_data_settings,
    read_pool,
)
from network.pretraining import pretrain_on_categories, pretrain_on_pairs
from network.records import SCORES
from network.systems import (
    BASELINE_SEED,
    BASELINES,
    CROSS_FIT,
    IDEAS,
    LARGE,
    LARGE_NETWORK,
    ONCE,
    TEACHERS,
    TWICE,
    System,
)


@dataclass(frozen=True)
class Place:
    """Where papers are read from and runs are kept."""

    data: Path
    """Folder of the shared papers."""
    runs: Path
    """Folder of the run folders."""
    limit: int | None = None
    """Training papers at most."""
    settings: tuple[str, ...] = ()
    """On top of those of each network."""


@dataclass(frozen=True)
class Trainer:
    """Trains systems on one pool."""

    pool: Pool
    """The papers."""
    place: Place
    """Where everything is."""

    @cached_property
    def unlabeled(self) -> list[Paper]:
        """Papers that are not in the pool's split; their labels are not read."""
        recipe = load_recipe("arxonomy").with_labels(self._among)
        job = TrainingJob(self.pool.dataset, self.pool.parts, recipe, self.folder / "unlabeled")
        return list(read_unlabeled([UnlabeledFile(self.unlabeled_file)], job).papers)

    @property
    def unlabeled_file(self) -> Path:
        """The file of these papers; with a limit, one of its first papers."""
        path = self.place.data / UNLABELED
        if self.place.limit is None:
            return path
        short = self.folder / "unlabeled.parquet"
        short.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pq.read_table(path, columns=["id", "title", "abstract"])[: self.place.limit], short)
        return short

    @property
    def folder(self) -> Path:
        """Of the pool's runs."""
        return self.place.runs / self.pool.name

    @property
    def _among(self) -> Any:
        return get_data_settings(self.pool.name).among

    def make_recipe(self, system: System, seed: int) -> Recipe:
        """The recipe of a system with its settings and a seed."""
        is_baseline = load_recipe(system.recipe).baseline is not None
        large: tuple[str, ...] = ()
        if self.pool.name in ("sample", "all"):
            large = LARGE.get(system.name, LARGE_NETWORK if system in IDEAS and not is_baseline else ())
        own = () if is_baseline else self.place.settings
        if self.pool.name == "published" and not is_baseline:
            own = (*(TWICE if "teachers" in system.steps else ONCE), *own)
        recipe = load_recipe(system.recipe, [*large, *system.settings, *own, f"training.seed={seed}"])
        return recipe.with_labels(self._among)

    def train(self, system: System, seed: int, command: Sequence[str]) -> dict[str, Any]:
        """Train a system, or resume it, or take it as it is.

        Args:
            system: What is trained.
            seed: Of all that is random.
            command: As the run folder has it.

        Returns:
            What a record has about the training; see `describe_run`.
        """
        out = self.folder / f"{system.name}-{seed}"
        recipe, prepared = self.make_recipe(system, seed), 0.0
        init = None
        if system.init:
            init, prepared = self.pretrain(system.init)
        vectors = self.find_vectors() if "vectors" in system.steps else None
        job = TrainingJob(
            self.pool.dataset, self.pool.parts, recipe, out, vectors, "cpu", command=command, init=init
        )
        teachers: list[str] = []
        if "teachers" in system.steps:
            tuned = self.train_tuned() if "tuned-teacher" in system.steps else []
            teachers, prepared = self.train_teachers(job, tuned)
        with Clock(out.with_suffix(".seconds")) as clock:
            if teachers:
                job = self.teach(job, teachers, clock)
            with self.changed(system, Run(out)):
                run = train(job, resume=True, reporter=clock)
        return describe_run(run, self.pool, clock.seconds, prepared)

    def load(self, system: System, seed: int) -> Classifier:
        """The classifier that a system's run has trained, or the one in the package."""
        if not system.recipe:
            return load(threads=1).with_view(AMONG if self.pool.name in THREE_CLASSES else None)
        with self.changed(system):
            return load(self.folder / f"{system.name}-{seed}", threads=1)

    def pretrain(self, kind: str) -> tuple[Path, float]:
        """The run of a pretraining, and its processor seconds."""
        out = self.folder / f"pretrained-{kind}"
        if Run(out).metrics() is None:
            if kind == "contrastive":
                pretrain_on_pairs(self.unlabeled, out, self.place.settings)
            else:
                pool = read_pool("all", self.place.data, self.place.limit)
                pretrain_on_categories(pool, out, self.place.settings)
        return out, Clock(out.with_suffix(".seconds")).seconds

    def train_tuned(self) -> list[str]:
        """The run of the fine-tuned transformer, which teaches as one that has seen all training papers."""
        system = next(system for system in BASELINES if system.name == "minilm-tuned")
        self.train(system, BASELINE_SEED, ())
        return [str(self.folder / f"{system.name}-{BASELINE_SEED}")]

    def train_teachers(self, job: TrainingJob, tuned: Sequence[str]) -> tuple[list[str], float]:
        """The names of all teachers, and their processor seconds; a job finds those that are trained.

        The cross-fitted ones are the same for all seeds, and so in a folder of their own.
        """
        out, own = self.folder / "ensemble", Path(job.out) / "teachers"
        with Clock(out.with_suffix(".seconds")) as clock:
            ensemble = replace(job, out=out)
            named = open_teachers(ensemble, TEACHERS[self.pool.name], CROSS_FIT[self.pool.name])
            train_teachers(ensemble, named, clock)
        if not own.exists():
            own.parent.mkdir(parents=True, exist_ok=True)
            own.symlink_to((out / "teachers").resolve())
        seconds = [Clock(Path(run).with_suffix(".seconds")).seconds for run in tuned]
        return [*tuned, *TEACHERS[self.pool.name]], clock.seconds + sum(seconds)

    def teach(self, job: TrainingJob, teachers: Sequence[str], clock: Clock) -> TrainingJob:
        """The job with the teachers' answers; they are asked once, not for each seed.

        The unlabeled papers are among the training papers of a larger pool, so that there are none for it.
        """
        kept, own = self.folder / f"answers-of-{len(teachers)}.safetensors", Path(job.out) / FILE
        if kept.is_file() and not own.is_file():
            shutil.copy(kept, own)
        files = [UnlabeledFile(self.unlabeled_file)] if self.pool.name == "few" else []
        job = teach(job, Lesson(teachers, files, CROSS_FIT[self.pool.name]), resume=True, reporter=clock)
        shutil.copy(own, kept)
        return job

    def find_vectors(self) -> Path:
        """The file of word vectors.

        The one that comes with the papers has seen those of all categories that are scored, and is old: where
        there are many training papers, others are trained on these.
        """
        if self.pool.name == "few":
            return self.place.data / VECTORS
        out = self.place.runs / "vectors.txt"
        if not out.is_file():
            pool = read_pool("all", self.place.data, self.place.limit)
            papers = [pool.dataset.papers[row] for row in pool.rows("train")]
            with Clock(out.with_suffix(".seconds")):
                embed(papers, out, EmbedSettings(dim=VECTOR_WIDTH))
        return out

    def changed(self, system: System, run: Run | None = None) -> AbstractContextManager[None]:
        """The product with what a system changes of it; `run` where it is trained."""
        change = next((CHANGES[step] for step in system.steps if step in CHANGES), None)
        kind = next((OBJECTIVES[step] for step in system.steps if step in OBJECTIVES), None)
        if run is None or kind is None:
            return changed_product(change)

        def make(*arguments: Any) -> Any:
            objective = kind(*arguments)
            if isinstance(objective, Adversarial):
                encoder = Encoder(run.vocabulary(), run.recipe().text)
                return give_unlabeled([encoder.encode(paper) for paper in self.unlabeled], objective)
            return objective

        return changed_product(change, make)


def describe_run(run: Run, pool: Pool, seconds: float, prepared: float) -> dict[str, Any]:
    """What a record has about a training: epochs, or what a baseline chose, and processor seconds."""
    metrics, epochs = run.metrics(), len(run.history())
    assert metrics is not None
    facts: dict[str, Any] = {"processor_seconds": {"training": round(seconds, 1)}}
    if prepared:
        facts["processor_seconds"]["preparation"] = round(prepared, 1)
    if not epochs:
        return facts | {"chosen": metrics.chosen, "papers_per_processor_second": {}}
    speed = round(epochs * len(pool.rows("train")) / max(seconds, 1e-9), 1)
    facts["papers_per_processor_second"] = {"training": speed}
    return facts | {"epochs": epochs, "best_epoch": metrics.best_epoch, "words": run.info().words}


@dataclass(frozen=True)
class Scored:
    """A classifier's answers for the papers of one part."""

    scores: dict[str, float]
    """Out of `SCORES`."""
    answers: np.ndarray
    """(N,) uint8, the numbers of the labels."""
    truth: np.ndarray
    """(N,) uint8."""
    speed: float
    """Papers per processor second, one thread, from text to calibrated probabilities."""
    seconds: float
    """Processor seconds."""


def score_part(classifier: Classifier, pool: Pool, part: str) -> Scored:
    """Answer the papers of a part with calibrated probabilities, and score these."""
    torch.set_num_threads(1)
    rows, labels = pool.rows(part), pool.dataset.labels
    papers = [pool.dataset.papers[row] for row in rows]
    columns = [classifier.labels.index(label) for label in labels]
    classifier.probabilities(papers[:64])  # what is done once, at the first papers, is not counted
    start = time.process_time()
    probabilities = classifier.probabilities(papers)[:, columns]
    seconds = time.process_time() - start
    truth = pool.dataset.get_label_ids()[rows]
    scored = score(truth, probabilities, labels, [paper.categories for paper in papers]).to_dict()
    return Scored(
        {name: scored[name] for name in SCORES if name in scored},
        probabilities.argmax(axis=1).astype(np.uint8),
        truth.astype(np.uint8),
        round(len(papers) / max(seconds, 1e-9), 1),
        round(seconds, 2),
    )
