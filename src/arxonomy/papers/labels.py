"""What becomes of a file's labels: they are compared in one form, and kept and merged as asked.

clean_label      a label as written -> its one form; words for "no label" are none
choose_labels    arXiv's codes, `--among`, `--min-papers` -> the labels to learn, and what was done: a
                 `LabelChoice`
check_learnable  are there two labels to learn, each seen twice
"""

from __future__ import annotations

import dataclasses
import logging
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from arxonomy.advice import advise_column, advise_option, get_interface, name_option
from arxonomy.config import DataSettings
from arxonomy.errors import DataError, suggest_name
from arxonomy.label_names import REST, Among, normalize_label, settle_among
from arxonomy.messages import format_count
from arxonomy.papers.codes import CodesRead, leave_out_unknown, log_codes, unify_among, unify_codes
from arxonomy.papers.copies import group_copies
from arxonomy.papers.fields.missing import is_missing_word
from arxonomy.papers.spellings import describe_spellings, find_spellings
from arxonomy.records import Paper

_LOG = logging.getLogger(__name__)

_UNLABELED = re.compile(r"unlabell?ed|not labell?ed|no label|no category|\\N", re.IGNORECASE)
"""Words for "no label", besides those for nothing; the last is MySQL's."""

_SUGGESTED = 2_000  # the most frequent labels, among which a similar name is looked for
_SHOWN = 10


@dataclass(frozen=True)
class Merge:
    """Labels of the file that became one."""

    new: str
    """The label that they became."""
    olds: tuple[str, ...]
    """The labels of the file."""
    papers: int
    """Papers with any of them."""

    def __str__(self) -> str:
        return f"{' + '.join(self.olds)} -> {self.new}, {format_count(self.papers, 'paper')}"


@dataclass(frozen=True)
class LabelChoice:
    """What reading did to the labels of a file."""

    unlabeled: int = 0
    """Papers without a label, which are left out."""
    merges: tuple[Merge, ...] = ()
    """Labels that became one, in the order of `--among`."""
    others: tuple[tuple[str, int], ...] = ()
    """Labels that `--among` does not name, with their numbers of papers, which are left out."""
    rare: tuple[tuple[str, int], ...] = ()
    """Labels with fewer different papers than `--min-papers`, with these numbers; they are left out."""
    min_papers: int = 1
    """See there."""
    among: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The choice itself; empty for all labels of the file."""
    by_model: bool = False
    """Whether it is that of a model, and not stated for this file."""
    codes: CodesRead = field(default_factory=CodesRead)
    """What was done to arXiv's codes, before all else."""


def clean_label(text: str) -> str:
    """Give a label the form in which it is compared; empty for a word for none, such as `nan` or `?`."""
    label = normalize_label(text)
    return "" if is_missing_word(label) or _UNLABELED.fullmatch(label) else label


def clean_labels(papers: Iterable[Paper]) -> Iterator[Paper]:
    """Give the labels of papers the form in which they are compared; words for "no label" become none.

    Args:
        papers: Any papers.

    Yields:
        All of them, in order; `category` may be None.
    """
    for paper in papers:
        category = clean_label(paper.category or "") or None
        listed = tuple(name for name in map(clean_label, paper.categories) if name)
        if category is None and paper.category in paper.categories[:1] and listed:
            category = listed[0]  # where no column has the label alone, it is the first one listed
        if category != paper.category or listed != paper.categories:
            paper = dataclasses.replace(paper, category=category, categories=listed)
        yield paper


