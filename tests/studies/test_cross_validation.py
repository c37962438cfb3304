"""Each paper is tested once, by a run that has not seen it or a copy; finished runs are left as they are."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from arxonomy.artifacts.run import Run
from arxonomy.config import DataSettings, Recipe
from arxonomy.errors import DataError, RunError, SettingsError
from arxonomy.papers import Dataset, count_leaked_papers, group_copies, make_split
from arxonomy.records import Paper
from arxonomy.studies import jobs
from arxonomy.studies.bench import Bench, Equipment
from arxonomy.studies.cross_validation import (
    count_copies_across,
    make_fold_parts,
    make_folds,
    plan_folds,
)
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train


@pytest.fixture
def with_copies(invented_papers: list[Paper]) -> list[Paper]:
    """90 papers, and copies of the first 30."""
    copies = [
        dataclasses.replace(paper, id=f"copy-{paper.id}", row=90 + paper.row)
        for paper in invented_papers[:30]
    ]
    return [*invented_papers, *copies]


def test_folds_are_even_stratified_and_keep_copies_together(with_copies: list[Paper]) -> None:
    folds = make_folds(with_copies, 5, seed=42)
    assert (folds == folds[group_copies(with_copies)]).all()
    assert count_copies_across(with_copies, folds) == 0
    firsts = folds[:90]
    assert Counter(firsts.tolist()) == dict.fromkeys(range(5), 18)
    for fold in range(5):
        labels = Counter(str(with_copies[row].category) for row in np.flatnonzero(firsts == fold).tolist())
        assert set(labels.values()) == {6}
    assert (folds == make_folds(with_copies, 5, seed=42)).all()
    assert (folds != make_folds(with_copies, 5, seed=7)).any()


def test_impossible_folds(invented_papers: list[Paper]) -> None:
    with pytest.raises(SettingsError, match="at least 2 folds, found 1"):
        make_folds(invented_papers, 1, seed=0)
    rare = [*invented_papers, dataclasses.replace(invented_papers[0], id="x", title="X", category="rare")]
    with pytest.raises(DataError, match="3 folds need 3 different papers of each label, found 1 of `rare`"):
        make_folds(rare, 3, seed=0)


def test_the_parts_of_a_fold(with_copies: list[Paper]) -> None:
    folds = make_folds(with_copies, 5, seed=42)
    folds[:2] = folds[90:92] = -1
    for fold in range(5):
        parts = make_fold_parts(with_copies, folds, fold, seed=42)
        assert ((parts == "test") == (folds == fold)).all()
        assert ((parts == "") == (folds < 0)).all()
        assert count_leaked_papers(with_copies, parts) == 0
        groups = group_copies(with_copies)
        assert not set(groups[parts == "train"]) & set(groups[parts == "validation"])
        share = len(set(groups[parts == "validation"])) / len(set(groups[(folds >= 0) & (folds != fold)]))
        assert share == pytest.approx(0.15, abs=0.01)
    assert (
        make_fold_parts(with_copies, folds, 0, seed=7) != make_fold_parts(with_copies, folds, 0, seed=42)
    ).any()


def test_copies_across_folds_are_counted(with_copies: list[Paper]) -> None:
    folds = np.zeros(120, dtype=np.int64)
    folds[[3, 95, 96]] = 1  # 95 and 96 are copies of 5 and 6
    assert count_copies_across(with_copies, folds) == 6  # 3 and 93, 5 and 95, 6 and 96
    folds[93] = -1
    assert count_copies_across(with_copies, folds) == 4


@pytest.mark.slow
def test_each_paper_is_tested_once(
    dataset: Dataset,
    tiny: Callable[..., Recipe],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    notes: Callable[[], list[str]],
) -> None:
    recipe = tiny("training.epochs=1")
    folds = make_folds(dataset.papers, 3, seed=42)
    plan = plan_folds(dataset.papers, folds, recipe, tmp_path / "cv")
    bench = Bench(dataset, Equipment(tmp_path, command=["x"]))
    runs = bench.train(plan)
    assert [run.folder.name for run in runs] == ["fold-1", "fold-2", "fold-3"]
    tested = [np.flatnonzero(_parts(run, dataset) == "test") for run in runs]
    assert sorted(np.concatenate(tested).tolist()) == list(range(90))
    assert all((folds[rows] == fold).all() for fold, rows in enumerate(tested))
    assert notes() == [f"run {k} of 3: tiny, fold {k}" for k in (1, 2, 3)]

    # An ordinary run of that split.
    alone = train(
        TrainingJob(
            dataset, make_fold_parts(dataset.papers, folds, 1, 42), recipe, tmp_path / "alone", command=["x"]
        )
    )
    assert alone.weights.read_bytes() == runs[1].weights.read_bytes()
    assert alone.split.read_bytes() == runs[1].split.read_bytes()

    # Finished runs are kept, the one that was stopped is resumed.
    trained, weights = [], [run.weights.stat().st_mtime_ns for run in runs]
    (runs[1].folder / "metrics.json").unlink()
    monkeypatch.setattr(
        jobs,
        "train",
        lambda *given, **options: trained.append(given[0].out) or train(*given, **options),
    )
    again = bench.train(plan)
    assert trained == [runs[1].folder]
    assert [run.weights.stat().st_mtime_ns for run in again] == weights
    assert all(run.metrics() for run in again)
    assert notes()[-3] == "run 1 of 3: tiny, fold 1: trained before"

    # But not with other folds or settings.
    with pytest.raises(RunError, match="another split"):
        others = make_folds(dataset.papers, 3, seed=1)
        bench.train(plan_folds(dataset.papers, others, recipe, tmp_path / "cv"))
    with pytest.raises(RunError, match="other settings"):
        longer = tiny("training.epochs=2")
        bench.train(plan_folds(dataset.papers, folds, longer, tmp_path / "cv"))


def _parts(run: Run, dataset: Dataset) -> np.ndarray:
    from arxonomy.papers import read_split

    return read_split(run.split, dataset.papers)


def test_validation_is_drawn_as_every_split_is(dataset: Dataset) -> None:
    folds = make_folds(dataset.papers, 3, seed=42)
    rest = [paper for paper, fold in zip(dataset.papers, folds, strict=True) if fold != 2]
    settings = DataSettings(test_share=0.0, validation_share=0.15, split_seed=5)
    assert (make_fold_parts(dataset.papers, folds, 2, 5)[folds != 2] == make_split(rest, settings)).all()
