"""Recipes -> systems to compare, by cross-validation: each paper sorted by a model that has not seen it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arxivist.cli.progress import Bar
from arxivist.cli.systems import Contest, System
from arxivist.cli.talk import say
from arxivist.errors import DataError, SettingsError

if TYPE_CHECKING:
    from arxivist.cli.evaluate import OnBad
    from arxivist.config import Recipe
    from arxivist.papers import Dataset
    from arxivist.training.cross_validation import Folds


class _Bar(Bar):
    """Stdout is for the comparison; the epochs' lines are in the run folders."""

    def epoch_done(self, line: dict[str, Any]) -> None:
        pass


def cross_validated(
    names: Sequence[str],
    data: Path,
    count: int,
    *,
    overrides: Sequence[str],
    split_file: Path | None,
    vectors: Path | None,
    out: Path,
    columns: Mapping[str, str],
    strict: bool,
    bad: OnBad,
    device: str,
    threads: int,
) -> Contest:
    """Train each recipe on each fold, into `out/RECIPE/fold-1` and so on, and sort the papers left out.

    Args:
        names: Recipes, by name or file.
        data: Labelled papers.
        count: Number of folds, >= 2.
        overrides: `key=value` settings for all recipes.
        split_file: CSV with a column `fold`; None: folds are drawn, with the recipes' `data.split_seed`.
        vectors: Word vectors to start from.
        out: Where the run folders go; finished runs there are not trained again.
        columns: As for `load_dataset`, and so are `strict` and `bad`.
        strict: See `load_dataset`.
        bad: See `load_dataset`.
        device: As for `train`.
        threads: To compute with, >= 1.

    Raises:
        SettingsError: Recipes of one name, or with other labels or seeds of the split.
        DataError: Folds that cannot be.
        ArxivistError: See `train`.
    """
    import numpy as np
    import torch

    from arxivist.config import load_recipe
    from arxivist.inference import load
    from arxivist.papers import load_dataset
    from arxivist.training.cross_validation import cross_validate

    recipes = [load_recipe(name, overrides) for name in names]
    _check_recipes(recipes)
    # Fabric tells of each precision it uses; the run folder says it already.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    torch.set_num_threads(threads)
    dataset = load_dataset(data, recipes[0].data, columns=columns, strict=strict, on_bad=bad)
    folds = _folds(dataset, count, split_file, recipes[0].data.split_seed)
    systems = []
    for recipe in recipes:
        computed = device if recipe.peer is None else "auto"  # a peer has no choice, and no word vectors
        with _Bar() as bar:
            runs = cross_validate(
                dataset,
                folds,
                recipe,
                out / recipe.name,
                vectors=vectors if recipe.peer is None else None,
                device=computed,
                command=["arxivist", *sys.argv[1:]],
                reporter=bar,
                say=say,
            )
        classifiers = (load(run.folder, device=computed, threads=threads) for run in runs)
        first = next(classifiers)
        answers = np.zeros((len(folds), len(dataset.labels)))
        for fold, classifier in enumerate(chain([first], classifiers)):
            rows = np.flatnonzero(folds == fold)
            answers[rows] = classifier.probabilities(dataset.papers[row] for row in rows.tolist())
        systems.append(System(recipe.name, [run.folder for run in runs], [answers[folds >= 0]], first))
    rows = np.flatnonzero(folds >= 0)
    papers = [dataset.papers[row] for row in rows.tolist()]
    return Contest(systems, papers, dataset.label_ids()[rows].tolist(), dataset.labels)


def _check_recipes(recipes: Sequence[Recipe]) -> None:
    names = [recipe.name for recipe in recipes]
    if twice := [name for name in names if names.count(name) > 1]:
        raise SettingsError(f"expected recipes with names of their own, found `{twice[0]}` twice; rename one")
    for recipe in recipes[1:]:
        for key in ("merge", "labels", "split_seed"):
            one, other = getattr(recipes[0].data, key), getattr(recipe.data, key)
            if one != other:
                raise SettingsError(
                    f"expected recipes for the same labels and folds, found data.{key} {one!r} in {names[0]} "
                    f"and {other!r} in {recipe.name}; say it for all, with --set data.{key}=..."
                )


def _folds(dataset: Dataset, count: int, split_file: Path | None, seed: int) -> Folds:
    """The folds of the file, or new ones."""
    from arxivist.papers import read_folds
    from arxivist.training.cross_validation import copies_across, make_folds

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
