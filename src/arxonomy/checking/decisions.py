"""What was decided about proposals, kept as papers to train on.

A file of decisions is JSON lines, as the page of the queue saves it. Each line is a paper with the decided
label and list, in the columns that `arxonomy train` reads, and what it was decided about:

    id, title, abstract     the paper as it was read
    category, categories    the decided label and list
    decision                accept or reject
    filed_category          the category that the authors had chosen
    move_to, add            what was proposed
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from arxonomy.checking.results import Check
from arxonomy.errors import InputError
from arxonomy.papers import read_papers
from arxonomy.papers.labels import clean_label
from arxonomy.records import AnyPath, Paper

ACCEPT, REJECT = "accept", "reject"

_Key = tuple[str, str, str]


def decide(check: Check, *, accepted: bool) -> tuple[str, tuple[str, ...]]:
    """Apply a decision about a proposal.

    An accepted move replaces the authors' category: it leaves the list, whose other categories stay. Accepted
    cross-lists are added to it. What is rejected leaves all as the authors have it.

    Returns:
        The decided label, and the list, that label first; it is empty where the paper came without one.
    """
    own, listed = str(check.category), check.categories or ()
    if accepted and check.move_to is not None:
        kept = [name for name in listed if name not in (own, check.move_to)]
        return check.move_to, (check.move_to, *kept) if listed else ()
    return own, (*listed, *check.add) if accepted else listed


def make_record(check: Check, *, accepted: bool) -> dict[str, Any]:
    """Make the line of a decision, as JSON has it."""
    category, categories = decide(check, accepted=accepted)
    return {
        "id": check.paper.id,
        "title": check.paper.title,
        "abstract": check.paper.abstract,
        "category": category,
        **({"categories": list(categories)} if categories else {}),
        "decision": ACCEPT if accepted else REJECT,
        "filed_category": check.paper.category,
        "move_to": check.move_to,
        "add": list(check.add),
    }


class Decisions:
    """Papers about which it was decided.

    A paper is the same if its texts and the category that its authors chose are: one that was filed elsewhere
    since is to be decided again.
    """

    def __init__(self, papers: Iterable[tuple[Paper, str]]) -> None:
        """Remember papers, each with the category that its authors had chosen."""
        self._keys = {_make_key(paper, filed) for paper, filed in papers}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, check: Check) -> bool:
        return _make_key(check.paper, check.paper.category or "") in self._keys


def read_decisions(files: Iterable[AnyPath]) -> Decisions:
    """Read files of decisions.

    Raises:
        InputError: A file cannot be read, or a line of it is no decision.
    """
    found: list[tuple[Paper, str]] = []
    for file in files:
        for paper in read_papers(file, keep_columns=True, strict=True):
            decision, filed = (paper.columns.get(name, "") for name in ("decision", "filed_category"))
            if decision not in (ACCEPT, REJECT) or not filed:
                raise InputError(
                    f"{file}:{paper.line}: expected a decision ({ACCEPT} or {REJECT}) and a filed_category, "
                    f"found `{decision[:40]}` and `{filed[:40]}`; give a file that the page of the queue has "
                    "saved"
                )
            found.append((paper, filed))
    return Decisions(found)


def _make_key(paper: Paper, filed: str) -> _Key:
    title, abstract = (" ".join(text.split()).casefold() for text in (paper.title, paper.abstract))
    return title, abstract, clean_label(filed)
