"""The facts of a calibration, as `bundle.json` has them."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from arxonomy.artifacts.json_object import Facts
from arxonomy.evaluation import Calibration, Calibrations
from arxonomy.evaluation.confidence import CalibrationScores, CoverageRow
from arxonomy.records import PARTS


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


class Parameters(Facts):
    """The parameters of a calibration."""

    temperature: float
    """Divides the logits; > 0."""
    biases: tuple[float, ...]
    """Added to the quotients, one per category."""


class PartCalibration(Parameters):
    """The calibration of papers that have one part alone, the title or the abstract."""

    calibration: CalibrationEffect | None = None
    """What it changes on validation papers that are cut down to that part."""


class ListedParameters(Parameters):
    """The calibrations of the second head, of each category's probability of being listed."""

    threshold: float | None = None
    """The probability from which a category counts as listed, chosen on the same validation papers; None in
    bundles from before there was one."""
    parts: dict[str, Parameters] = Field(default_factory=dict)
    """Those of papers with a `title` or an `abstract` alone; that of whole papers stands in for others."""


def join_calibrations(whole: Calibration, parts: Mapping[str, Parameters]) -> Calibrations:
    """Join the calibration of whole papers and those of papers with one part alone, where there are any."""
    alone = {part: type(whole)(own.temperature, own.biases) for part, own in parts.items()}
    return Calibrations(whole, **{part: alone.get(part, whole) for part in PARTS})
