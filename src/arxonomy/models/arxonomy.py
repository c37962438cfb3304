"""`arxonomy`: a narrow hybrid network that also counts words and word pairs, as fast as a linear model.

    title ids ──► word vectors ──► BiLSTM ──► self-attention ──► mean ───────────┐
                      │ (shared)                                                 │
    abstract ids ─► word vectors ─► residual conv blocks ─► global attention ────┼─► gates ─► two heads
                                                                                 │
    both ids ─► vectors of words and of hashed word pairs ─► a sum for each text ┘

    both ids ─► a linear branch, where the recipe asks for one (`models.linear`) ─► added to the first head

Most of what a category can be told by is which words and word pairs a paper has, not their order. Those
are read as in fastText (Joulin et al. 2017, arXiv:1607.01759): a sum of vectors, the pairs' in a table that
is indexed by a hash. The recurrent and convolutional parts add what order tells, beside it ("wide and
deep", Cheng et al. 2016, arXiv:1606.07792), and can be narrow. In training whole words are dropped
(Iyyer et al. 2015, P15-1162, section 3), since the tables would learn each paper by heart.

Shapes: B papers, T title tokens, L abstract tokens, D word vector width, H LSTM units, F filters,
K kernel sizes, G n-gram vector width, C classes. `W = 2H` is the title's width, `A = KF` the abstract's.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from arxonomy.models.hybrid import MultiHeadGlobalAttention, MultiHeadSelfAttention, ResidualBlock
from arxonomy.models.layers import FastDropout, MaskedBiLSTM, WordEmbedding, init_weights
from arxonomy.models.linear import LinearBranch
from arxonomy.models.ngram_rows import find_keys, find_words, hash_pairs
from arxonomy.text.vocabulary import PAD, UNK

LARGEST_SHARE = 1 - 1e-6
"""Largest probability that log-odds are computed of: those of 1 are infinite."""


class BagOfWords(nn.Module):
    """The sum of the vectors of a text's words and word pairs, for the title and for the abstract.

    Args:
        vocab_size: Words.
        buckets: Rows of the table of word pairs.
        width: Width of a vector, G.

    Attributes:
        keys: (V,) int32, the key of each word that pairs are hashed by; at first its id.
        pairs: The table of word pairs; `models.ablated` takes it away, or a text.
    """

    keys: Tensor

    def __init__(self, vocab_size: int, buckets: int, width: int) -> None:
        super().__init__()
        # Few rows of these tables are in a batch: sparse gradients touch no others.
        self.words = nn.Embedding(vocab_size, width, padding_idx=PAD, sparse=True)
        self.pairs: nn.Embedding | None = nn.Embedding(buckets, width, padding_idx=PAD, sparse=True)
        # Small beside what is learned: a pair that is seen once or twice must not add noise.
        for table, scale in ((self.words, 0.02), (self.pairs, 0.002)):
            nn.init.normal_(table.weight, std=scale)
            with torch.no_grad():
                table.weight[PAD] = 0.0
        self.register_buffer("keys", torch.arange(vocab_size, dtype=torch.int32))
        self.reads_title = self.reads_abstract = True
        self.layer_norm = nn.LayerNorm(2 * width)

    def forward(self, title_ids: Tensor, abstract_ids: Tensor) -> Tensor:
        """(B, T) and (B, L) to (B, 2G)."""
        return self.join_texts(self.sum_vectors(title_ids), self.sum_vectors(abstract_ids))

    def join_texts(self, title: Tensor, abstract: Tensor) -> Tensor:
        """Sums of a title and of an abstract, (B, G) each, to (B, 2G)."""
        texts = [title] * self.reads_title + [abstract] * self.reads_abstract
        return self.layer_norm(torch.cat(texts, dim=1))  # type: ignore[no-any-return]

    def sum_vectors(self, ids: Tensor) -> Tensor:
        """(B, T) to (B, G)."""
        words = _sum_rows(self.words, find_words(ids))
        return words if self.pairs is None else words + _sum_rows(self.pairs, self._find_pairs(ids))

    def share_vectors(self, ids: Tensor) -> Tensor:
        """(B, T) to (B, T, G), what each word adds to `sum_vectors`: its vector, and half of its pairs'."""
        words = _look_up(self.words, find_words(ids))  # (B, T, G)
        if self.pairs is None:
            return words
        halves = _look_up(self.pairs, self._find_pairs(ids)) / 2  # (B, T-1, G)
        return words + F.pad(halves, (0, 0, 0, 1)) + F.pad(halves, (0, 0, 1, 0))

    def _find_pairs(self, ids: Tensor) -> Tensor:
        """(B, T) to rows of pairs (B, T-1)."""
        assert self.pairs is not None
        return hash_pairs(find_keys(ids, self.keys), self.pairs.num_embeddings)


