"""A model that counts words, for tests of what is done to answers: no training, no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from arxonomy.evaluation import Calibrations, Typicality
from arxonomy.inference import Classifier
from arxonomy.inference.answers import Answers
from arxonomy.records import Paper
from arxonomy.taxonomy import get_arxiv
from arxonomy.text import find_read_parts

LABELS = ("cs.AI", "cs.CL", "cs.CV", "cs.LG", "hep-ex")
IDENTITY = Calibrations.identity(len(LABELS))
PRIOR = (0.1, 0.2, 0.3, 0.15, 0.25)
# Each word adds to the logits of a label; a paper of physics is one whose words are.
WORDS = {"agent": 0, "grammar": 1, "pixel": 2, "gradient": 3, "boson": 4}
# A text with one known word is atypical, one with two or more is not.
TYPICALITY = Typicality(papers=999, quantiles=dict.fromkeys(("whole", "title", "abstract"), (0.0236, 0.3056)))
ARXIV = tuple(code for code, node in get_arxiv().nodes.items() if node.status == "active")


@dataclass(frozen=True)
class CountingMember:
    """A model that counts words."""

    strength: float = 1.5
    knows_lists: bool = True
    calibrations: Calibrations = IDENTITY
    words: Mapping[str, int] = field(default_factory=lambda: WORDS)
    count: int = len(LABELS)
    unlisted: float = 2.0
    typicality: Typicality | None = None
    name = "baseline"
    reads = (None, None)

    def knows(self, words: Sequence[str]) -> list[bool]:
        return [word in self.words for word in words]

    def simplify(self) -> CountingMember:
        return replace(self, knows_lists=False)

    def answer(self, papers: Sequence[Paper]) -> Answers:
        logits, unknown = np.zeros((len(papers), self.count)), []
        for row, paper in enumerate(papers):
            words = f"{paper.title} {paper.abstract}".split()
            for word in words:
                if word in self.words:
                    logits[row, self.words[word]] += self.strength
            unknown.append(1 - sum(self.knows(words)) / len(words) if words else 1.0)
        reads = [find_read_parts(paper) for paper in papers]
        listed = 1 / (1 + np.exp(self.unlisted - logits)) if self.knows_lists else None
        typicality = self.typicality.apply(logits, reads) if self.typicality else None
        return Answers(unknown, reads, self.calibrations.apply(logits, reads), listed, typicality=typicality)


def make_classifier(*members: CountingMember, **options: Any) -> Classifier:
    return Classifier(members or [CountingMember()], LABELS, training_prior=PRIOR, **options)


def make_arxiv_classifier() -> Classifier:
    """A model of all of arXiv's categories that knows the words of `WORDS`, and `code`."""
    words = {word: ARXIV.index(LABELS[place]) for word, place in WORDS.items()}
    words["code"] = ARXIV.index("cs.IT")
    identity = Calibrations.identity(len(ARXIV))
    member = CountingMember(3.0, calibrations=identity, words=words, count=len(ARXIV), unlisted=5.0)
    return Classifier([member], ARXIV, training_prior=(1 / len(ARXIV),) * len(ARXIV))
