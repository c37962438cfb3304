"""Many runs: all are checked before the first is trained; baselines get no settings of networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from arxonomy.config import Recipe, load_recipe
from arxonomy.errors import DataError, InputError, RunError, SettingsError
from arxonomy.papers import Dataset
from arxonomy.studies.jobs import train_jobs, vary_seed
from arxonomy.training.job import TrainingJob

SCRATCH = ("training.from_scratch=true", "model.embed_dim=8", "training.epochs=1")


def test_seeds_follow_the_recipes_own() -> None:
    for name in ("v1", "linear-svm", "ensemble"):
        recipes = vary_seed(load_recipe(name, ["training.seed=7"]), 3)
        assert [recipe.training.seed for recipe in recipes] == [7, 8, 9]
        assert recipes[1] == load_recipe(name, ["training.seed=8"])


def test_nothing_is_trained_where_one_job_cannot_be(
    dataset: Dataset, parts: np.ndarray, tiny: Callable[..., Recipe], tmp_path: Path
) -> None:
    good = TrainingJob(dataset, parts, tiny(), tmp_path / "good")
    empty = TrainingJob(dataset, np.where(parts == "train", "", parts), tiny(), tmp_path / "empty")
    wrong = TrainingJob(dataset, parts, tiny("training.mixup_share=0.5"), tmp_path / "wrong")
    for bad, error in ((empty, DataError), (wrong, SettingsError)):
        with pytest.raises(error):
            train_jobs([good, bad])
        assert not list(tmp_path.iterdir())


def test_a_run_of_other_settings_is_told_before_anything_is_trained(
    dataset: Dataset, parts: np.ndarray, tmp_path: Path
) -> None:
    baselines = [load_recipe("majority", [f"training.seed={seed}"]) for seed in (1, 2)]
    train_jobs([TrainingJob(dataset, parts, baselines[0], tmp_path / "there")])
    jobs = [
        TrainingJob(dataset, parts, baselines[0], tmp_path / "new"),
        TrainingJob(dataset, parts, baselines[1], tmp_path / "there"),
    ]
    with pytest.raises(RunError, match="started with other settings"):
        train_jobs(jobs)
    assert not (tmp_path / "new").exists()


def test_a_baseline_beside_networks_takes_no_vectors(
    dataset: Dataset, parts: np.ndarray, tmp_path: Path, vector_file: Path, notes: Callable[[], list[str]]
) -> None:
    recipe = load_recipe("majority")
    out = tmp_path / "baseline"
    job = TrainingJob(dataset, parts, recipe, out, vector_file, device="cuda", title="a baseline")
    for _ in range(2):
        (run,) = train_jobs([job])
    assert run.metrics().validation["papers"] == 15
    assert notes() == ["run 1 of 1: a baseline", "run 1 of 1: a baseline: trained before"]


def test_a_network_that_starts_from_scratch_takes_vectors_of_any_width(
    dataset: Dataset, parts: np.ndarray, tiny: Callable[..., Recipe], tmp_path: Path, vector_file: Path
) -> None:
    scratch = tiny(*SCRATCH)
    (run,) = train_jobs([TrainingJob(dataset, parts, scratch, tmp_path / "scratch", vector_file)])
    assert run.info().vectors.path is None
    synonyms = TrainingJob(
        dataset,
        parts,
        tiny(*SCRATCH, "model.embed_dim=32", "training.augment.share=0.5"),
        tmp_path / "synonyms",
        vector_file,
    )
    with pytest.raises(InputError, match="vector"):
        train_jobs([synonyms])