def _look_up(table: nn.Embedding, rows: Tensor) -> Tensor:
    """(B, T) rows of a table to (B, T, G), zero for row 0."""
    return table(rows) * (rows > 0).unsqueeze(-1)  # type: ignore[no-any-return]


def _sum_rows(table: nn.Embedding, rows: Tensor) -> Tensor:
    """(B, T) rows of a table to their sums (B, G), without row 0."""
    if table.training and rows.shape[1]:  # without the (B, T, G) vectors in between
        return F.embedding_bag(rows, table.weight, mode="sum", sparse=True, padding_idx=PAD)
    # The same, in operators that an ONNX graph has, where a product is the fastest sum.
    return ((rows > 0).to(table.weight.dtype).unsqueeze(1) @ table(rows)).squeeze(1)  # type: ignore[no-any-return]


def compute_log_odds(logits: Tensor) -> Tensor:
    """(B, C) logits to the log-odds ln(p / (1 - p)) of the classes' probabilities p."""
    logs = F.log_softmax(logits.float(), dim=1)  # (B, C) ln p
    return logs - torch.log1p(-logs.exp().clamp(max=LARGEST_SHARE))


class GatedBranches(nn.Module):
    """Each branch is multiplied by a gate that sees all branches (`GatedFusion`, for any number)."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.gates = nn.ModuleList(nn.Linear(sum(widths), width) for width in widths)
        self.layer_norm = nn.LayerNorm(sum(widths))

    def forward(self, branches: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """N vectors (B, W_n) -> fused (B, sum of W_n), fusion weights (B, N): the mean of each gate."""
        together = torch.cat(list(branches), dim=1)
        gates = [torch.sigmoid(gate(together)) for gate in self.gates]
        fused = torch.cat([branch * gate for branch, gate in zip(branches, gates, strict=True)], dim=1)
        return self.layer_norm(fused), torch.stack([gate.mean(dim=1) for gate in gates], dim=1)


class ArxonomyNetwork(nn.Module):
    """The network of the recipe `arxonomy`.

    Args:
        vocab_size: Words, `<PAD>`=0 and `<UNK>`=1 included.
        embed_dim: Width of a word vector.
        num_filters: Filters of each convolution.
        kernel_sizes: One residual block each.
        lstm_hidden: LSTM units in each direction.
        num_classes: Categories.
        dropout: Of what the heads read; the convolution blocks use half of it.
        word_dropout: Share of the words that a paper loses in training.
        pair_dim: Width of the vectors of words and word pairs that are summed.
        pair_buckets: Rows of the table of word pairs.
        branch_dropout: Share of the papers that lose a branch in training, for each branch.
        linear_rows: Rows of the table of the linear branch; 0 for a network without one.

    Attributes:
        linear: The linear branch, which `training.linear` fits once the rest is trained; None without one.

    Raises:
        SettingsError: The attention heads cannot share `lstm_hidden`.
    """

    sums_pairs = True
    """Whether the settings of word pairs and of a second head are for it; `models.build_model` asks."""

    def __init__(
        self,
        vocab_size: int,
        embed_dim: int,
        num_filters: int,
        kernel_sizes: Sequence[int],
        lstm_hidden: int,
        num_classes: int,
        dropout: float,
        word_dropout: float,
        pair_dim: int,
        pair_buckets: int,
        branch_dropout: float = 0.0,
        linear_rows: int = 0,
    ) -> None:
        super().__init__()
        title, abstract, bag = 2 * lstm_hidden, num_filters * len(kernel_sizes), 2 * pair_dim
        self.word_dropout, self.branch_dropout = word_dropout, branch_dropout
        self.embedding = WordEmbedding(vocab_size, embed_dim, dropout=0.0, variational=False)
        self.lstm = MaskedBiLSTM(embed_dim, lstm_hidden)
        self.lstm_attention = MultiHeadSelfAttention(title)
        self.cnn_blocks = nn.ModuleList(
            ResidualBlock(embed_dim, num_filters, size, dropout / 2) for size in kernel_sizes
        )
        self.cnn_attention = MultiHeadGlobalAttention(abstract)
        self.bag = BagOfWords(vocab_size, pair_buckets, pair_dim)
        self.fusion = GatedBranches((title, abstract, bag))
        self.dropout = FastDropout(dropout)
        self.classifier = nn.Linear(title + abstract + bag, num_classes)
        self.listed = nn.Linear(title + abstract + bag, num_classes)
        self.linear = LinearBranch(vocab_size, linear_rows, num_classes) if linear_rows else None
        init_weights(self)
        nn.init.zeros_(self.listed.weight)

    def forward(self, title_ids: Tensor, abstract_ids: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Classify a batch.

        Args:
            title_ids: (B, T) integer word ids, padding (0) on the right.
            abstract_ids: (B, L) integer word ids, padding (0) on the right.

        Returns:
            Logits (B, C) of the primary category, and the maps: `title_attention` (B, T, T),
            `abstract_attention` (B, L), both averaged over heads, `fusion_weights` (B, 3) of title,
            abstract and bag of words, `listed_logits` (B, C), each category's for being listed, and
            `features` (B, W+A+2G), what the heads read.
        """
        title_tokens, abstract_tokens = title_ids != PAD, abstract_ids != PAD  # (B, T), (B, L)
        title_ids, abstract_ids = self.drop_words(title_ids), self.drop_words(abstract_ids)

        states = self.lstm(self.embedding(title_ids, title_tokens), title_tokens)  # (B, T, W)
        title, title_attention = self.lstm_attention(states, title_tokens, title_tokens)  # (B, W), (B, T, T)

        vectors = self.embedding(abstract_ids, abstract_tokens)  # (B, L, D)
        blocks = [block(vectors, abstract_tokens) for block in self.cnn_blocks]  # K x (B, L, F)
        abstract, abstract_attention = self.cnn_attention(
            torch.cat(blocks, dim=2), abstract_tokens
        )  # (B, A), (B, L)

        branches = self.drop_branches([title, abstract, self.bag(title_ids, abstract_ids)])
        fused, fusion_weights = self.fusion(branches)
        dropped = self.dropout(fused)  # (B, W+A+2G)
        logits = self.classifier(dropped)  # (B, C)
        if self.linear is not None:
            added = self.linear(title_ids, abstract_ids, self.bag.keys)  # (B, C)
            logits = self.linear.join_logits(logits, added)
        maps = {
            "title_attention": title_attention,
            "abstract_attention": abstract_attention,
            "fusion_weights": fusion_weights,
            # The second head learns how lists differ from what the first one says. Its gradient stops here,
            # so that it can cost the first one nothing.
            "listed_logits": compute_log_odds(logits.detach()) + self.listed(dropped.detach()),
            "features": fused,
        }
        return logits, maps

    def drop_words(self, ids: Tensor) -> Tensor:
        """(B, T) ids, in training with `<UNK>` in place of a share of the words."""
        if not self.training or self.word_dropout == 0.0:
            return ids
        dropped = torch.rand(ids.shape, device=ids.device) < self.word_dropout
        return ids.masked_fill(dropped & (ids != PAD), UNK)

    def drop_branches(self, branches: Sequence[Tensor]) -> list[Tensor]:
        """N vectors (B, W_n), in training with zeros in place of a share of them, so that each can do alone.

        Otherwise the bag, which learns fastest, leaves the others little to learn; as ModDrop (Neverova et
        al. 2016, arXiv:1501.00102). A paper never loses all of them.
        """
        if not self.training or self.branch_dropout == 0.0:
            return list(branches)
        first = branches[0]
        kept = torch.rand(len(first), len(branches), device=first.device) >= self.branch_dropout  # (B, N)
        kept = (kept | ~kept.any(dim=1, keepdim=True)).to(first.dtype)
        return [branch * kept[:, place].unsqueeze(1) for place, branch in enumerate(branches)]
