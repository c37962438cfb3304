"""Papers in, predictions out: the same answer whatever the batch, the padding or the backend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from arxivist.errors import InputError
from arxivist.evaluation.calibration import softmax, vote_logits
from arxivist.records import Paper, Prediction
from arxivist.text import EncodedPaper, Encoder, collate, length_batches
from arxivist.text.copier import Copier

PaperLike = Paper | Mapping[str, Any] | tuple[str, str]
"""A `Paper`, a mapping with `title`, `abstract` and perhaps `id`, or a pair (title, abstract)."""

UNKNOWN_WORDS_LIMIT = 0.3
"""Share of unknown words above which an answer is not trusted; a bundle may state another."""

Probabilities = npt.NDArray[np.float64]


class Backend(Protocol):
    """Whatever computes a network: ONNX Runtime or PyTorch."""

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
                and whatever else the network reads, as `text.collate` makes them.
            outputs: Any of `logits` (B, C), `title_attention`, `abstract_attention` and `fusion_weights`
                (as `HybridCNNLSTM.forward` describes them).
        """
        ...


@dataclass(frozen=True)
class Member:
    """One model with its own words and its own calibration."""

    network: Backend
    """What computes the logits."""
    encoder: Encoder
    """Turns papers into word ids."""
    temperature: float
    """Divides the logits; > 0."""
    biases: tuple[float, ...]
    """Added to the quotients, one per category."""
    copier: Copier | None = None
    """Makes the copies that are sorted in a paper's place; None: the paper itself is."""

    def probabilities(self, papers: Sequence[EncodedPaper]) -> Probabilities:
        """(N, C) calibrated probabilities of N >= 1 papers in their order, each the mean over its copies."""
        texts = papers
        if self.copier is not None:
            texts = [copy for paper in papers for copy in self.copier(paper)]
        shares = softmax(self._logits(texts), self.temperature, self.biases)
        return np.asarray(shares.reshape(len(papers), -1, shares.shape[1]).mean(axis=1))

    def _logits(self, papers: Sequence[EncodedPaper]) -> npt.NDArray[np.float32]:
        """(N, C) logits in the papers' order."""
        batches = length_batches(papers, self.network.batch_size)
        parts = [self.network.run(collate([papers[i] for i in batch]), ["logits"])[0] for batch in batches]
        logits = np.concatenate(parts)
        ordered = np.empty_like(logits)
        ordered[np.concatenate(batches)] = logits
        return ordered


