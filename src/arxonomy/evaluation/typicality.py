"""How typical a text is of the papers that a model was calibrated on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import numpy.typing as npt

from arxonomy.evaluation.calibration_by_part import ALONE, PartScores, Read
from arxonomy.evaluation.results import Result
from arxonomy.records import PARTS

MIN_PAPERS = 200
"""Papers of a kind that are needed: among fewer, the most unusual one in fifty is a matter of chance."""

TEMPERATURE = 5.0
"""Divides the logits, so that all categories count and not only the best few. On the texts of
experiments/outside_texts.py and validation papers, 4 to 8 do alike for a network with a linear branch, and
2 to 4 for one without; 1 does worse for both."""
OLD_TEMPERATURE = 3.0
"""That of bundles which do not state it."""

_STEPS = 201
_MARGIN = 1e-5


class Typicality(Result):
    """Compares how unevenly a model rates its categories for a text with how it does so for papers.

    The largest probability says little: it may be high for a text of no category at all. For a paper of its
    field a model rules out most categories, and for other texts it leaves them alike: the divergence of its
    probabilities from equal ones, KL(equal || softmax(logits / temperature)), tells the two apart. It is what
    GradNorm takes the gradient of (Huang et al. 2021, arXiv:2110.00218). The energy log sum exp(logits) (Liu
    et al. 2020, arXiv:2010.03759) is the same but for the mean of the logits, which training leaves open: it
    does worse for networks, and for linear-svm it is the wrong way around.

    Its rank among those of held-out papers is a p-value: of new papers like those, a share p has one of p or
    less (Bates et al. 2023, arXiv:2104.08279). Each kind of paper has ranks of its own, since less can be
    ruled out by a title alone.
    """

    papers: int
    """Validation papers, which bound how small a p-value can be: 1 / (papers + 1)."""
    quantiles: dict[str, tuple[float, ...]]
    """Kind of paper -> equally spaced quantiles of the divergence, ascending: of `whole` papers, and of those
    with a `title` or an `abstract` alone. A kind of which there were fewer than `MIN_PAPERS` is missing."""
    temperature: float = OLD_TEMPERATURE
    """What the logits were divided by, > 0."""

    @classmethod
    def fit(cls, papers: PartScores) -> Self | None:
        """Fit the ranks to papers that a model was not trained on.

        Args:
            papers: The raw logits, before any calibration.

        Returns:
            None for fewer than `MIN_PAPERS`.
        """
        if len(papers.labels) < MIN_PAPERS:
            return None
        quantiles = {}
        for read in (PARTS, *ALONE):
            found = papers.select(read)
            if found is not None and len(found[0]) >= MIN_PAPERS:
                own = np.quantile(_measure_divergence(found[0], TEMPERATURE), np.linspace(0.0, 1.0, _STEPS))
                # A little less, for papers that are all alike must not fail by the last digit of a float32.
                lower = (1.0 - _MARGIN) * own - 1e-9
                quantiles[_name_kind(read)] = tuple(float(f"{value:.7g}") for value in lower)
        return cls(papers=len(papers.labels), quantiles=quantiles, temperature=TEMPERATURE)

    def apply(self, logits: npt.ArrayLike, reads: Sequence[Read]) -> npt.NDArray[np.float64]:
        """Compute p-values of raw logits (N, C) of texts that have these parts.

        Returns:
            Float64 (N,) the share in 1 / (papers + 1)..1 of validation papers that look no more like a paper
            than this text; NaN for a kind of paper without ranks.
        """
        divergences, least = _measure_divergence(logits, self.temperature), 1 / (self.papers + 1)
        kinds = np.array([_name_kind(read) for read in reads])
        shares = np.full(len(divergences), np.nan)
        for kind, own in self.quantiles.items():
            rows = kinds == kind
            shares[rows] = np.interp(divergences[rows], own, np.linspace(least, 1.0, len(own)))
        return shares


def _name_kind(read: Read) -> str:
    return read[0] if read in ALONE else "whole"


def _measure_divergence(logits: npt.ArrayLike, temperature: float) -> npt.NDArray[np.float64]:
    """(N,) KL divergence, in nats, of the softened probabilities of (N, C) logits from equal ones."""
    soft = np.asarray(logits, dtype=np.float64) / temperature
    return np.asarray(np.logaddexp.reduce(soft, axis=-1) - soft.mean(axis=-1) - np.log(soft.shape[-1]))
