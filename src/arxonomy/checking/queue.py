"""Papers with a proposal, ranked by the evidence for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from arxonomy.checking.contrast import Contrast
from arxonomy.checking.results import Check

QUEUE_COLUMNS = (
    "rank", "id", "title", "category", "categories", "verdict", "move_to", "add", "probability",
    "proposed_probability", "proposed_listed", "reason", "words_for", "words_against",
)  # fmt: skip
"""Columns of the queue as a table."""


def rank(checks: Iterable[Check]) -> list[Check]:
    """Rank the papers with a proposal.

    Returns:
        Moves first, the least probable category of authors first; then cross-lists, the most probable first.
    """

    def measure(check: Check) -> tuple[bool, float]:
        if check.verdict == "move":
            return False, check.evidence[0].probability
        return True, -max(own.listed or 0.0 for own in check.evidence if own.category in check.add)

    return sorted((check for check in checks if check.is_open), key=measure)


def list_rows(queue: Sequence[Check], contrasts: Mapping[int, Contrast]) -> list[list[object]]:
    """List the rows of the queue as a table with `QUEUE_COLUMNS`.

    Args:
        queue: As `rank` gives it.
        contrasts: Place in the queue, from 0 -> the words for its proposal and against it.
    """
    rows: list[list[object]] = []
    for place, check in enumerate(queue):
        evidence = {own.category: own for own in check.evidence}
        proposed = evidence[check.move_to or check.add[0]]
        contrast = contrasts.get(place)
        words = (contrast.support, contrast.oppose) if contrast else ((), ())
        rows.append(
            [
                place + 1,
                check.paper.id,
                check.paper.title,
                check.category,
                None if check.categories is None else " ".join(check.categories),
                check.verdict,
                check.move_to,
                " ".join(check.add) or None,
                f"{check.evidence[0].probability:.6f}",
                f"{proposed.probability:.6f}",
                None if proposed.listed is None else f"{proposed.listed:.6f}",
                check.reason,
                *(", ".join(f"{word} {score:.2f}" for word, score in own) or None for own in words),
            ]
        )
    return rows
