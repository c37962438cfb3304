from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arxonomy.config import Recipe, TrainingSettings
from arxonomy.papers import Dataset
from arxonomy.records import Paper
from arxonomy.training.data import Examples
from arxonomy.training.job import TrainingJob
from arxonomy.training.targets import find_listed, make_targets
from arxonomy.training.train import train

NAMES = ("a", "b", "c")
PAPERS = [
    Paper("1", "t", "", "a", ("a", "c", "elsewhere")),
    Paper("2", "t", "", "b", ("c", "a")),  # its own label is not among those that it lists
    Paper("3", "t", "", "c"),
]
LABELS = np.array([0, 1, 2])


def test_without_a_share_papers_are_trained_on_their_labels() -> None:
    assert make_targets(TrainingSettings(), PAPERS, LABELS, NAMES) is None
    assert make_targets(TrainingSettings(), PAPERS, LABELS, NAMES, np.ones((3, 3), np.float32)) is None


def test_a_share_is_spread_over_the_kept_labels_that_a_paper_lists() -> None:
    found = make_targets(TrainingSettings(cross_lists=0.3), PAPERS, LABELS, NAMES)
    assert found is not None
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [[0.85, 0, 0.15], [0.1, 0.8, 0.1], [0, 0, 1]], atol=1e-6)


def test_a_teacher_is_mixed_in_where_it_answers() -> None:
    taught = np.array([[0.5, 0.5, 0], [np.nan] * 3, [0.2, 0.2, 0.6]], dtype=np.float32)
    found = make_targets(TrainingSettings(teacher_share=0.5), PAPERS, LABELS, NAMES, taught)
    np.testing.assert_allclose(found, [[0.75, 0.25, 0], [0, 1, 0], [0.1, 0.1, 0.8]], atol=1e-6)
    both = TrainingSettings(teacher_share=0.5, cross_lists=0.3)
    found = make_targets(both, PAPERS, LABELS, NAMES, taught)
    np.testing.assert_allclose(found, [[0.675, 0.25, 0.075], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]], atol=1e-6)


def test_a_second_head_learns_from_papers_with_a_known_list_alone() -> None:
    listed = find_listed(PAPERS, NAMES)
    assert listed is not None
    np.testing.assert_array_equal(listed, [[1, 0, 1], [1, 1, 1], [0, 0, 0]])
    assert find_listed(PAPERS[2:], NAMES) is None
    labeled_by_teachers = 3  # they come after the labeled papers, and list nothing
    rows = np.array([labeled_by_teachers, 2, 0, 1])
    examples = Examples([], LABELS, np.ones(4, np.float32), listed=listed)
    assert examples.have_lists(rows).tolist() == [False, False, True, True]
    assert not replace(examples, listed=None).have_lists(rows).any()


def test_cross_lists_change_a_training(
    dataset: Dataset, parts: np.ndarray, tiny: Callable[..., Recipe], tmp_path: Path
) -> None:
    listing = tuple(replace(paper, categories=(str(paper.category), "cs.CL")) for paper in dataset.papers)
    losses = []
    for share in (0.0, 0.4):
        recipe = tiny("training.epochs=1", f"training.cross_lists={share}", "model.dropout=0.0")
        job = TrainingJob(replace(dataset, papers=listing), parts, recipe, tmp_path / str(share))
        losses.append(train(job).history()[0].train_loss)
    assert losses[1] != pytest.approx(losses[0], abs=1e-2)
