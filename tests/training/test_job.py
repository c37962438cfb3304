from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from arxonomy.config import Recipe
from arxonomy.papers import Dataset
from arxonomy.training.job import TrainingJob


def test_a_job_knows_the_papers_and_labels_of_each_part(
    dataset: Dataset, parts: np.ndarray, tiny: Callable[..., Recipe], tmp_path: Path
) -> None:
    job = TrainingJob(dataset, parts, tiny(), tmp_path / "run")
    assert not job.run.exists()
    for part, count in (("train", 60), ("validation", 15), ("test", 15)):
        papers, labels = job.papers(part), job.labels(part)
        assert len(papers) == len(labels) == count
        assert [dataset.labels[label] for label in labels] == [paper.category for paper in papers]
