"""A run or a bundle of a baseline <-> the fitted baseline."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import safetensors
from safetensors.numpy import load_file, save

from arxonomy.artifacts.bundle import Bundle
from arxonomy.artifacts.network_features import open_features
from arxonomy.artifacts.run import Run, read_recipe, write_json
from arxonomy.artifacts.saved_model import NETWORK
from arxonomy.artifacts.weights import Weights
from arxonomy.atomic import write_atomic
from arxonomy.errors import RunError
from arxonomy.models.baselines import Baseline, restore_baseline

FACTS = "baseline.json"
"""What a bundle's baseline knows besides its tensors."""


def load_baseline(source: Run | Bundle, threads: int | None = None) -> Baseline:
    """Load the baseline of a run, or of a bundle, whose every byte has been checked.

    Args:
        source: The run or bundle.
        threads: Threads of the network that it reads by, >= 1; None takes all cores.

    Raises:
        RunError: It is none of a baseline, its training has not ended, or a file is damaged.
        SettingsError: A package is not installed.
    """
    settings = read_recipe(source.folder).baseline
    if settings is None:
        raise RunError(f"{source.folder}: expected the run of a baseline, found that of a network")
    if isinstance(source, Run):
        path, labels = source.baseline, source.info().labels
    else:
        path, labels = source.folder / FACTS, source.labels
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        reader = None
        if settings.kind == "network-head":
            reader = open_features(source.folder / NETWORK, threads)
            if reader.sha256 != facts.get("sha256"):
                raise RunError(
                    f"{source.folder / NETWORK}: expected the network that the baseline was trained on, "
                    "found another; copy the folder again, or train again"
                )
        baseline = restore_baseline(settings, load_file(source.weights), facts, reader)
    except (OSError, ValueError, safetensors.SafetensorError) as error:
        raise RunError(f"{source.folder}: expected a baseline whose training has ended: {error}") from error
    if len(baseline.bias) != len(labels):
        raise RunError(f"{source.weights}: expected {len(labels)} labels, found {len(baseline.bias)}")
    return baseline


def write_baseline(folder: Path, baseline: Baseline, weights: Weights) -> None:
    """Write the tensors of a baseline, and what else it knows, into a bundle's folder.

    `compact` stores the weights as float16. What a feature adds to the scores of all classes alike changes no
    probability, so it is taken out first, and small numbers are left.
    """
    tensors, facts = baseline.get_state()
    stored = {name: np.ascontiguousarray(values, dtype=np.float32) for name, values in tensors.items()}
    table = stored["weights"]
    if weights == "compact" and table.size:
        table = table - table.mean(axis=1, keepdims=True)
        if np.abs(table).max() < np.finfo(np.float16).max:
            stored["weights"] = table.astype(np.float16)
    write_json(folder / FACTS, facts)
    write_atomic(folder / "model.safetensors", save(stored))
