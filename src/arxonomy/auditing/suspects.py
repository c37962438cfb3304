"""The papers that a person should look at, those with the most evidence against their label first."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from arxonomy.auditing.findings import Findings
from arxonomy.auditing.labels import contradicting
from arxonomy.auditing.repeats import leaked
from arxonomy.records import Paper

COLUMNS = ("rank", "row", "id", "title", "label", "suspected", "other_label", "other_row", "score", "why")
"""Columns of the table of suspects."""


@dataclass
class _Case:
    """What was found about one paper."""

    kinds: dict[str, None] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    evidence: dict[tuple[str, str], float] = field(default_factory=dict)  # (label, kind) -> 0..1
    twin: tuple[float, int] | None = None  # how alike, 0..1, and the row

    def add(self, kind: str, reason: str, label: str = "", weight: float = 0.0) -> None:
        self.kinds[kind] = None
        self.reasons.append(reason)
        if weight > 0:
            self.evidence[label, kind] = max(weight, self.evidence.get((label, kind), 0.0))

    def verdict(self) -> tuple[str, float]:
        """The label with most evidence, and how much; nothing and 0 without any."""
        sums: defaultdict[str, float] = defaultdict(float)
        for (label, _), weight in self.evidence.items():
            sums[label] += weight
        return max(sums.items(), key=lambda item: (item[1], item[0]), default=("", 0.0))


def suspects(findings: Findings) -> list[dict[str, Any]]:
    """List the suspicious papers.

    Evidence for another label, each of 0..1: `contradiction`, the share of the paper's copies that have it;
    `near-duplicate`, the resemblance to a paper that has it; `primary-category`, 1 where the paper does not
    list its label at all, and 0.5 where it lists it behind; `model`, how much more probable than the label.
    The score of a paper is the sum for the label that has most. Other findings, which say nothing against
    the label, have score 0: `repeat`, `leak`, `length`, `language`, `no-title`, `no-abstract`.

    Args:
        findings: What `audit` returned.

    Returns:
        Dicts with the keys `COLUMNS`, by falling score, equals in file order. `row` counts from 0; `label`
        is the label after merging; `suspected` joins the kinds; `other_row` is a copy of the paper, or else
        its nearest near-duplicate, or None.
    """
    cases: defaultdict[int, _Case] = defaultdict(_Case)
    _copies(findings, cases)
    _near_duplicates(findings, cases)
    _primary(findings, cases)
    _model(findings, cases)
    _split(findings, cases)
    _outliers(findings, cases)
    papers = findings.dataset.papers
    verdicts = {index: case.verdict() for index, case in cases.items()}
    order = sorted(cases, key=lambda index: (-verdicts[index][1], index))
    return [_line(rank, papers[index], cases[index], *verdicts[index]) for rank, index in enumerate(order, 1)]


def _line(rank: int, paper: Paper, case: _Case, other: str, score: float) -> dict[str, Any]:
    values = (
        rank,
        paper.row,
        paper.id,
        paper.title or paper.abstract,
        paper.category,
        "; ".join(case.kinds),
        other,
        None if case.twin is None else case.twin[1],
        round(score, 4),
        "; ".join(case.reasons),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _copies(findings: Findings, cases: defaultdict[int, _Case]) -> None:
    groups, names, papers = findings.groups, findings.dataset.labels, findings.dataset.papers
    torn = contradicting(groups, findings.labels)
    votes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for index in np.flatnonzero(torn).tolist():
        votes[int(groups[index])][names[findings.labels[index]]] += 1
    for index in np.flatnonzero(torn).tolist():
        own, all_votes = names[findings.labels[index]], votes[int(groups[index])]
        for other, count in all_votes.items():
            if other != own:
                share = count / all_votes.total()
                cases[index].add("contradiction", f"{count} of its copies: {other}", other, share)
    for index in np.flatnonzero(groups != np.arange(len(groups))).tolist():
        row = papers[groups[index]].row
        cases[index].add("repeat", f"same paper as row {row}")
        cases[index].twin = (1.0, row)


def _near_duplicates(findings: Findings, cases: defaultdict[int, _Case]) -> None:
    papers = findings.dataset.papers
    pairs = zip(findings.near.pairs.tolist(), findings.near.resemblance.tolist(), strict=True)
    for pair, resemblance in pairs:
        for index, twin in (pair, pair[::-1]):
            label = str(papers[twin].category)
            differs = label != papers[index].category
            reason = f"shares {resemblance:.0%} of word pairs with row {papers[twin].row} ({label})"
            cases[index].add("near-duplicate", reason, label, resemblance if differs else 0.0)
            found = (resemblance, papers[twin].row)
            cases[index].twin = max(cases[index].twin or found, found)


def _primary(findings: Findings, cases: defaultdict[int, _Case]) -> None:
    for index, paper in enumerate(findings.dataset.papers):
        if paper.categories and paper.category != paper.categories[0]:
            listed = paper.category in paper.categories
            reason = f"primary category {paper.categories[0]}" + ("" if listed else ", label not listed")
            cases[index].add("primary-category", reason, paper.categories[0], 0.5 if listed else 1.0)


def _model(findings: Findings, cases: defaultdict[int, _Case]) -> None:
    noise, names = findings.noise, findings.dataset.labels
    if noise is None:
        return
    for place in noise.suspects.tolist():
        likely, given = noise.likely[place], noise.given[place]
        share, own = noise.probabilities[place, [likely, given]].tolist()
        other = names[noise.classes[likely]]
        reason = f"model: {other} {share:.2f}, label {own:.2f}"
        # A class that is rarely answered can be the likely one though the label is more probable.
        cases[int(noise.rows[place])].add("model", reason, other, max(0.0, share - own))


def _split(findings: Findings, cases: defaultdict[int, _Case]) -> None:
    if findings.parts is None:
        return
    for part in ("validation", "test"):
        for index in np.flatnonzero(leaked(findings.groups, findings.parts, part)).tolist():
            cases[index].add("leak", f"{part} paper with a copy in training")


def _outliers(findings: Findings, cases: defaultdict[int, _Case]) -> None:
    found = findings.outliers
    low, high = found.usual_words
    for kind, rows, reason in (
        ("no-title", found.no_title, "no title"),
        ("no-abstract", found.no_abstract, "no abstract"),
        ("length", found.short, f"fewer than {low:.0f} words"),
        ("length", found.long, f"more than {high:.0f} words"),
        ("language", found.foreign, "hardly any of the corpus's common words"),
    ):
        for index in rows.tolist():
            cases[index].add(kind, reason)
