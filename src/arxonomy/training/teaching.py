"""What teachers say: their answers to unlabeled papers, and to labeled ones that they were not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arxonomy.artifacts.origin_facts import ModelSource, UnlabeledInfo
from arxonomy.artifacts.seen import Seen
from arxonomy.records import Paper

Answers = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Teaching:
    """What a network is trained on besides labels."""

    papers: Sequence[Paper]
    """U unlabeled papers."""
    answers: Answers
    """(U, C) the mean of the teachers' calibrated probabilities for each, rows with sum 1."""
    labeled: Answers | None
    """(N, C) likewise for the training papers, of the teachers that were not trained on the paper, and NaN
    where there is none; None where nobody was asked."""
    teachers: tuple[ModelSource, ...]
    """The teachers."""
    unlabeled: tuple[UnlabeledInfo, ...]
    """The files of the unlabeled papers."""
    seen: tuple[tuple[str, Seen], ...]
    """Each teacher's name, and what it has seen."""
