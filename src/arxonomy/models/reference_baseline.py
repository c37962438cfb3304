"""`baseline`: the reference system's Baseline, plain convolutions and additive attention.

    title ids ──► word vectors ──► 2-layer BiLSTM ──► additive attention ──┐
                      │ (shared)                                           ├─► two scalars ─► classifier
    abstract ids ─► word vectors ─► 3 convolutions ─► additive attention ──┘

Shapes: B papers, T title tokens, L abstract tokens, D word vector width, H LSTM units, F filters,
K kernel sizes, C classes. `W = 2H` is the title's width and `A = KF` the abstract's.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from arxonomy.models.batch_norm import BatchNorm1d, MaskedBatchNorm1d
from arxonomy.models.layers import (
    MaskedBiLSTM,
    TokenConv1d,
    WordEmbedding,
    init_weights,
    make_head,
    masked_softmax,
)


class AdditiveAttention(nn.Module):
    """One score per position, softmax over positions, weighted sum."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attention = nn.Linear(width, 1)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, P, W) and a (B, P) mask -> (B, W), attention (B, P)."""
        attention = masked_softmax(self.attention(x).squeeze(-1), mask, dim=1)  # (B, P)
        return torch.bmm(attention.unsqueeze(1), x).squeeze(1), attention


class ScalarFusion(nn.Module):
    """Each branch gives one scalar; the softmax over the two weighs the branches."""

    def __init__(self, title_width: int, abstract_width: int) -> None:
        super().__init__()
        self.title_weight = nn.Linear(title_width, 1)
        self.abstract_weight = nn.Linear(abstract_width, 1)

    def forward(self, title: Tensor, abstract: Tensor) -> tuple[Tensor, Tensor]:
        """(B, W) and (B, A) -> fused (B, W+A), fusion weights (B, 2)."""
        scalars = torch.cat([self.title_weight(title), self.abstract_weight(abstract)], dim=1)  # (B, 2)
        weights = F.softmax(scalars, dim=1)
        return torch.cat([title * weights[:, :1], abstract * weights[:, 1:]], dim=1), weights


class BaselineCNNLSTM(nn.Module):
    """The reference system's Baseline; arguments as those of `HybridCNNLSTM`."""

    def __init__(
        self,
        vocab_size: int,
        embed_dim: int = 300,
        num_filters: int = 160,
        kernel_sizes: Sequence[int] = (3, 4, 5),
        lstm_hidden: int = 160,
        num_classes: int = 3,
        dropout: float = 0.5,
        variational: bool = True,
    ) -> None:
        super().__init__()
        self.widest = max(kernel_sizes)
        self.embedding = WordEmbedding(vocab_size, embed_dim, dropout, variational)
        self.convs = nn.ModuleList(TokenConv1d(embed_dim, num_filters, size) for size in kernel_sizes)
        self.conv_bn = nn.ModuleList(MaskedBatchNorm1d(num_filters) for _ in kernel_sizes)
        self.cnn_attention = AdditiveAttention(num_filters * len(kernel_sizes))
        self.lstm = MaskedBiLSTM(embed_dim, lstm_hidden, num_layers=2, dropout=dropout)
        self.lstm_attention = AdditiveAttention(2 * lstm_hidden)
        self.fusion = ScalarFusion(2 * lstm_hidden, num_filters * len(kernel_sizes))
        fused = 2 * lstm_hidden + num_filters * len(kernel_sizes)
        self.classifier = make_head(fused, num_classes, dropout, norm=BatchNorm1d)
        init_weights(self)

    def forward(
        self, title_ids: Tensor, abstract_ids: Tensor, title_mask: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Classify a batch; arguments and returns as `HybridCNNLSTM.forward`.

        `title_attention` is (B, T) here, since additive attention looks at each position once, and
        `abstract_attention` is (B, P): P = L places where the widest kernel starts, the last ones masked.
        """
        title_tokens = (title_ids != 0) if title_mask is None else (title_mask != 0)  # (B, T)
        abstract_tokens = abstract_ids != 0  # (B, L)

        # shape[0], not len(): the ONNX exporter would take len() for a constant.
        drop = self.embedding.draw_paper_mask(title_ids.shape[0])  # (B, 1, D)
        states = self.lstm(self.embedding(title_ids, title_tokens, drop), title_tokens)  # (B, T, W)
        title_vector, title_attention = self.lstm_attention(states, title_tokens)  # (B, W), (B, T)

        abstract = self.embedding(abstract_ids, abstract_tokens, drop)  # (B, L, D)
        # The kernels have no padding, so the widest one fits L - widest + 1 times. Zeros on the right
        # let an abstract shorter than that kernel be read once all the same.
        abstract = F.pad(abstract, (0, 0, 0, self.widest - 1))  # (B, L + widest - 1, D)
        lengths = abstract_tokens.sum(dim=1, keepdim=True)  # (B, 1)
        starts = torch.where(lengths > 0, (lengths - self.widest + 1).clamp(min=1), lengths)  # (B, 1)
        tokens = abstract_ids.shape[1]
        places = torch.arange(tokens, device=abstract_ids.device) < starts  # (B, P=L)
        features = [
            F.relu(bn(conv(abstract)[:, :tokens], places))  # (B, P, F)
            for conv, bn in zip(self.convs, self.conv_bn, strict=True)
        ]
        joined = torch.cat(features, dim=2)  # (B, P, A)
        abstract_vector, abstract_attention = self.cnn_attention(joined, places)  # (B, A), (B, P)

        fused, fusion_weights = self.fusion(title_vector, abstract_vector)  # (B, W+A), (B, 2)
        maps = {
            "title_attention": title_attention,
            "abstract_attention": abstract_attention,
            "fusion_weights": fusion_weights,
        }
        return self.classifier(fused), maps
