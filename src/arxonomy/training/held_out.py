"""Logits of training papers by baselines that were not trained on them, where validation papers are few.

A calibration that is fitted on nine papers says more about these nine than about the model. A baseline is
quickly fitted again without a part of its training papers, so that each of these gets an honest answer too.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from arxonomy.config import BaselineSettings
from arxonomy.errors import DataError
from arxonomy.evaluation import PartScores
from arxonomy.models.baselines import (
    Baseline,
    Examples,
    compute_decision,
    fit_baseline,
    make_reader,
    reads_without_learning,
)
from arxonomy.models.baselines.reader import GridEntry
from arxonomy.papers import group_copies
from arxonomy.records import Paper
from arxonomy.text import find_read_parts, keep_part
from arxonomy.training.results import score_parts

FOLDS = 10
"""Parts of the training papers; each is classified by a baseline that was fitted on the others."""

_LOG = logging.getLogger(__name__)


def score_held_out(
    settings: BaselineSettings, examples: Examples, entry: GridEntry, seed: int
) -> PartScores | None:
    """Score training papers, each by a baseline that was fitted without it.

    Args:
        settings: The baseline's settings.
        examples: The training papers.
        entry: The values that were chosen.
        seed: As for `fit_baseline`.

    Returns:
        The logits, in the order of the folds; None for a baseline that reads nothing of a paper, or where the
        papers are too few to leave some out.
    """
    if examples.features.shape[1] == 0:
        return None
    scored: PartScores | None = None
    try:
        for held, baseline in _fit_without_folds(settings, examples, entry, seed):
            papers = [examples.papers[row] for row in held.tolist()]
            reads = [find_read_parts(paper) for paper in papers]
            given = None
            if reads_without_learning(settings):
                given = compute_decision(examples.features[held], baseline.weights, baseline.bias)
            part = score_parts(
                papers, examples.labels[held], reads, keep_part, baseline.decision_function, given
            )
            scored = part if scored is None else scored.join(part)
    except DataError as error:
        _LOG.info("calibrated on validation papers alone, since training papers are few: %s", error)
        return None
    return scored


def draw_folds(
    papers: Sequence[Paper], labels: npt.NDArray[np.int64], folds: int = FOLDS
) -> npt.NDArray[np.int64]:
    """Draw the fold of each training paper, the same for every baseline.

    Each label is spread evenly, copies of a paper stay together, and outside of each fold there is a paper
    of every label.

    Args:
        papers: N papers.
        labels: (N,) the label of each.
        folds: Number of folds, >= 2.

    Returns:
        (N,) the fold of each paper, from 0; -1 for one that is never held out, as is a label's only one.
    """
    groups = group_copies(papers)
    order = np.random.default_rng(0).permutation(len(papers))
    order = order[np.argsort(labels[order], kind="stable")]
    fold_of_group: dict[int, int] = {}
    drawn = np.empty(len(papers), dtype=np.int64)
    for row in order:
        drawn[row] = fold_of_group.setdefault(int(groups[row]), len(fold_of_group) % folds)
    for label in np.unique(labels):
        own = labels == label
        if len(np.unique(drawn[own])) == 1:  # else nothing of the label would be left to learn from
            drawn[own] = -1
    return drawn


def _fit_without_folds(
    settings: BaselineSettings, examples: Examples, entry: GridEntry, seed: int
) -> Iterator[tuple[npt.NDArray[np.int64], Baseline]]:
    """Of each fold the rows of its papers, and a baseline that was fitted on all others."""
    drawn = draw_folds(examples.papers, examples.labels)
    for fold in range(drawn.max() + 1):
        held, kept = np.flatnonzero(drawn == fold), np.flatnonzero(drawn != fold)
        if not len(held):
            continue
        papers = [examples.papers[row] for row in kept.tolist()]
        labels = examples.labels[kept]
        if reads_without_learning(settings):
            rest = Examples(examples.reader, papers, labels, examples.classes)
            rest.features = examples.features[kept]
        else:
            rest = Examples(make_reader(settings, papers, labels, seed), papers, labels, examples.classes)
        yield held, fit_baseline(settings, rest, entry, seed)
