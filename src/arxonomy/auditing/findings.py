"""The steps of an audit, and the cheap part of it that `train` runs."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arxonomy.auditing.boilerplate import Boilerplate, find_boilerplate
from arxonomy.auditing.labels import Ids, compute_ceiling, find_contradictions
from arxonomy.auditing.near import NearDuplicates, find_near_duplicates
from arxonomy.auditing.noise import Noise, estimate_noise
from arxonomy.auditing.outliers import Outliers, find_outliers
from arxonomy.auditing.repeats import find_leaked
from arxonomy.auditing.words import build_word_sets
from arxonomy.papers import Dataset
from arxonomy.papers.copies import merge_groups
from arxonomy.papers.spellings import describe_spellings, find_spellings

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Findings:
    """What is wrong with the labels of N papers."""

    dataset: Dataset
    """The papers."""
    parts: npt.NDArray[np.str_] | None
    """(N,) `train`, `validation`, `test` or empty; None without a split."""
    labels: Ids
    """(N,) the number of each paper's label."""
    groups: Ids
    """(N,) the group of exact copies of each paper: the position of the group's first paper."""
    boilerplate: Boilerplate
    """Text that many different papers share, which is left out where near-duplicates are looked for."""
    near: NearDuplicates
    """Papers in two wordings, one of each group of copies."""
    near_groups: Ids
    """(N,) `groups`, with near-duplicates joined."""
    outliers: Outliers
    """Papers unlike the rest."""
    noise: Noise | None
    """The estimate of label noise; None if it was not asked for or is impossible."""


def collect_findings(
    dataset: Dataset,
    parts: npt.NDArray[np.str_] | None = None,
    *,
    noise: bool = True,
    on_step: Callable[[str], None] = lambda name: None,
) -> Findings:
    """Look for repeats, contradictions, outliers and, if wanted, noise.

    Args:
        dataset: Labeled papers, with any number of labels.
        parts: (N,) the part of each paper in a split, if there is one.
        noise: Also estimate label noise, which takes most of the time and needs scikit-learn.
        on_step: Called with the name of each step when it begins.

    Raises:
        ModuleNotFoundError: `noise` without scikit-learn.
    """
    if noise:  # now, not after minutes
        import sklearn  # noqa: F401
    papers, labels = dataset.papers, dataset.get_label_ids()
    on_step("exact repeats")
    groups = dataset.groups
    on_step("near-duplicates")
    words = build_word_sets(papers)
    boilerplate = find_boilerplate(papers)
    own = boilerplate.papers
    near = find_near_duplicates(own, build_word_sets(own) if boilerplate.with_any else words, groups)
    near_groups = merge_groups(groups, near.pairs)
    on_step("outliers")
    outliers = find_outliers(papers, words)
    estimate = None
    if noise:
        on_step("label noise")
        estimate = estimate_noise(words, near_groups, labels)
    return Findings(dataset, parts, labels, groups, boilerplate, near, near_groups, outliers, estimate)


def log_spellings(dataset: Dataset) -> None:
    """Log in one line which labels may be one label in several spellings, if any.

    Args:
        dataset: Labeled papers.
    """
    counts = Counter(str(paper.category) for paper in dataset.papers)
    if spellings := find_spellings(counts):
        _LOG.warning("%s", describe_spellings(spellings, counts, dataset.choice.among))


def log_warnings(dataset: Dataset, parts: npt.NDArray[np.str_]) -> None:
    """Log what to know before training, by the cheap part of an audit.

    Two lines at most: one on repeats and the ceiling of contradicting labels, one on leakage.

    Args:
        dataset: Labeled papers.
        parts: (N,) the part of each paper in the split to train on.
    """
    groups, labels = dataset.groups, dataset.get_label_ids()
    if repeated := int((groups != np.arange(len(groups))).sum()):
        repeat = "repeats" if repeated == 1 else "repeat"
        repeats = f"{repeated:,} of {len(groups):,} rows {repeat} a paper"
        if contradicting := len(np.unique(groups[find_contradictions(groups, labels)])):
            ceiling = compute_ceiling(groups, labels)
            papers = "1 paper has" if contradicting == 1 else f"{contradicting:,} papers have"
            _LOG.warning(
                f"{repeats}, and {papers} contradicting labels: no classifier that "
                f"gives a paper one answer can be right in more than {ceiling:.2%} of rows; "
                "see arxonomy audit"
            )
        else:
            _LOG.info(f"note: {repeats}; see arxonomy audit")
    if copies := int(find_leaked(groups, parts).sum()):
        have = "has" if copies == 1 else "have"
        _LOG.warning(
            f"{copies:,} of {int((parts == 'test').sum()):,} test papers {have} a copy among the training "
            "papers, so test scores are optimistic; data.split=grouped keeps copies together"
        )
