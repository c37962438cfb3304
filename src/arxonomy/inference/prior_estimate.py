"""The class prior of unlabeled papers: what is kept of them, what is estimated, and whether to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from arxonomy.evaluation.class_prior import estimate_group_prior, estimate_prior, expect_gain
from arxonomy.evaluation.prior_check import Disagreement, Floats, find_disagreement
from arxonomy.inference.answers import Answers
from arxonomy.inference.class_prior import require_prior
from arxonomy.inference.voting import VotingModels
from arxonomy.records import ATYPICAL_BELOW, NONE_ABOVE

MOST_PAPERS = 20_000
"""Papers whose probabilities are kept: with 149 categories 12 MB."""

FEWEST_PAPERS = 100
"""Papers from which a prior is suggested; fewer say too little of it."""

WORTH = 0.005
"""Least gain that is worth a change: below it, measured mixes lose as often as they gain."""

WORTH_ANSWERS = 3
"""Least answers of the file that the gain must be: of 100 papers a smaller one cannot be told from chance."""

MOST_GROUPS = 30
"""Groups of categories that two estimates are compared in; more would each have too few papers."""


@dataclass(frozen=True)
class PriorEstimate:
    """The class prior of unlabeled papers, as `Classifier.estimate_prior` estimates it."""

    shares: Mapping[str, float]
    """Category -> share > 0, with the sum 1."""
    papers: int
    """Papers that it was estimated from, at most `MOST_PAPERS`, drawn at random from more."""
    gain: float
    """In 0..1: how much more often answers are expected to be right with it, by their own probabilities."""
    disagreement: Disagreement | None
    """Where a second estimate contradicts it; None where it does not, or where there is none."""
    is_checked: bool
    """Whether there was a second estimate: the model knows how it confuses categories."""

    @property
    def is_useful(self) -> bool:
        """Whether it is not contradicted, and expected to make more answers right.

        At least the share `WORTH` of them, and `WORTH_ANSWERS` in all.
        """
        return self.disagreement is None and self.gain >= max(WORTH, WORTH_ANSWERS / max(self.papers, 1))

    @property
    def is_suggested(self) -> bool:
        """Whether to suggest it to a user: it is useful, and of `FEWEST_PAPERS` or more."""
        return self.is_useful and self.papers >= FEWEST_PAPERS


class PriorTally:
    """Keeps what an estimate needs of papers that are classified, in bounded memory.

    Papers with too many unknown words are left out, and so are those outside of a view or of the model's
    field. More than `MOST_PAPERS` are sampled evenly (reservoir sampling, the same sample each time).

    Args:
        models: What classifies the papers; a prior stated for it changes nothing.

    Raises:
        SettingsError: Its `training_prior` is None.
    """

    def __init__(self, models: VotingModels) -> None:
        self._models = models
        self._training_prior = require_prior(models.training_prior)
        self._rows = np.empty((MOST_PAPERS, len(models.labels)), dtype=np.float32)
        self._seen = 0
        self._random = np.random.default_rng(0)

    def add(self, votes: Answers) -> None:
        """Take the votes on some papers, as they are before the prior and the view."""
        view = self._models.view
        viewed = votes if view is None else view.apply(votes)
        kept = np.array(votes.unknown) <= self._models.unknown_words_limit
        if viewed.outside is not None:
            kept &= viewed.outside.sum(axis=1) <= NONE_ABOVE
        if viewed.typicality is not None:
            kept &= ~(viewed.typicality < ATYPICAL_BELOW)  # NaN: not known
        for row in viewed.probabilities[kept]:
            place = self._seen
            if place >= MOST_PAPERS:
                place = int(self._random.integers(self._seen + 1))
            if place < MOST_PAPERS:
                self._rows[place] = row
            self._seen += 1

    def estimate(self) -> PriorEstimate:
        """Estimate the class prior of the papers so far; that of the training papers where there are none."""
        rows, labels = self._rows[: self._seen], self._models.labels
        groups = find_groups(self._models)
        shares = estimate_prior(rows, self._training_prior, groups)
        confusion = find_confusion(self._models)
        disagreement = None
        if confusion is not None:
            predicted = np.bincount(rows.argmax(axis=1), minlength=len(labels))
            # What holds an estimate back is no contradiction, so that it is compared without.
            free = estimate_group_prior(rows, self._training_prior, groups, 1)
            disagreement = find_disagreement(free, predicted, confusion, groups)
        return PriorEstimate(
            dict(zip(labels, shares.tolist(), strict=True)),
            len(rows),
            expect_gain(rows, self._training_prior, shares) if len(rows) else 0.0,
            disagreement,
            confusion is not None,
        )


def find_confusion(models: VotingModels) -> Floats | None:
    """Find how a model confuses its C categories: (C, C) validation papers, rows = truth.

    Under a view what lies outside is left out. None for a model that does not say, and for several that were
    combined while loading.
    """
    scores = models.source.metrics.validation if models.source else None
    counts = np.array((scores or {}).get("confusion", ()), dtype=np.float64)
    size = len(models.model_labels)
    if counts.shape != (size, size):
        return None
    if models.view is None:
        return counts
    inside = np.zeros((len(models.labels), size))
    for row, columns in enumerate(models.view.columns.values()):
        inside[row, list(columns)] = 1
    return np.asarray(inside @ counts @ inside.T)


def find_groups(models: VotingModels) -> list[str]:
    """Find the group of each category: its own name for up to `MOST_GROUPS`, else what holds it.

    The deepest level of the taxonomy counts that has 2 to `MOST_GROUPS` groups; without one, the categories
    that are most frequent in training stand for themselves, and all others are one group.
    """
    for holders in (models.labels, *reversed(list(models.levels.values()))):
        if 2 <= len(set(holders)) <= MOST_GROUPS:
            return list(holders)
    shares = np.array(require_prior(models.training_prior))
    frequent = set(np.argsort(-shares, kind="stable")[: MOST_GROUPS - 1].tolist())
    return [label if place in frequent else "" for place, label in enumerate(models.labels)]
