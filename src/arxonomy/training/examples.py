"""A job's papers as a network is trained on them: encoded, weighted, with their targets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arxonomy.text import Encoder
from arxonomy.text.augment import Augmenter
from arxonomy.training.data import Examples, TrainingData, compute_source_weights
from arxonomy.training.job import TrainingJob
from arxonomy.training.targets import find_listed, make_targets


def make_training_data(job: TrainingJob, encoder: Encoder, augmenter: Augmenter) -> TrainingData:
    """Encode a job's papers: the labeled ones, and after them those that teachers have labeled.

    Args:
        job: Its papers, settings and teachers.
        encoder: Turns papers into ids.
        augmenter: Changes training papers.
    """
    settings, names, taught = job.recipe.training, job.dataset.labels, job.teaching
    train, validation = _encode(job, "train", encoder), _encode(job, "validation", encoder)
    answers = None if taught is None else taught.labeled
    targets = make_targets(settings, job.papers("train"), train.labels, names, answers)
    listed = find_listed(job.papers("train"), names) if settings.listed_loss else None
    if listed is not None:
        validation = replace(validation, listed=find_listed(job.papers("validation"), names))
    if taught is None or not taught.papers or not settings.unlabeled_ratio:
        return TrainingData(replace(train, targets=targets, listed=listed), validation, names, augmenter)
    if targets is None:
        targets = np.eye(len(names), dtype=np.float32)[train.labels]
    weights = np.full(len(taught.papers), settings.unlabeled_weight, dtype=np.float32)
    every = Examples(
        [*train.papers, *(encoder.encode(paper) for paper in taught.papers)],
        np.concatenate([train.labels, taught.answers.argmax(axis=1)]),
        np.concatenate([train.weights, weights]),
        np.concatenate([targets, taught.answers]),
        listed,
    )
    return TrainingData(every, validation, names, augmenter, labeled=len(train.papers))


def _encode(job: TrainingJob, part: str, encoder: Encoder) -> Examples:
    dataset = job.dataset
    sources = dataset.original_labels or [dataset.labels[number] for number in dataset.get_label_ids()]
    rows = np.flatnonzero(job.parts == part)
    weights = compute_source_weights(job.recipe.training, [sources[row] for row in rows])
    return Examples([encoder.encode(paper) for paper in job.papers(part)], job.labels(part), weights)
