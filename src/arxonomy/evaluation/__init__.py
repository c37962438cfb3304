"""Arrays in, scores out: accuracy with its interval, calibration, diversity, text reports and plots.

Knows nothing of models. The modules import scikit-learn, SciPy and matplotlib inside the functions
that need them, so that a plain install, which has none of the three, can still use `softmax`.
"""

from arxonomy.evaluation.calibration import (
    Calibration,
    cross_fit,
    expected_calibration_error,
    softmax,
    vote_logits,
)
from arxonomy.evaluation.class_prior import estimate_prior, shift_prior
from arxonomy.evaluation.confidence import (
    brier_score,
    calibration_scores,
    confidence_curves,
    coverage_at,
    reliability,
    risk_coverage,
)
from arxonomy.evaluation.diversity import diversity
from arxonomy.evaluation.plots import (
    save_confusion,
    save_curves,
    save_learning_curves,
    save_reliability,
    save_risk_coverage,
)
from arxonomy.evaluation.scores import monitor_score, score
from arxonomy.evaluation.slices import slices
from arxonomy.evaluation.text_report import format_scores

__all__ = [
    "Calibration",
    "brier_score",
    "calibration_scores",
    "confidence_curves",
    "coverage_at",
    "cross_fit",
    "diversity",
    "estimate_prior",
    "expected_calibration_error",
    "format_scores",
    "monitor_score",
    "reliability",
    "risk_coverage",
    "save_confusion",
    "save_curves",
    "save_learning_curves",
    "save_reliability",
    "save_risk_coverage",
    "score",
    "shift_prior",
    "slices",
    "softmax",
    "vote_logits",
]
