"""Layers that several architectures use unchanged. None of them lets padding change a result.

Shapes: B papers, T tokens, D width in, C channels. A mask is 1 on tokens and 0 on padding, with all
padding on the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from arxonomy.text.vectors import compute_init_scale


def masked_softmax(scores: Tensor, mask: Tensor, dim: int) -> Tensor:
    """Softmax over the unmasked places; all zeros where every place is masked.

    Args:
        scores: Any shape.
        mask: Broadcastable to `scores`, 1 = keep.
        dim: The dimension that sums to one.
    """
    lowest = torch.finfo(scores.dtype).min
    return F.softmax(scores.masked_fill(mask == 0, lowest), dim=dim) * mask.to(scores.dtype)


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """(B, T, D) and (B, T) to (B, D): the mean over tokens; zeros for a paper without tokens."""
    weights = mask.to(x.dtype).unsqueeze(-1)  # (B, T, 1)
    return (x * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)


class _DropBytes(torch.autograd.Function):
    """Dropout by one random byte per element, on a CPU.

    `F.dropout` spends most of its time on one random number per element. A byte is enough: the rate is
    rounded to the nearest 1/256 and the scale fits the rounded rate. Elements are cleared by a bitwise
    "and", several times faster than multiplying with a mask.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, dropped: int) -> Tensor:
        ctx.integer = {2: torch.int16, 4: torch.int32, 8: torch.int64}[x.element_size()]
        ctx.scale = 256 / (256 - dropped)
        words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
        keep = words.view(torch.uint8)[: x.numel()].view(x.shape) >= dropped
        bits = keep.to(ctx.integer).neg_()  # all ones where kept
        ctx.save_for_backward(bits)
        return (x.contiguous().view(ctx.integer) & bits).view(x.dtype).mul_(ctx.scale)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (bits,) = ctx.saved_tensors
        grad = grads[0].contiguous()
        return (grad.view(ctx.integer) & bits).view(grad.dtype).mul_(ctx.scale), None


class FastDropout(nn.Dropout):
    """`nn.Dropout`, with cheaper random bits on a CPU."""

    def forward(self, x: Tensor) -> Tensor:
        """Same shape; the identity outside training."""
        if not self.training or self.p == 0.0 or x.device.type != "cpu":
            return super().forward(x)
        dropped: Tensor = _DropBytes.apply(x, min(round(self.p * 256), 255))  # type: ignore[no-untyped-call]
        return dropped


class _Lookup(torch.autograd.Function):
    """Rows of a matrix whose gradient is added to one buffer that is allocated once.

    The gradient of `F.embedding` is a fresh (V, D) matrix of zeros for every call: at 300 x 27,700
    filling it takes longer than the convolutions. Here only the rows of the batch's words are touched.
    """

    @staticmethod
    def forward(ctx: Any, weight: Tensor, ids: Tensor) -> Tensor:
        ctx.weight = weight
        ctx.save_for_backward(ids)
        return F.embedding(ids, weight.detach())

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, None]:
        (ids,) = ctx.saved_tensors
        weight: Tensor = ctx.weight
        if weight.grad is None:
            weight.grad = torch.zeros_like(weight)
        add = add_rows if ids.device.type == "cpu" else add_rows_at_once
        add(weight.grad, ids, grads[0].to(weight.dtype))
        return None, None


def add_rows(table: Tensor, ids: Tensor, rows: Tensor) -> None:
    """Add rows (B, T, D) to those of `table` (V, D) that `ids` (B, T) name, but for `<PAD>`."""
    words, places = ids.unique(return_inverse=True)  # type: ignore[no-untyped-call]
    sums = torch.ops.aten.embedding_dense_backward(rows, places, len(words), -1, False)
    sums[words == 0] = 0.0  # <PAD> learns nothing
    table.index_add_(0, words, sums)


def add_rows_at_once(table: Tensor, ids: Tensor, rows: Tensor) -> None:
    """Do as `add_rows`, in steps whose sizes depend on no id, which a GPU need not wait for."""
    rows = rows.masked_fill((ids == 0).unsqueeze(-1), 0.0)
    table.index_add_(0, ids.flatten(), rows.flatten(0, -2))


class WordEmbedding(nn.Embedding):
    """Word vectors with dropout and a small, width-independent initialization.

    PyTorch's own initialization, a standard deviation of 1, hides what is learned: the vector of a word that
    is seen a few times hardly leaves its initial value.

    Args:
        words: Rows, `<PAD>`=0 included.
        width: Columns.
        dropout: Share of the elements set to zero in training.
        variational: One mask per paper, shared by all its tokens, as Gal & Ghahramani 2016
            (arXiv:1512.05287, section 4) use one mask over all time steps; else each element independently.
    """

    def __init__(self, words: int, width: int, dropout: float, variational: bool) -> None:
        super().__init__(words, width, padding_idx=0)
        self.variational = variational
        self.dropout = FastDropout(dropout)

    def reset_parameters(self) -> None:
        """Small random numbers, and zeros for `<PAD>`."""
        super().reset_parameters()
        with torch.no_grad():
            self.weight.mul_(compute_init_scale(self.embedding_dim))

    def draw_paper_mask(self, papers: int) -> Tensor | None:
        """Draw a (B, 1, D) mask for the vectors of a paper's title and abstract; None if none is needed."""
        if not self.training or not self.variational or self.dropout.p == 0.0:
            return None
        return F.dropout(self.weight.new_ones(papers, 1, self.embedding_dim), self.dropout.p)

    def forward(self, ids: Tensor, mask: Tensor | None = None, papers: Tensor | None = None) -> Tensor:
        """(B, T) ids to (B, T, D) vectors; zero where `mask` (B, T) is, whatever the row of `<PAD>` holds.

        `papers` is a mask of `draw_paper_mask`.
        """
        if self.training and self.weight.requires_grad:
            vectors: Tensor = _Lookup.apply(self.weight, ids)  # type: ignore[no-untyped-call]
        else:
            vectors = super().forward(ids)
        if torch.is_autocast_enabled(ids.device.type):  # once, not for every convolution that reads them
            vectors = vectors.to(torch.get_autocast_dtype(ids.device.type))
        if mask is not None:
            vectors = vectors * mask.to(vectors.dtype).unsqueeze(-1)
        if not self.variational:
            return self.dropout(vectors)  # type: ignore[no-any-return]
        return vectors if papers is None else vectors * papers.to(vectors.dtype)


