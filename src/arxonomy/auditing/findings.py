"""The whole audit of a labeled corpus, and the cheap part of it that `train` runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arxonomy.auditing.labels import Ids, ceiling, contradicting
from arxonomy.auditing.near import NearDuplicates, merged, near_duplicates
from arxonomy.auditing.noise import Noise, estimate_noise
from arxonomy.auditing.outliers import Outliers, outliers
from arxonomy.auditing.repeats import leaked
from arxonomy.auditing.words import build_word_sets
from arxonomy.papers import Dataset, group_copies


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
    """(N,) the group of exact copies of each paper, called after its first paper."""
    near: NearDuplicates
    """Papers in two wordings, one of each group of copies."""
    near_groups: Ids
    """(N,) `groups`, with near-duplicates joined."""
    outliers: Outliers
    """Papers unlike the rest."""
    noise: Noise | None
    """What confident learning found; None if it was not asked for or could not be done."""


def audit(
    dataset: Dataset,
    parts: npt.NDArray[np.str_] | None = None,
    *,
    noise: bool = True,
    step: Callable[[str], None] = lambda name: None,
) -> Findings:
    """Look for repeats, contradictions, outliers and, if wanted, noise.

    Args:
        dataset: Labeled papers, of any number of labels.
        parts: (N,) the part of each paper in a split, if there is one.
        noise: Also estimate label noise, which takes most of the time and needs scikit-learn.
        step: Told the name of each step when it begins.

    Raises:
        ModuleNotFoundError: `noise` without scikit-learn.
    """
    if noise:  # now, not after minutes
        import sklearn  # noqa: F401
    papers, labels = dataset.papers, dataset.label_ids()
    step("exact repeats")
    groups = group_copies(papers)
    step("near-duplicates")
    words = build_word_sets(papers)
    near = near_duplicates(papers, words, groups)
    near_groups = merged(groups, near.pairs)
    step("outliers")
    unusual = outliers(papers, words)
    if noise:
        step("label noise")
    found = estimate_noise(words, near_groups, labels) if noise else None
    return Findings(dataset, parts, labels, groups, near, near_groups, unusual, found)


def warnings_of(dataset: Dataset, parts: npt.NDArray[np.str_]) -> list[str]:
    """What to know before training, from the cheap part of an audit.

    Args:
        dataset: Labeled papers.
        parts: (N,) the part of each paper in the split to train on.

    Returns:
        Two lines at most: one on repeats and the ceiling of contradicting labels, one on leakage.
    """
    groups, labels, lines = group_copies(dataset.papers), dataset.label_ids(), []
    if repeated := int((groups != np.arange(len(groups))).sum()):
        line = f"{repeated:,} of {len(groups):,} rows repeat a paper"
        if torn := len(np.unique(groups[contradicting(groups, labels)])):
            line = (
                f"warning: {line}, and {torn:,} papers have contradicting labels: no classifier that gives a "
                f"paper one answer can be right in more than {ceiling(groups, labels):.2%} of rows; see "
                "arxonomy audit"
            )
        lines.append(line if torn else f"note: {line}; see arxonomy audit")
    if copies := int(leaked(groups, parts).sum()):
        lines.append(
            f"warning: {copies:,} of {int((parts == 'test').sum()):,} test papers have a copy among the "
            "training papers, so test scores will flatter; data.split=grouped keeps copies together"
        )
    return lines
