"""The last files of a run: validation logits and scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from arxonomy.artifacts.facts import RunMetrics
from arxonomy.artifacts.tensors import tensors_to_bytes
from arxonomy.atomic import write_atomic
from arxonomy.evaluation import Calibration, score
from arxonomy.training.job import TrainingJob


def write_results(job: TrainingJob, logits: npt.NDArray[np.floating[Any]], metrics: RunMetrics) -> None:
    """Write a run's validation logits, and then its metrics, which say that training has ended.

    Args:
        job: What was trained.
        logits: (N, C) the model's scores of the validation papers.
        metrics: What `metrics.json` says besides the scores of the calibrated probabilities.
    """
    logits, truth = logits.astype(np.float32), job.labels("validation")
    tensors = {"logits": torch.from_numpy(logits), "labels": torch.from_numpy(truth)}
    write_atomic(job.run.validation, tensors_to_bytes(tensors))
    probabilities = Calibration.fit(logits, truth).apply(logits)
    # The last of all files.
    scores = score(truth, probabilities, job.dataset.labels).to_dict()
    job.run.write_metrics(metrics.add_scores("validation", scores))
