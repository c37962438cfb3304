"""Arrays in, scores out: accuracy with its interval, calibration, diversity, text reports and plots.

Knows nothing of models. The modules import scikit-learn, SciPy and matplotlib inside the functions
that need them, so that a plain install, which has none of the three, can still use `softmax`.
"""

from arxivist.evaluation.calibration import expected_calibration_error, fit_calibration, softmax, vote_logits
from arxivist.evaluation.diversity import diversity
from arxivist.evaluation.plots import save_confusion, save_curves
from arxivist.evaluation.scores import monitor_score, score
from arxivist.evaluation.text import format_scores

__all__ = [
    "diversity",
    "expected_calibration_error",
    "fit_calibration",
    "format_scores",
    "monitor_score",
    "save_confusion",
    "save_curves",
    "score",
    "softmax",
    "vote_logits",
]
