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
    coverage_at,
    reliability,
    risk_coverage,
    sample_risk_coverage,
)
from arxonomy.evaluation.diversity import diversity
from arxonomy.evaluation.plots import (
    save_confusion,
    save_curves,
    save_learning_curves,
    save_reliability,
    save_risk_coverage,
)
from arxonomy.evaluation.results import Interval
from arxonomy.evaluation.scores import Scores, monitor_score, score, score_in_detail
from arxonomy.evaluation.slices import slices

__all__ = [
    "Calibration",
    "Interval",
    "Scores",
    "brier_score",
    "calibration_scores",
    "coverage_at",
    "cross_fit",
    "diversity",
    "estimate_prior",
    "expected_calibration_error",
    "monitor_score",
    "reliability",
    "risk_coverage",
    "sample_risk_coverage",
    "save_confusion",
    "save_curves",
    "save_learning_curves",
    "save_reliability",
    "save_risk_coverage",
    "score",
    "score_in_detail",
    "shift_prior",
    "slices",
    "softmax",
    "vote_logits",
]
