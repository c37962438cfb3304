"""What a network attended to while it read one paper: where it looked, and no proof of cause.

Jain & Wallace 2019 (arXiv:1902.10186, section 4.2) find quite other weights that give the same answers.
"""

from __future__ import annotations

import numpy as np

from arxonomy.errors import SettingsError
from arxonomy.explain.words import PaperWords, Scores
from arxonomy.inference import Classifier
from arxonomy.records import Paper
from arxonomy.text import collate


def compute_attention(
    classifier: Classifier, paper: Paper, words: PaperWords
) -> tuple[Scores, Scores, Scores | None]:
    """Compute the attention that each word gets; of several networks, that of the first.

    Args:
        classifier: Both backends give the same weights.
        paper: The paper.
        words: Its T and L words; one that the network does not read gets nothing.

    Returns:
        (T,) and (L,) shares with sum 1, the former the mean over the words that look; and (T, T), how each
        word of the title (row) spreads its attention, where the network has self-attention.

    Raises:
        SettingsError: The classifier is a baseline.
    """
    if classifier.network is None or classifier.encoder is None:
        raise SettingsError(
            f"expected a model with a network, which attends to words; found the baseline "
            f"{classifier.name}, which has no attention to show: take the method occlusion"
        )
    encoded = classifier.encoder.encode(paper)
    maps = classifier.network.run(collate([encoded]), ["title_attention", "abstract_attention"])
    # An empty text is computed as one padding; words that only other networks read have no share.
    title, abstract = np.zeros(len(words.title)), np.zeros(len(words.abstract))
    abstract[: len(encoded.abstract)] = maps[1][0, : len(encoded.abstract)]
    read = len(encoded.title)
    if maps[0].ndim == 2:  # (1, T): looked at each word once
        title[:read] = maps[0][0, :read]
        return title, abstract, None
    square = np.zeros((len(title), len(title)))
    square[:read, :read] = maps[0][0, :read, :read]
    return square.sum(axis=0) / max(1, read), abstract, square


def compute_gates(classifier: Classifier, paper: Paper) -> tuple[float, ...] | None:
    """Compute how much of each branch the first network lets through, in 0..1; None: no network."""
    if classifier.network is None or classifier.encoder is None:
        return None
    (gates,) = classifier.network.run(collate([classifier.encoder.encode(paper)]), ["fusion_weights"])
    return tuple(gates[0].tolist())
