"""`teacher.safetensors` of a run: what its teachers answered, so that a resumed run need not ask again.

    unlabeled  float32 (U, C), weighted sum of the teachers' probabilities for the unlabeled papers
    labeled    float32 (N, C), likewise for the training papers, of the teachers that had not seen the paper
    counts     int64 (N,), how many these were

The file is replaced after each teacher; `asked` says how many were asked, and `basis` whom and about what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors
from safetensors.numpy import save

from arxonomy.artifacts.run import Run
from arxonomy.atomic import write_atomic

FILE = "teacher.safetensors"


@dataclass
class TeacherAnswers:
    """Sums over the teachers that were asked so far."""

    unlabeled: npt.NDArray[np.float32]
    """(U, C) of their probabilities for the unlabeled papers, times weights with the mean 1."""
    labeled: npt.NDArray[np.float32]
    """(N, C) of the probabilities for the training papers of those that had not seen the paper."""
    counts: npt.NDArray[np.int64]
    """(N,) how many had not seen it."""
    asked: int = 0
    """Teachers that were asked."""

    @classmethod
    def start(cls, unlabeled: int, labeled: int, labels: int) -> TeacherAnswers:
        """Before the first teacher; the numbers are U, N and C."""
        return cls(
            np.zeros((unlabeled, labels), dtype=np.float32),
            np.zeros((labeled, labels), dtype=np.float32),
            np.zeros(labeled, dtype=np.int64),
        )

    def get_means(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """The mean answers (U, C) and (N, C); NaN for a training paper that all teachers had seen."""
        counts = np.where(self.counts, self.counts, np.nan).astype(np.float32)
        return self.unlabeled / np.float32(self.asked), self.labeled / counts[:, None]


def write_answers(run: Run, answers: TeacherAnswers, basis: str) -> None:
    """Write a run's `teacher.safetensors`.

    Args:
        run: The run.
        answers: What is written.
        basis: Whom was asked and about what, in any form: other answers are of another basis.
    """
    tensors: dict[str, npt.NDArray[Any]] = {
        "unlabeled": answers.unlabeled,
        "labeled": answers.labeled,
        "counts": answers.counts,
    }
    write_atomic(run.folder / FILE, save(tensors, {"basis": basis, "asked": str(answers.asked)}))


def read_answers(run: Run, basis: str) -> TeacherAnswers | None:
    """Read what teachers answered; None where there is nothing, or of another basis, or damaged."""
    try:
        with safetensors.safe_open(run.folder / FILE, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("basis") != basis:
                return None
            tensors = {name: file.get_tensor(name) for name in ("unlabeled", "labeled", "counts")}
            return TeacherAnswers(**tensors, asked=int(metadata["asked"]))
    except (OSError, KeyError, ValueError, safetensors.SafetensorError):
        return None  # they can be asked again
