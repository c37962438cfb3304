"""What one training needs: papers, their parts, a recipe and a folder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arxonomy.advice import name_option
from arxonomy.artifacts.run import Run
from arxonomy.config import Recipe
from arxonomy.errors import DataError
from arxonomy.messages import list_some
from arxonomy.papers import Dataset, Parts
from arxonomy.records import AnyPath, Paper
from arxonomy.runtime import ALONE, Processes
from arxonomy.taxonomy import Taxonomy
from arxonomy.training.callbacks import TrainingCallback
from arxonomy.training.teaching import Teaching


@dataclass(frozen=True)
class TrainingJob:
    """One training: what is learned, from which papers, and where the run goes."""

    dataset: Dataset
    """Labeled papers."""
    parts: Parts
    """(N,) `train`, `validation`, `test` or empty for each paper."""
    recipe: Recipe
    """The settings, with the seed."""
    out: AnyPath
    """The run folder."""
    vectors: AnyPath | None = None
    """File of word vectors to start from; without, they start at random."""
    device: str = "auto"
    """`auto`, `cpu` or `cuda`."""
    command: Sequence[str] = ()
    """The command line, to be kept in the run."""
    init: AnyPath | None = None
    """The finished run, or the bundle, whose weights it starts from; without, they start at random."""
    teaching: Teaching | None = None
    """What teachers say, and the unlabeled papers; without, it learns from labels alone."""
    taxonomy: Taxonomy | None = None
    """The user's own hierarchy of the categories, to be kept in the run."""
    title: str = ""
    """As one of several jobs is logged."""
    threads: int | None = None
    """Threads of the network that a baseline reads by; None: all cores. PyTorch's are the process's."""
    processes: Processes = ALONE
    """The processes that train together, all with this same job."""
    callbacks: Sequence[TrainingCallback] = ()
    """What follows the run, and those of an ensemble's members."""

    @property
    def run(self) -> Run:
        """The run folder, whether it exists or not."""
        return Run(self.out)

    def papers(self, part: str) -> list[Paper]:
        """The papers of a part, in the order of the dataset."""
        return select_papers(self.dataset, self.parts, part)

    def labels(self, part: str) -> npt.NDArray[np.int64]:
        """(N,) the number of the label of each of these papers."""
        return np.asarray(self.dataset.get_label_ids()[self.parts == part])


def select_papers(dataset: Dataset, parts: Parts, part: str) -> list[Paper]:
    """The papers of a part, in the order of the dataset."""
    return [dataset.papers[row] for row in np.flatnonzero(parts == part)]


def check_parts(dataset: Dataset, parts: Parts, processes: int = 1, learned: Collection[str] = ()) -> None:
    """Make sure that there is something to learn from, for each of the processes, and to choose by.

    Args:
        dataset: The papers.
        parts: (N,) their parts.
        processes: How many train together.
        learned: Labels that the first weights know, which need no papers.

    Raises:
        DataError: A part without papers, or a label without training papers.
    """
    for part in ("train", "validation"):
        if not (parts == part).any():
            raise DataError(
                f"the split has no {part} papers, and at least one is needed; give another split, or other "
                "shares (data.test_share, data.validation_share)"
            )
    if (papers := int((parts == "train").sum())) < processes:
        raise DataError(
            f"expected a training paper for each of {processes} processes at least, found {papers}; "
            "start fewer with torchrun --nproc-per-node"
        )
    missing = set(range(len(dataset.labels))) - set(dataset.get_label_ids()[parts == "train"].tolist())
    new = [dataset.labels[i] for i in sorted(missing) if dataset.labels[i] not in learned]
    if new:
        names = list_some(new)
        raise DataError(
            f"no training paper has the label {names}; add papers, give another split, or keep other labels "
            f"alone ({name_option('--among')})"
        )