def choose_labels(
    papers: Sequence[Paper],
    settings: DataSettings,
    source: str,
    *,
    ignore_absent: bool = False,
    known: Collection[str] = (),
) -> tuple[list[Paper], list[str], LabelChoice]:
    """Keep, merge and drop labels as the settings say.

    Args:
        papers: Papers with clean labels (`clean_labels`).
        settings: `active_only`, `among` and `min_papers` are applied, in this order.
        source: Where the papers are from, for messages.
        ignore_absent: Pass over names in `among` that no paper has, as where a model's labels are given to
            other papers.
        known: Labels of a model that is scored, which no paper need have; of an entry of `among` of which
            there are none, its own name is then meant (`settle_among`).

    Returns:
        The papers that are kept, with their new labels; the label of each before merging; what was done.

    Raises:
        DataError: No paper has a label, or none has one that `among` names; `active_only` is set, and labels
            are not arXiv's.
    """
    labeled = [paper for paper in papers if paper.category is not None]
    if not labeled:
        raise DataError(
            f"{source}: expected labeled papers, found {format_count(len(papers), 'paper')} without a label; "
            f"give labeled ones, or name the column of their labels, as in "
            f"{advise_column(get_interface(), 'category', 'NAME')}"
        )
    unlabeled = len(papers) - len(labeled)
    labeled, codes = unify_codes(labeled)
    if settings.active_only:
        labeled, codes = leave_out_unknown(labeled, codes, source)
    among = unify_among(settings.among, codes.taxonomy, check=not ignore_absent)
    counts = Counter(str(paper.category) for paper in labeled)
    settled = settle_among(among, counts) if known else among
    if not ignore_absent:
        _check_names(among, counts, source, known if settled else ())
    among = settled
    names = list_renames(among)
    keeps_rest = not among or among.get(REST) == []
    kept = [paper for paper in labeled if keeps_rest or str(paper.category) in names]
    merges = tuple(
        Merge(new, present, sum(counts[old] for old in present))
        for new, olds in among.items()
        if (present := tuple(old for old in olds if counts[old])) and present != (new,)
    )
    others = () if keeps_rest else tuple((name, n) for name, n in counts.most_common() if name not in names)
    merged = list(merge_labels(kept, among))
    choice = LabelChoice(
        unlabeled,
        merges,
        others,
        min_papers=settings.min_papers,
        among=among,
        by_model=ignore_absent,
        codes=codes,
    )
    originals = [str(paper.category) for paper in kept]
    if settings.min_papers > 1:
        different = count_different_papers(merged, settings)
        rare = tuple((name, n) for name, n in sorted(different.items()) if n < settings.min_papers)
        left_out = {name for name, _ in rare}
        rows = [row for row, paper in enumerate(merged) if paper.category not in left_out]
        merged, originals = [merged[row] for row in rows], [originals[row] for row in rows]
        choice = dataclasses.replace(choice, rare=rare)
    return merged, originals, choice


def check_learnable(
    counts: Mapping[str, int], settings: DataSettings, choice: LabelChoice, source: str
) -> None:
    """Make sure that there are two labels to learn, each seen twice; what may be wrong is named.

    Args:
        counts: Label -> its number of papers.
        settings: Those by which the labels were chosen.
        choice: What was done.
        source: Where the papers are from, for messages.

    Raises:
        DataError: There is one label, or one with a single paper.
    """
    made_of = {merge.new: f" ({' + '.join(merge.olds)})" for merge in choice.merges}
    if len(counts) < 2:
        found = "".join(f"only `{label}`{made_of.get(label, '')}" for label in counts) or "none"
        rare = f"; {_describe_rare(choice)}" if choice.rare else ""
        raise DataError(f"{source}: expected papers of at least two labels, found {found}{rare}")
    lonely = sorted(label for label, count in counts.items() if count < 2)
    if lonely:
        shown = ", ".join(f"`{label}`" for label in lonely[:_SHOWN])
        more = f" and {len(lonely) - _SHOWN:,} more" if len(lonely) > _SHOWN else ""
        advice = advise_on_rare_labels(count_needed_papers(settings), counts, settings)
        raise DataError(
            f"{source}: expected at least two papers of each label, found one of {shown}{more}; {advice}"
        )


def count_needed_papers(settings: DataSettings) -> int:
    """Count the different papers of a label that a split needs: one for each part that it has."""
    return 1 + (settings.test_share > 0) + (settings.validation_share > 0)


