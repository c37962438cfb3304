"""Papers with their predictions, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from arxonomy.inference.classifier import WINDOW, Classifier
from arxonomy.inference.prior_estimate import PriorTally
from arxonomy.records import Paper, Prediction


def pair_with_predictions(
    classifier: Classifier,
    papers: Iterable[Paper],
    top_k: int | None,
    window: int = WINDOW,
    min_confidence: float | None = None,
    level: str | None = None,
    back_off: float | None = None,
    tally: PriorTally | None = None,
) -> Iterator[tuple[Paper, Prediction]]:
    """Pair each paper with its prediction; holds no more papers than the classifier's window."""
    waiting: deque[Paper] = deque()

    def remember() -> Iterator[Paper]:
        for paper in papers:
            waiting.append(paper)
            yield paper

    predictions = classifier.stream(
        remember(),
        top_k,
        window,
        min_confidence=min_confidence,
        level=level,
        back_off=back_off,
        tally=tally,
    )
    for prediction in predictions:
        yield waiting.popleft(), prediction
