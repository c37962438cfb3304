"""Logits of papers that a model was not trained on -> the temperature and the biases of its calibration."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

TEMPERATURE_DEVIATION, BIAS_DEVIATION = 1.0, 1.0
"""Standard deviations of the normal priors on log(temperature / scale) and on each bias, around 0."""
CERTAINTY = 1 / 3
"""How far from chance to certainty the mean confidence lies at the temperature that `find_scale` finds."""
RANGE = 1000.0
"""Largest factor between temperature and scale: separable data would drive it to 0, noise to infinity."""
FEW, ENOUGH = 5, 50
"""Papers per class, on average: fewer than the first determine no biases; the second determine them well."""
FOLDS = 5
"""Parts of the papers in the cross-validation of biases."""

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def fit_temperature_and_biases(scores: Floats, labels: Labels) -> tuple[float, Floats]:
    """Fit a calibration that turns no answer of the model unless that is shown to help.

    A temperature alone never changes which class wins; biases do. They are fitted where there are `ENOUGH`
    papers per class on average, and not where there are fewer than `FEW`. Between, a cross-validation over
    the same papers decides: biases stay if they lower the log loss by more than the standard error of the
    difference, and make no fewer papers right.

    Normal priors keep a handful of papers, which a model may all get right, from claiming certainty. That of
    the temperature is on the logits' own scale: margins of a support vector machine may be 0.01, those of a
    network 5.

    Args:
        scores: Logits (N, C), finite, N >= 1.
        labels: (N,) the true class of each paper in 0..C-1.

    Returns:
        The temperature, > 0, which divides the logits; and the biases (C,), added to the quotients.
    """
    scale = find_scale(scores)
    scores = scores / scale
    papers = len(labels) / scores.shape[1]
    with_biases = papers >= ENOUGH or (papers >= FEW and _do_biases_help(scores, labels))
    point = _find_best(scores, labels, with_biases)
    return scale * math.exp(point[0]), point[1:]


def find_scale(scores: Floats) -> float:
    """Find the temperature at which the mean confidence is moderate: `CERTAINTY` of the way from 1 / C to 1.

    What the logits of several papers have in common says nothing of a paper, and is left out; where they have
    all in common, the scale is 1.

    Args:
        scores: Logits (N, C), finite, N >= 1.
    """
    own = scores - (scores.mean(axis=0) if len(scores) > 1 else 0.0)
    spread = float(np.abs(own).mean())
    if not spread > 1e-9 * float(np.abs(scores).max()):
        return 1.0
    classes = scores.shape[1]
    wanted = 1 / classes + CERTAINTY * (1 - 1 / classes)
    low, high = -math.log(RANGE), math.log(RANGE)
    for _ in range(40):  # bisection: the confidence falls as the temperature rises
        middle = (low + high) / 2
        shares = np.exp(_normalize(own / (spread * math.exp(middle))))
        low, high = (middle, high) if shares.max(axis=1).mean() > wanted else (low, middle)
    return spread * math.exp((low + high) / 2)


def _do_biases_help(scores: Floats, labels: Labels) -> bool:
    """Whether biases lower the log loss of papers that did not fit them, and make no fewer of them right."""
    order = np.random.default_rng(0).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]  # so that each class is spread evenly
    gain, right = np.zeros(len(labels)), 0
    for fold in range(FOLDS):
        held, kept = order[fold::FOLDS], np.delete(order, np.s_[fold::FOLDS])
        for sign, with_biases in ((-1, False), (1, True)):
            point = _find_best(scores[kept], labels[kept], with_biases)
            logs = _normalize(scores[held] / math.exp(point[0]) + point[1:])
            gain[held] += sign * logs[np.arange(len(held)), labels[held]]
            right += sign * int((logs.argmax(axis=1) == labels[held]).sum())
    return bool(gain.mean() > gain.std(ddof=1) / math.sqrt(len(gain)) and right >= 0)


def _find_best(scores: Floats, labels: Labels, with_biases: bool) -> Floats:
    """(1 + C) the likeliest log(temperature) and biases, given logits (N, C) of scale 1."""
    from scipy.optimize import minimize

    classes = scores.shape[1]
    right = np.zeros_like(scores)
    right[np.arange(len(labels)), labels] = 1.0
    # Only differences between a paper's logits count; around 0 they stay in range.
    scores = scores - (scores * right).sum(axis=1, keepdims=True)
    most = math.log(RANGE)
    best = minimize(
        _compute_loss,
        np.zeros(1 + classes),
        args=(scores, right),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-most, most)] + [(None, None) if with_biases else (0.0, 0.0)] * classes,
    )
    return np.asarray(best.x, dtype=np.float64)


def _compute_loss(point: Floats, scores: Floats, right: Floats) -> tuple[float, Floats]:
    """Negative log-posterior of log T and the biases `point` (1 + C), and its gradient.

    Args:
        point: log T, then the biases.
        scores: Logits (N, C) of scale 1, 0 at the true class.
        right: (N, C) 1 at the true class, else 0.
    """
    shrunk = scores / math.exp(point[0])
    logs = _normalize(shrunk + point[1:])
    wrong = np.exp(logs) - right  # the loss's gradient with respect to `shrunk` plus the biases
    penalty = (point[0] / TEMPERATURE_DEVIATION) ** 2 / 2 + ((point[1:] / BIAS_DEVIATION) ** 2).sum() / 2
    gradient = np.concatenate(
        [
            [point[0] / TEMPERATURE_DEVIATION**2 - (wrong * shrunk).sum()],
            point[1:] / BIAS_DEVIATION**2 + wrong.sum(axis=0),
        ]
    )
    return float(penalty - (logs * right).sum()), gradient


def _normalize(scores: Floats) -> Floats:
    """Logarithms (N, C) of the softmax of logits (N, C)."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
