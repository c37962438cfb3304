"""Runs and bundles -> systems to compare: pooled over seeds, and all asked about the same papers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arxonomy.advice import Interface, advise_option, get_interface, name_option
from arxonomy.errors import DataError, RunError
from arxonomy.studies.answers import compute_probabilities
from arxonomy.studies.selection import Part, Selection, check_split, select_known, select_papers, warn_if_seen
from arxonomy.studies.source import LabeledFiles
from arxonomy.studies.views import choose_paper_labels, choose_view

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from arxonomy.artifacts.saved_model import SavedModel
    from arxonomy.inference import Classifier
    from arxonomy.inference.view import View
    from arxonomy.label_names import Among
    from arxonomy.records import Paper
    from arxonomy.studies.source import Source

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class System:
    """What is compared: one model, several that differ in the seed alone, or a recipe's folds."""

    name: str
    """As it is shown."""
    models: list[Path]
    """Its runs or bundles."""
    probabilities: Sequence[npt.NDArray[np.floating[Any]]]
    """(N, C) for each seed."""
    classifier: Classifier
    """The first of its models, to be timed."""


@dataclass(frozen=True)
class Contest:
    """Systems and the papers that all of them classified."""

    systems: list[System]
    """At least one."""
    papers: list[Paper]
    """N labeled papers."""
    truth: list[int]
    """The number of each paper's label."""
    labels: Sequence[str]
    """The labels, in the order of the columns of probabilities."""


def classify_same_papers(
    models: Sequence[SavedModel],
    source: Source,
    *,
    split: str | None = None,
    split_file: Path | None = None,
    among: Among | None = None,
    pool: bool = True,
    load: Callable[[SavedModel], Classifier],
) -> Contest:
    """Let runs and bundles classify the papers that all of them can be scored on.

    With `among`, a model that knows more labels answers among these alone, so that it can be compared with
    one that was trained on these.

    Args:
        models: Runs and bundles, at least one.
        source: The papers.
        split: The part to score; None: test, or all for bundles without a split file.
        split_file: A split of the file, in place of the runs' own.
        among: Which labels of the papers are kept and merged, and the labels that models answer among.
        pool: Whether models that differ in the seed alone are one system.
        load: Loads a model.

    Raises:
        ArxonomyError: See `pool_seeds` and `select_same_papers`; the models answer among other labels; or one
            is damaged.
    """
    from arxonomy.inference.calibration import check_labels

    views = {model.path: choose_view(among, model.labels) for model in models}
    answers = [sorted(view.labels if (view := views[model.path]) else model.labels) for model in models]
    check_labels([(str(model.path), own) for model, own in zip(models, answers, strict=True)])
    labels = answers[0]
    groups = pool_seeds(models, pool)
    selections = select_same_papers(models, source, split, split_file, among, views)
    papers, truth = select_known(labels, selections[0].papers, selections[0].dataset.source)
    for model, selection in zip(models, selections, strict=True):
        warn_if_seen(selection, model, str(model.path))
    systems = []
    for name, members in groups.items():
        classifier, probabilities = None, []
        for model in members:
            _LOG.info("%s: %s papers with %s", name, f"{len(papers):,}", model.path)
            view = views[model.path]
            loaded = load(model) if view is None else load(model).with_view(view.to_among())
            columns = [loaded.labels.index(label) for label in labels]
            probabilities.append(compute_probabilities(loaded, papers)[:, columns])
            classifier = classifier or loaded
        assert classifier is not None  # a group has a member
        systems.append(System(name, [model.path for model in members], probabilities, classifier))
    return Contest(systems, papers, truth, labels)


def pool_seeds(models: Sequence[SavedModel], pool: bool) -> dict[str, list[SavedModel]]:
    """Names of systems -> their models: those of one recipe that differ in the seed alone are one system.

    Args:
        models: Runs and bundles.
        pool: False makes each a system of its own.

    Raises:
        RunError: A model is named twice, or two have the same recipe and seed.
    """
    if len({model.path.resolve() for model in models}) < len(models):
        raise RunError("a run or bundle is named twice; name each once")
    groups: dict[str, list[SavedModel]] = {}
    for model in models:
        group = groups.setdefault(_identify(model) if pool else str(model.path), [])
        if any(model.seed == other.seed for other in group):
            raise RunError(
                f"{model.path} has the recipe and the seed ({model.seed}) of another one that is named, so "
                "it adds no further seed; leave it out, or keep all apart with "
                + ("--no-pool" if get_interface() is Interface.COMMAND_LINE else "pool=False")
            )
        group.append(model)
    return dict(zip(_name_systems(list(groups.values())), groups.values(), strict=True))