def advise_on_rare_labels(needed: int, counts: Mapping[str, int], settings: DataSettings) -> str:
    """Advise what to do with labels of fewer papers than are needed.

    Args:
        needed: Different papers of a label.
        counts: Label -> its number of papers.
        settings: Those by which the labels were chosen.
    """
    spellings = [group for group in find_spellings(counts) if any(counts[label] < needed for label in group)]
    if spellings:
        merge = f"or note that {describe_spellings(spellings, counts, settings.among)}"
    else:
        merge = f"or merge labels, as in {advise_option('--among', 'NEW=ONE+OTHER,*')}"
    least = f"{advise_option('--min-papers', needed)} (the setting data.min_papers)"
    return f"add papers, leave out labels of fewer than {needed} with {least}, {merge}"


def count_different_papers(papers: Sequence[Paper], settings: DataSettings) -> Counter[str]:
    """Count the different papers of each label as a split counts them: of copies the first; 0 is counted too.

    Args:
        papers: Labeled papers.
        settings: With `split=random` copies count as papers of their own.
    """
    rows = np.arange(len(papers))
    groups = group_copies(papers) if settings.split == "grouped" else rows
    counts = Counter(dict.fromkeys((str(paper.category) for paper in papers), 0))
    counts.update(str(papers[row].category) for row in np.flatnonzero(groups == rows).tolist())
    return counts


def _check_names(among: Among, counts: Counter[str], source: str, known: Collection[str]) -> None:
    for old in chain.from_iterable(among.values()):
        if old not in counts and old not in known:
            near = [name for name, _ in counts.most_common(_SUGGESTED) if len(name) <= 200]
            raise DataError(f"{source} has no papers labeled `{old}`: {suggest_name(old, {*near, *known})}")


def list_renames(among: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """List the new name of each label that a choice of labels names."""
    return {old: new for new, olds in among.items() for old in olds}


def merge_labels(papers: Iterable[Paper], among: Mapping[str, Sequence[str]]) -> Iterator[Paper]:
    """Give labeled papers the new names of labels that are merged; other labels stay.

    Args:
        papers: Labeled papers.
        among: New label -> the labels merged into it.

    Yields:
        The papers in order; `category` and `categories` are in the new names.
    """
    names = list_renames(among)
    for paper in papers:
        category = names.get(str(paper.category), paper.category)
        listed = tuple(dict.fromkeys(names.get(name, name) for name in paper.categories))  # no repeats
        if category != paper.category or listed != paper.categories:
            paper = dataclasses.replace(paper, category=category, categories=listed)
        yield paper


def log_choice(choice: LabelChoice) -> None:
    """Log what reading did to the labels of a file: one line for each kind of change."""
    log_codes(choice.codes)
    for merge in choice.merges:
        otherwise = f", as the model was trained ({name_option('--among')} says otherwise)"
        why = otherwise if choice.by_model else ""
        _LOG.info("labels: %s%s", merge, why)
    if choice.others:
        papers = format_count(sum(count for _, count in choice.others), "paper")
        _LOG.info("labels: %s of other labels left out: %s", papers, _list_counts(choice.others))
    if choice.rare:
        _LOG.info("labels: %s", _describe_rare(choice))
    if choice.unlabeled:
        _LOG.info("labels: %s without a label left out", format_count(choice.unlabeled, "paper"))


def _describe_rare(choice: LabelChoice) -> str:
    labels, named = format_count(len(choice.rare), "label"), _list_counts(choice.rare)
    return f"{labels} of fewer than {choice.min_papers} different papers left out: {named}"


def _list_counts(counts: Sequence[tuple[str, int]]) -> str:
    shown = ", ".join(f"{name} ({count:,})" for name, count in counts[:_SHOWN])
    return shown + (f" and {len(counts) - _SHOWN:,} more" if len(counts) > _SHOWN else "")
