"""The groups of numbers of an audit's summary."""

from __future__ import annotations

from dataclasses import dataclass

from arxonomy.auditing.boilerplate import SharedText
from arxonomy.auditing.noise import Confusion


@dataclass(frozen=True)
class AuditedFile:
    """One of several files of papers."""

    name: str
    """Its name."""
    sha256: str
    """Hash of the file, in hexadecimal."""


@dataclass(frozen=True)
class AuditedData:
    """The papers that were audited."""

    name: str
    """Their file's name; several joined by ` + `."""
    sha256: str
    """Hash of the file, in hexadecimal; of several, that of their hashes in order."""
    files: tuple[AuditedFile, ...] = ()
    """Several files in their order; empty for one."""


@dataclass(frozen=True)
class BoilerplateCounts:
    """How much text many different papers share."""

    texts: int
    """Different texts: abstracts or sentences of them, or all that a paper says."""
    papers: int
    """Papers with any of them."""
    most_frequent: tuple[SharedText, ...]
    """Some of the texts."""


@dataclass(frozen=True)
class NearDuplicateCounts:
    """How many papers are near-duplicates of each other."""

    pairs: int
    """Pairs of near-duplicates."""
    pairs_alike_by_half: int
    """Pairs that share at least half of their word pairs."""
    papers: int
    """Papers in any of the pairs."""
    pairs_of_two_labels: int
    """Pairs with two labels."""
    least_resemblance: float
    """Share of word pairs from which papers count as near-duplicates."""


@dataclass(frozen=True)
class Contradictions:
    """Papers whose copies have several labels."""

    papers: int
    """Such papers."""
    rows: int
    """Their rows."""


@dataclass(frozen=True)
class Ceiling:
    """The best accuracy in 0..1 that contradicting labels allow."""

    exact_copies: float
    """In all rows, if copies of a paper get one answer."""
    near_duplicates_too: float
    """In all rows, if near-duplicates get one answer too."""
    test_papers: float | None
    """Among the test papers alone; None without a split or test papers."""
    meaning: str
    """What the bound is."""
    caution: str
    """What it does not show."""


@dataclass(frozen=True)
class OutlierCounts:
    """How many papers are unlike the rest."""

    short: int
    """Papers with far fewer words than is usual."""
    long: int
    """Papers with far more words than is usual."""
    no_title: int
    """Papers without a title."""
    no_abstract: int
    """Papers without an abstract."""
    foreign: int
    """Papers that are likely in another language."""
    usual_words: tuple[int, int]
    """The numbers of words between which a length is usual."""
    common_words_median: float
    """Median share in 0..1 of the corpus's common words among a paper's different words."""
    common_words_least: float
    """Share below which a paper is likely in another language."""


@dataclass(frozen=True)
class NoiseCounts:
    """The estimate of label noise by confident learning."""

    model: str
    """The model used."""
    folds: int
    """Cross-validation folds."""
    rows: int
    """Rows used."""
    labels_left_out: int
    """Labels with too few papers."""
    out_of_fold_accuracy: float
    """Share in 0..1 of rows whose most probable label is the given one."""
    rate: float
    """Estimated share in 0..1 of wrong labels."""
    suspects: int
    """Rows whose label is suspected to be wrong."""
    confusions: tuple[Confusion, ...]
    """The most frequent pairs of a given and a likelier label."""
    sampled_from: int | None = None
    """How many rows there are, where a random sample of them was used; None where all were."""
