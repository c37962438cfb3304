"""A run of a baseline -> the fitted baseline."""

from __future__ import annotations

import json

import safetensors
from safetensors.numpy import load_file

from arxonomy.artifacts.run import Run
from arxonomy.errors import RunError
from arxonomy.models.baselines import Baseline, restore_baseline


def load_baseline(run: Run) -> Baseline:
    """Load the baseline of a run.

    Raises:
        RunError: It is none of a baseline, its training has not ended, or a file is damaged.
        SettingsError: A package is not installed.
    """
    settings = run.recipe().baseline
    if settings is None:
        raise RunError(f"{run.folder}: expected the run of a baseline, found that of a network")
    try:
        facts = json.loads(run.baseline.read_text(encoding="utf-8"))
        baseline = restore_baseline(settings, load_file(run.weights), facts)
    except (OSError, ValueError, safetensors.SafetensorError) as error:
        raise RunError(f"{run.folder}: expected a baseline whose training has ended: {error}") from error
    labels = run.info().labels
    if len(baseline.bias) != len(labels):
        raise RunError(f"{run.weights}: expected {len(labels)} labels, found {len(baseline.bias)}")
    return baseline
