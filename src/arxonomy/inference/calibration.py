"""Finished runs -> calibrated probabilities: the calibration of one run, and of the votes of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.artifacts.calibration_facts import CalibrationEffect, Expectations, Fit
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.validation import Validation, read_validation
from arxonomy.atomic import hash_file
from arxonomy.errors import SettingsError
from arxonomy.evaluation import (
    ALONE,
    Calibration,
    Calibrations,
    Read,
    calibration_scores,
    coverage_at,
    cross_fit,
    expected_calibration_error,
    softmax,
)
from arxonomy.messages import list_some
from arxonomy.records import PARTS


def compute_validation_votes(runs: Sequence[Run]) -> Validation | None:
    """Compute the logits of the soft vote of several runs for their validation papers.

    Returns:
        The logits; None if the runs come from different papers or splits, and have no validation papers in
        common.

    Raises:
        RunError: Training has not ended, or a file is damaged.
    """
    validations = [read_validation(run) for run in runs]
    sources = {
        (run.info().data.sha256, hash_file(run.split), validation.papers.labels.tobytes())
        for run, validation in zip(runs, validations, strict=True)
    }
    if len(sources) > 1:
        return None
    return Validation.vote(validations)


def measure_calibrations(calibrations: Calibrations, validation: Validation) -> dict[Read, CalibrationEffect]:
    """Measure what the calibration of each kind of paper changes; see `measure_calibration`.

    Args:
        calibrations: As `validation` fits them.
        validation: The logits that they were fitted to.

    Returns:
        The effect by the parts that a paper has; without a kind that was not there to be fitted.
    """
    fitted, effects = validation.get_fitted(), {}
    for read in (PARTS, *ALONE):
        if (arrays := fitted.select(read)) is None:
            continue
        effect = measure_calibration(calibrations.choose(read), *arrays)
        if validation.held_out is not None and (held_out := validation.held_out.select(read)) is not None:
            effect = effect.model_copy(update={"held_out": len(held_out[1])})
        effects[read] = effect
    return effects


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
        lacks = [f"{model} lacks {list_some(absent)}" for model, absent in missing.items() if absent]
        difference = " and ".join(lacks) or f"{name} has those of {first} in another order"
        raise SettingsError(
            f"expected models with the same labels, found that {difference}; leave one of them out, "
            "or train both on the same labels"
        )
