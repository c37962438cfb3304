"""Runs, bundles and labeled files -> the papers that a model is scored on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.cli.messages import say
from arxonomy.errors import DataError, RunError

if TYPE_CHECKING:
    from arxonomy.artifacts.run import Run
    from arxonomy.inference import Classifier
    from arxonomy.papers import BadRecord
    from arxonomy.records import Paper

    OnBad = Callable[[BadRecord], None]


class Part(StrEnum):
    """Which papers are scored."""

    test = "test"
    validation = "validation"
    train = "train"
    all = "all"


@dataclass(frozen=True)
class Selection:
    """The papers to score."""

    papers: list[Paper]
    """Labeled, with merged labels."""
    part: Part
    """Which they are."""
    seen: int
    """How many of them the model was trained on or chosen by."""
    whole: Sequence[Paper]
    """All papers that they were chosen from."""
    parts: Sequence[str] | None
    """The part of each of those in the split; None without a split."""


def known_papers(labels: Sequence[str], papers: Sequence[Paper], data: Path) -> tuple[list[Paper], list[int]]:
    """The papers whose label a model knows, and the numbers of their labels; the others are counted."""
    number = {label: index for index, label in enumerate(labels)}
    known = [paper for paper in papers if paper.category in number]
    if not known:
        raise DataError(
            f"{data}: expected papers labeled {', '.join(labels[:10])}..., as the model knows; "
            f"found only other labels, such as {papers[0].category}"
        )
    if strange := len(papers) - len(known):
        have = "paper has" if strange == 1 else "papers have"
        say(f"note: {strange:,} {have} a label that the model does not know; left out")
    return known, [number[str(paper.category)] for paper in known]


def of_run(
    run: Run, data: Path, part: Part, columns: Mapping[str, str], strict: bool, bad: OnBad
) -> Selection:
    """The papers of one part of a run's own split, out of the very file that it was trained on."""
    from arxonomy.atomic import sha256_file
    from arxonomy.papers import load_dataset, read_split

    own = run.info()["data"]
    found = sha256_file(data)
    if found != own["sha256"]:
        raise RunError(
            f"{run.folder} was trained on {own['name']} (sha256 {own['sha256'][:12]}...), and {data} is "
            f"another file ({found[:12]}...); give that file, or export the run and evaluate the bundle"
        )
    columns = columns or own.get("columns", {})  # the same file is read in the same way
    dataset = load_dataset(data, run.recipe().data, columns=columns, strict=strict, on_bad=bad)
    parts = read_split(run.split, dataset.papers).tolist()
    papers = _chosen(dataset.papers, parts, part, str(run.split))
    used = [own for own in parts if own in ("train", "validation") and part in (own, Part.all)]
    return Selection(papers, part, len(used), dataset.papers, parts)


def of_bundle(
    bundle: Path,
    data: Path,
    split: Part | None,
    split_file: Path | None,
    columns: Mapping[str, str],
    strict: bool,
    bad: OnBad,
) -> Selection:
    """The papers of a labeled file, or of one part of a split of it."""
    from arxonomy.artifacts.bundle import read_manifest
    from arxonomy.artifacts.run import Run
    from arxonomy.inference import trained_on
    from arxonomy.papers import merge_labels, read_papers, read_split

    merge = Run(bundle).recipe().data.merge  # a bundle keeps its recipe as a run does
    read = read_papers(data, columns=columns, labeled=True, strict=strict, on_bad=bad)
    whole = list(merge_labels(read, merge))
    papers, part, parts = whole, Part.all, None
    if split_file is not None:
        part, parts = split or Part.test, read_split(split_file, whole).tolist()
        papers = _chosen(whole, parts, part, str(split_file))
    labels = read_manifest(bundle)["labels"]  # papers of others are not scored
    seen = trained_on(bundle, (paper for paper in papers if paper.category in labels))
    return Selection(papers, part, seen, whole, parts)


def _chosen(papers: Sequence[Paper], parts: Sequence[str], part: Part, split: str) -> list[Paper]:
    if part is Part.all:
        return list(papers)
    chosen = [paper for paper, own in zip(papers, parts, strict=True) if own == part]
    if not chosen:
        raise DataError(f"expected {part} papers in the split {split}, found none; choose another --split")
    return chosen


def warn_if_seen(
    selection: Selection, classifier: Classifier, data: Path, sha256: str, model: str = "the model"
) -> None:
    """Say so if the papers to score are no new ones to a model; `sha256` is that of `data`."""
    if selection.seen:
        say(
            f"warning: {selection.seen:,} of these {len(selection.papers):,} papers were used to train or to "
            f"choose {model}; the scores say little about new ones"
        )
    # Papers without ids of their own cannot be told one by one.
    own = {one["data"]["sha256"] for one in classifier.info.get("members", [classifier.info])}
    if selection.part is Part.all and not selection.seen and sha256 in own:
        say(f"warning: {model} was trained on papers of this very file, {data}; the scores say little")