def _identify(model: SavedModel) -> str:
    """All that makes a model what it is, but for its seed and the machine."""
    recipe = model.recipe.model_dump(exclude={"training": {"seed"}, "ensemble": {"seeds"}})
    split, vectors, manifest = model.split, model.vectors, model.manifest
    kind = (manifest.weights, manifest.copies) if manifest else None
    facts = [recipe, split and split.sha256, vectors and vectors.sha256, kind]
    return json.dumps(facts, sort_keys=True, default=str)


def _name_systems(groups: Sequence[Sequence[SavedModel]]) -> Iterator[str]:
    """The recipe's name where no other system has it, else the folder's, else the path."""
    choices = [(group[0].recipe.name, group[0].path.resolve().name, str(group[0].path)) for group in groups]
    for group, names in zip(groups, choices, strict=True):
        unique = [name for place, name in enumerate(names) if [c[place] for c in choices].count(name) == 1]
        yield unique[0] + (f" ({len(group)} seeds)" if len(group) > 1 else "")


def select_same_papers(
    models: Sequence[SavedModel],
    source: Source,
    split: str | None,
    split_file: Path | None,
    among: Among | None,
    views: Mapping[Path, View | None],
) -> list[Selection]:
    """Select for each model the papers to score, which are the same for all.

    Where there is a run, they are a part of its split; else a labeled file, or a part of it. `views` are what
    the models answer, by their paths.

    Raises:
        RunError: Runs of different files.
        DataError: Other papers or labels for one model than for another.
        SettingsError: A split that they do not have.
    """
    runs = []
    if isinstance(source, LabeledFiles):
        check_split(models, split, split_file)
        runs = [model for model in models if model.kind == "run"]
        if split_file is None and split != Part.all:
            _check_files(runs)
    selections = {
        model.path: select_papers(
            model,
            source,
            split,
            split_file,
            choose_paper_labels(among, model.recipe.data.among),
            views[model.path],
        )
        for model in runs or models
    }
    reference, selection = next(iter(selections.items()))
    for model in models:
        if model.path not in selections:  # a bundle next to a run: the run's papers
            seen = model.trained_on(selection.papers)
            selections[model.path] = replace(selection, seen=seen)
        _check_same(str(reference), selection.papers, str(model.path), selections[model.path].papers)
    return [selections[model.path] for model in models]


def _check_files(runs: Sequence[SavedModel]) -> None:
    files = [(run.path, run.data) for run in runs if run.data is not None]
    for path, data in files:
        first_path, first = files[0]
        if data.sha256 != first.sha256:
            raise RunError(
                f"expected runs of the same file; {first_path} was trained on {first.name} (sha256 "
                f"{first.sha256[:12]}...), {path} on {data.name} ({data.sha256[:12]}...); to compare "
                f"them, give a file that neither has seen with {advise_option('--split', 'all')}"
            )


def _check_same(first: str, papers: Sequence[Paper], second: str, others: Sequence[Paper]) -> None:
    first_rows, second_rows = ({paper.row: paper for paper in group} for group in (papers, others))
    for row in sorted(first_rows.keys() | second_rows.keys()):
        paper, twin = first_rows.get(row), second_rows.get(row)
        if paper is None or twin is None:
            has, lacks = (first, second) if paper else (second, first)
            identity = paper.id if paper else twin.id if twin else ""
            raise DataError(
                f"expected the same papers to score, found row {row} (id {identity}) among those of {has} "
                f"and not of {lacks}; compare runs of one split"
            )
        if paper.category != twin.category:
            raise DataError(
                f"expected the same labels, found that row {row} (id {paper.id}) is {paper.category} for "
                f"{first} and {twin.category} for {second}; say with {name_option('--among')} what is merged "
                "for all"
            )
