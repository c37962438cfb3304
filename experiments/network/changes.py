"""Changes of the network that were tried and are no part of the product; each is made in place.

Shapes: B papers, T tokens, G width of the bag's vectors, W width of what the heads read, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import arxonomy.artifacts.networks
import arxonomy.training.loop
import arxonomy.training.network
from arxonomy.config import ModelSettings
from arxonomy.models import build_model
from arxonomy.models.arxonomy import BagOfWords
from arxonomy.models.layers import FastDropout, init_weights
from arxonomy.models.ngram_rows import MULTIPLIER
from arxonomy.text.vocabulary import PAD, UNK


class BagWithTriples(BagOfWords):
    """A bag of words, pairs and triples."""

    def __init__(self, vocab_size: int, buckets: int, width: int) -> None:
        super().__init__(vocab_size, buckets, width)
        self.triples = nn.Embedding(buckets, width, padding_idx=PAD, sparse=True)
        nn.init.normal_(self.triples.weight, std=0.002)
        with torch.no_grad():
            self.triples.weight[PAD] = 0.0

    def sum_vectors(self, ids: Tensor) -> Tensor:
        """(B, T) to (B, G)."""
        rows = hash_triples(ids, self.triples.num_embeddings)
        table = self.triples.weight
        triples = F.embedding_bag(rows, table, mode="sum", sparse=self.training, padding_idx=PAD)
        return super().sum_vectors(ids) + triples


def hash_triples(ids: Tensor, buckets: int) -> Tensor:
    """(B, T) ids to (B, T-2) rows in 1..buckets-1, 0 where a word is unknown; one 0 for a shorter text."""
    if ids.shape[1] < 3:
        return torch.zeros_like(ids[:, :1])
    words = [ids[:, :-2], ids[:, 1:-1], ids[:, 2:]]
    known = (words[0] > UNK) & (words[1] > UNK) & (words[2] > UNK)
    mixed = ((words[0] * MULTIPLIER + words[1]) % 2**31 * MULTIPLIER + words[2]) % (buckets - 1)
    return (mixed + 1) * known


def add_triples(network: Any) -> None:
    """Put a bag with triples in place of the bag of words and pairs."""
    words, pairs = network.bag.words, network.bag.pairs
    network.bag = BagWithTriples(words.num_embeddings, pairs.num_embeddings, words.embedding_dim)


def add_hidden_layer(network: Any) -> None:
    """Put a layer as wide as what it reads before the first head."""
    head = network.classifier
    hidden = nn.Linear(head.in_features, head.in_features)
    network.classifier = nn.Sequential(hidden, nn.ReLU(), FastDropout(network.dropout.p), head)
    init_weights(hidden)


CHANGES: dict[str, Callable[[Any], None]] = {"triples": add_triples, "hidden": add_hidden_layer}


@contextmanager
def changed_product(
    change: Callable[[Any], None] | None = None, make_objective: Callable[..., Any] | None = None
) -> Iterator[None]:
    """In this block, networks are built with a change, and trained with another objective."""

    def build(settings: ModelSettings, vocab_size: int, num_classes: int) -> nn.Module:
        network = build_model(settings, vocab_size, num_classes)
        if change is not None:
            change(network)
        return network

    with ExitStack() as stack:
        for module in (arxonomy.training.network, arxonomy.artifacts.networks):
            stack.enter_context(patch.object(module, "build_model", build))
        if make_objective is not None:
            stack.enter_context(patch.object(arxonomy.training.loop, "Objective", make_objective))
        yield
