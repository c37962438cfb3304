"""Recipes -> systems to compare, by cross-validation: each paper sorted by a model that has not seen it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arxonomy.cli.messages import say
from arxonomy.errors import DataError
from arxonomy.studies.bench import make_bench
from arxonomy.studies.systems import Contest, System

if TYPE_CHECKING:
    from arxonomy.papers import Dataset
    from arxonomy.studies.folds import Folds


def cross_validated(
    names: Sequence[str],
    data: Path,
    count: int,
    *,
    overrides: Sequence[str],
    split_file: Path | None,
    out: Path,
    **common: Any,
) -> Contest:
    """Train each recipe on each fold, into `out/RECIPE/fold-1` and so on, and sort the papers left out.

    Args:
        names: Recipes, by name or file.
        data: Labeled papers.
        count: Number of folds, >= 2.
        overrides: `key=value` settings for all recipes.
        split_file: CSV with a column `fold`; None: folds are drawn, with the recipes' `data.split_seed`.
        out: Where the run folders go; finished runs there are not trained again.
        common: As for `make_bench`.

    Raises:
        SettingsError: Recipes of one name, or with other labels or seeds of the split.
        DataError: Folds that cannot be.
        ArxonomyError: See `train`.
    """
    import numpy as np

    from arxonomy.config import load_recipe
    from arxonomy.models.baselines.minilm import remembered_vectors
    from arxonomy.studies.folds import fold_jobs

    recipes = [load_recipe(name, overrides) for name in names]
    bench = make_bench(data, recipes, **common)
    dataset = bench.dataset
    folds = _folds(dataset, count, split_file, recipes[0].data.split_seed)
    jobs = [fold_jobs(dataset.papers, folds, recipe, out / recipe.name) for recipe in recipes]
    systems = []
    with remembered_vectors():  # the folds' papers are the same, in other parts
        runs = iter(bench.train(list(chain(*jobs))))
        for recipe in recipes:
            own = list(islice(runs, count))
            classifiers = map(bench.load, own)
            first = next(classifiers)
            answers = np.zeros((len(folds), len(dataset.labels)))
            for fold, classifier in enumerate(chain([first], classifiers)):
                rows = np.flatnonzero(folds == fold)
                answers[rows] = classifier.probabilities(dataset.papers[row] for row in rows.tolist())
            systems.append(System(recipe.name, [run.folder for run in own], [answers[folds >= 0]], first))
    rows = np.flatnonzero(folds >= 0)
    papers = [dataset.papers[row] for row in rows.tolist()]
    return Contest(systems, papers, dataset.label_ids()[rows].tolist(), dataset.labels, dataset.sha256)


def _folds(dataset: Dataset, count: int, split_file: Path | None, seed: int) -> Folds:
    """The folds of the file, or new ones."""
    from arxonomy.papers import read_folds
    from arxonomy.studies.folds import copies_across, make_folds

    if split_file is None:
        return make_folds(dataset.papers, count, seed)
    folds = read_folds(split_file, dataset.papers)
    if (found := len(set(folds[folds >= 0].tolist()))) != count:
        raise DataError(f"{split_file}: expected {count} folds, as --cv says, found {found}")
    if missing := int((folds < 0).sum()):
        say(f"note: {split_file} gives no fold to {missing:,} of {len(folds):,} papers; left out")
    if copies := copies_across(dataset.papers, folds):
        say(
            f"warning: {copies:,} of {int((folds >= 0).sum()):,} papers have a copy in another fold of "
            f"{split_file}, so that their model has seen them and the scores will flatter; without "
            "--split-file copies stay together"
        )
    return folds
