"""What models say of papers, as arrays, and how the answers of several become one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from arxonomy.evaluation.calibration import vote_logits
from arxonomy.evaluation.calibration_by_part import Calibrations, Read
from arxonomy.evaluation.listed_calibration import vote_listed

Probabilities = npt.NDArray[np.float64]


class Answers(NamedTuple):
    """What a model says about N papers, in their order."""

    unknown: list[float]
    """Share in 0..1 of each paper's words that the model has never seen."""
    reads: list[Read]
    """The parts of each paper that have a word to read."""
    probabilities: Probabilities
    """(N, C) calibrated probabilities."""
    listed: Probabilities | None = None
    """(N, C) calibrated probabilities of being listed; None for a model that knows nothing of lists."""
    outside: Probabilities | None = None
    """(N, O) probabilities of the labels outside of a view, before renormalizing; None without a view."""
    typicality: npt.NDArray[np.float64] | None = None
    """(N,) how typical each paper is of the field, as `Prediction.typicality`; NaN where that is not known of
    such a paper, None where it is not known of any."""


class AllProbabilities(NamedTuple):
    """All that a classifier knows of N papers."""

    before: Probabilities
    """(N, C) probabilities before the calibration, that of the vote of an ensemble; all else is done to them.
    An ensemble's members stay calibrated; so do a paper's copies, whose mean is treated as one paper's."""
    after: Probabilities
    """(N, C) probabilities."""
    listed: Probabilities | None
    """(N, C) probabilities of being listed; None for a model that knows nothing of lists."""
    unknown: npt.NDArray[np.float64]
    """(N,) as `Answers.unknown`."""
    outside: Probabilities | None = None
    """(N,) the whole probability outside of a view, before renormalizing; None without a view."""
    typicality: npt.NDArray[np.float64] | None = None
    """As `Answers.typicality`."""


def vote(answers: Sequence[Answers], calibrations: Calibrations, of_lists: Calibrations) -> Answers:
    """The soft vote of M >= 2 models on the same papers.

    Args:
        answers: What each says.
        calibrations: Calibrate the logarithm of the mean.
        of_lists: Calibrate the same of being listed, on which those vote that know of lists.

    Returns:
        The vote; the typicality is the mean of those that know one.
    """
    unknown: list[float] = np.mean([answer.unknown for answer in answers], axis=0).tolist()
    reads = answers[0].reads
    shares = calibrations.apply(vote_logits([answer.probabilities for answer in answers]), reads)
    lists = [answer.listed for answer in answers if answer.listed is not None]
    typicality = [answer.typicality for answer in answers if answer.typicality is not None]
    return Answers(
        unknown,
        reads,
        shares,
        of_lists.apply(vote_listed(lists), reads) if lists else None,
        typicality=np.mean(typicality, axis=0) if typicality else None,
    )
