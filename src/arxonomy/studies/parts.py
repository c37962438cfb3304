"""How good a model is for papers of which only a part is given: the title alone, the abstract alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arxonomy.records import PARTS
from arxonomy.studies.answers import compute_outcomes

if TYPE_CHECKING:
    from arxonomy.evaluation.slices import Slice
    from arxonomy.inference import Classifier
    from arxonomy.studies.answers import Answers


def score_by_part(classifier: Classifier, answers: Answers) -> tuple[Slice, ...]:
    """Score a classifier on whole papers, on their titles alone and on their abstracts alone.

    The papers are classified twice more.

    Args:
        classifier: Any.
        answers: Its answers to the papers as they are.

    Returns:
        One slice for each of these, of the papers that have the part; none where no paper has it.
    """
    import numpy as np

    from arxonomy.evaluation import ALONE
    from arxonomy.evaluation.slices import score_slice
    from arxonomy.text import find_read_parts, keep_part

    reads = [find_read_parts(paper) for paper in answers.papers]
    scored = []
    for given in (PARTS, *ALONE):
        rows = np.flatnonzero([set(given) <= set(read) for read in reads])
        if not len(rows):
            continue
        outcomes = answers.outcomes.select(rows)
        if given != PARTS:
            alone = [keep_part(answers.papers[row], given[0]) for row in rows]
            outcomes = compute_outcomes(classifier, alone, outcomes.labels)
        scored.append(score_slice(outcomes, given=given))
    return tuple(scored)
