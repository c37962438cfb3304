"""Comparisons, drift and learning curves as HTML pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arxonomy.rendering import render
from arxonomy.studies.report.figures import draw_learning_curve

if TYPE_CHECKING:
    from arxonomy.studies.compare import ModelComparison
    from arxonomy.studies.drift import Drift
    from arxonomy.studies.learning_curve import LearningCurves

_PACKAGE = "arxonomy.studies.report"


def render_comparison(comparison: ModelComparison) -> str:
    """Render a comparison as a page that stands alone."""
    return render(
        _PACKAGE,
        "comparison.html.jinja",
        comparison=comparison.comparison,
        speeds=comparison.speeds,
        numbers=comparison.to_dict(),
    )


def render_drift(drift: Drift) -> str:
    """Render how a model does after its training as a page that stands alone."""
    return render(_PACKAGE, "drift.html.jinja", drift=drift, numbers=drift.to_dict())


def render_learning_curves(curves: LearningCurves) -> str:
    """Render learning curves as a page that stands alone, with a chart for each recipe."""
    systems = enumerate(curves.curves.systems.items())
    charts = [draw_learning_curve(name, curve, number) for number, (name, curve) in systems]
    return render(_PACKAGE, "learning_curves.html.jinja", numbers=curves.to_dict(), charts=charts)
