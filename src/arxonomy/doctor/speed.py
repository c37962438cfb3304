"""The speed of this machine, measured now."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from arxonomy.doctor.results import Speed
from arxonomy.records import Paper

if TYPE_CHECKING:
    from arxonomy.inference import Classifier

_TITLE = "Classifying short texts with a small network"
_ABSTRACT = (
    "We propose a method that reads the title and the abstract of a paper and computes the probability of "
    "each category. Experiments with several hundred thousand documents show that a narrow recurrent network "
    "beside a bag of words is nearly as accurate as a large language model, at a small fraction of its cost. "
    "We describe how the probabilities are calibrated, which words drive a prediction, and where the method "
    "fails: on texts of other fields, on very short abstracts, and on categories that overlap by design. "
)


def measure_speed(classifier: Classifier, seconds: float = 2.0) -> Speed:
    """Classify invented papers for some seconds, many at once and then one by one.

    Args:
        classifier: The model.
        seconds: For about how long, > 0; at least one batch and three single papers are classified.
    """
    paper = Paper("", _TITLE, _ABSTRACT * 2)
    classifier.classify([paper])  # the first one also loads what is loaded when it is needed
    papers, start = 0, time.perf_counter()
    while not papers or time.perf_counter() - start < seconds / 2:
        classifier.classify([paper] * 128)
        papers += 128
    together = time.perf_counter() - start
    singles: list[float] = []
    start = time.perf_counter()
    while len(singles) < 3 or time.perf_counter() - start < seconds / 2:
        begin = time.perf_counter()
        classifier.classify([paper])
        singles.append(time.perf_counter() - begin)
    words = len(f"{paper.title} {paper.abstract}".split())
    return Speed(papers, words, papers / together, 1000 * statistics.median(singles))
