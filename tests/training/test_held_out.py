"""Training papers that are classified by baselines fitted without them, to calibrate where papers are few."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

from arxonomy.artifacts.validation import ENOUGH, Validation, describe_few_papers, read_validation
from arxonomy.config import make_recipe
from arxonomy.evaluation import PartScores, softmax
from arxonomy.inference import load
from arxonomy.models.baselines import Examples, fit_baseline, make_reader
from arxonomy.papers import Dataset
from arxonomy.records import Paper
from arxonomy.training.baselines import tune_baseline
from arxonomy.training.held_out import draw_folds, score_held_out
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train


def make_papers(count: int) -> list[Paper]:
    return [Paper(f"p{row}", f"title number{row}", f"own{row} abstract", row=row) for row in range(count)]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(2, 10))
def test_folds_spread_labels_and_leave_each_of_them(drawn: list[int], count: int) -> None:
    labels = np.array(drawn, dtype=np.int64)
    folds = draw_folds(make_papers(len(labels)), labels, count)
    for label in set(drawn):
        own = folds[labels == label]
        if len(own) == 1:
            assert own.tolist() == [-1]
            continue
        sizes = np.bincount(own, minlength=count)
        assert own.min() >= 0 and sizes.max() - sizes.min() <= 1
        assert sizes.max() < len(own)


def test_copies_of_a_paper_are_held_out_together() -> None:
    papers = [*make_papers(30), *(Paper(f"copy{p.id}", p.title, p.abstract) for p in make_papers(30))]
    folds = draw_folds(papers, np.arange(60) % 2)
    assert folds[:30].tolist() == folds[30:].tolist()


def fit_chosen(papers: list[Paper], labels: np.ndarray, kind: str = "linear-svm") -> PartScores | None:
    settings = make_recipe({"name": "x", "baseline": {"kind": kind}}).baseline
    examples = Examples(make_reader(settings, papers), papers, labels, int(labels.max()) + 1)
    entry = {"linear-svm": {"c": 1.0, "balanced": False}, "majority": {}}[kind]
    assert fit_baseline(settings, examples, entry, 0).decision_function(papers).shape[0] == len(papers)
    return score_held_out(settings, examples, entry, 0)


def test_no_paper_is_scored_by_a_baseline_that_has_seen_it() -> None:
    """Labels that no word predicts are learned by heart, and known for none of the papers held out."""
    rng = np.random.default_rng(0)
    words = [f"word{number}" for number in range(200)]
    papers = [Paper(str(row), "", " ".join(rng.choice(words, 30)), row=row) for row in range(120)]
    labels = rng.integers(0, 2, 120)
    scored = fit_chosen(papers, labels)
    assert scored is not None
    assert sorted(scored.labels.tolist()) == sorted(labels.tolist())
    assert (scored.given.argmax(axis=1) == scored.labels).mean() < 0.65
    np.testing.assert_array_equal(scored.given, scored.abstract)  # they have no title
    assert np.isnan(scored.title).all()


def test_nothing_is_held_out_of_what_reads_nothing_or_has_too_little() -> None:
    labels = np.arange(20) % 2
    papers = [Paper(str(row), "", f"shared own{row}", row=row) for row in range(20)]
    assert fit_chosen(papers, labels, "majority") is None
    assert fit_chosen(papers[:2], labels[:2]) is None  # the only ones of their labels
    words = [Paper(str(row), "", "both" if row < 2 else f"own{row}", row=row) for row in range(20)]
    assert fit_chosen(words, labels) is None  # without one of the two there is no word left


def test_a_run_keeps_the_logits_of_held_out_papers(
    dataset: Dataset, parts: np.ndarray, tmp_path: Path
) -> None:
    recipe = make_recipe({"name": "svm", "baseline": {"kind": "linear-svm"}})
    run = train(TrainingJob(dataset, parts, recipe, tmp_path / "run"))
    kept, learned = load_file(run.validation), int((parts == "train").sum())
    assert kept["held_out_logits"].shape == (learned, 3)
    parts_alone = {f"held_out_{part}_logits" for part in ("title", "abstract")}
    assert {"held_out_labels", *parts_alone} <= set(kept)
    validation = read_validation(run)
    few = f"{(parts == 'validation').sum()} papers and {learned} training papers, cross-fitted"
    assert validation.describe_few() == few
    assert load(run.folder).calibrations == validation.fit()
    assert len(validation.get_fitted().labels) == learned + (parts == "validation").sum()
    prior = np.bincount(validation.get_fitted().labels) / len(validation.get_fitted().labels)
    assert load(run.folder).training_prior == pytest.approx(prior, abs=0.02)


def test_enough_validation_papers_stand_alone(dataset: Dataset, parts: np.ndarray, monkeypatch) -> None:
    recipe = make_recipe({"name": "svm", "baseline": {"kind": "linear-svm"}})
    monkeypatch.setattr("arxonomy.training.baselines.ENOUGH", int((parts == "validation").sum()))
    assert tune_baseline(dataset, parts, recipe).validation.held_out is None
    assert describe_few_papers(ENOUGH, 0) is None
    assert describe_few_papers(1, 0) == "1 paper"


def test_baselines_vote_on_held_out_papers_too(dataset: Dataset, parts: np.ndarray, tmp_path: Path) -> None:
    recipe = make_recipe(
        {"name": "two", "ensemble": {"members": ["complement-nb", "linear-svm"], "seeds": [1, 2]}}
    )
    run = train(TrainingJob(dataset, parts, recipe, tmp_path / "run"))
    members = [read_validation(member) for member in run.members()]
    votes = [member.held_out.calibrate(member.fit()).given for member in members]
    together = read_validation(run)
    np.testing.assert_allclose(softmax(together.held_out.given), np.mean(votes, axis=0), atol=1e-5)
    mixed = Validation.vote([members[0], Validation(members[1].papers)])
    assert mixed.held_out is None  # a network has none
