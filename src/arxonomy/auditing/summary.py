"""What an audit found, as numbers for JSON."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from arxonomy.auditing.findings import Findings
from arxonomy.auditing.labels import ceiling, class_sizes, contradicting, primary_agreement
from arxonomy.auditing.near import RESEMBLANCE
from arxonomy.auditing.noise import FOLDS, MODEL, Noise, confusions
from arxonomy.auditing.repeats import leaks, repeats

_BOUND = "an upper bound for any classifier that gives one answer per text"
_TORN = "it says what contradictions cost, and nothing of other errors or of how hard the papers are"
_CLEAN = "no label contradicts another, so this bound is no estimate of difficulty: it says nothing of it"
_CONFUSIONS = 10
_SAME = 0.5  # resemblance from which near-duplicates are rather one paper than two of one author


def summary(findings: Findings) -> dict[str, Any]:
    """All numbers of an audit.

    Args:
        findings: What `audit` returned.

    Returns:
        What JSON can hold: `rows`, `bad_records`, `papers` (different ones), and the tables `repeats`,
        `near_duplicates`, `contradictions`, `ceiling`, `primary_category`, `leakage`, `classes`, `outliers`
        and `noise`. Shares are in 0..1.
    """
    data, groups, labels = findings.dataset, findings.groups, findings.labels
    torn = contradicting(groups, labels)
    return {
        "data": {"name": Path(data.source).name, "sha256": data.sha256},
        "rows": len(labels),
        "bad_records": data.bad,
        "papers": len(np.unique(groups)),
        "repeats": asdict(repeats(data.papers, groups)),
        "near_duplicates": _near(findings),
        "contradictions": {"papers": len(np.unique(groups[torn])), "rows": int(torn.sum())},
        "ceiling": _ceiling(findings, clean=not torn.any()),
        "primary_category": primary_agreement(data.papers),
        "leakage": None if findings.parts is None else leaks(findings.parts, groups, findings.near_groups),
        "classes": class_sizes(groups, labels, data.labels),
        "outliers": _outliers(findings),
        "noise": None if findings.noise is None else _noise(findings.noise, data.labels),
    }


def _ceiling(findings: Findings, clean: bool) -> dict[str, Any]:
    groups, labels = findings.groups, findings.labels
    bounds = {
        "exact_copies": ceiling(groups, labels),
        "near_duplicates_too": ceiling(findings.near_groups, labels),
    }
    if findings.parts is not None and (test := findings.parts == "test").any():
        bounds["test_papers"] = ceiling(groups[test], labels[test])
    return {**bounds, "meaning": _BOUND, "caution": _CLEAN if clean else _TORN}


def _near(findings: Findings) -> dict[str, Any]:
    near, labels = findings.near, findings.labels
    one, other = near.pairs.T
    return {
        "pairs": len(near.pairs),
        "pairs_alike_by_half": int((near.resemblance >= _SAME).sum()),
        "papers": len(np.unique(near.pairs)),
        "pairs_of_two_labels": int((labels[one] != labels[other]).sum()),
        "least_resemblance": RESEMBLANCE,
    }


def _outliers(findings: Findings) -> dict[str, Any]:
    found = findings.outliers
    low, high = found.usual_words
    median, bound = found.common_share
    rows = {
        name: len(getattr(found, name)) for name in ("short", "long", "no_title", "no_abstract", "foreign")
    }
    return {
        **rows,
        "usual_words": [round(low), round(high)],
        "common_words_median": round(median, 4),
        "common_words_least": round(max(bound, 0.0), 4),
    }


def _noise(noise: Noise, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "model": MODEL,
        "folds": FOLDS,
        "rows": len(noise.rows),
        "labels_left_out": len(names) - len(noise.classes),
        "out_of_fold_accuracy": round(noise.accuracy, 6),
        "rate": round(noise.rate, 6),
        "suspects": len(noise.suspects),
        "confusions": confusions(noise, names, _CONFUSIONS),
    }
