"""`v1`: the hybrid network that reads a title with a BiLSTM and an abstract with a residual CNN.

    title ids ──► word vectors ──► 2-layer BiLSTM ──► self-attention ──► mean ──────┐
                      │ (shared)                                                    ├─► gates ─► classifier
    abstract ids ─► word vectors ─► 3 residual conv blocks ─► global attention ─────┘

Sources: Vaswani et al. 2017 (arXiv:1706.03762) for multi-head attention, He et al. 2015
(arXiv:1512.03385) for residual blocks, Gal & Ghahramani 2016 (arXiv:1512.05287) for variational dropout.

Shapes: B papers, T title tokens, L abstract tokens, D word vector width, H LSTM units, F filters,
K kernel sizes, N heads, C classes. `W = 2H` is the title's width and `A = KF` the abstract's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from arxonomy.errors import SettingsError
from arxonomy.models.batch_norm import MaskedBatchNorm1d
from arxonomy.models.layers import (
    FastDropout,
    MaskedBiLSTM,
    TokenConv1d,
    WordEmbedding,
    init_weights,
    make_head,
    masked_mean,
    masked_softmax,
)

Padding = Literal["masked", "original"]


class MultiHeadSelfAttention(nn.Module):
    """Scaled dot-product attention of a title over itself, with residual and LayerNorm, then the mean."""

    def __init__(self, width: int, heads: int = 4, dropout: float = 0.1) -> None:
        super().__init__()
        if width % heads:
            raise SettingsError(
                f"setting `model.lstm_hidden`: expected a multiple of {heads // 2}, so that {heads} "
                f"heads can share twice as many states; found {width // 2}"
            )
        self.heads = heads
        self.q_linear = nn.Linear(width, width)
        self.k_linear = nn.Linear(width, width)
        self.v_linear = nn.Linear(width, width)
        self.out_linear = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, keys: Tensor, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, W), mask of keys (B, T), mask of the mean (B, T) -> (B, W), attention (B, T, T)."""
        batch, tokens, width = x.shape
        shape = (batch, tokens, self.heads, width // self.heads)
        q = self.q_linear(x).view(shape).transpose(1, 2)  # (B, N, T, W/N)
        k = self.k_linear(x).view(shape).transpose(1, 2)  # (B, N, T, W/N)
        v = self.v_linear(x).view(shape).transpose(1, 2)  # (B, N, T, W/N)
        scores = q @ k.transpose(-2, -1) / shape[-1] ** 0.5  # (B, N, T, T)
        attention = masked_softmax(scores, keys[:, None, None, :], dim=-1)  # (B, N, T, T)
        context = (self.dropout(attention) @ v).transpose(1, 2).reshape(batch, tokens, width)  # (B, T, W)
        out = self.layer_norm(self.out_linear(context) + x)  # (B, T, W)
        return masked_mean(out, pooled), attention.mean(dim=1)


class MultiHeadGlobalAttention(nn.Module):
    """One score per head and position; the heads' weighted sums are averaged and projected."""

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.attention = nn.Linear(width, heads)
        self.projection = nn.Linear(width, width)
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, L, A) features and a (B, L) mask -> (B, A), attention (B, L)."""
        scores = self.attention(x)  # (B, L, N)
        # The mean over heads of weighted sums is the sum weighted with the heads' mean weights.
        attention = masked_softmax(scores, mask.unsqueeze(-1), dim=1).mean(dim=2)  # (B, L)
        context = (x * attention.unsqueeze(-1)).sum(dim=1)  # (B, A)
        return self.layer_norm(self.projection(context) + context), attention


class GatedFusion(nn.Module):
    """Each branch is multiplied by a gate that sees both branches."""

    def __init__(self, title_width: int, abstract_width: int) -> None:
        super().__init__()
        both = title_width + abstract_width
        self.title_gate = nn.Sequential(nn.Linear(both, title_width), nn.Sigmoid())
        self.abstract_gate = nn.Sequential(nn.Linear(both, abstract_width), nn.Sigmoid())
        self.layer_norm = nn.LayerNorm(both)

    def forward(self, title: Tensor, abstract: Tensor) -> tuple[Tensor, Tensor]:
        """(B, W) and (B, A) -> fused (B, W+A), fusion weights (B, 2): the mean of each gate."""
        both = torch.cat([title, abstract], dim=1)  # (B, W+A)
        title_gate, abstract_gate = self.title_gate(both), self.abstract_gate(both)  # (B, W), (B, A)
        fused = self.layer_norm(torch.cat([title * title_gate, abstract * abstract_gate], dim=1))  # (B, W+A)
        return fused, torch.stack([title_gate.mean(dim=1), abstract_gate.mean(dim=1)], dim=1)


class ResidualBlock(nn.Module):
    """Convolution, BatchNorm, ReLU, dropout, convolution, BatchNorm, plus a 1x1-convolved skip, ReLU."""

    def __init__(self, width: int, filters: int, kernel_size: int, dropout: float, dilation: int = 1) -> None:
        super().__init__()
        padding = (dilation * (kernel_size - 1) + 1) // 2  # kernel_size // 2 without dilation
        self.conv1 = TokenConv1d(width, filters, kernel_size, padding=padding, dilation=dilation)
        self.bn1 = MaskedBatchNorm1d(filters)
        self.conv2 = TokenConv1d(filters, filters, kernel_size, padding=padding, dilation=dilation)
        self.bn2 = MaskedBatchNorm1d(filters)
        self.skip = TokenConv1d(width, filters, 1)
        self.dropout = FastDropout(dropout)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """(B, L, D) and a (B, L) mask -> (B, L, F). No mask: the reference system, which reads padding."""
        tokens = x.shape[1]  # an even kernel makes one position more, which is cut on the right
        out = self.conv1(x)  # (B, L or L+1, F)
        if mask is not None:
            out = out[:, :tokens]  # (B, L, F)
        out = self.dropout(F.relu(self.bn1(out, mask)))
        if mask is not None:
            out = out * mask.to(out.dtype).unsqueeze(-1)
        out = self.bn2(self.conv2(out)[:, :tokens], mask)  # (B, L, F)
        return F.relu(out + self.skip(x))


class HybridCNNLSTM(nn.Module):
    """The V1 network.

    Args:
        vocab_size: Words, `<PAD>`=0 and `<UNK>`=1 included.
        embed_dim: Width of a word vector.
        num_filters: Filters of each convolution.
        kernel_sizes: One residual block each.
        lstm_hidden: LSTM units in each direction.
        num_classes: Categories.
        dropout: Of word vectors, LSTM and classifier; the convolution blocks use half of it.
        padding: `masked`: padding changes nothing. `original`: the forward of the reference system, whose
            published weights were trained with titles padded to 30 and abstracts to 300 and nothing masked
            but the keys of self-attention. The caller pads; `masked` needs no padding.
        variational: One dropout mask per paper on word vectors; false: elementwise.

    Raises:
        SettingsError: The attention heads cannot share `lstm_hidden`.
    """

    def __init__(
        self,
        vocab_size: int,
        embed_dim: int = 300,
        num_filters: int = 128,
        kernel_sizes: Sequence[int] = (3, 4, 5),
        lstm_hidden: int = 128,
        num_classes: int = 3,
        dropout: float = 0.6,
        padding: Padding = "masked",
        variational: bool = True,
    ) -> None:
        super().__init__()
        if padding not in ("masked", "original"):
            raise ValueError(f"padding: expected `masked` or `original`, found {padding!r}")
        self.padding = padding
        self.embedding = WordEmbedding(vocab_size, embed_dim, dropout, variational)
        self.cnn_blocks = nn.ModuleList(
            ResidualBlock(embed_dim, num_filters, size, dropout / 2) for size in kernel_sizes
        )
        self.cnn_attention = MultiHeadGlobalAttention(num_filters * len(kernel_sizes))
        self.lstm = MaskedBiLSTM(embed_dim, lstm_hidden, num_layers=2, dropout=dropout)
        self.lstm_attention = MultiHeadSelfAttention(2 * lstm_hidden)
        self.fusion = GatedFusion(2 * lstm_hidden, num_filters * len(kernel_sizes))
        fused = 2 * lstm_hidden + num_filters * len(kernel_sizes)
        self.classifier = make_head(fused, num_classes, dropout)
        init_weights(self)

    def forward(
        self, title_ids: Tensor, abstract_ids: Tensor, title_mask: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Classify a batch.

        Args:
            title_ids: (B, T) integer word ids, padding (0) on the right.
            abstract_ids: (B, L) integer word ids, padding (0) on the right.
            title_mask: (B, T), 1 = token, 0 = padding; read off `title_ids` when not given.

        Returns:
            Logits (B, C), and the attention maps: `title_attention` (B, T, T), `abstract_attention`
            (B, L), both averaged over heads, and `fusion_weights` (B, 2).
        """
        title_tokens = (title_ids != 0) if title_mask is None else (title_mask != 0)  # (B, T)
        abstract_tokens = abstract_ids != 0  # (B, L)
        all_title, all_abstract = torch.ones_like(title_tokens), torch.ones_like(abstract_tokens)
        masked = self.padding == "masked"
        read_title = title_tokens if masked else all_title
        read_abstract = abstract_tokens if masked else all_abstract

        # shape[0], not len(): the ONNX exporter would take len() for a constant.
        drop = self.embedding.draw_paper_mask(title_ids.shape[0])  # (B, 1, D)
        title = self.embedding(title_ids, read_title, drop)  # (B, T, D)
        states = self.lstm(title, read_title)  # (B, T, W)
        title_vector, title_attention = self.lstm_attention(
            states, title_tokens, read_title
        )  # (B, W), (B, T, T)

        abstract = self.embedding(abstract_ids, read_abstract, drop)  # (B, L, D)
        blocks = [
            block(abstract, abstract_tokens if masked else None) for block in self.cnn_blocks
        ]  # K x (B, L, F)
        features = torch.cat(blocks, dim=2)  # (B, L, A)
        abstract_vector, abstract_attention = self.cnn_attention(features, read_abstract)  # (B, A), (B, L)

        fused, fusion_weights = self.fusion(title_vector, abstract_vector)  # (B, W+A), (B, 2)
        maps = {
            "title_attention": title_attention,
            "abstract_attention": abstract_attention,
            "fusion_weights": fusion_weights,
        }
        return self.classifier(fused), maps
