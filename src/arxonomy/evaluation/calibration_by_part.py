"""One calibration for each kind of paper: with title and abstract, with the title alone, the abstract alone.

What a model reads of a title alone says less than a whole paper, and its logits do not show by how much: a
calibration that fits whole papers would let it be far too sure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.evaluation.calibration import Calibration, vote_logits
from arxonomy.records import PARTS

Read = tuple[str, ...]
"""The parts of a paper that are there, out of `PARTS` and in their order."""

ALONE: tuple[Read, ...] = tuple((part,) for part in PARTS)
"""The papers that have one part alone."""


@dataclass(frozen=True)
class PartScores:
    """What a model gives N labeled papers, and the same papers if they had one part alone.

    Logits, or the probabilities that a calibration made of them; of either head of a model.
    """

    labels: npt.NDArray[np.int64]
    """(N,) the true class of each paper in 0..C-1; of the second head (N, C), 1 for each label that a paper
    lists, else 0."""
    given: npt.NDArray[np.floating[Any]]
    """(N, C) of the papers as they are."""
    title: npt.NDArray[np.floating[Any]] | None = None
    """(N, C) of their titles alone, NaN for a paper without one; None where that was not computed."""
    abstract: npt.NDArray[np.floating[Any]] | None = None
    """(N, C) of their abstracts alone, likewise."""

    def get_reads(self) -> list[Read]:
        """The parts that each paper has; all of them where that is not known."""
        has = [self._find_rows(part) for part in PARTS]
        return [
            tuple(part for part, there in zip(PARTS, row, strict=True) if there)
            for row in zip(*has, strict=True)
        ]

    def select(self, read: Read) -> tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.int64]] | None:
        """Select what shows how good a model is for papers with these parts.

        Args:
            read: One part or both.

        Returns:
            Scores (M, C) of these parts and labels (M, ...) of the papers that have them; where no paper has
            both parts, all papers as they are. None where no paper has this one part, or it was not computed.
        """
        if read in ALONE:
            (part,) = read
            logits, rows = getattr(self, part), self._find_rows(part)
            return None if logits is None or not rows.any() else (logits[rows], self.labels[rows])
        rows = np.logical_and.reduce([self._find_rows(part) for part in PARTS])
        return (self.given[rows], self.labels[rows]) if rows.any() else (self.given, self.labels)

    def calibrate(self, calibrations: Calibrations) -> PartScores:
        """The probabilities of these logits."""
        alone = {
            part: None
            if (logits := getattr(self, part)) is None
            else calibrations.choose((part,)).apply(logits)
            for part in PARTS
        }
        return PartScores(self.labels, calibrations.apply(self.given, self.get_reads()), **alone)

    def keep(self, rows: npt.NDArray[np.int64]) -> PartScores:
        """The papers in these rows."""
        alone = {part: logits[rows] for part in PARTS if (logits := getattr(self, part)) is not None}
        return PartScores(self.labels[rows], self.given[rows], **alone)

    def join(self, other: PartScores) -> PartScores:
        """These papers and others; scores of a part alone are kept if both have them."""
        parts: dict[str, Any] = {}
        for part in PARTS:
            logits = [getattr(papers, part) for papers in (self, other)]
            parts[part] = None if any(values is None for values in logits) else np.concatenate(logits)
        labels = np.concatenate([self.labels, other.labels])
        return PartScores(labels, np.concatenate([self.given, other.given]), **parts)

    def _find_rows(self, part: str) -> npt.NDArray[np.bool_]:
        logits = getattr(self, part)
        if logits is None:
            return np.ones(len(self.labels), dtype=np.bool_)
        return np.asarray(np.isfinite(logits).all(axis=1))


@dataclass(frozen=True)
class Calibrations:
    """The calibration of a model, chosen for each paper by the parts that it has."""

    whole: Calibration
    """Of papers with title and abstract; also of those without a word to read."""
    title: Calibration
    """Of papers with a title alone."""
    abstract: Calibration
    """Of papers with an abstract alone."""

    @classmethod
    def repeat(cls, calibration: Calibration) -> Calibrations:
        """The same calibration whatever a paper has."""
        return cls(calibration, calibration, calibration)

    @classmethod
    def identity(cls, classes: int, kind: type[Calibration] = Calibration) -> Calibrations:
        """Calibrations of `classes` classes that change nothing; `kind` is as for `fit`."""
        return cls.repeat(kind.identity(classes))

    @classmethod
    def fit(cls, papers: PartScores, kind: type[Calibration] = Calibration) -> Calibrations:
        """Fit the calibration of each kind of paper; that of whole papers stands in for a kind without any.

        Args:
            papers: The logits and labels of one head.
            kind: `Calibration`, or `ListedCalibration` for the second head.

        Raises:
            DataError: As `Calibration.fit`.
        """
        found = papers.select(PARTS)
        assert found is not None  # of both parts it gives what there is
        whole = kind.fit(*found)
        title, abstract = (papers.select(read) for read in ALONE)
        return cls(
            whole,
            whole if title is None else kind.fit(*title),
            whole if abstract is None else kind.fit(*abstract),
        )

    def choose(self, read: Read) -> Calibration:
        """The calibration of a paper that has these parts."""
        if read in ALONE:
            return self.title if read == ("title",) else self.abstract
        return self.whole

    def apply(self, logits: npt.ArrayLike, reads: Sequence[Read]) -> npt.NDArray[np.float64]:
        """Calibrated probabilities (N, C) of logits (N, C) of papers that have these parts."""
        scores = np.asarray(logits, dtype=np.float64)
        shares = np.empty_like(scores)
        for calibration, rows in self._group(reads):
            shares[rows] = calibration.apply(scores[rows])
        return shares

    def undo(self, probabilities: npt.ArrayLike, reads: Sequence[Read]) -> npt.NDArray[np.float64]:
        """The logits (N, C), up to a constant per row, that `apply` turned into probabilities (N, C)."""
        shares = np.asarray(probabilities, dtype=np.float64)
        logits = np.empty_like(shares)
        for calibration, rows in self._group(reads):
            logits[rows] = calibration.undo(shares[rows])
        return logits

    def _group(self, reads: Sequence[Read]) -> Iterator[tuple[Calibration, npt.NDArray[np.int64]]]:
        """The calibration of each kind of paper among these, and the papers' rows."""
        kinds = dict.fromkeys(reads)
        for kind in kinds:
            yield self.choose(kind), np.flatnonzero([read == kind for read in reads])


def vote_by_part(
    members: Sequence[PartScores],
    vote: Callable[[Sequence[npt.ArrayLike]], npt.NDArray[np.float64]] = vote_logits,
) -> PartScores:
    """Let models vote on papers that each of them has classified.

    Args:
        members: M >= 1 models' calibrated probabilities of the same papers.
        vote: `vote_logits`, or `vote_listed` for the second head.

    Returns:
        The logits of the means, as `vote` gives them; a part that a model has not classified alone
        is missing.
    """
    votes: dict[str, Any] = {}
    for part in PARTS:
        alone = [getattr(papers, part) for papers in members]
        if all(shares is not None for shares in alone):
            votes[part] = vote(alone)  # a paper without this part keeps its NaN
    return PartScores(members[0].labels, vote([papers.given for papers in members]), **votes)
