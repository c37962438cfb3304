"""Finished runs -> calibrated probabilities: the calibration of one run, and of the votes of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.artifacts.facts import CalibrationEffect, Expectations, Fit
from arxonomy.artifacts.run import Run
from arxonomy.atomic import hash_file
from arxonomy.errors import RunError, SettingsError, needs_extra
from arxonomy.evaluation import (
    Calibration,
    calibration_scores,
    coverage_at,
    cross_fit,
    expected_calibration_error,
    softmax,
    vote_logits,
)

Arrays = tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.int64]]


def read_validation_logits(run: Run) -> Arrays:
    """Read the logits (N, C) of a run's validation papers, and their labels (N,).

    Raises:
        RunError: Training has not ended, or the file is damaged.
    """
    with needs_extra("train", "a run folder"):
        from arxonomy.artifacts.tensors import read_tensors
    if not run.validation.is_file():
        raise RunError(f"{run.folder}: training has not ended; resume it with `arxonomy train --resume`")
    tensors, _ = read_tensors(run.validation)
    return tensors["logits"].numpy(), tensors["labels"].numpy()


def compute_validation_votes(runs: Sequence[Run]) -> Arrays | None:
    """Compute the logits (N, C) of the soft vote of several runs for their validation papers.

    Returns:
        The logits and the labels (N,); None if the runs come from different papers or splits, and have no
        validation papers in common.

    Raises:
        RunError: Training has not ended, or a file is damaged.
    """
    parts = [read_validation_logits(run) for run in runs]
    sources = {
        (run.info().data.sha256, hash_file(run.split), truth.tobytes())
        for run, (_, truth) in zip(runs, parts, strict=True)
    }
    if len(sources) > 1:
        return None
    votes = [Calibration.fit(logits, truth).apply(logits) for logits, truth in parts]
    return vote_logits(votes), parts[0][1]


def measure_calibration(
    calibration: Calibration, logits: npt.NDArray[np.floating[Any]], truth: npt.NDArray[np.int64]
) -> CalibrationEffect:
    """Measure what a calibration changes on the papers that it was fitted on, and on new papers.

    The latter is estimated on the same papers: see `cross_fit`. For an ensemble, only the calibration of
    the vote is left out, not that of each member.

    Args:
        calibration: As `Calibration.fit` fits it to `logits` and `truth`.
        logits: (N, C) of a model, or of the soft vote of several.
        truth: (N,) the true class of each paper in 0..C-1.
    """
    return CalibrationEffect(
        papers=len(truth),
        before=_measure_fit(softmax(logits), truth),
        after=_measure_fit(calibration.apply(logits), truth),
        cross_fitted=estimate_expectations(logits, truth),
    )


def _measure_fit(probabilities: npt.NDArray[np.float64], truth: npt.NDArray[np.int64]) -> Fit:
    return Fit(
        accuracy=float((probabilities.argmax(axis=1) == truth).mean()),
        expected_calibration_error=expected_calibration_error(truth, probabilities),
        log_loss=float(-np.log(probabilities[np.arange(len(truth)), truth]).mean()),
    )


def estimate_expectations(
    logits: npt.NDArray[np.floating[Any]], truth: npt.NDArray[np.int64]
) -> Expectations:
    """Estimate what to expect of calibrated predictions of new papers; see `measure_calibration`."""
    probabilities = cross_fit(logits, truth)
    return Expectations(
        before=calibration_scores(truth, softmax(logits)),
        after=calibration_scores(truth, probabilities),
        answers=tuple(coverage_at(truth, probabilities)),
    )


def check_labels(models: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Make sure that models can vote.

    Args:
        models: The name of each model, and its labels in order.

    Raises:
        SettingsError: There are none, or their labels differ.
    """
    if not models:
        raise SettingsError("expected at least one bundle or run, found none")
    (first, labels), *others = models
    for name, other_labels in others:
        if tuple(other_labels) == tuple(labels):
            continue
        missing = {
            first: [label for label in other_labels if label not in labels],
            name: [label for label in labels if label not in other_labels],
        }
        lacks = [f"{model} lacks {', '.join(absent)}" for model, absent in missing.items() if absent]
        difference = " and ".join(lacks) or f"{name} has those of {first} in another order"
        raise SettingsError(
            f"expected models with the same labels, found that {difference}; leave one of them out, "
            "or train both on the same labels"
        )
