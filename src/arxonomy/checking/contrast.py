"""The words for the proposed category against the one that authors chose."""

from __future__ import annotations

from dataclasses import dataclass

from arxonomy.checking.results import Check
from arxonomy.errors import InputError
from arxonomy.explain import explain_prediction
from arxonomy.explain.words import find_top_words
from arxonomy.inference import Classifier

TOP = 8
"""Words of each kind."""

WordScores = tuple[tuple[str, float], ...]
"""(word, by how much the log-odds change without it) pairs, the largest first."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """What separates the proposed category from the authors' own: log-odds of one against the other."""

    log_odds: float
    """Of the proposed category against the authors' own, ln(p / q)."""
    support: WordScores
    """Words for the proposed category."""
    oppose: WordScores
    """Words for the authors' own."""


def contrast(classifier: Classifier, check: Check) -> Contrast | None:
    """Find the words of a proposed move, by occlusion: the paper is classified once without each word.

    Args:
        classifier: The model that made the check.
        check: One that proposes a move.

    Returns:
        None for a paper that is too long to be explained.
    """
    try:
        found = explain_prediction(classifier, check.paper, category=check.move_to, against=check.category)
    except InputError:
        return None
    words, scores = found.words, found.scores
    support, oppose = (
        tuple((words[place].text, float(own[place])) for place in find_top_words(words, own, TOP))
        for own in (scores, -scores)
    )
    return Contrast(found.log_odds, support, oppose)
