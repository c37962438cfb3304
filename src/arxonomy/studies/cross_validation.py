"""Each paper is a test paper once: a recipe is trained once per fold, without that fold.

    folds   1 2 3 4 5        run fold-1: tests 1, trains on 2 3 4 5 but for a validation part
                             run fold-2: tests 2, trains on 1 3 4 5 ...

So each paper is classified by a model that has not seen it. The models share most of their training papers,
and the scores of the folds are not independent: an interval over papers holds for these models,
and no estimate of what other training papers would give is unbiased (Bengio & Grandvalet 2004, "No Unbiased
Estimator of the Variance of K-Fold Cross-Validation", Journal of Machine Learning Research 5, 1089-1105).
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arxonomy.advice import name_option
from arxonomy.config import DataSettings, Recipe
from arxonomy.errors import DataError, SettingsError
from arxonomy.papers import Dataset, Parts, group_copies, make_split, read_folds
from arxonomy.papers.labels import advise_on_rare_labels
from arxonomy.records import Paper
from arxonomy.studies.bench import Equipment, open_bench
from arxonomy.studies.compare import ModelComparison, score_contest
from arxonomy.studies.jobs import PlannedRun
from arxonomy.studies.source import LabeledFiles
from arxonomy.studies.systems import Contest, System

Folds = npt.NDArray[np.int64]

VALIDATION_SHARE = 0.15
"""Share of the papers outside a fold that choose the best epoch and calibrate."""

_LOG = logging.getLogger(__name__)


def cross_validate(
    recipes: Sequence[Recipe],
    file: LabeledFiles,
    *,
    folds: int,
    resamples: int,
    seed: int,
    equipment: Equipment,
) -> ModelComparison:
    """Compare recipes by cross-validation: see `classify_by_folds` and `score_contest`."""
    contest = classify_by_folds(recipes, file, folds, equipment)
    return score_contest(
        contest, file.describe(), resamples=resamples, seed=seed, threads=equipment.threads, folds=folds
    )


def classify_by_folds(
    recipes: Sequence[Recipe],
    file: LabeledFiles,
    count: int,
    equipment: Equipment,
) -> Contest:
    """Train each recipe on each fold, into `RECIPE/fold-1` and so on, and classify the papers left out.

    Args:
        recipes: What is trained.
        file: Labeled papers.
        count: Number of folds, >= 2.
        equipment: What the runs are trained with, and where they go; finished runs there are not trained
            again. Its split file has a column `fold`; without one, folds are drawn with the recipes'
            `data.split_seed`.

    Raises:
        SettingsError: Recipes of one name, or with other labels or seeds of the split.
        DataError: Folds that cannot be.
        ArxonomyError: See `train`.
    """
    from arxonomy.models.baselines.minilm import cache_vectors

    bench = open_bench(file, recipes, equipment)
    dataset = bench.dataset
    folds = _choose_folds(dataset, count, equipment.split_file, recipes[0].data.split_seed)
    jobs = [plan_folds(dataset.papers, folds, recipe, equipment.out / recipe.name) for recipe in recipes]
    systems = []
    with cache_vectors():  # the folds' papers are the same, in other parts
        trained_runs = iter(bench.train(list(chain(*jobs))))
        for recipe in recipes:
            runs = list(islice(trained_runs, count))
            classifiers = map(bench.load, runs)
            first = next(classifiers)
            answers = np.zeros((len(folds), len(dataset.labels)))
            for fold, classifier in enumerate(chain([first], classifiers)):
                rows = np.flatnonzero(folds == fold)
                answers[rows] = classifier.probabilities(dataset.papers[row] for row in rows.tolist())
            systems.append(System(recipe.name, [run.folder for run in runs], [answers[folds >= 0]], first))
    rows = np.flatnonzero(folds >= 0)
    papers = [dataset.papers[row] for row in rows.tolist()]
    return Contest(systems, papers, dataset.get_label_ids()[rows].tolist(), dataset.labels)


def _choose_folds(dataset: Dataset, count: int, split_file: Path | None, seed: int) -> Folds:
    """The folds of the file, or new ones."""
    if split_file is None:
        return make_folds(dataset.papers, count, seed)
    folds = read_folds(split_file, dataset.papers)
    if (given := len(set(folds[folds >= 0].tolist()))) != count:
        raise DataError(
            f"{split_file}: expected {count} folds, as {name_option('--folds')} says, found {given}"
        )
    if missing := int((folds < 0).sum()):
        _LOG.info(
            "note: %s gives no fold to %s of %s papers; left out",
            split_file,
            f"{missing:,}",
            f"{len(folds):,}",
        )
    if copies := count_copies_across(dataset.papers, folds):
        _LOG.warning(
            "%s of %s papers have a copy in another fold of %s, so that their model has seen them and the "
            "scores are optimistic; without %s copies stay together",
            f"{copies:,}",
            f"{int((folds >= 0).sum()):,}",
            split_file,
            name_option("--split-file"),
        )
    return folds


def make_folds(papers: Sequence[Paper], count: int, seed: int) -> Folds:
    """Draw folds of about equal size, stratified on the label; copies of a paper share a fold.

    As for `make_split`, one paper of each group of copies is drawn, and its copies follow it.

    Args:
        papers: Labeled papers.
        count: Number of folds, >= 2.
        seed: Random seed of the draw.

    Returns:
        (N,) the fold of each paper, in 0..count-1.

    Raises:
        SettingsError: Fewer than two folds.
        DataError: A label has fewer different papers than there are folds.
    """
    from sklearn.model_selection import StratifiedKFold

    if count < 2:
        raise SettingsError(f"cross-validation: expected at least 2 folds, found {count}")
    groups = group_copies(papers)
    first = np.flatnonzero(groups == np.arange(len(papers)))
    labels = np.array([str(papers[row].category) for row in first.tolist()])
    counts = Counter(labels.tolist())
    label, fewest = min(counts.items(), key=lambda item: (item[1], item[0]))
    if fewest < (needed := count_papers_for_folds(count)):
        raise DataError(
            f"{count} folds need {needed} different papers of each label, found {fewest} of `{label}`; take "
            f"fewer folds, or {advise_on_rare_labels(needed, counts, DataSettings())}"
        )
    folds = np.full(len(papers), -1, dtype=np.int64)
    draw = StratifiedKFold(count, shuffle=True, random_state=seed)
    for fold, (_, drawn) in enumerate(draw.split(first, labels)):
        folds[first[drawn]] = fold
    return np.asarray(folds[groups])


def count_papers_for_folds(folds: int) -> int:
    """Count the different papers that a label needs: one for each fold, and two outside of any of them."""
    papers = folds
    while papers - math.ceil(papers / folds) < 2:  # to train and to validate
        papers += 1
    return papers


def count_copies_across(papers: Sequence[Paper], folds: Folds) -> int:
    """How many papers have a copy in another fold, and so among their own model's training papers."""
    named = folds >= 0
    groups = group_copies(papers)[named]
    homes = np.unique(np.column_stack([groups, folds[named]]), axis=0)[:, 0]
    numbers, count = np.unique(homes, return_counts=True)
    return int(np.isin(groups, numbers[count > 1]).sum())


