"""`v4-deep`: V1 made deeper and wider, with a second reading of each word by its characters.

    title ids ──► words and characters ─► 3-layer BiLSTM ─► self-attention ─► mean ───┐
                      │ (shared)                                                     ├─► gates ─► classifier
    abstract ids ─► words and characters ─► 9 residual blocks ─► global attention ───┘

The nine blocks are the kernel sizes times the dilations 1, 2 and 4. The character network distinguishes
unknown words, which share one word vector.

Sources: Yu & Koltun 2016 (arXiv:1511.07122) for dilated convolutions, Kim et al. 2016 (arXiv:1508.06615)
for characters read by convolutions, Zhang et al. 2018 (arXiv:1710.09412) for mixup, here on fused features.

Shapes: B papers, T title tokens, L abstract tokens, D word vector width, H LSTM units, F filters,
K blocks, U distinct words of a batch, M characters of a word, S character vector width, C classes.
`W = 2H` is the title's width and `A = KF` the abstract's.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from arxonomy.models.hybrid import (
    GatedFusion,
    MultiHeadGlobalAttention,
    MultiHeadSelfAttention,
    ResidualBlock,
)
from arxonomy.models.layers import MaskedBiLSTM, TokenConv1d, WordEmbedding, init_weights, make_head
from arxonomy.text.characters import ALPHABET

CHARACTER_WIDTH = 50
CHARACTER_KERNELS = (2, 3, 4)
DILATIONS = (1, 2, 4)


class CharacterCNN(nn.Module):
    """A word's vector from its characters: convolutions, the maximum over places, a projection."""

    def __init__(self, width: int = CHARACTER_WIDTH, kernel_sizes: Sequence[int] = CHARACTER_KERNELS) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(ALPHABET) + 1, width, padding_idx=0)
        self.convs = nn.ModuleList(TokenConv1d(width, width, size, padding=size - 1) for size in kernel_sizes)
        self.projection = nn.Linear(width * len(kernel_sizes), width)

    def forward(self, spellings: Tensor) -> Tensor:
        """(U, M) character ids to (U, S) vectors."""
        characters = self.embedding(spellings)  # (U, M, S)
        # Zeros on both sides, so that a word shorter than a kernel is read too, and reads nothing else.
        maxima = [F.relu(conv(characters)).amax(dim=1) for conv in self.convs]  # 3 x (U, S)
        return self.projection(torch.cat(maxima, dim=1))  # type: ignore[no-any-return]


class DeepHybridCNNLSTM(nn.Module):
    """The V4 Deep network; arguments as of `HybridCNNLSTM`, `kernel_sizes` for each of three dilations."""

    reads_characters = True
    mixes = True

    def __init__(
        self,
        vocab_size: int,
        embed_dim: int = 300,
        num_filters: int = 160,
        kernel_sizes: Sequence[int] = (3, 4, 5),
        lstm_hidden: int = 160,
        num_classes: int = 3,
        dropout: float = 0.5,
        variational: bool = False,
    ) -> None:
        super().__init__()
        shapes = [(size, dilation) for size in kernel_sizes for dilation in DILATIONS]
        title_width, abstract_width = 2 * lstm_hidden, num_filters * len(shapes)
        self.embedding = WordEmbedding(vocab_size, embed_dim, dropout, variational)
        self.characters = CharacterCNN()
        self.join = nn.Linear(embed_dim + CHARACTER_WIDTH, embed_dim)
        self.cnn_blocks = nn.ModuleList(
            ResidualBlock(embed_dim, num_filters, size, dropout / 2, dilation) for size, dilation in shapes
        )
        self.cnn_attention = MultiHeadGlobalAttention(abstract_width, heads=8)
        self.lstm = MaskedBiLSTM(embed_dim, lstm_hidden, num_layers=3, dropout=dropout)
        self.lstm_attention = MultiHeadSelfAttention(title_width, heads=8)
        self.fusion = GatedFusion(title_width, abstract_width)
        self.classifier = make_head(title_width + abstract_width, num_classes, dropout, hidden=(512, 256))
        init_weights(self)
        with torch.no_grad():  # at first the join copies the word vector, so that known words keep theirs
            self.join.weight.zero_()
            self.join.weight[:, :embed_dim].fill_diagonal_(1.0)
            nn.init.xavier_uniform_(self.join.weight[:, embed_dim:])

    def forward(
        self,
        title_ids: Tensor,
        abstract_ids: Tensor,
        title_mask: Tensor | None = None,
        *,
        spellings: Tensor,
        title_words: Tensor,
        abstract_words: Tensor,
        mixup: tuple[Tensor, float] | None = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Classify a batch.

        Args:
            title_ids: (B, T) word ids, padding (0) on the right.
            abstract_ids: (B, L) word ids, padding (0) on the right.
            title_mask: (B, T), 1 = token, 0 = padding; read off `title_ids` when not given.
            spellings: (U, M) character ids of the batch's distinct words; row 0 is empty, for padding.
            title_words: (B, T) row of `spellings` for each word.
            abstract_words: (B, L) likewise.
            mixup: An order (B,) of the batch's papers and a share s in 0..1: the fused features of each
                paper are mixed with those of its partner, s to 1-s.

        Returns:
            Logits (B, C) and the maps that `HybridCNNLSTM.forward` describes.
        """
        title_tokens = (title_ids != 0) if title_mask is None else (title_mask != 0)  # (B, T)
        abstract_tokens = abstract_ids != 0  # (B, L)
        spelled = self.characters(spellings)  # (U, S)

        # shape[0], not len(): the ONNX exporter would take len() for a constant.
        drop = self.embedding.draw_paper_mask(title_ids.shape[0])  # (B, 1, D)
        title = self._read(title_ids, title_tokens, spelled, title_words, drop)  # (B, T, D)
        states = self.lstm(title, title_tokens)  # (B, T, W)
        title_vector, title_attention = self.lstm_attention(
            states, title_tokens, title_tokens
        )  # (B, W), (B, T, T)

        abstract = self._read(abstract_ids, abstract_tokens, spelled, abstract_words, drop)  # (B, L, D)
        features = torch.cat(
            [block(abstract, abstract_tokens) for block in self.cnn_blocks], dim=2
        )  # (B, L, A)
        abstract_vector, abstract_attention = self.cnn_attention(features, abstract_tokens)  # (B, A), (B, L)

        fused, fusion_weights = self.fusion(title_vector, abstract_vector)  # (B, W+A), (B, 2)
        if mixup is not None:
            order, share = mixup
            fused = share * fused + (1 - share) * fused[order]
        maps = {
            "title_attention": title_attention,
            "abstract_attention": abstract_attention,
            "fusion_weights": fusion_weights,
        }
        return self.classifier(fused), maps

    def _read(self, ids: Tensor, mask: Tensor, spelled: Tensor, words: Tensor, drop: Tensor | None) -> Tensor:
        """(B, N) words to (B, N, D): word vector and characters joined; zeros on padding."""
        vectors = self.embedding(ids, mask, drop)  # (B, N, D)
        joined = self.join(torch.cat([vectors, spelled[words].to(vectors.dtype)], dim=2))  # (B, N, D)
        return joined * mask.to(joined.dtype).unsqueeze(-1)  # type: ignore[no-any-return]
