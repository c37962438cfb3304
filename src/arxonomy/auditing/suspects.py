"""The papers that a person should look at, those with the most evidence against their label first."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from arxonomy.auditing.findings import Findings
from arxonomy.auditing.labels import find_contradictions
from arxonomy.auditing.repeats import find_leaked
from arxonomy.records import Paper


@dataclass(frozen=True)
class Suspect:
    """A suspicious paper."""

    rank: int
    """Its place, from 1."""
    row: int
    """Its row in the file, from 0."""
    id: str
    """Its id."""
    title: str
    """Its title, or its abstract if there is no title."""
    label: str
    """Its label, after merging."""
    suspected: str
    """The kinds of findings, joined by `; `."""
    other_label: str
    """The label with most evidence; empty without any."""
    other_row: int | None
    """The row of a copy of the paper, or else of its nearest near-duplicate, or None."""
    score: float
    """The evidence for the other label."""
    why: str
    """The findings in words, joined by `; `."""


COLUMNS = tuple(column.name for column in dataclasses.fields(Suspect))
"""Columns of the table of suspects."""


@dataclass
class _Case:
    """The findings about one paper."""

    kinds: dict[str, None] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    evidence: dict[tuple[str, str], float] = field(default_factory=dict)  # (label, kind) -> 0..1
    twin: tuple[float, int] | None = None  # resemblance, 0..1, and the row

    def add(self, kind: str, reason: str, label: str = "", weight: float = 0.0) -> None:
        self.kinds[kind] = None
        self.reasons.append(reason)
        if weight > 0:
            self.evidence[label, kind] = max(weight, self.evidence.get((label, kind), 0.0))

    def sum_up(self) -> tuple[str, float]:
        """The label with most evidence, and how much; nothing and 0 without any."""
        sums: defaultdict[str, float] = defaultdict(float)
        for (label, _), weight in self.evidence.items():
            sums[label] += weight
        return max(sums.items(), key=lambda item: (item[1], item[0]), default=("", 0.0))


Cases = defaultdict[int, _Case]


def rank_suspects(findings: Findings) -> list[Suspect]:
    """Rank the suspicious papers.

    Evidence for another label, each of 0..1: `contradiction`, the share of the paper's copies that have it;
    `near-duplicate`, the resemblance to a paper that has it; `primary-category`, 1 where the paper does not
    list its label at all, and 0.5 where it lists it, but not first; `model`, how much more probable than the
    label. The score of a paper is the sum for the label that has most. Other findings, which are no evidence
    against the label, have score 0: `repeat`, `leak`, `length`, `language`, `no-title`, `no-abstract`.

    Args:
        findings: What `collect_findings` returned.

    Returns:
        The papers by falling score, equals in file order.
    """
    cases: Cases = defaultdict(_Case)
    _add_copies(findings, cases)
    _add_near_duplicates(findings, cases)
    _add_primary_categories(findings, cases)
    _add_model(findings, cases)
    _add_leaks(findings, cases)
    _add_outliers(findings, cases)
    papers = findings.dataset.papers
    verdicts = {index: case.sum_up() for index, case in cases.items()}
    order = sorted(cases, key=lambda index: (-verdicts[index][1], index))
    return [
        _make_suspect(rank, papers[index], cases[index], *verdicts[index])
        for rank, index in enumerate(order, 1)
    ]


def _make_suspect(rank: int, paper: Paper, case: _Case, other_label: str, score: float) -> Suspect:
    return Suspect(
        rank=rank,
        row=paper.row,
        id=paper.id,
        title=paper.title or paper.abstract,
        label=str(paper.category),
        suspected="; ".join(case.kinds),
        other_label=other_label,
        other_row=None if case.twin is None else case.twin[1],
        score=round(score, 4),
        why="; ".join(case.reasons),
    )


def _add_copies(findings: Findings, cases: Cases) -> None:
    groups, names, papers = findings.groups, findings.dataset.labels, findings.dataset.papers
    contradicting = np.flatnonzero(find_contradictions(groups, findings.labels)).tolist()
    votes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for index in contradicting:
        votes[int(groups[index])][names[findings.labels[index]]] += 1
    for index in contradicting:
        label, label_votes = names[findings.labels[index]], votes[int(groups[index])]
        for other, count in label_votes.items():
            if other != label:
                share = count / label_votes.total()
                cases[index].add("contradiction", f"{count} of its copies: {other}", other, share)
    for index in np.flatnonzero(groups != np.arange(len(groups))).tolist():
        row = papers[groups[index]].row
        cases[index].add("repeat", f"same paper as row {row}")
        cases[index].twin = (1.0, row)


def _add_near_duplicates(findings: Findings, cases: Cases) -> None:
    papers = findings.dataset.papers
    pairs = zip(findings.near.pairs.tolist(), findings.near.resemblance.tolist(), strict=True)
    for (first, second), resemblance in pairs:
        for index, twin in ((first, second), (second, first)):
            label = str(papers[twin].category)
            differs = label != papers[index].category
            reason = f"shares {resemblance:.0%} of word pairs with row {papers[twin].row} ({label})"
            cases[index].add("near-duplicate", reason, label, resemblance if differs else 0.0)
            candidate = (resemblance, papers[twin].row)
            cases[index].twin = max(cases[index].twin or candidate, candidate)


def _add_primary_categories(findings: Findings, cases: Cases) -> None:
    for index, paper in enumerate(findings.dataset.papers):
        if paper.categories and paper.category != paper.categories[0]:
            listed = paper.category in paper.categories
            reason = f"primary category {paper.categories[0]}" + ("" if listed else ", label not listed")
            cases[index].add("primary-category", reason, paper.categories[0], 0.5 if listed else 1.0)


def _add_model(findings: Findings, cases: Cases) -> None:
    noise, names = findings.noise, findings.dataset.labels
    if noise is None:
        return
    for place in noise.suspects.tolist():
        likely, given = noise.likely[place], noise.given[place]
        share, given_share = noise.probabilities[place, [likely, given]].tolist()
        other = names[noise.classes[likely]]
        reason = f"model: {other} {share:.2f}, label {given_share:.2f}"
        # A class that is rarely predicted can be the likely one though the label is more probable.
        cases[int(noise.rows[place])].add("model", reason, other, max(0.0, share - given_share))


def _add_leaks(findings: Findings, cases: Cases) -> None:
    if findings.parts is None:
        return
    for part in ("validation", "test"):
        for index in np.flatnonzero(find_leaked(findings.groups, findings.parts, part)).tolist():
            cases[index].add("leak", f"{part} paper with a copy in training")


def _add_outliers(findings: Findings, cases: Cases) -> None:
    outliers = findings.outliers
    low, high = outliers.usual_words
    for kind, rows, reason in (
        ("no-title", outliers.no_title, "no title"),
        ("no-abstract", outliers.no_abstract, "no abstract"),
        ("length", outliers.short, f"fewer than {low:.0f} words"),
        ("length", outliers.long, f"more than {high:.0f} words"),
        ("language", outliers.foreign, "hardly any of the corpus's common words"),
    ):
        for index in rows.tolist():
            cases[index].add(kind, reason)
