"""The models of a classifier: networks and baselines, each with its vocabulary and its calibrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from arxonomy.evaluation.calibration_by_part import Calibrations, Read
from arxonomy.models.baselines import Baseline
from arxonomy.records import Paper
from arxonomy.text import (
    EncodedPaper,
    Encoder,
    collate,
    find_read_parts,
    make_length_batches,
    restore_order,
)
from arxonomy.text.copier import Copier

Probabilities = npt.NDArray[np.float64]


class Answers(NamedTuple):
    """What a model says about N papers, in their order."""

    unknown: list[float]
    """Share in 0..1 of each paper's words that the model has never seen."""
    reads: list[Read]
    """The parts of each paper that have a word to read."""
    probabilities: Probabilities
    """(N, C) calibrated probabilities."""


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
    def reads(self) -> tuple[int | None, int | None]:
        """How many words of a title and of an abstract it reads; None: all of them."""
        ...

    def knows(self, words: Sequence[str]) -> list[bool]:
        """Which of these tokens it has seen in training."""
        ...

    def answer(self, papers: Sequence[Paper]) -> Answers:
        """Classify N >= 1 papers."""
        ...


class Backend(Protocol):
    """Computes a network: ONNX Runtime or PyTorch."""

    name: str
    """`onnx` or `torch`."""
    batch_size: int
    """How many papers it computes fastest at a time."""

    def run(
        self, inputs: Mapping[str, npt.NDArray[np.int64]], outputs: Sequence[str]
    ) -> list[npt.NDArray[np.float32]]:
        """Compute the named outputs.

        Args:
            inputs: `title_ids` (B, T) and `abstract_ids` (B, L), padding (0) on the right, T and L >= 1,
                and what else the network reads, as `text.collate` makes them.
            outputs: Any of `logits` (B, C), `title_attention`, `abstract_attention` and `fusion_weights`
                (as `HybridCNNLSTM.forward` describes them).
        """
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
        """See `Member.answer`; the probabilities are the mean over a paper's copies."""
        encoded = [self.encoder.encode(paper) for paper in papers]
        unknown, reads = [paper.unknown_words for paper in encoded], [paper.read for paper in encoded]
        if self.copier is None:
            return Answers(unknown, reads, self.calibrations.apply(self._logits(encoded), reads))
        copies = [copy for paper in encoded for copy in self.copier(paper)]
        shares = self.calibrations.apply(self._logits(copies), [copy.read for copy in copies])
        means = shares.reshape(len(papers), -1, shares.shape[1]).mean(axis=1)
        return Answers(unknown, reads, np.asarray(means))

    def _logits(self, papers: Sequence[EncodedPaper]) -> npt.NDArray[np.float32]:
        """(N, C) logits in the papers' order."""
        batches = make_length_batches(papers, self.network.batch_size)
        parts = [self.network.run(collate([papers[i] for i in batch]), ["logits"])[0] for batch in batches]
        return restore_order(parts, batches)


@dataclass(frozen=True)
class BaselineMember:
    """A baseline, whose scores become probabilities by the same calibration as a network's logits."""

    baseline: Baseline
    """What computes the logits."""
    calibrations: Calibrations
    """Turn the logits into probabilities."""
    name = "baseline"
    reads = (None, None)

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
        return Answers(unknown, reads, self.calibrations.apply(logits, reads))
