"""Labeled papers and a saved model -> the papers that the model is scored on."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.advice import advise_option, name_option
from arxonomy.errors import DataError, RunError, SettingsError, suggest_name
from arxonomy.label_names import fold_label, normalize_label, quote_name
from arxonomy.papers.dataset import MEMORY
from arxonomy.studies.source import LabeledFiles, PapersInMemory, Source
from arxonomy.studies.views import Scored

if TYPE_CHECKING:
    from arxonomy.artifacts.saved_model import SavedModel
    from arxonomy.inference.view import View
    from arxonomy.label_names import Among
    from arxonomy.papers import Dataset, Parts
    from arxonomy.records import Paper

_LOG = logging.getLogger(__name__)

_SHOWN = 10  # labels in a message


class Part(StrEnum):
    """Which papers are scored; a split may have parts of other names."""

    test = "test"
    validation = "validation"
    train = "train"
    all = "all"


def parse_part(name: str | None) -> str | None:
    """Get the name of a part as splits are read, as in `validation` for `dev`; None stays None."""
    from arxonomy.papers.split_files import name_part

    return None if name is None else name_part(name)


@dataclass(frozen=True)
class Selection:
    """The papers to score."""

    dataset: Dataset
    """All papers that they were chosen from."""
    papers: list[Paper]
    """Those to score: labeled, with merged labels."""
    part: str
    """Which they are: a `Part`, or another name in the split."""
    seen: int
    """How many of them the model was trained on or chosen by."""
    parts: Parts | None
    """The part of each paper of the dataset in the split; None without a split."""
    is_own: bool = False
    """Whether the split is that of the run that is scored, so that `parts` says what it has seen."""


def check_split(models: Sequence[SavedModel], split: str | None, split_file: Path | None) -> None:
    """Make sure that models have the split, and the split the part, that is asked for.

    Args:
        models: Runs and bundles that are scored on the same papers.
        split: The part to score.
        split_file: A split of the file.

    Raises:
        SettingsError: A part of no split, or one that the split does not have.
    """
    from arxonomy.artifacts.run import Run
    from arxonomy.papers.split_files import list_parts

    splits = [Run(model.path).split for model in models if model.kind == "run"]
    if split in (None, *Part):
        known = set[str](Part)
    else:
        known = {*Part, *chain.from_iterable(map(list_parts, [split_file] if split_file else splits))}
    if split is not None and split not in known:
        raise SettingsError(f"split: there is no part `{split}`: {suggest_name(split, known)}")
    if split_file is None and not splits and split not in (None, Part.all):
        raise SettingsError(f"a bundle has no split of its own; give {name_option('--split-file')}")


def select_papers(
    model: SavedModel | None,
    source: Source,
    split: str | None = None,
    split_file: Path | None = None,
    among: Among | None = None,
    view: View | None = None,
) -> Selection:
    """Select the papers that a model is scored on.

    Args:
        model: For a run without a split file: the papers of a part of its own split, out of the file that it
            was trained on, or all papers of another file. For a bundle, or with a split file: those of a
            labeled file, or of a part of the split. None, for a model of which nothing is known: all papers,
            as for papers in memory.
        source: The labeled papers.
        split: The part; None: test, or all of a bundle without a split file.
        split_file: A split of the file.
        among: Which labels of the papers are kept and merged, in place of what the model was trained with; no
            paper need have those that the model knows.
        view: What the model answers; None: its labels as they are.

    Raises:
        RunError: A run was trained on another file, which its own split does not fit.
        SettingsError: See `check_split`.
        DataError: The part is empty.
    """
    scored = Scored(model, among, view)
    if model is None or isinstance(source, PapersInMemory):
        return _select_all(scored, source, split, split_file)
    check_split([model], split, split_file)
    if model.kind == "run" and split_file is None:
        if model.data is not None and source.sha256 == model.data.sha256:
            return _select_of_run(model, source, split or Part.test, scored)
        if split != Part.all:
            raise _make_other_file_error(model, source)
    return _select_of_file(model, source, split or Part.test, split_file, scored)


def _select_all(scored: Scored, source: Source, split: str | None, split_file: Path | None) -> Selection:
    if split not in (None, Part.all) or split_file is not None:
        raise SettingsError(
            "papers in memory, and those for a model made in Python, have no split; leave it out"
        )
    dataset = scored.read(source)
    known = (paper for paper in dataset.papers if paper.category in scored.answers)
    seen = 0 if scored.model is None else scored.model.trained_on(known)
    return Selection(dataset, list(dataset.papers), Part.all, seen, None)


def select_known(
    labels: Sequence[str], papers: Sequence[Paper], source: str
) -> tuple[list[Paper], list[int]]:
    """The papers whose label a model knows, and the numbers of their labels; the others are counted.

    Args:
        labels: The model's labels.
        papers: Labeled papers, at least one.
        source: Where they are from, for messages.

    Raises:
        DataError: The model knows none of their labels.
    """
    number = {normalize_label(label): index for index, label in enumerate(labels)}  # of an older model too
    known = [paper for paper in papers if paper.category in number]
    counts = Counter(str(paper.category) for paper in papers)
    others = {label: count for label, count in counts.most_common() if label not in number}
    if not known:
        example = advise_option("--among", f"{quote_name(labels[0])}=NAME,*")
        more = ", ..." if len(labels) > _SHOWN else ""
        raise DataError(
            f"{source}: expected papers labeled {', '.join(labels[:_SHOWN])}{more}, as the model knows; "
            f"found {_list_labels(others)}; give the model's names to them, as in {example}"
            f"{_describe_spellings(others, number)}"
        )
    if unknown := len(papers) - len(known):
        have = "paper has" if unknown == 1 else "papers have"
        _LOG.info(
            "note: %s %s a label that the model does not know (%s); left out%s",
            f"{unknown:,}",
            have,
            _list_labels(others),
            _describe_spellings(others, number),
        )
    return known, [number[str(paper.category)] for paper in known]


def _list_labels(counts: Mapping[str, int]) -> str:
    shown = ", ".join(f"{label} ({count:,})" for label, count in list(counts.items())[:_SHOWN])
    return shown + (f" and {len(counts) - _SHOWN:,} more" if len(counts) > _SHOWN else "")


def _describe_spellings(others: Iterable[str], known: Iterable[str]) -> str:
    """Describe which unknown labels differ from known ones in their spelling alone; empty for none."""
    spelled = {fold_label(label): label for label in known}
    alike = [(label, spelled[fold_label(label)]) for label in others if fold_label(label) in spelled]
    return "".join(f"; `{label}` may be `{own}`" for label, own in alike[:_SHOWN])


def _select_of_run(model: SavedModel, file: LabeledFiles, part: str, scored: Scored) -> Selection:
    from arxonomy.artifacts.run import Run
    from arxonomy.papers import read_split

    data, split = model.data, Run(model.path).split
    assert data is not None  # a run is trained on one file
    settings, among = model.recipe.data, scored.among
    if among is not None:
        settings = settings.model_copy(update={"among": among, "min_papers": 1})
    # The same file is read in the same way; runs may be older than the check that all names are there.
    dataset = file.read(
        settings,
        data.columns,
        encoding=data.encoding,
        any_labels=among is not None,
        ignore_absent=among is None,
        known=() if among is None else scored.known,
    )
    parts = read_split(split, dataset.papers)
    papers = _choose(dataset.papers, parts, part, str(split))
    used = sum(name in ("train", "validation") and part in (name, Part.all) for name in parts.tolist())
    return Selection(dataset, papers, part, used, parts, is_own=True)


def _make_other_file_error(model: SavedModel, file: LabeledFiles) -> RunError:
    assert model.data is not None
    return RunError(
        f"{model.path} was trained on {model.data.name} (sha256 {model.data.sha256[:12]}...), and its split "
        f"does not fit {file.name} ({file.sha256[:12]}...); give "
        + ("those files in that order" if model.data.files else "that file")
        + f", or score all papers of this one with {advise_option('--split', 'all')}, or a part of them with "
        f"{name_option('--split-file')}"
    )


def _select_of_file(
    model: SavedModel, file: LabeledFiles, part: str, split_file: Path | None, scored: Scored
) -> Selection:
    from arxonomy.artifacts.run import Run
    from arxonomy.papers import read_split

    dataset = scored.read(file)
    papers, parts = list(dataset.papers), None
    if split_file is None:
        part = Part.all
    else:
        parts = read_split(split_file, dataset.papers)
        papers = _choose(dataset.papers, parts, part, str(split_file))
    # Papers of labels that the model does not know are not scored.
    known = [paper for paper in papers if paper.category in scored.answers]
    if model.kind == "run" and model.data is not None and model.data.sha256 == file.sha256:
        own = read_split(Run(model.path).split, known).tolist()  # papers without ids are recognized too
        seen = sum(name in ("train", "validation") for name in own)
    else:
        seen = model.trained_on(known)
    return Selection(dataset, papers, part, seen, parts)


def _choose(papers: Sequence[Paper], parts: Parts, part: str, split: str) -> list[Paper]:
    if part == Part.all:
        return list(papers)
    chosen = [paper for paper, name in zip(papers, parts.tolist(), strict=True) if name == part]
    if not chosen:
        raise DataError(
            f"expected {part} papers in the split {split}, found none; choose another "
            f"{name_option('--split')}"
        )
    return chosen


def warn_if_seen(selection: Selection, model: SavedModel, name: str = "the model") -> None:
    """Warn if a model has seen the papers to score; `name` is how the warning calls it."""
    dataset = selection.dataset
    if selection.seen:
        _LOG.warning(
            "%s of these %s papers were used to train or to choose %s; the scores say little about new ones",
            f"{selection.seen:,}",
            f"{len(selection.papers):,}",
            name,
        )
    # Papers without ids of their own cannot be recognized one by one.
    trainings = [trained.data for trained in model.members or (model,) if trained.data is not None]
    files = frozenset().union(*(data.hashes for data in trainings))
    hashes = {dataset.sha256, *(file.sha256 for file in dataset.files)}
    if selection.part == Part.all and not selection.seen and not files.isdisjoint(hashes):
        papers = (
            "these very papers" if dataset.source == MEMORY else f"papers of this very file, {dataset.source}"
        )
        _LOG.warning("%s was trained on %s; the scores say little", name, papers)