def make_fold_parts(papers: Sequence[Paper], folds: Folds, fold: int, seed: int) -> Parts:
    """The split of one fold: it is the test part, and of the other papers a stratified part validates.

    Args:
        papers: Labeled papers.
        folds: (N,) the fold of each paper; one below 0 is left out.
        fold: The fold to test.
        seed: Random seed of the draw of the validation papers; copies of a paper stay together.

    Returns:
        Text (N,), as `make_split` gives.

    Raises:
        DataError: A label has too few papers outside the fold.
    """
    parts = np.full(len(papers), "", dtype="U10")
    parts[folds == fold] = "test"
    rest = np.flatnonzero((folds >= 0) & (folds != fold))
    settings = DataSettings(test_share=0.0, validation_share=VALIDATION_SHARE, split_seed=seed)
    parts[rest] = make_split([papers[row] for row in rest.tolist()], settings)
    return parts


def plan_folds(papers: Sequence[Paper], folds: Folds, recipe: Recipe, out: Path) -> list[PlannedRun]:
    """The runs of a cross-validation, one per fold.

    Args:
        papers: Labeled papers.
        folds: (N,) the fold of each paper, 0..K-1; one below 0 is left out.
        recipe: The settings; `data.split_seed` draws the validation papers.
        out: The runs go to `fold-1`, `fold-2`, ... in it.

    Returns:
        K jobs; the test papers of the k-th are those with `folds == k`.

    Raises:
        DataError: A label has too few papers outside a fold.
    """
    jobs = []
    for fold in range(int(folds.max()) + 1):
        parts = make_fold_parts(papers, folds, fold, recipe.data.split_seed)
        jobs.append(PlannedRun(f"{recipe.name}, fold {fold + 1}", recipe, parts, out / f"fold-{fold + 1}"))
    return jobs
