"""Distillation: teachers answer papers, and a network is trained on their answers.

A teacher is sure of the papers that it was trained on, and would only repeat their labels. So a training
paper is answered by those teachers alone that have not seen it, and an unlabeled one by all; answers are
averaged.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from arxonomy.advice import advise_option, name_option
from arxonomy.artifacts.origin_facts import Origins
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.seen import digest_papers, find_seen
from arxonomy.artifacts.teacher_answers import TeacherAnswers, read_answers, write_answers
from arxonomy.errors import DataError, SettingsError
from arxonomy.inference import Classifier, load
from arxonomy.models.baselines.minilm import cache_vectors
from arxonomy.records import Paper
from arxonomy.studies.teachers import NamedTeachers, Teachers, open_teachers, train_teachers
from arxonomy.studies.unlabeled import UnlabeledFile, UnlabeledPapers, read_unlabeled
from arxonomy.training.job import TrainingJob, check_parts
from arxonomy.training.provenance import check_same_origins, describe_init
from arxonomy.training.reporter import Reporter
from arxonomy.training.teaching import Teaching
from arxonomy.training.train import check_folder, check_learner, list_learners

_LOG = logging.getLogger(__name__)

_CHUNK = 10_000
"""Papers that are answered at a time."""


@dataclass(frozen=True)
class Lesson:
    """Who teaches, and on which papers."""

    teachers: Sequence[str]
    """Finished runs, or names or files of recipes."""
    unlabeled: Sequence[UnlabeledFile] = ()
    """Files of unlabeled papers."""
    folds: int | None = None
    """Teachers of each recipe, each trained without one fold; 1: one, trained on all training papers. None:
    `teachers.FOLDS`."""


def teach(
    job: TrainingJob, lesson: Lesson, *, resume: bool = False, reporter: Reporter | None = None
) -> TrainingJob:
    """Train the teachers that are recipes, ask all teachers, and add what they say to a job.

    A teacher that was stopped is resumed, and the answers are kept in the run folder.

    Args:
        job: The network's training.
        lesson: Who teaches what.
        resume: Whether the run may be there already.
        reporter: For the training of the teachers.

    Returns:
        The job with its `teaching`.

    Raises:
        SettingsError: There is no teacher, nothing to teach, or no network to learn it; or see
            `open_teachers`.
        DataError: No teacher can answer a training paper, or see there.
        RunError: The folder holds a run that is not to be resumed, or see there.
        ArxonomyError: See `read_unlabeled`.
    """
    if not lesson.teachers:
        option = name_option("--unlabeled" if lesson.unlabeled else "--cross-fit")
        raise SettingsError(f"{option}: expected teachers, found none; give {name_option('--teacher')}")
    check_folder(job, resume=resume)
    check_parts(job.dataset, job.parts)
    check_learner(job.recipe, init=job.init, taught=True)
    wants_labeled = any(recipe.training.teacher_share for recipe in list_learners(job.recipe))
    if not lesson.unlabeled and not wants_labeled:
        raise SettingsError(
            f"{name_option('--teacher')}: expected papers to answer, found none; give "
            f"{name_option('--unlabeled')}, or set training.teacher_share, as in training.teacher_share=0.5"
        )
    named = open_teachers(job, lesson.teachers, lesson.folds)
    unlabeled = read_unlabeled(lesson.unlabeled, job)
    with cache_vectors():  # all folds of a teacher read the same papers
        return _teach(job, named, unlabeled, wants_labeled, reporter)


def _teach(
    job: TrainingJob,
    named: NamedTeachers,
    unlabeled: UnlabeledPapers,
    wants_labeled: bool,
    reporter: Reporter | None,
) -> TrainingJob:
    teachers = train_teachers(job, named, reporter)
    if job.run.exists():  # before other answers replace those that are there
        init = None if job.init is None else describe_init(job.init)
        check_same_origins(job.run, Origins(init=init, teachers=teachers.sources, unlabeled=unlabeled.files))
    train = job.papers("train")
    hashes = [*(own.sha256 for own in teachers.sources), *(file.sha256 for file in unlabeled.files)]
    parts = hashlib.sha256(" ".join(job.parts.tolist()).encode()).hexdigest()
    basis = json.dumps([hashes, job.dataset.sha256, job.dataset.labels, parts, wants_labeled])
    answers = _ask(teachers, unlabeled.papers, train if wants_labeled else [], job, basis)
    of_unlabeled, of_labeled = answers.get_means()
    if wants_labeled:
        known = int((answers.counts > 0).sum())
        _LOG.info("teachers: %s of %s training papers answered", f"{known:,}", f"{len(train):,}")
    seen = tuple((str(run.folder), seen) for run, seen in zip(teachers.runs, teachers.seen, strict=True))
    return replace(
        job,
        teaching=Teaching(
            unlabeled.papers,
            of_unlabeled,
            of_labeled if wants_labeled else None,
            teachers.sources,
            unlabeled.files,
            seen,
        ),
    )


def _ask(
    teachers: Teachers, unlabeled: Sequence[Paper], labeled: Sequence[Paper], job: TrainingJob, basis: str
) -> TeacherAnswers:
    """Ask all teachers that were not asked before.

    Raises:
        DataError: There are labeled papers, and none that a teacher has not seen.
    """
    labels = job.dataset.labels
    answers = read_answers(job.run, basis)
    answers = answers or TeacherAnswers.start(len(unlabeled), len(labeled), len(labels))
    if answers.asked == len(teachers.runs):
        return answers
    digests = digest_papers(labeled)
    unseen = [np.flatnonzero(~find_seen(digests, seen.trained)) for seen in teachers.seen]
    if labeled and not any(map(len, unseen)):
        raise DataError(
            "setting `training.teacher_share`: every teacher was trained on every training paper, and would "
            f"repeat its label; give a recipe, as in {advise_option('--teacher', 'linear-svm')}, which is "
            f"trained on parts of them ({name_option('--cross-fit')}), or set it to 0"
        )
    steps = list(zip(teachers.runs, teachers.weights, unseen, strict=True))
    for run, weight, new in steps[answers.asked :]:
        _LOG.info("asking %s: %s papers", run.folder, f"{len(unlabeled) + len(new):,}")
        classifier = _load(run, job.device)
        answers.unlabeled += np.float32(weight) * _classify(classifier, unlabeled, labels)
        answers.labeled[new] += _classify(classifier, [labeled[row] for row in new.tolist()], labels)
        answers.counts[new] += 1
        answers.asked += 1
        write_answers(job.run, answers, basis)
    return answers


def _load(run: Run, device: str) -> Classifier:
    # A baseline has no choice of the device.
    baseline = any(member.recipe().baseline for member in run.members())
    return load(run.folder, device="auto" if baseline else device)


def _classify(
    classifier: Classifier, papers: Sequence[Paper], labels: Sequence[str]
) -> npt.NDArray[np.float32]:
    """(N, C) probabilities, in the order of the labels."""
    columns = [classifier.labels.index(label) for label in labels]
    found = np.zeros((len(papers), len(labels)), dtype=np.float32)
    for start in range(0, len(papers), _CHUNK):
        some = papers[start : start + _CHUNK]
        found[start : start + len(some)] = classifier.probabilities(some)[:, columns]
    return found
