"""A classifier's answers to labeled papers, and their scores."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arxonomy.papers.dates import find_date
from arxonomy.studies.selection import select_known

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from arxonomy.evaluation import Outcomes, Scores
    from arxonomy.inference import Classifier
    from arxonomy.records import Paper
    from arxonomy.studies.results import AtypicalScores

AT_ONCE = 16_384
"""Papers whose probabilities are held in full at a time: whole windows of a classifier."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answers:
    """What a classifier answers to N papers whose label it knows.

    Of many papers and categories the probabilities are large: the scores read the outcomes, and what is kept
    of the probabilities themselves is rounded to float32.
    """

    papers: list[Paper]
    """The papers."""
    labels: tuple[str, ...]
    """The C labels, in the order of the columns of probabilities."""
    outcomes: Outcomes
    """What came out."""
    uncalibrated: Outcomes
    """What would come out without the calibration."""
    probabilities: npt.NDArray[np.float32]
    """(N, C) probabilities."""
    listed: npt.NDArray[np.float32] | None = None
    """(N, C) probabilities of being listed; None for a classifier that knows nothing of lists."""
    outside: npt.NDArray[np.float64] | None = None
    """(N,) the probability outside of a classifier's view; None without one."""
    typicality: npt.NDArray[np.float64] | None = None
    """(N,) how typical the papers are of the classifier's field, NaN where that is not known; None for a
    classifier that knows it of none."""
    by_level: Mapping[str, Outcomes] = field(default_factory=dict)
    """Level of the hierarchy -> what came out at it; empty where it has none that say something new."""

    @property
    def truth(self) -> npt.NDArray[np.int64]:
        """(N,) the number of each paper's label."""
        return self.outcomes.labels


def compute_answers(classifier: Classifier, papers: Sequence[Paper], source: str) -> Answers:
    """Let a classifier classify papers; those whose label it does not know are left out and counted.

    Args:
        classifier: Any.
        papers: Labeled papers, at least one.
        source: Where they are from, for messages.

    Raises:
        DataError: The classifier knows none of their labels.
    """
    import numpy as np

    from arxonomy.evaluation import Outcomes, measure_outcomes
    from arxonomy.evaluation.hierarchical_scores import is_worth_scoring, measure_levels

    known, truth = select_known(classifier.labels, papers, source)
    shape = len(known), len(classifier.labels)
    probabilities = np.empty(shape, dtype=np.float32)
    listed = np.empty(shape, dtype=np.float32) if classifier.knows_lists else None
    after, before, outside, typicality = [], [], [], []
    levels = classifier.levels if is_worth_scoring(classifier.levels) else {}
    by_level: dict[str, list[Outcomes]] = {level: [] for level in levels}
    for start in range(0, len(known), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        part = classifier.compute_all(known[rows])
        after.append(measure_outcomes(truth[rows], part.after))
        before.append(measure_outcomes(truth[rows], part.before))
        for level, outcomes in measure_levels(truth[rows], part.after, levels).items():
            by_level[level].append(outcomes)
        probabilities[rows] = part.after
        if listed is not None and part.listed is not None:
            listed[rows] = part.listed
        if part.outside is not None:
            outside.append(part.outside)
        if part.typicality is not None:
            typicality.append(part.typicality)
    return Answers(
        papers=known,
        labels=classifier.labels,
        outcomes=Outcomes.join(after),
        uncalibrated=Outcomes.join(before),
        probabilities=probabilities,
        listed=listed,
        outside=np.concatenate(outside) if outside else None,
        typicality=np.concatenate(typicality) if typicality else None,
        by_level={level: Outcomes.join(parts) for level, parts in by_level.items()},
    )


def compute_probabilities(classifier: Classifier, papers: Sequence[Paper]) -> npt.NDArray[np.float32]:
    """Let a classifier classify N papers: their probabilities (N, C), rounded to float32."""
    import numpy as np

    probabilities = np.empty((len(papers), len(classifier.labels)), dtype=np.float32)
    for start in range(0, len(papers), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        probabilities[rows] = classifier.probabilities(papers[rows])
    return probabilities


def compute_outcomes(
    classifier: Classifier, papers: Sequence[Paper], truth: npt.NDArray[np.int64]
) -> Outcomes:
    """Let a classifier classify N >= 1 papers of these labels (N,), and keep only what comes out."""
    from arxonomy.evaluation import Outcomes, measure_outcomes

    parts = []
    for start in range(0, len(papers), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        parts.append(measure_outcomes(truth[rows], classifier.probabilities(papers[rows])))
    return Outcomes.join(parts)


def score_answers(classifier: Classifier, answers: Answers) -> Scores:
    """Score a classifier's answers, in all details; see `score_in_detail`."""
    from arxonomy.evaluation import Calibrations, score_in_detail
    from arxonomy.evaluation.hierarchical_scores import score_hierarchy
    from arxonomy.evaluation.listed import count_unlisted

    papers = answers.papers
    listed = [paper.categories for paper in papers]
    if unlisted := count_unlisted(answers.truth.tolist(), answers.labels, listed):
        _LOG.info(f"papers that do not list their own label: {unlisted:,}; it counts as listed")
    groups, level = find_groups(classifier)
    is_calibrated = classifier.calibrations != Calibrations.identity(len(classifier.model_labels))
    scores = score_in_detail(
        answers.outcomes,
        None,
        answers.labels,
        listed,
        published=[find_date(paper) for paper in papers],
        words=[len(f"{paper.title} {paper.abstract}".split()) for paper in papers],
        uncalibrated=answers.uncalibrated if is_calibrated else None,
        listed_probabilities=answers.listed,
        listed_threshold=classifier.listed_threshold,
        groups=groups,
        level=level,
    )
    if not answers.by_level:
        return scores
    return scores.model_copy(update={"hierarchy": score_hierarchy(answers.by_level, classifier.levels)})


def score_atypical(answers: Answers) -> AtypicalScores | None:
    """Score the papers that are refused as atypical of the model's field; None where it cannot tell."""
    from arxonomy.records import ATYPICAL_BELOW
    from arxonomy.studies.results import AtypicalScores

    if answers.typicality is None:
        return None
    refused = answers.typicality < ATYPICAL_BELOW
    right = answers.outcomes.predicted[refused] == answers.truth[refused]
    return AtypicalScores(
        papers=int(refused.sum()),
        share=float(refused.mean()),
        accuracy=float(right.mean()) if refused.any() else None,
    )


def find_groups(classifier: Classifier) -> tuple[list[str] | None, str]:
    """Find the group of each label, one level above it in the taxonomy, and what that level is called.

    Returns:
        None for the groups where there is no taxonomy of two levels: then they can be read off labels alone.
    """
    taxonomy = classifier.taxonomy
    if taxonomy is None or len(taxonomy.levels) < 2:
        return None, "archive"
    level = taxonomy.levels[-2]
    return [taxonomy.get_broader(label, level) for label in classifier.labels], level
