"""The facts of a calibration, as `bundle.json` has them."""

from __future__ import annotations

from arxonomy.artifacts.json_object import Facts
from arxonomy.evaluation.confidence import CalibrationScores, CoverageRow


class Fit(Facts):
    """Scores of the papers that a calibration was fitted on."""

    accuracy: float
    """Share right."""
    expected_calibration_error: float
    """See there."""
    log_loss: float
    """Mean negative log-likelihood in nats."""


class Expectations(Facts):
    """What to expect on new papers: each half of the validation papers is calibrated by the other."""

    before: CalibrationScores
    """Before the calibration."""
    after: CalibrationScores
    """After it."""
    answers: tuple[CoverageRow, ...]
    """Accuracy and coverage after it, by least confidence."""


class CalibrationEffect(Facts):
    """What a calibration changes on the papers that it was fitted on: validation papers, perhaps others."""

    papers: int
    """How many there are."""
    held_out: int = 0
    """How many of them are training papers, each scored by a model that was fitted without it."""
    before: Fit
    """Before the calibration."""
    after: Fit
    """After it."""
    cross_fitted: Expectations | None = None
    """The same for papers that did not fit it; None in the oldest bundles."""


class PartCalibration(Facts):
    """The calibration of papers that have one part alone, the title or the abstract."""

    temperature: float
    """Divides the logits; > 0."""
    biases: tuple[float, ...]
    """Added to the quotients, one per category."""
    calibration: CalibrationEffect | None = None
    """What it changes on validation papers that are cut down to that part."""
