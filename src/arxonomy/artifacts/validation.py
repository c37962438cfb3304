"""`validation.safetensors` of a run: what its calibration is fitted to.

    logits, labels                     of the validation papers as they are
    title_logits, abstract_logits      of their titles and abstracts alone, NaN where a paper has none
    held_out_logits, ...               the same four of training papers, where validation papers are few; each
                                       is scored by a model that was fitted without it
    listed_logits, ...                 the same four of a second head, of the papers that list categories;
                                       `listed_labels` (N, C) are the lists

A run from before there were logits of parts has the first two alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors
from safetensors.numpy import load_file, save

from arxonomy.artifacts.run import Run
from arxonomy.atomic import write_atomic
from arxonomy.errors import RunError
from arxonomy.evaluation import (
    Calibrations,
    CheckThresholds,
    ListedCalibration,
    PartScores,
    Typicality,
    choose_threshold,
    vote_by_part,
    vote_listed,
)
from arxonomy.messages import format_count
from arxonomy.records import PARTS

ENOUGH = 200
"""Validation papers that are enough to fit calibrations to."""
_HELD_OUT, _LISTED = "held_out_", "listed_"


@dataclass(frozen=True)
class Validation:
    """The logits of papers that a model was not trained on."""

    papers: PartScores
    """Of the validation papers."""
    held_out: PartScores | None = None
    """Of training papers, each scored without it; they take part in fitting alone."""
    listed: PartScores | None = None
    """Of the second head, for the validation papers that list categories; None where it has not learned any
    lists, or there are no such papers."""

    def get_fitted(self) -> PartScores:
        """The logits that calibrations are fitted to."""
        return self.papers if self.held_out is None else self.papers.join(self.held_out)

    def fit(self) -> Calibrations:
        """Fit the model's calibrations."""
        return Calibrations.fit(self.get_fitted())

    def compute_prior(self, calibrations: Calibrations) -> list[float]:
        """Compute the class prior that calibrated probabilities assume: their mean, shares > 0 with sum 1.

        Where a calibration has biases it is near the shares of the papers' labels, but for the rarest
        classes: those rest on too few papers, and an estimated prior would take the difference for a change.

        Args:
            calibrations: As `fit` fits them.
        """
        means = self.get_fitted().calibrate(calibrations).given.mean(axis=0)
        return [float(share) for share in means / means.sum()]

    def fit_listed(self) -> Calibrations | None:
        """Fit the calibrations of the second head; None where there is nothing to fit them to."""
        return None if self.listed is None else Calibrations.fit(self.listed, ListedCalibration)

    def fit_typicality(self) -> Typicality | None:
        """Fit what tells texts that are no papers of the model's field; None for too few papers."""
        return Typicality.fit(self.papers)

    def choose_listed_threshold(self, calibrations: Calibrations | None) -> float | None:
        """Choose the probability from which a category counts as listed; see `choose_threshold`.

        Args:
            calibrations: As `fit_listed` fits them.
        """
        if self.listed is None or calibrations is None:
            return None
        shares = calibrations.apply(self.listed.given, self.listed.get_reads())
        return choose_threshold(self.listed.labels > 0, shares)

    def fit_check(self, calibrations: Calibrations, listed: Calibrations | None) -> CheckThresholds | None:
        """Fit where the categories that authors chose are doubted; None for too few papers.

        Args:
            calibrations: As `fit` fits them.
            listed: As `fit_listed` fits them.
        """
        lists = None if self.listed is None or listed is None else self.listed.calibrate(listed)
        return CheckThresholds.fit(self.papers.calibrate(calibrations), lists)

    def describe_few(self) -> str | None:
        """Describe what few papers the calibrations are fitted to; None where they are enough."""
        held_out = 0 if self.held_out is None else len(self.held_out.labels)
        return describe_few_papers(len(self.papers.labels), held_out)

    @classmethod
    def vote(cls, members: Sequence[Validation]) -> Validation:
        """The soft vote of models, each calibrated by its own fit, on the same validation papers.

        On lists those vote that have learned any.
        """
        fitted = [member.fit() for member in members]
        pairs = list(zip(members, fitted, strict=True))
        papers = vote_by_part([member.papers.calibrate(own) for member, own in pairs])
        held_out = [member.held_out.calibrate(own) for member, own in pairs if member.held_out is not None]
        same = {scores.labels.tobytes() for scores in held_out}  # folds are drawn alike for all members
        together = len(held_out) == len(members) and len(same) == 1
        listed = [
            member.listed.calibrate(own)
            for member in members
            if member.listed is not None and (own := member.fit_listed())
        ]
        return cls(
            papers,
            vote_by_part(held_out) if together else None,
            vote_by_part(listed, vote_listed) if listed else None,
        )


def describe_few_papers(papers: int, held_out: int) -> str | None:
    """Describe how few validation papers, and held-out training papers, calibrations are fitted to.

    Returns:
        As in `9 papers and 44 training papers, cross-fitted`; None for `ENOUGH` validation papers.
    """
    if papers >= ENOUGH:
        return None
    others = f" and {held_out:,} training papers, cross-fitted" if held_out else ""
    return f"{format_count(papers, 'paper')}{others}"


def read_validation(run: Run) -> Validation:
    """Read what a run's calibrations are fitted to.

    Raises:
        RunError: Training has not ended, or the file is damaged.
    """
    if not run.validation.is_file():
        raise RunError(f"{run.folder}: training has not ended; resume it with `arxonomy train --resume`")
    try:
        tensors = load_file(run.validation)
        held_out = _parse(tensors, _HELD_OUT) if f"{_HELD_OUT}logits" in tensors else None
        listed = _parse(tensors, _LISTED) if f"{_LISTED}logits" in tensors else None
        return Validation(_parse(tensors, ""), held_out, listed)
    except (OSError, KeyError, safetensors.SafetensorError) as error:
        raise RunError(f"{run.validation}: expected a complete safetensors file: {error}") from error


def write_validation(run: Run, validation: Validation) -> None:
    """Write `validation.safetensors`."""
    tensors = _format(validation.papers, "")
    if validation.held_out is not None:
        tensors |= _format(validation.held_out, _HELD_OUT)
    if validation.listed is not None:
        tensors |= _format(validation.listed, _LISTED)
    write_atomic(run.validation, save(tensors))


def _parse(tensors: Mapping[str, npt.NDArray[Any]], prefix: str) -> PartScores:
    parts = {part: tensors.get(f"{prefix}{part}_logits") for part in PARTS}
    return PartScores(tensors[f"{prefix}labels"], tensors[f"{prefix}logits"], **parts)


def _format(papers: PartScores, prefix: str) -> dict[str, npt.NDArray[Any]]:
    # safetensors writes a view's memory as it lies.
    tensors: dict[str, npt.NDArray[Any]] = {
        f"{prefix}logits": np.ascontiguousarray(papers.given, dtype=np.float32),
        f"{prefix}labels": np.ascontiguousarray(papers.labels, dtype=np.int64),
    }
    for part in PARTS:
        if (logits := getattr(papers, part)) is not None:
            tensors[f"{prefix}{part}_logits"] = np.ascontiguousarray(logits, dtype=np.float32)
    return tensors
