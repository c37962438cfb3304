"""Where a model doubts the categories that authors chose, at a stated rate of false alarms."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from arxonomy.advice import name_option
from arxonomy.errors import SettingsError
from arxonomy.evaluation.calibration_by_part import PartScores
from arxonomy.evaluation.results import Result
from arxonomy.records import PARTS

MIN_PAPERS = 200
"""Papers that are needed: of fewer, a share of 5% is ten papers at most."""
HIGHEST_RATE = 0.5
"""Largest rate of false alarms that may be asked for."""

_STEPS = 201
_FEWEST = 5  # papers beyond a threshold, which fewer would leave to chance


class CheckRates(Result):
    """How often each verdict is wrong on later papers, which chose nothing; shares in 0..1.

    The first two are of papers as their authors filed them. The others are of papers whose primary category
    was swapped for one that they do not list, and whose true one was left out.
    """

    papers: int
    """Papers as filed."""
    false_alarms: float
    """The rate of false alarms that was asked for."""
    moves: float
    """Share of papers as filed for which a move is proposed."""
    additions: float
    """Share of papers as filed for which cross-lists are proposed."""
    found_across: float
    """Share of swapped papers for which a move is proposed; any category of another archive was drawn."""
    found_within: float
    """The same, with any category of the same archive."""
    found_near_across: float
    """The same, with one of another archive, of the ten that papers of the true category list most often."""
    found_near_within: float
    """The same, with one of these in the same archive."""


class CheckThresholds(Result):
    """How probable a model finds what the authors of held-out papers chose.

    A category that authors chose is doubted where it is less probable than it is for a share of such papers,
    and a category that they do not list is proposed where it is more probably listed than any is for all but
    that share. This share, of papers as filed, is the rate of false alarms; where authors of these papers
    were wrong themselves, the alarm is not false.
    """

    papers: int
    """Papers with title and abstract."""
    chosen: tuple[float, ...]
    """Equally spaced quantiles of the probability of the category that they are labeled with, ascending."""
    papers_with_lists: int = 0
    """Those that list categories."""
    unlisted: tuple[float, ...] = ()
    """Equally spaced quantiles of the largest probability of being listed of a category that a paper does not
    list, ascending; empty for a model that has not learned lists, or from fewer than `MIN_PAPERS`."""
    later: CheckRates | None = None
    """What was measured on later papers; None where nothing was."""

    @classmethod
    def fit(cls, papers: PartScores, listed: PartScores | None = None) -> Self | None:
        """Fit the quantiles to papers that a model was not trained on.

        Args:
            papers: Calibrated probabilities.
            listed: Calibrated probabilities of being listed, of the papers that list categories.

        Returns:
            None for fewer than `MIN_PAPERS`.
        """
        shares, labels = _select_whole(papers)
        if len(labels) < MIN_PAPERS:
            return None
        own = shares[np.arange(len(labels)), labels]
        lists: dict[str, Any] = {}
        if listed is not None and len(listed.labels) >= MIN_PAPERS:
            marked, largest = measure_unlisted(listed)
            lists = {"papers_with_lists": marked, "unlisted": _list_quantiles(largest)}
        return cls(papers=len(labels), chosen=_list_quantiles(own), **lists)

    def check_rate(self, false_alarms: float) -> None:
        """Make sure that a rate of false alarms can be kept.

        Raises:
            SettingsError: It is too small for the number of papers, or too large.
        """
        least = max(1 / (_STEPS - 1), _FEWEST / self.papers)
        if not least <= false_alarms <= HIGHEST_RATE:
            raise SettingsError(
                f"{name_option('--false-alarms')}: expected {least:.2g} to {HIGHEST_RATE}, as the "
                f"{self.papers:,} validation papers of this model allow; found {false_alarms:g}; 5% is 0.05"
            )

    def find_least_probability(self, false_alarms: float) -> float:
        """Find the probability below which a category that authors chose is doubted."""
        return _interpolate(self.chosen, false_alarms)

    def find_listed_probability(self, false_alarms: float) -> float | None:
        """Find the probability of being listed from which a category is proposed, if that is known."""
        return _interpolate(self.unlisted, 1 - false_alarms) if self.unlisted else None


def measure_unlisted(listed: PartScores) -> tuple[int, npt.NDArray[np.float64]]:
    """Measure the largest probability of being listed among the categories that each paper does not list.

    Returns:
        The number of papers M with title and abstract, and (M,) the probabilities.
    """
    shares, marked = _select_whole(listed)
    return len(marked), np.where(marked > 0, 0.0, shares).max(axis=1)


def _select_whole(papers: PartScores) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    found = papers.select(PARTS)
    assert found is not None  # of both parts it gives what there is
    return found


def _list_quantiles(values: npt.NDArray[Any]) -> tuple[float, ...]:
    found = np.quantile(values.astype(np.float64), np.linspace(0.0, 1.0, _STEPS))
    return tuple(float(f"{value:.6g}") for value in found)


def _interpolate(quantiles: tuple[float, ...], share: float) -> float:
    return float(np.interp(share, np.linspace(0.0, 1.0, len(quantiles)), quantiles))
