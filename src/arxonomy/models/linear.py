"""The linear branch: logits that words and word pairs add up to, beside those of a network.

    both ids ─► rows of words and of hashed word pairs ─► a mean of their logits, weighted by idf ─► logits

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


class LinearBranch(nn.Module):
    """Logits of the category, linear in the tf-idf of a paper's words and word pairs.

    A word or a pair counts as often as the paper has it, times its idf; the whole has the length 1.

    Args:
        vocab_size: Words, V.
        rows: Rows of the table, R. The first third belongs to the most frequent words, one each; all other
            words, and all pairs, share the rest by a hash.
        num_classes: Categories, C.

    Attributes:
        weight: (R, C or C + 1), multiplied by the idf. The number of columns is even, so that two numbers of
            4 bits fill a byte.
        idf: (R, 1) the inverse document frequency; 0 for `<PAD>` and `<UNK>`, which do not count.
        bias: (C,).
        own: How many words have a row of their own.
    """

    weight: Tensor
    idf: Tensor
    bias: Tensor

    def __init__(self, vocab_size: int, rows: int, num_classes: int) -> None:
        super().__init__()
        self.own, self.classes = min(vocab_size, rows // 3), num_classes
        self.register_buffer("weight", torch.zeros(rows, num_classes + num_classes % 2))
        self.register_buffer("idf", torch.zeros(rows, 1))
        self.register_buffer("bias", torch.zeros(num_classes))
        self.reads_title = self.reads_abstract = True

    def forward(self, title_ids: Tensor, abstract_ids: Tensor, keys: Tensor) -> Tensor:
        """(B, T), (B, L) and the key of each word (V,), which pairs are hashed by, to logits (B, C)."""
        rows = self.find_rows(title_ids, abstract_ids, keys)
        counted = (rows > 0).to(self.weight.dtype).unsqueeze(1)  # (B, 1, N)
        sums = (counted @ F.embedding(rows, self.weight)).squeeze(1)  # (B, C or C + 1)
        return sums[:, : self.classes] / self.measure(rows) + self.bias

    def share_logits(self, title_ids: Tensor, abstract_ids: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        """What each word adds to the logits, (B, T, C) and (B, L, C): its own part, half of its pairs'."""
        length = self.measure(self.find_rows(title_ids, abstract_ids, keys)).unsqueeze(1)  # (B, 1, 1)
        shares = []
        for ids in (title_ids, abstract_ids):
            words, pairs = self._find_text_rows(ids, keys)
            halves = _look_up(self.weight, pairs) / 2  # (B, T-1, C or C + 1)
            own = _look_up(self.weight, words)
            own = own + F.pad(halves, (0, 0, 0, 1)) + F.pad(halves, (0, 0, 1, 0))
            shares.append(own[..., : self.classes] / length)
        return shares[0] * self.reads_title, shares[1] * self.reads_abstract

    def find_rows(self, title_ids: Tensor, abstract_ids: Tensor, keys: Tensor) -> Tensor:
        """(B, N) rows of the table; 0 for what does not count."""
        texts = [title_ids] * self.reads_title + [abstract_ids] * self.reads_abstract
        return torch.cat([rows for ids in texts for rows in self._find_text_rows(ids, keys)], dim=1)

    def find_word_rows(self, ids: Tensor, keys: Tensor) -> Tensor:
        """(B, T) ids and their keys (B, T) to rows (B, T)."""
        own = ids < self.own
        shared = (keys % (len(self.weight) - self.own) + self.own) * ~own
        return find_words(ids) * own + shared

    def measure(self, rows: Tensor) -> Tensor:
        """(B, N) rows to the length (B, 1) of a paper's vector; tiny where nothing counts."""
        idf = _look_up(self.idf, rows).squeeze(2)  # (B, N)
        return idf.square().sum(dim=1, keepdim=True).clamp(min=1e-12).sqrt()

    def _find_text_rows(self, ids: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T) ids to the rows of words (B, T) and of pairs (B, T-1)."""
        found = find_keys(ids, keys)
        pairs = hash_pairs(found, len(self.weight) - self.own + 1)
        return self.find_word_rows(ids, found), (pairs + (self.own - 1)) * (pairs > 0)


def _look_up(table: Tensor, rows: Tensor) -> Tensor:
    """(B, N) rows of a table (R, D) to (B, N, D), zero for row 0."""
    return F.embedding(rows, table) * (rows > 0).unsqueeze(-1)
