"""What the network attended to while it read one paper.

Shapes: T words of the title, L words of the abstract, as many as the network reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from arxivist.errors import SettingsError
from arxivist.inference import Classifier, PaperLike
from arxivist.inference.classifier import as_paper
from arxivist.records import Prediction
from arxivist.text import UNK, collate, tokenize

Weights = npt.NDArray[np.float64]

_DECIMALS = 8  # further digits of a float32 mean nothing


class Word(NamedTuple):
    """A word as the network reads it."""

    text: str
    """A token of `text.tokenize`."""
    known: bool
    """Whether it is in the model's vocabulary."""


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """The attention behind one answer. Weights are shares in 0..1."""

    prediction: Prediction
    """The answer, with the paper's id."""
    title_words: tuple[Word, ...]
    """The T words of the title; may be empty."""
    abstract_words: tuple[Word, ...]
    """The L words of the abstract; may be empty."""
    title: Weights
    """(T, T) where the network has self-attention: row i holds how word i spreads its attention over
    the title, and sums to one. (T,) where it looks at each word once (`baseline`): sums to one."""
    abstract: Weights
    """(L,), sums to one. In the `baseline` a weight belongs to the place where a window of words begins."""
    gates: tuple[float, float]
    """How much of the title and of the abstract is let through to the answer, each in 0..1."""

    @property
    def title_received(self) -> Weights:
        """(T,) attention that each word of the title gets: the mean over the words that look."""
        if self.title.ndim == 1:
            return self.title
        received: Weights = self.title.sum(axis=0) / max(1, len(self.title))
        return received

    def to_dict(self) -> dict[str, Any]:
        """The attention in the shape of one line of JSON.

        `warning` is there only when the prediction has one, and `unknown` only at an unknown word.
        """
        answer: dict[str, Any] = {
            "id": self.prediction.id,
            "category": self.prediction.category,
            "probability": round(self.prediction.probability, _DECIMALS),
            "title": _weighed(self.title_words, self.title_received),
            "abstract": _weighed(self.abstract_words, self.abstract),
            "fusion": dict(
                zip(("title", "abstract"), (round(gate, _DECIMALS) for gate in self.gates), strict=True)
            ),
        }
        if self.prediction.warning is not None:
            answer["warning"] = self.prediction.warning
        return answer


def attention_of(classifier: Classifier, paper: PaperLike) -> Attention:
    """Classify one paper and keep what the network attended to.

    Args:
        classifier: From `arxivist.load`; both backends give the same weights. Of an ensemble the answer is
            that of all its members, and the attention that of the first network.
        paper: As for `Classifier.classify`.

    Raises:
        InputError: The paper has neither title nor abstract, or is no paper.
        SettingsError: The classifier is a peer.
    """
    if classifier.network is None or classifier.encoder is None:
        raise SettingsError(
            f"expected a model with a network, which attends to words; found the peer "
            f"{classifier.info.get('recipe', '')}, which has no attention to show: name another --model"
        )
    paper = as_paper(paper, 1)
    (prediction,) = classifier.classify([paper])
    encoded = classifier.encoder.encode(paper)
    title, abstract, gates = classifier.network.run(
        collate([encoded]), ["title_attention", "abstract_attention", "fusion_weights"]
    )
    words, others = len(encoded.title), len(encoded.abstract)  # an empty text is computed as one padding
    return Attention(
        prediction,
        _words(paper.title, encoded.title),
        _words(paper.abstract, encoded.abstract),
        title[0][(slice(words),) * title[0].ndim].astype(np.float64),
        abstract[0, :others].astype(np.float64),
        (float(gates[0, 0]), float(gates[0, 1])),
    )


def top_places(words: tuple[Word, ...], weights: Weights, count: int) -> list[int]:
    """Where the `count` different words with the most attention stand, each where it gets most of it."""
    best: dict[str, int] = {}
    for place in np.argsort(-weights, kind="stable").tolist():
        best.setdefault(words[place].text, place)
    return list(best.values())[:count]


def shades(weights: Weights) -> Weights:
    """Weights as depths of colour in 0..1, for whatever draws them; any shape of at least one dimension.

    Proportional to the weights. The deepest is the largest weight, or twice an even share of the last
    dimension where all weights are smaller: nearly even weights look nearly even, and none looks important.
    """
    return weights / max(weights.max(), 2 / weights.shape[-1]) if weights.size else weights


def _words(text: str, ids: npt.NDArray[np.int32]) -> tuple[Word, ...]:
    return tuple(
        Word(word, number != UNK) for word, number in zip(tokenize(text), ids.tolist(), strict=False)
    )


def _weighed(words: tuple[Word, ...], weights: Weights) -> list[dict[str, Any]]:
    return [
        {"word": word.text, "weight": round(weight, _DECIMALS)} | ({} if word.known else {"unknown": True})
        for word, weight in zip(words, weights.tolist(), strict=True)
    ]
