"""arXiv's codes as labels and in lists: one code for each category, and none of other schemes.

Only papers whose labels are arXiv's are changed, as `find_taxonomy` recognizes them: an alias (`cs.NA`) or a
retired name (`q-alg`) becomes the category in its place, in labels and in lists. What authors list besides
(`68T50`, `I.2.7`, free text) is left out of the lists, unless it is a label of the papers. Labels are left
out where that is asked for (`leave_out_unknown`), and never silently.
"""

from __future__ import annotations

import dataclasses
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arxonomy.advice import advise_option
from arxonomy.errors import DataError
from arxonomy.label_names import Among, check_among
from arxonomy.messages import format_count
from arxonomy.records import Paper
from arxonomy.taxonomy import Taxonomy, find_taxonomy

_LOG = logging.getLogger(__name__)
_SHOWN = 10


@dataclass(frozen=True)
class CodesRead:
    """What reading did to the codes of papers whose labels are arXiv's; nothing for other papers."""

    renamed: tuple[tuple[str, str, int], ...] = ()
    """Alias or retired name, the category in its place, and the papers that have it, most frequent first."""
    foreign: tuple[tuple[str, int], ...] = ()
    """What was left out of lists, with the papers that list it, most frequent first."""
    changed_lists: int = 0
    """Papers that list any of these."""
    unknown: tuple[tuple[str, int], ...] = ()
    """Labels that are no category of arXiv's, such as merged ones, with their papers, most frequent first."""
    taxonomy: Taxonomy | None = dataclasses.field(default=None, repr=False, compare=False)
    """arXiv's, where the labels are."""
    left_out: bool = False
    """Whether papers with an `unknown` label were left out; else it is a label like the others."""


def unify_codes(papers: Sequence[Paper]) -> tuple[list[Paper], CodesRead]:
    """Give each of arXiv's categories one code, and leave codes of other schemes out of lists.

    Args:
        papers: Labeled papers.

    Returns:
        The papers in order, and what was done.
    """
    labels = {str(paper.category) for paper in papers}
    if (taxonomy := find_taxonomy(labels)) is None:
        return list(papers), CodesRead()
    own = {label: taxonomy.find_canonical(label) or label for label in labels}
    codes = dict.fromkeys(code for paper in papers for code in paper.categories)
    listed = {code: own.get(code) or unify_code(code, taxonomy) for code in codes}
    unified = []
    renamed, foreign, unknown = Counter[str](), Counter[str](), Counter[str]()
    changed_lists = 0
    changes = {code for code, new in (*own.items(), *listed.items()) if code != new}
    for paper in papers:
        label = str(paper.category)
        if taxonomy.find_canonical(own[label]) is None:
            unknown[label] += 1
        if label in changes or not changes.isdisjoint(paper.categories):
            new = tuple(dict.fromkeys(code for old in paper.categories if (code := listed[old])))
            foreign_here = {old for old in paper.categories if not listed[old]}
            renamed.update(({label, *paper.categories} & changes) - foreign_here)
            foreign.update(foreign_here)
            changed_lists += bool(foreign_here)
            paper = dataclasses.replace(paper, category=own[label], categories=new)
        unified.append(paper)
    return unified, CodesRead(
        tuple((old, own.get(old) or listed[old], count) for old, count in renamed.most_common()),
        tuple(foreign.most_common()),
        changed_lists,
        tuple(unknown.most_common()),
        taxonomy,
    )


def leave_out_unknown(
    papers: Sequence[Paper], codes: CodesRead, source: str
) -> tuple[list[Paper], CodesRead]:
    """Leave out the papers whose label is no category of arXiv's.

    Args:
        papers: Labeled papers, as `unify_codes` returns them.
        codes: What it has read.
        source: Where the papers are from, for messages.

    Returns:
        The other papers in order, and what was done.

    Raises:
        DataError: The labels are not arXiv's, or none of them is a category.
    """
    unknown = {label for label, _ in codes.unknown}
    kept = [paper for paper in papers if paper.category not in unknown]
    if codes.taxonomy is None or not kept:
        raise DataError(
            f"{source}: expected arXiv's categories as labels, since data.active_only is set, found "
            f"`{papers[0].category}`; train with {advise_option('--set', 'data.active_only=false')}"
        )
    return kept, dataclasses.replace(codes, left_out=bool(unknown))


def unify_code(code: str, taxonomy: Taxonomy) -> str:
    """Give a listed code its name of today: the category, a retired archive as it is, empty for other codes.

    Args:
        code: The code.
        taxonomy: arXiv's.
    """
    node = taxonomy.nodes.get(code)
    return (node.canonical or code) if node and node.status != "archive" else ""


def unify_among(among: Mapping[str, Sequence[str]], taxonomy: Taxonomy | None, *, check: bool) -> Among:
    """Give a choice of labels the codes that `unify_codes` has given the papers; new labels keep their names.

    Args:
        among: New label -> the labels that it is made of.
        taxonomy: arXiv's, where the papers' labels are.
        check: Whether one category may not go to several places, as two codes of one would.

    Raises:
        SettingsError: It does.
    """
    if taxonomy is None:
        return {new: list(olds) for new, olds in among.items()}
    unified = {
        new: list(dict.fromkeys(taxonomy.find_canonical(old) or old for old in olds))
        for new, olds in among.items()
    }
    return check_among(unified) if check else unified


def log_codes(codes: CodesRead) -> None:
    """Log what was done to codes: one line for each kind."""
    if codes.renamed:
        shown = ", ".join(f"{count:,} {old} read as {new}" for old, new, count in codes.renamed[:_SHOWN])
        _LOG.info("labels: %s%s", shown, _count_more(len(codes.renamed)))
    if codes.foreign:
        _LOG.info(
            "labels: %s in the lists of %s not arXiv's and left out: %s",
            format_count(len(codes.foreign), "code"),
            format_count(codes.changed_lists, "paper is", "papers are"),
            _list_counts(codes.foreign),
        )
    if codes.unknown:
        are = format_count(len(codes.unknown), "label is no category", "labels are no categories")
        done = "; such papers are left out" if codes.left_out else ""
        _LOG.info("labels: %s of arXiv's: %s%s", are, _list_counts(codes.unknown), done)


def _list_counts(counts: Sequence[tuple[str, int]]) -> str:
    shown = ", ".join(f"{name} ({count:,})" for name, count in counts[:_SHOWN])
    return shown + _count_more(len(counts))


def _count_more(count: int) -> str:
    return f" and {count - _SHOWN:,} more" if count > _SHOWN else ""