class Classifier:
    """Sorts papers. Made by `arxivist.load`; safe to be used by many threads at once.

    One model answers with its calibrated probabilities. Of several, an ensemble, the answer is the soft
    vote: the mean of the members' probabilities, whose logarithm is calibrated in its turn.

    Attributes:
        members: The models; one, or those of an ensemble.
        labels: The categories, in the order of the columns of `probabilities`.
        info: What the model says of itself: the contents of `bundle.json`, or of a run's `run.json`;
            of models that were put together while loading, `labels` and `members`, their own words.
        backend: `onnx` or `torch`; both with a `+` for members of both kinds.
        encoder: Turns papers into word ids; the first member's, as is `network`.
        network: What computes the logits.
        temperature: Divides the logits, which for an ensemble are the logarithm of its vote; > 0.
        biases: Added to the quotients, one per category.
        unknown_words_limit: Share in 0..1 of unknown words above which an answer is not trusted.

    A paper most of whose words are unknown to the model (another language, another field, noise) still
    gives logits, and they may look sure. When the share of unknown words u (the mean over the members)
    exceeds `unknown_words_limit`, the model's probabilities p are therefore mixed with the uniform
    distribution over the C categories, p' = (1 - u) p + u / C, and the prediction carries a warning. A
    text without any words has u = 1: all categories are equally probable.
    """

    def __init__(
        self,
        members: Sequence[Member],
        labels: Sequence[str],
        *,
        temperature: float = 1.0,
        biases: Sequence[float] | None = None,
        unknown_words_limit: float = UNKNOWN_WORDS_LIMIT,
        info: Mapping[str, Any] | None = None,
    ) -> None:
        self.members = tuple(members)
        self.network = self.members[0].network
        self.encoder = self.members[0].encoder
        self.labels = tuple(labels)
        if len(self.members) == 1:  # nothing to vote on: its calibration is that of the answer
            temperature, biases = self.members[0].temperature, self.members[0].biases
        self.temperature = temperature
        self.biases = tuple(biases) if biases is not None else (0.0,) * len(self.labels)
        self.unknown_words_limit = unknown_words_limit
        self.info = dict(info or {})
        self.backend = "+".join(sorted({member.network.name for member in self.members}))

    def classify(self, papers: Iterable[PaperLike], top_k: int | None = None) -> list[Prediction]:
        """Sort papers.

        Args:
            papers: Papers, mappings or (title, abstract) pairs; one without an id gets its number, from 1.
            top_k: Keep this many categories of each prediction, >= 1; None keeps all.

        Returns:
            One prediction per paper, in the papers' order.

        Raises:
            InputError: A paper has neither title nor abstract, or is none of the three kinds.
        """
        return list(self.stream(papers, top_k))

    def stream(
        self, papers: Iterable[PaperLike], top_k: int | None = None, window: int = 2048
    ) -> Iterator[Prediction]:
        """Sort any number of papers in bounded memory; the order is kept.

        Papers are read `window` at a time, since batches of papers of near-equal length are fastest; the
        first prediction comes when the first window is read. For a slow source take a small window.

        Args:
            papers: As for `classify`; read only as far as is needed.
            top_k: As for `classify`.
            window: Papers held at a time, >= 1.

        Raises:
            InputError: As for `classify`, when the paper's window is reached.
        """
        if top_k is not None and top_k < 1:
            raise InputError(f"top_k: expected at least 1, found {top_k}")
        for group, unknown, rows in self._windows(papers, window):
            order = np.argsort(-rows, axis=1, kind="stable")[:, :top_k]
            for paper, share, row, best in zip(group, unknown, rows.tolist(), order.tolist(), strict=True):
                yield Prediction(
                    paper.id, tuple((self.labels[i], row[i]) for i in best), share, self._warning(share)
                )

    def probabilities(self, papers: Iterable[PaperLike]) -> Probabilities:
        """The probabilities of `classify` as an array.

        Returns:
            Float64 (N, C), columns in the order of `labels`, each row in 0..1 with sum 1.

        Raises:
            InputError: As for `classify`.
        """
        parts = [rows for _, _, rows in self._windows(papers, 2048)]
        return np.concatenate(parts) if parts else np.empty((0, len(self.labels)))

    def _windows(
        self, papers: Iterable[PaperLike], window: int
    ) -> Iterator[tuple[list[Paper], list[float], Probabilities]]:
        """Windows of papers, their shares of unknown words, and their probabilities (window, C)."""
        source = (as_paper(item, number) for number, item in enumerate(papers, 1))
        while group := list(islice(source, max(1, window))):
            unknown, rows = self._vote(group)
            doubt = np.array([[u if u > self.unknown_words_limit else 0.0] for u in unknown])  # (window, 1)
            yield group, unknown, (1.0 - doubt) * rows + doubt / len(self.labels)

    def _vote(self, papers: Sequence[Paper]) -> tuple[list[float], Probabilities]:
        """N shares of unknown words, and (N, C) probabilities."""
        unknown, votes = [], []
        for member in self.members:
            encoded = [member.encoder.encode(paper) for paper in papers]
            unknown.append([paper.unknown_words for paper in encoded])
            votes.append(member.probabilities(encoded))
        shares: list[float] = np.mean(unknown, axis=0).tolist()
        if len(votes) == 1:
            return shares, votes[0]
        return shares, softmax(vote_logits(votes), self.temperature, self.biases)

    def _warning(self, unknown: float) -> str | None:
        if unknown <= self.unknown_words_limit:
            return None
        return (
            f"{100 * unknown:.0f} % of the words are unknown to this model: "
            "another language, another field, or noise"
        )


def as_paper(item: PaperLike, number: int) -> Paper:
    """A `Paper` out of whatever stands for one.

    Args:
        item: A `Paper`, a mapping with `title`, `abstract` and perhaps `id`, or (title, abstract).
        number: The paper's place, from 1; its id when it has none.

    Raises:
        InputError: Another kind of object, a title or abstract that is no text, or neither of the two.
    """
    if isinstance(item, Paper):
        paper = item
    elif isinstance(item, Mapping):
        own, title, abstract = (item.get(key) for key in ("id", "title", "abstract"))
        paper = Paper(str(number) if is_missing(own) else str(own), _text(title), _text(abstract))
    elif isinstance(item, tuple | list) and len(item) == 2:
        paper = Paper(str(number), _text(item[0]), _text(item[1]))
    else:
        raise InputError(
            f"paper {number}: expected a Paper, a mapping with title and abstract, or (title, abstract), "
            f"found {type(item).__name__}; give a list of them, for one paper too"
        )
    if not (isinstance(paper.title, str) and isinstance(paper.abstract, str)):
        kinds = " and ".join(type(text).__name__ for text in (paper.title, paper.abstract))
        raise InputError(
            f"paper {number} (id {paper.id}): expected title and abstract as text, found {kinds}"
        )
    if not (paper.title.strip() or paper.abstract.strip()):
        raise InputError(f"paper {number} (id {paper.id}) has neither a title nor an abstract; give one")
    return paper


def _text(value: Any) -> Any:
    return "" if is_missing(value) else value


def is_missing(value: Any) -> bool:
    """Whether a table's cell is empty: None, NaN, or pandas' NA."""
    # pandas' NA is known by its name, since pandas need not be installed; NaN alone differs from itself.
    return value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and value != value)
