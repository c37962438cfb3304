"""What models say of papers, as arrays, and how the answers of several become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from arxonomy.evaluation.calibration import vote_logits
from arxonomy.evaluation.calibration_by_part import Calibrations, Read
from arxonomy.evaluation.class_prior import shift_prior
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


class AllProbabilities(NamedTuple):
    """All that a classifier knows of N papers."""

    before: Probabilities
    """(N, C) probabilities before the calibration, that of the vote of an ensemble; all else is done to them.
    An ensemble's members stay calibrated; so do a paper's copies, whose mean is treated as one paper's."""
    after: Probabilities
    """(N, C) probabilities."""
    listed: Probabilities | None
    """(N, C) probabilities of being listed; None for a model that knows nothing of lists."""


def vote(answers: Sequence[Answers], calibrations: Calibrations, of_lists: Calibrations) -> Answers:
    """The soft vote of M >= 2 models on the same papers.

    Args:
        answers: What each says.
        calibrations: Calibrate the logarithm of the mean.
        of_lists: Calibrate the same of being listed, on which those vote that know of lists.
    """
    unknown: list[float] = np.mean([answer.unknown for answer in answers], axis=0).tolist()
    reads = answers[0].reads
    shares = calibrations.apply(vote_logits([answer.probabilities for answer in answers]), reads)
    lists = [answer.listed for answer in answers if answer.listed is not None]
    return Answers(unknown, reads, shares, of_lists.apply(vote_listed(lists), reads) if lists else None)


@dataclass(frozen=True)
class Adjustment:
    """What is done to a model's answers in the end: they are shifted to a stated prior, and shrunk.

    A paper most of whose words are unknown still gets logits, and they may look confident. When the share of
    unknown words u (the mean over the models) exceeds `unknown_words_limit`, the probabilities p are shrunk
    toward the uniform distribution over the C categories, or toward the stated prior: p' = (1 - u) p + u / C;
    those of being listed are shrunk toward 0. A text without any words has u = 1: all categories are equally
    probable.
    """

    unknown_words_limit: float
    """Share of unknown words above which a paper's probabilities are shrunk by that share."""
    priors: tuple[Sequence[float], Sequence[float]] | None = None
    """(C,) each: the class prior that the probabilities assume, and the stated one; None: none was stated."""

    def apply(self, answers: Answers) -> Answers:
        """The answers shifted to the stated prior, which says nothing of lists, and shrunk."""
        shares = self.apply_to(answers.probabilities, answers.unknown)
        listed = None if answers.listed is None else (1.0 - self._weigh(answers.unknown)) * answers.listed
        return answers._replace(probabilities=shares, listed=listed)

    def apply_to(self, probabilities: Probabilities, unknown: Sequence[float]) -> Probabilities:
        """(N, C) probabilities of the categories, likewise."""
        target = np.full(probabilities.shape[1], 1 / probabilities.shape[1])
        if self.priors is not None:
            assumed, stated = self.priors
            probabilities, target = shift_prior(probabilities, assumed, stated), np.array(stated)
        weights = self._weigh(unknown)
        return np.asarray((1.0 - weights) * probabilities + weights * target)

    def _weigh(self, unknown: Sequence[float]) -> Probabilities:
        """(N, 1) how much each paper is shrunk."""
        return np.array([[u if u > self.unknown_words_limit else 0.0] for u in unknown])
