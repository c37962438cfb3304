"""A classifier's answers to labeled papers, and their scores."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arxonomy.studies.selection import select_known

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from arxonomy.evaluation import Scores
    from arxonomy.inference import Classifier
    from arxonomy.records import Paper


_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answers:
    """What a classifier answers to N papers whose label it knows."""

    papers: list[Paper]
    """The papers."""
    truth: list[int]
    """The number of each paper's label."""
    labels: tuple[str, ...]
    """The C labels, in the order of the columns of probabilities."""
    uncalibrated: npt.NDArray[np.float64]
    """(N, C) probabilities before the calibration."""
    probabilities: npt.NDArray[np.float64]
    """(N, C) probabilities."""
    listed: npt.NDArray[np.float64] | None = None
    """(N, C) probabilities of being listed; None for a classifier that knows nothing of lists."""
    outside: npt.NDArray[np.float64] | None = None
    """(N,) the probability outside of a classifier's view; None without one."""


def compute_answers(classifier: Classifier, papers: Sequence[Paper], source: str) -> Answers:
    """Let a classifier classify papers; those whose label it does not know are left out and counted.

    Args:
        classifier: Any.
        papers: Labeled papers, at least one.
        source: Where they are from, for messages.

    Raises:
        DataError: The classifier knows none of their labels.
    """
    known, truth = select_known(classifier.labels, papers, source)
    return Answers(known, truth, classifier.labels, *classifier.compute_all(known))


def score_answers(classifier: Classifier, answers: Answers) -> Scores:
    """Score a classifier's answers, in all details; see `score_in_detail`."""
    from arxonomy.evaluation import Calibrations, score_in_detail
    from arxonomy.evaluation.listed import count_unlisted

    papers = answers.papers
    listed = [paper.categories for paper in papers]
    if unlisted := count_unlisted(answers.truth, answers.labels, listed):
        _LOG.info(f"papers that do not list their own label: {unlisted:,}; it counts as listed")
    is_calibrated = classifier.calibrations != Calibrations.identity(len(classifier.model_labels))
    return score_in_detail(
        answers.truth,
        answers.probabilities,
        answers.labels,
        listed,
        published=[paper.published for paper in papers],
        words=[len(f"{paper.title} {paper.abstract}".split()) for paper in papers],
        uncalibrated=answers.uncalibrated if is_calibrated else None,
        listed_probabilities=answers.listed,
    )
