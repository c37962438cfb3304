"""A run tells what it was made from, and is not resumed with anything else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from arxonomy.artifacts.run import Run
from arxonomy.atomic import hash_file
from arxonomy.config import Recipe
from arxonomy.errors import InputError, RunError
from arxonomy.papers import Dataset
from arxonomy.runtime import Processes
from arxonomy.text.subwords import get_companion, write_subwords
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import check_folder, train

RunOf = Callable[..., Run]


@pytest.mark.slow
def test_another_run_is_refused(
    run_of: RunOf,
    dataset: Dataset,
    parts: np.ndarray,
    tiny: Callable[..., Recipe],
    vector_file: Path,
    tmp_path: Path,
) -> None:
    run = run_of("run", "training.epochs=1")
    recipe, out = tiny("training.epochs=1"), run.folder
    with pytest.raises(
        RunError, match=r"already holds a run; resume it with resume=True, or choose another `out`"
    ):
        train(TrainingJob(dataset, parts, recipe, out))
    # A slower one of several processes may find the run that the first one has just made.
    check_folder(TrainingJob(dataset, parts, recipe, out, processes=Processes(2, 1, 2)), resume=False)
    other = dataclasses.replace(dataset, sha256="0" * 64, source="other.csv")
    with pytest.raises(RunError, match=r"was trained on invented\.jsonl .* not on other\.csv \(000000000000"):
        train(TrainingJob(other, parts, recipe, out), resume=True)
    with pytest.raises(RunError, match=r"other settings \(training\.learning_rate was 0\.005, is 0\.1\)"):
        changed = tiny("training.epochs=1", "training.learning_rate=0.1", "training.monitor=macro_f1")
        train(TrainingJob(dataset, parts, changed, out), resume=True)
    with pytest.raises(RunError, match=r"\(training\.class_weights\.cs\.CV was absent, is 2\.0\)"):
        changed = tiny("training.epochs=1", 'training.class_weights={"cs.CV" = 2}')
        train(TrainingJob(dataset, parts, changed, out), resume=True)
    with pytest.raises(RunError, match="started with the columns found by their names; give the same with"):
        read_otherwise = dataclasses.replace(dataset, columns={"title": "abstract"})
        train(TrainingJob(read_otherwise, parts, recipe, out), resume=True)
    with pytest.raises(RunError, match="started with another split; give the same, or another `out`"):
        train(TrainingJob(dataset, np.roll(parts, 3), recipe, out), resume=True)
    with pytest.raises(
        RunError, match=r"other word vectors or subwords \(none\), not with .*vectors\.txt; give that file"
    ):
        train(TrainingJob(dataset, parts, recipe, out, vectors=vector_file), resume=True)


@pytest.mark.slow
def test_word_vectors_are_remembered_and_must_stay_the_same(
    run_of: RunOf, vector_file: Path, tmp_path: Path
) -> None:
    run = run_of("run", "training.epochs=1", vectors=vector_file)
    run_of("run", "training.epochs=1", resume=True)
    ngrams = np.ones((7, run.recipe().model.embed_dim), dtype=np.float32)
    write_subwords(get_companion(vector_file), ngrams, hash_file(vector_file))
    with pytest.raises(RunError, match="other word vectors or subwords"):
        run_of("run", "training.epochs=1", resume=True)
    with_subwords = run_of("with-subwords", "training.epochs=1", vectors=vector_file).info().vectors
    assert with_subwords.subwords_sha256 == hash_file(get_companion(vector_file))
    get_companion(vector_file).unlink()
    assert run.info().vectors.subwords_sha256 is None
    with pytest.raises(RunError, match="other word vectors or subwords"):
        run_of("with-subwords", "training.epochs=1", resume=True)
    vector_file.write_text(vector_file.read_text() + "\n")
    with pytest.raises(RunError, match="other word vectors"):
        run_of("run", "training.epochs=1", resume=True)
    vector_file.unlink()
    with pytest.raises(InputError, match=r"vectors\.txt"):
        run_of("run", "training.epochs=1", resume=True)
    assert run.metrics()
