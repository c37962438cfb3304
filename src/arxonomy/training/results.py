"""The last files of a run: validation logits and scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from arxonomy.artifacts.facts import RunMetrics
from arxonomy.artifacts.validation import Validation, read_validation, write_validation
from arxonomy.evaluation import PartScores, Read, score
from arxonomy.records import PARTS
from arxonomy.training.job import TrainingJob

AnyPaper = TypeVar("AnyPaper")
Scores = npt.NDArray[np.floating[Any]]


def score_parts(
    papers: Sequence[AnyPaper],
    labels: npt.NDArray[np.int64],
    reads: Sequence[Read],
    keep: Callable[[AnyPaper, str], AnyPaper],
    compute: Callable[[Sequence[AnyPaper]], Scores],
    given: Scores | None = None,
) -> PartScores:
    """Score papers as they are, and as if they had their title or their abstract alone.

    Args:
        papers: N >= 1 papers.
        labels: (N,) the true class of each.
        reads: The parts that each has.
        keep: Leaves one part of a paper.
        compute: One paper or more -> scores (N, C).
        given: (N, C) the scores of the papers as they are, if they are known already.
    """
    heads = None if given is None else [given]
    return score_heads(papers, [labels], reads, keep, lambda some: [compute(some)], heads)[0]


def score_heads(
    papers: Sequence[AnyPaper],
    truth: Sequence[npt.NDArray[np.int64]],
    reads: Sequence[Read],
    keep: Callable[[AnyPaper, str], AnyPaper],
    compute: Callable[[Sequence[AnyPaper]], Sequence[Scores]],
    given: Sequence[Scores] | None = None,
) -> list[PartScores]:
    """Score papers by each head of a model, as `score_parts` does.

    Args:
        papers: See there.
        truth: What each head should say: (N,) the true class, and perhaps (N, C) which labels are listed.
        reads: See there.
        keep: See there.
        compute: One paper or more -> scores (N, C) of as many heads, or more, which are passed over.
        given: As there, of each head.
    """
    given = compute(papers) if given is None else given
    alone: dict[str, list[Scores]] = {}
    for part in PARTS:
        rows = [row for row, read in enumerate(reads) if part in read]
        alone[part] = [np.full_like(scores, np.nan) for scores in given]
        if rows:
            cut = compute([keep(papers[row], part) for row in rows])
            for scores, own in zip(alone[part], cut, strict=True):
                scores[rows] = own
    heads = range(len(truth))
    return [
        PartScores(truth[head], given[head], **{part: alone[part][head] for part in PARTS}) for head in heads
    ]


def write_results(job: TrainingJob, validation: Validation, metrics: RunMetrics) -> None:
    """Write a run's validation logits, and then its metrics, which say that training has ended.

    Args:
        job: What was trained.
        validation: The model's logits of the validation papers, and perhaps of held-out ones.
        metrics: What `metrics.json` says besides the scores of the calibrated probabilities.
    """
    write_validation(job.run, validation)
    stored = read_validation(job.run)  # rounded to 32 bits, as it is loaded later
    probabilities = stored.papers.calibrate(stored.fit()).given
    # The last of all files.
    scores = score(stored.papers.labels, probabilities, job.dataset.labels).to_dict()
    job.run.write_metrics(metrics.add_scores("validation", scores))
