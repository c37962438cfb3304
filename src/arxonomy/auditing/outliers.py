"""Papers unlike the rest of their corpus: by length, and by language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arxonomy.auditing.words import WordSets
from arxonomy.records import Paper

Z = 3.5
"""Modified z-score from which a value is an outlier (Iglewicz & Hoaglin 1993, "How to Detect and Handle
Outliers"): distance to the median over 1.4826 times the median distance."""

COMMON_WORDS = 100
"""Words of a corpus that count as common: the most frequent ones, each in 5% of the papers or more."""

_LEAST_WORDS = 20  # a text with fewer different words shows too little of its language

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Outliers:
    """Positions of unusual papers, ascending."""

    short: Rows
    """Far fewer words than is usual."""
    long: Rows
    """Far more words than is usual."""
    no_title: Rows
    """A blank title."""
    no_abstract: Rows
    """A blank abstract."""
    foreign: Rows
    """So few of the corpus's common words that the language is likely another one."""
    usual_words: tuple[float, float]
    """The numbers of words in title and abstract between which a length is usual."""
    common_share: tuple[float, float]
    """Share in 0..1 of the common words among a paper's different words: the median, and the share below
    which a paper is foreign."""


def find_outliers(papers: Sequence[Paper], words: WordSets) -> Outliers:
    """Find the papers that are unlike the rest.

    Lengths are compared on a logarithmic scale. A language is recognized by its common words: in a text in
    another language, the common words of the corpus are rare.

    Args:
        papers: N >= 1 papers.
        words: Their words.
    """
    low, high = _compute_bounds(np.log(words.lengths.clip(1)), least=0.1)
    lengths = np.log(words.lengths.clip(1))
    common = _find_common_words(words)
    shares = words.count(common) / words.sizes.clip(1)
    enough = words.sizes >= _LEAST_WORDS
    middle = float(np.median(shares[enough])) if enough.any() else 0.0
    # At most half of the median, so that small differences in a uniform corpus do not count.
    bound = min(_compute_bounds(shares[enough], least=0.01)[0], middle / 2) if enough.any() else 0.0
    return Outliers(
        short=np.flatnonzero(lengths < low),
        long=np.flatnonzero(lengths > high),
        no_title=np.array([i for i, paper in enumerate(papers) if not paper.title.strip()], dtype=np.int64),
        no_abstract=np.array(
            [i for i, paper in enumerate(papers) if not paper.abstract.strip()], dtype=np.int64
        ),
        foreign=np.flatnonzero(enough & (shares < bound)),
        usual_words=(float(np.exp(low)), float(np.exp(high))),
        common_share=(middle, bound),
    )


def _compute_bounds(values: npt.NDArray[np.float64], least: float) -> tuple[float, float]:
    """Compute the bounds of the usual values; `least` is the least spread assumed."""
    median = float(np.median(values))
    spread = max(least, 1.4826 * float(np.median(np.abs(values - median))))
    return median - Z * spread, median + Z * spread


def _find_common_words(words: WordSets) -> npt.NDArray[np.bool_]:
    """(V,) whether each word is common."""
    common = np.zeros(len(words.papers_with), dtype=np.bool_)
    common[np.argsort(-words.papers_with, kind="stable")[:COMMON_WORDS]] = True
    return common & (words.papers_with >= 0.05 * len(words.sizes))
