"""The charts of the report: reliability, risk against coverage, months, training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arxonomy.studies.report.charts import (
    Axis,
    Kind,
    Series,
    draw_chart,
    make_names_axis,
    make_numbers_axis,
    make_shares_axis,
)

if TYPE_CHECKING:
    from markupsafe import Markup

    from arxonomy.evaluation.confidence import ReliabilityBin, RiskCoverage
    from arxonomy.evaluation.curve_results import LearningCurve
    from arxonomy.evaluation.scores import Scores
    from arxonomy.studies.results import Training


@dataclass(frozen=True)
class Figure:
    """A chart with its caption."""

    caption: str
    """As text."""
    svg: Markup
    """The chart."""


def draw_confidence(scores: Scores) -> list[Figure]:
    """The reliability diagram and the risk-coverage curve, as far as the scores have them."""
    figures = []
    if scores.reliability:
        figures.append(Figure("How often answers are right, by their probability", _draw_reliability(scores)))
    if scores.risk_coverage:
        svg = _draw_risk(scores, scores.risk_coverage)
        figures.append(Figure("Wrong answers, if only the most confident ones are given", svg))
    return figures


def _draw_reliability(scores: Scores) -> Markup:
    lines = [_make_reliability_series(scores.reliability, "as the model predicts", "first")]
    if scores.before_calibration and scores.before_calibration.reliability:
        before = scores.before_calibration.reliability
        lines.insert(0, _make_reliability_series(before, "before calibration", "second"))
    ends = [end for line in lines for pair in (*line.points, *line.whiskers) for end in pair]
    x = make_shares_axis("probability of the answer", min(ends), 1.0)
    y = make_shares_axis("share that is right", min(ends), 1.0)
    bins = (f"{row.confidence:.0%} confident, {row.accuracy.value:.0%} right" for row in scores.reliability)
    return draw_chart(
        "reliability",
        "Reliability diagram",
        "The share of right answers against their probability, in bins of nearly equal numbers of papers, "
        "with 95% intervals; calibrated probabilities lie on the diagonal. As the model predicts: "
        + ", ".join(bins),
        x,
        y,
        [Series("perfectly calibrated", [(x.low, x.low), (1, 1)], "guide", dots=False), *lines],
    )


def _make_reliability_series(bins: Sequence[ReliabilityBin], name: str, kind: Kind) -> Series:
    points = [(row.confidence, row.accuracy.value) for row in bins]
    return Series(name, points, kind, whiskers=[row.accuracy.ends for row in bins])


def _draw_risk(scores: Scores, curve: RiskCoverage) -> Markup:
    rows = [(row, row.accuracy) for row in scores.answers if row.accuracy]
    confident = Series(
        "at least this probability",
        [(row.coverage.value, 1 - accuracy.value) for row, accuracy in rows],
        "second",
        line=False,
        whiskers=[(1 - accuracy.low, 1 - accuracy.high) for _, accuracy in rows],
        notes=[f"{row.at_least:.0%}" for row, _ in rows],
    )
    every = Series(
        "the most confident answers", list(zip(curve.coverage, curve.risk, strict=True)), "first", dots=False
    )
    highest = max(*curve.risk, *(end for pair in confident.whiskers for end in pair), 0.01)
    return draw_chart(
        "risk",
        "Risk-coverage curve",
        "The share of wrong answers against the share of papers that are answered, the most confident first; "
        f"the area below is {scores.aurc:.4f}. "
        + ", ".join(f"{x:.0%} answered: {y:.1%} wrong" for x, y in confident.points),
        make_shares_axis("share of the papers that are answered", 0.0, 1.0),
        make_shares_axis("share of wrong answers", 0.0, highest),
        [every, confident],
    )


def draw_months(scores: Scores) -> list[Figure]:
    """Accuracy by month of publication; empty without months."""
    if scores.slices is None or not scores.slices.by_month:
        return []
    rows, accuracy = scores.slices.by_month, scores.accuracy.value
    values = [accuracy, *(end for row in rows for end in row.accuracy.ends)]
    ends = [(-0.5, accuracy), (len(rows) - 0.5, accuracy)]
    months = Series(
        "month, with 95% interval",
        [(place, row.accuracy.value) for place, row in enumerate(rows)],
        "first",
        whiskers=[row.accuracy.ends for row in rows],
    )
    svg = draw_chart(
        "months",
        "Accuracy by month",
        ", ".join(f"{row.month}: {row.accuracy.value:.1%}" for row in rows),
        make_names_axis("month of publication", [str(row.month) for row in rows]),
        make_shares_axis("share of right answers", min(values), max(values)),
        [Series("all papers", ends, "guide", dots=False), months],
    )
    return [Figure("Accuracy by month of publication", svg)]


def draw_training(training: Training, number: int) -> list[Figure]:
    """Loss and accuracy by epoch.

    Args:
        training: With epochs.
        number: Makes the ids of the charts unique in the page.
    """
    names = [str(record.epoch) for record in training.epochs]
    losses = [
        _make_epoch_series(training, "train_loss", "training", "second"),
        _make_epoch_series(training, "validation_loss", "validation", "first"),
    ]
    accuracies = [_make_epoch_series(training, "validation_accuracy", "validation", "first")]
    figures = []
    for key, title, lines in (("loss", "Loss", losses), ("accuracy", "Share of right answers", accuracies)):
        values = [y for line in lines for _, y in line.points]
        make_axis = make_numbers_axis if key == "loss" else make_shares_axis
        changes = (f"{line.name} from {line.points[0][1]:.4g} to {line.points[-1][1]:.4g}" for line in lines)
        svg = draw_chart(
            f"training-{number}-{key}",
            f"{title} by epoch: {training.name}",
            f"{'; '.join(changes)}, over {len(names)} epochs",
            make_names_axis("epoch", names, most=10),
            make_axis(title.lower(), min(values), max(values)),
            lines,
        )
        figures.append(Figure(title, svg))
    return figures


def _make_epoch_series(training: Training, key: str, name: str, kind: Kind) -> Series:
    points = [(float(place), getattr(record, key)) for place, record in enumerate(training.epochs)]
    return Series(name, points, kind, dots=len(points) < 20)


def draw_learning_curve(name: str, curve: LearningCurve, number: int) -> Figure:
    """Accuracy by the number of training papers, on a logarithmic axis.

    Args:
        name: The recipe's name.
        curve: Its curve.
        number: Makes the ids of the chart unique in the page.
    """
    points = curve.points
    ticks = [(math.log10(point.training_papers), f"{point.training_papers:,}") for point in points]
    measured = Series(
        "measured, with 95% interval",
        [(x, point.accuracy.value) for (x, _), point in zip(ticks, points, strict=True)],
        "first",
        line=False,
        whiskers=[point.accuracy.ends for point in points],
    )
    lines = [measured]
    if curve.fitted:
        law = [(math.log10(place.training_papers), 1 - place.error.value) for place in curve.fitted]
        lines.insert(0, Series("fitted power law", law, "second", dots=False))
    places = [x for line in lines for x, _ in line.points]
    shares = [y for line in lines for _, y in line.points]
    shares += [end for pair in measured.whiskers for end in pair]
    svg = draw_chart(
        f"curve-{number}",
        f"Learning curve: {name}",
        ", ".join(f"{point.training_papers:,} papers: {point.accuracy.value:.1%}" for point in points),
        Axis("training papers", ticks[:: math.ceil(len(ticks) / 5)], min(places) - 0.1, max(places) + 0.1),
        make_shares_axis("share of right answers", min(shares), max(shares)),
        lines,
    )
    return Figure(name, svg)
