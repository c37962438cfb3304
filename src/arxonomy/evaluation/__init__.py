"""Arrays in, scores out: accuracy with its interval, calibration, significance, and their text.

results.py               Interval, and how results become JSON
calibration.py           Calibration: temperature and biases; the calibration error
calibration_by_part.py   Calibrations: one for each kind of paper, whole or with a part alone
listed_calibration.py    ListedCalibration: of each category's probability of being listed
listed_threshold.py      the threshold above which a category counts as listed
calibration_fit.py       how these are fitted, with few papers and with many
check_thresholds.py      CheckThresholds: where a model doubts what authors chose, at a rate of false alarms
typicality.py            Typicality: how typical a text is of the papers of the calibration
outcomes.py              Outcomes: a few numbers of each paper, of which scores are made
confidence.py            Brier score, reliability, risk and coverage
class_prior.py           probabilities under another class prior, and its estimate
prior_check.py           a second estimate, by counts, that shows whether to trust the first
levels.py                probabilities of what holds categories in a hierarchy
slices.py                scores by month and by length, with the trend
drift.py                 how a model does after its training, and when to train again
drift_results.py         MonthDrift, Verdict: what that gives
drift_text.py            these as text
listed.py                how the categories that papers list count
listed_scores.py         ListedScores: how good the probabilities of being listed are
listed_slices.py         the same of the papers of a month
groups.py                GroupScores: of groups of categories, such as archives
hierarchical_scores.py   HierarchicalScores: paths, levels, answers that back off
hierarchical_text.py     these as text
agreement.py             Agreement: how far two forms of one model agree
scores.py                Scores: all scores of one set of papers
confusions.py            the most confused pairs of classes
text_report.py           scores as text
diversity.py             how different the errors of an ensemble's members are
significance.py          bootstrap, paired tests, variance over seeds, corrected p-values
comparison.py            several systems on the same papers
comparison_results.py    Comparison: what that gives
comparison_text.py       a comparison as text
learning_curves.py       power laws fitted to accuracy by training-set size
curve_results.py         LearningCurves: what that gives
learning_curves_text.py  learning curves as text

Knows nothing of models. The modules import scikit-learn and SciPy inside the functions that need them, so
that a plain install, which has neither, can still use `Calibration` and `softmax`.
"""

from arxonomy.evaluation.agreement import Agreement, compare_answers
from arxonomy.evaluation.calibration import (
    Calibration,
    cross_fit,
    expected_calibration_error,
    softmax,
    vote_logits,
)
from arxonomy.evaluation.calibration_by_part import ALONE, Calibrations, PartScores, Read, vote_by_part
from arxonomy.evaluation.check_thresholds import CheckRates, CheckThresholds
from arxonomy.evaluation.class_prior import estimate_prior, shift_prior
from arxonomy.evaluation.confidence import (
    brier_score,
    calibration_scores,
    coverage_at,
    reliability,
    risk_coverage,
    sample_risk_coverage,
)
from arxonomy.evaluation.diversity import Diversity, measure_diversity
from arxonomy.evaluation.listed_calibration import ListedCalibration, vote_listed
from arxonomy.evaluation.listed_scores import ListedScores, score_listed
from arxonomy.evaluation.listed_threshold import choose_threshold
from arxonomy.evaluation.outcomes import Outcomes, measure_outcomes
from arxonomy.evaluation.results import Interval
from arxonomy.evaluation.scores import Scores, monitor_score, score, score_in_detail
from arxonomy.evaluation.slices import slices
from arxonomy.evaluation.typicality import Typicality

__all__ = [
    "ALONE",
    "Agreement",
    "Calibration",
    "Calibrations",
    "CheckRates",
    "CheckThresholds",
    "Diversity",
    "Interval",
    "ListedCalibration",
    "ListedScores",
    "Outcomes",
    "PartScores",
    "Read",
    "Scores",
    "Typicality",
    "brier_score",
    "calibration_scores",
    "choose_threshold",
    "compare_answers",
    "coverage_at",
    "cross_fit",
    "estimate_prior",
    "expected_calibration_error",
    "measure_diversity",
    "measure_outcomes",
    "monitor_score",
    "reliability",
    "risk_coverage",
    "sample_risk_coverage",
    "score",
    "score_in_detail",
    "score_listed",
    "shift_prior",
    "slices",
    "softmax",
    "vote_by_part",
    "vote_listed",
    "vote_logits",
]