class TokenConv1d(nn.Conv1d):
    """A convolution over tokens that reads and writes (B, T, C), channels last.

    oneDNN computes this layout without reordering, in half the time of (B, C, T). Parameters and their
    names are those of `Conv1d`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) to (B, T', C)."""
        kernel = self.weight.unsqueeze(2).contiguous(memory_format=torch.channels_last)  # (C, D, 1, K)
        image = x.transpose(1, 2).unsqueeze(2)  # (B, D, 1, T), channels last
        padding, dilation = (0, int(self.padding[0])), (1, self.dilation[0])
        out = F.conv2d(image, kernel, self.bias, padding=padding, dilation=dilation)  # (B, C, 1, T')
        return out.squeeze(2).transpose(1, 2)


class MaskedBiLSTM(nn.LSTM):
    """A bidirectional LSTM whose backward direction starts at each text's own last token.

    Packed sequences do the same but take many times longer on a CPU. Here each direction runs as a
    one-way LSTM, and the backward one reads the text reversed by gathering position len-1-t.
    """

    def __init__(self, width: int, hidden: int, num_layers: int = 1, dropout: float = 0.0) -> None:
        super().__init__(width, hidden, num_layers, batch_first=True, dropout=dropout, bidirectional=True)

    def forward(  # type: ignore[override]
        self, x: Tensor, mask: Tensor
    ) -> Tensor:
        """(B, T, D) vectors and a (B, T) mask to (B, T, 2H) states; meaningless on padding."""
        batch, tokens, _ = x.shape
        lengths = mask.sum(dim=1, keepdim=True).to(torch.int64)  # (B, 1)
        places = torch.arange(tokens, device=x.device).expand(batch, tokens)
        reverse = torch.where(places < lengths, lengths - 1 - places, places).unsqueeze(-1)  # (B, T, 1)
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = F.dropout(x, self.dropout, self.training)
            ahead = self._run_direction(x, f"l{layer}")  # (B, T, H)
            back = self._run_direction(x.gather(1, reverse.expand(-1, -1, x.shape[2])), f"l{layer}_reverse")
            x = torch.cat([ahead, back.gather(1, reverse.expand(-1, -1, self.hidden_size))], dim=2)
        return x

    def _run_direction(self, x: Tensor, suffix: str) -> Tensor:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        weights = [getattr(self, f"{name}_{suffix}") for name in names]
        if x.device.type == "cpu":
            return self._run_lstm(x, weights)
        # Autocast would run cuDNN's in float16, in which small gradients vanish.
        with torch.autocast("cuda", enabled=False):
            return self._run_lstm(x.float(), weights)

    def _run_lstm(self, x: Tensor, weights: list[Tensor]) -> Tensor:
        start = x.new_zeros(1, x.shape[0], self.hidden_size)
        states, _, _ = torch.lstm(x, (start, start), weights, True, 1, 0.0, self.training, False, True)
        return states


def make_head(
    width: int,
    num_classes: int,
    dropout: float,
    *,
    hidden: Sequence[int] = (256,),
    norm: type[nn.LayerNorm] | type[nn.BatchNorm1d] = nn.LayerNorm,
) -> nn.Sequential:
    """Make the layers from (B, D) features to (B, C) logits: D, the hidden widths, C.

    Args:
        width: D.
        num_classes: C.
        dropout: Share of the inputs of each linear layer that is dropped.
        hidden: The widths in between.
        norm: Normalizes the input of each linear layer.
    """
    layers: list[nn.Module] = []
    for size in hidden:
        layers += [norm(width), nn.Dropout(dropout), nn.Linear(width, size), nn.ReLU()]
        width = size
    return nn.Sequential(*layers, norm(width), nn.Dropout(dropout), nn.Linear(width, num_classes))


def init_weights(model: nn.Module) -> None:
    """Xavier for linear and LSTM inputs, Kaiming for convolutions, orthogonal recurrence, zero biases."""
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Conv1d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.LSTM):
            for name, parameter in module.named_parameters():
                if name.startswith("weight_ih"):
                    nn.init.xavier_uniform_(parameter)
                elif name.startswith("weight_hh"):
                    nn.init.orthogonal_(parameter)
                else:
                    nn.init.zeros_(parameter)
