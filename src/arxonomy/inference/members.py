"""The models of a classifier: networks and baselines, each with its vocabulary and its calibrations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from arxonomy.evaluation.calibration_by_part import Calibrations
from arxonomy.evaluation.typicality import Typicality
from arxonomy.inference.answers import Answers, Probabilities
from arxonomy.models.backend import Backend, compute_outputs
from arxonomy.models.baselines import Baseline
from arxonomy.models.baselines.network_head import FeatureReader
from arxonomy.records import Paper
from arxonomy.text import EncodedPaper, Encoder, find_read_parts
from arxonomy.text.copier import Copier


class Member(Protocol):
    """One model of a classifier."""

    @property
    def name(self) -> str:
        """What computes it: `onnx`, `torch` or `baseline`."""
        ...

    @property
    def calibrations(self) -> Calibrations:
        """Turn the logits into probabilities."""
        ...

    @property
    def typicality(self) -> Typicality | None:
        """Tells from the logits how typical a text is of papers; None where that is not known."""
        ...

    @property
    def reads(self) -> tuple[int | None, int | None]:
        """How many words of a title and of an abstract it reads; None: all of them."""
        ...

    def knows(self, words: Sequence[str]) -> list[bool]:
        """Which of these tokens it has seen in training."""
        ...

    def answer(self, papers: Sequence[Paper]) -> Answers:
        """Classify N >= 1 papers."""
        ...

    def simplify(self) -> Member:
        """This model without copies of papers and without what it knows of lists."""
        ...


@dataclass(frozen=True)
class NetworkMember:
    """A network."""

    network: Backend
    """What computes the logits."""
    encoder: Encoder
    """Turns papers into word ids."""
    calibrations: Calibrations
    """Turn the logits into probabilities."""
    copier: Copier | None = None
    """Makes the copies that are classified in a paper's place; None if the paper itself is."""
    listed_calibrations: Calibrations | None = None
    """Turn the logits of the second head into probabilities; None where it has not learned any lists."""
    typicality: Typicality | None = None
    """See `Member.typicality`."""

    @property
    def name(self) -> str:
        """The backend's name."""
        return self.network.name

    @property
    def reads(self) -> tuple[int, int]:
        """See `Member.reads`."""
        return self.encoder.settings.title_tokens, self.encoder.settings.abstract_tokens

    def knows(self, words: Sequence[str]) -> list[bool]:
        """See `Member.knows`."""
        return [word in self.encoder.vocabulary.ids for word in words]

    def answer(self, papers: Sequence[Paper]) -> Answers:
        """See `Member.answer`; the answers are the mean over a paper's copies."""
        encoded = [self.encoder.encode(paper) for paper in papers]
        unknown, reads = [paper.unknown_words for paper in encoded], [paper.read for paper in encoded]
        if self.copier is None:
            return Answers(unknown, reads, **self._compute(encoded))
        answers = self._compute([copy for paper in encoded for copy in self.copier(paper)])
        means = {name: one.reshape(len(papers), -1, *one.shape[1:]).mean(1) for name, one in answers.items()}
        return Answers(unknown, reads, **means)

    def simplify(self) -> NetworkMember:
        """See `Member.simplify`."""
        return replace(self, copier=None, listed_calibrations=None)

    def _compute(self, papers: Sequence[EncodedPaper]) -> dict[str, Probabilities]:
        """What the logits say of N papers, in their order: the fields of `Answers` that it knows."""
        heads = {"logits": self.calibrations, "listed_logits": self.listed_calibrations}
        used = {name: own for name, own in heads.items() if own is not None}
        logits = compute_outputs(self.network, papers, list(used))
        reads = [paper.read for paper in papers]
        shares = [own.apply(head, reads) for own, head in zip(used.values(), logits, strict=True)]
        answers = dict(zip(("probabilities", "listed"), shares, strict=False))
        if self.typicality is not None:
            answers["typicality"] = self.typicality.apply(logits[0], reads)
        return answers


@dataclass(frozen=True)
class BaselineMember:
    """A baseline, whose scores become probabilities by the same calibration as a network's logits."""

    baseline: Baseline
    """What computes the logits."""
    calibrations: Calibrations
    """Turn the logits into probabilities."""
    typicality: Typicality | None = None
    """See `Member.typicality`."""
    name = "baseline"

    @property
    def reads(self) -> tuple[int | None, int | None]:
        """See `Member.reads`."""
        reader = self.baseline.reader
        return reader.reads if isinstance(reader, FeatureReader) else (None, None)

    def knows(self, words: Sequence[str]) -> list[bool]:
        """See `Member.knows`."""
        return [
            share == 0.0
            for share in self.baseline.compute_unknown_shares([Paper("", word, "") for word in words])
        ]

    def answer(self, papers: Sequence[Paper]) -> Answers:
        """See `Member.answer`."""
        logits = self.baseline.decision_function(papers)
        reads = [find_read_parts(paper) for paper in papers]
        unknown = self.baseline.compute_unknown_shares(papers)
        typicality = None if self.typicality is None else self.typicality.apply(logits, reads)
        return Answers(unknown, reads, self.calibrations.apply(logits, reads), typicality=typicality)

    def simplify(self) -> BaselineMember:
        """See `Member.simplify`."""
        return self
