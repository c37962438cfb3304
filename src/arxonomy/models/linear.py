"""The linear branch: logits that words and word pairs add up to, beside those of a network.

    both ids ─► rows of words and of hashed word pairs ─► their logits' sum, weighted by tf-idf ─► logits

It is a multinomial logistic regression of tf-idf (Jurafsky & Martin, Speech and Language Processing, chapters
4 and 6), the "wide" part beside a "deep" one (Cheng et al. 2016, arXiv:1606.07792), with a hash in place of a
list of word pairs (Weinberger et al. 2009, arXiv:0902.2206). Its weights are no parameters: `training.linear`
fits them, after the network and apart from it. A network that is trained together with it learns less by
itself, since the branch knows the training papers by heart.

Shapes: B papers, T title tokens, L abstract tokens, C classes, R rows of the table, N = 2T - 1 + 2L - 1 words
and word pairs of a paper.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from arxonomy.models.ngram_rows import find_keys, find_words, hash_pairs

TITLE = 2.0
"""How often a word or a pair of the title counts; one of the abstract counts once."""
COUNTERS = 16_381
"""Places where the rows of a paper are counted, each row's by its remainder; a prime number. Of two rows that
share a place, as 2 in 100 do, each is counted with the other."""


class LinearBranch(nn.Module):
    """Logits of the category, linear in the tf-idf of a paper's words and word pairs.

    A word or a pair that a paper has n times has the weight (1 + ln n) idf (scikit-learn's sublinear tf-idf),
    where one of the title counts `TITLE` times; the whole has the length 1.

    Args:
        vocab_size: Words, V.
        rows: Rows of the table, R. The first third belongs to the most frequent words, one each; all other
            words, and all pairs, share the rest by a hash.
        num_classes: Categories, C.

    Attributes:
        table: (R, C or C + 1), multiplied by the idf. The number of columns is even, so that two numbers of
            4 bits fill a byte.
        idf: (R, 1) the inverse document frequency; 0 for `<PAD>` and `<UNK>`, which do not count.
        bias: (C,).
        curvature: (1,) see `join_logits`, >= 0.
        own: How many words have a row of their own.
    """

    table: Tensor
    idf: Tensor
    bias: Tensor
    curvature: Tensor

    def __init__(self, vocab_size: int, rows: int, num_classes: int) -> None:
        super().__init__()
        self.own, self.classes = min(vocab_size, rows // 3), num_classes
        self.register_buffer("table", torch.zeros(rows, num_classes + num_classes % 2))
        self.register_buffer("idf", torch.zeros(rows, 1))
        self.register_buffer("bias", torch.zeros(num_classes))
        self.register_buffer("curvature", torch.zeros(1))
        self.reads_title = self.reads_abstract = True

    def forward(self, title_ids: Tensor, abstract_ids: Tensor, keys: Tensor) -> Tensor:
        """(B, T), (B, L) and the key of each word (V,), which pairs are hashed by, to logits (B, C)."""
        rows, weights = self.weigh_rows(title_ids, abstract_ids, keys)
        sums = (weights.unsqueeze(1) @ F.embedding(rows, self.table)).squeeze(1)  # (B, C or C + 1)
        return sums[:, : self.classes] + self.bias

    def join_logits(self, logits: Tensor, added: Tensor) -> Tensor:
        """Logits (B, C) of the network and those of the branch to theirs together, (B, C).

        Two models of the same papers count twice what both know: their sum rates its first categories too
        high, and its last ones not low enough. No temperature corrects both, since it stretches all logits
        alike. Those that are returned are log p - curvature (log p)^2, in the order of the probabilities p of
        the sum.
        """
        logs = F.log_softmax(logits + added, dim=1)
        return logs - self.curvature * logs.square()

    def share_logits(self, title_ids: Tensor, abstract_ids: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        """What each word adds to the logits, (B, T, C) and (B, L, C): its own part, half of its pairs'."""
        rows, weights = self.weigh_rows(title_ids, abstract_ids, keys)
        logits = (F.embedding(rows, self.table) * weights.unsqueeze(2))[..., : self.classes]  # (B, N, C)
        shares, start = [], 0
        for ids, read in ((title_ids, self.reads_title), (abstract_ids, self.reads_abstract)):
            if not read:
                shares.append(logits.new_zeros(*ids.shape, self.classes))
                continue
            middle, end = start + ids.shape[1], start + 2 * ids.shape[1] - 1
            halves = logits[:, middle:end] / 2  # (B, T-1, C)
            shares.append(logits[:, start:middle] + F.pad(halves, (0, 0, 0, 1)) + F.pad(halves, (0, 0, 1, 0)))
            start = end
        return shares[0], shares[1]

    def find_rows(self, title_ids: Tensor, abstract_ids: Tensor, keys: Tensor) -> Tensor:
        """(B, N) rows of the table; 0 for what does not count."""
        return torch.cat([rows for rows, _ in self._find_texts(title_ids, abstract_ids, keys)], dim=1)

    def weigh_rows(self, title_ids: Tensor, abstract_ids: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        """What a paper has, and how much it weighs without the idf.

        Returns:
            (B, N) rows of the table, 0 for what does not count, and (B, N) their weights: a row that a paper
            has n times shares 1 + ln n among them, over the length of the paper's vector.
        """
        found = self._find_texts(title_ids, abstract_ids, keys)
        rows = torch.cat([rows for rows, _ in found], dim=1)  # (B, N)
        times = torch.cat([(rows > 0) * time for rows, time in found], dim=1)  # (B, N)
        counters = times.new_zeros(rows.shape[0], COUNTERS)  # `len` would be a constant of an ONNX graph
        counts = counters.scatter_add(1, rows % COUNTERS, times).gather(1, rows % COUNTERS).clamp(min=1.0)
        damped = 1 + counts.log()
        weights = times * damped / counts  # (B, N)
        squares = weights * damped * F.embedding(rows, self.idf).squeeze(2).square()
        return rows, weights / squares.sum(dim=1, keepdim=True).clamp(min=1e-12).sqrt()

    def find_word_rows(self, ids: Tensor, keys: Tensor) -> Tensor:
        """(B, T) ids and their keys (B, T) to rows (B, T)."""
        own = ids < self.own
        shared = (keys % (len(self.table) - self.own) + self.own) * ~own
        return find_words(ids) * own + shared

    def _find_texts(
        self, title_ids: Tensor, abstract_ids: Tensor, keys: Tensor
    ) -> list[tuple[Tensor, float]]:
        """Rows of words (B, T) and of pairs (B, T-1) of each text that is read, and how often each counts."""
        texts = [(title_ids, TITLE)] * self.reads_title + [(abstract_ids, 1.0)] * self.reads_abstract
        return [(rows, time) for ids, time in texts for rows in self._find_text_rows(ids, keys)]

    def _find_text_rows(self, ids: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T) ids to the rows of words (B, T) and of pairs (B, T-1)."""
        found = find_keys(ids, keys)
        pairs = hash_pairs(found, len(self.table) - self.own + 1)
        return self.find_word_rows(ids, found), (pairs + (self.own - 1)) * (pairs > 0)
