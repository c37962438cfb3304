"""No run before a run may have seen what this one is scored on, through any number of generations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arxonomy.artifacts.run import Run
from arxonomy.artifacts.seen import digest_papers, find_seen, read_seen
from arxonomy.config import Recipe
from arxonomy.errors import DataError, RunError
from arxonomy.papers import Dataset
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train

Train = Callable[..., Run]


@pytest.fixture
def train_on(dataset: Dataset, tiny: Callable[..., Recipe], tmp_path: Path) -> Train:
    """`train_on("name", parts, papers=...)`: one epoch on the papers with a part."""

    def make(name: str, parts: np.ndarray, papers: Dataset = dataset, **options: object) -> Run:
        recipe = tiny("training.epochs=1", "model.embed_dim=4", "text.abstract_tokens=5")
        return train(TrainingJob(papers, parts, recipe, tmp_path / name, **options))

    return make


def without(parts: np.ndarray, part: str) -> np.ndarray:
    return np.where(parts == part, "", parts)


def test_a_run_keeps_what_it_and_those_before_it_saw(
    train_on: Train, dataset: Dataset, parts: np.ndarray
) -> None:
    rows = np.arange(len(parts))
    first = train_on("first", np.where((parts == "train") & (rows < 45), "", without(parts, "test")))
    second = train_on("second", np.where((parts == "train") & (rows >= 45), "", parts), init=first.folder)
    digests = digest_papers(dataset.papers)
    seen, own = read_seen(second), read_seen(first)
    assert seen is not None and own is not None
    assert (find_seen(digests, seen.trained) == (parts == "train")).all()
    assert (find_seen(digests, own.trained) == ((parts == "train") & (rows >= 45))).all()
    assert (find_seen(digests, seen.chosen_by) == (parts == "validation")).all()


@pytest.mark.slow
def test_copies_are_found_by_text_and_by_id_through_two_generations(
    train_on: Train, dataset: Dataset, parts: np.ndarray
) -> None:
    test_row = int(np.flatnonzero(parts == "test")[0])
    named = replace(
        dataset,
        papers=tuple(replace(paper, id=f"2501.{row:05}v1") for row, paper in enumerate(dataset.papers)),
    )
    train_row = int(np.flatnonzero(parts == "train")[0])
    test_paper, papers = named.papers[test_row], list(named.papers)
    clean = without(parts, "test")
    for name, leak in (
        (
            "text",
            replace(
                papers[train_row],
                id="elsewhere/1",
                title=test_paper.title.upper() + "!",
                abstract=test_paper.abstract,
            ),
        ),
        ("id", replace(papers[train_row], id=f"arXiv:2501.{test_row:05}v2")),
    ):
        leaking = list(papers)
        leaking[train_row] = leak
        first = train_on(f"{name}-1", clean, replace(named, papers=tuple(leaking)))
        second = train_on(f"{name}-2", clean, named, init=first.folder)  # has seen no test paper itself
        with pytest.raises(DataError, match=r"has seen 1 test paper of this split .*the first is 2501\.\d"):
            train_on(f"{name}-3", parts, named, init=second.folder)
        assert not (second.folder.parent / f"{name}-3").exists()


@pytest.mark.slow
def test_a_run_before_may_share_the_validation_papers_and_not_the_test_papers(
    train_on: Train, parts: np.ndarray
) -> None:
    first = train_on("first", without(parts, "test"))
    assert train_on("shares", parts, init=first.folder).metrics()
    swapped = np.select([parts == "test", parts == "validation"], ["validation", "test"], parts)
    with pytest.raises(DataError, match="has seen 15 test papers of this split"):
        train_on("chosen-by-test-papers", swapped, init=first.folder)
    other = np.where((parts == "train") & (np.arange(len(parts)) % 5 == 1), "validation", parts)
    with pytest.raises(DataError, match=r"has seen \d+ validation papers of this split"):
        train_on("validated-on-seen-papers", other, init=first.folder)


def test_a_run_that_does_not_say_what_it_has_seen_is_refused(train_on: Train, parts: np.ndarray) -> None:
    first = train_on("first", parts)
    (first.folder / "seen.safetensors").unlink()
    with pytest.raises(RunError, match=r"did not note which texts a run has seen.*; train it again"):
        train_on("second", parts, init=first.folder)
