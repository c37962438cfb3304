"""Ablated networks: a hybrid network without some of its parts, to measure what each of them contributes.

`remove_parts` changes a network that is built (`v1`, `v4-deep`, `arxonomy`): each part is replaced by the
simplest module that fits there. The network's own forward and its maps stay the same.

    removed              replaced by                                   maps
    title                nothing: the abstract alone is classified     uniform title attention, its gate 0
    abstract             nothing: the title alone is classified        uniform abstract attention, its gate 0
    title-attention      the mean over tokens                          uniform title attention
    abstract-attention   the mean over tokens                          uniform abstract attention
    gate                 concatenation                                 all gates 1
    residual             no skip connection in a block                 unchanged
    bag (`arxonomy`)     nothing: no words and pairs are counted       its gate 0
    pairs (`arxonomy`)   nothing: the bag has words alone              unchanged
    linear (`arxonomy`)  nothing: no linear branch                     unchanged

With a text goes its part of the bag of words and of the linear branch.
Each LayerNorm stays. The initial weights of the other parts are the same as without ablation, for each seed.

Shapes: B papers, T title tokens, L abstract tokens, W the title's width, A the abstract's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from arxonomy.errors import SettingsError
from arxonomy.models.arxonomy import ArxonomyNetwork, GatedBranches
from arxonomy.models.deep import DeepHybridCNNLSTM
from arxonomy.models.hybrid import HybridCNNLSTM
from arxonomy.models.layers import init_weights, masked_mean

HYBRIDS = (HybridCNNLSTM, DeepHybridCNNLSTM, ArxonomyNetwork)
"""Networks whose parts can be removed."""
OF_BAG = {"bag", "pairs", "linear"}
"""Parts that `ArxonomyNetwork` alone has."""


def check_removable(network: type[nn.Module], parts: Collection[str]) -> None:
    """Make sure that a network has the parts that are to be removed.

    Raises:
        SettingsError: It lacks them.
    """
    if parts and not issubclass(network, HYBRIDS):
        raise SettingsError(
            "setting `model.without`: parts can be taken out of v1, v4-deep and arxonomy alone; expected "
            f"none for {network.__name__}, found {', '.join(parts)}"
        )
    if OF_BAG & {*parts} and not issubclass(network, ArxonomyNetwork):
        raise SettingsError(
            "setting `model.without`: arxonomy alone has a bag of words and a linear branch; expected no "
            f"bag, pairs or linear for {network.__name__}, found {', '.join(parts)}"
        )


def remove_parts(network: nn.Module, parts: Collection[str]) -> None:
    """Remove parts of a network.

    Args:
        network: One of `HYBRIDS`, with fresh weights; changed in place.
        parts: Values of the setting `model.without`, not both texts.

    Raises:
        SettingsError: The network has no such parts.
    """
    check_removable(type(network), parts)
    hybrid: Any = network
    widths = [layer.layer_norm.normalized_shape[0] for layer in (hybrid.lstm_attention, hybrid.cnn_attention)]
    if "title-attention" in parts:
        hybrid.lstm_attention = TitleMean(nn.LayerNorm(widths[0]))
    if "abstract-attention" in parts:
        hybrid.cnn_attention = AbstractMean(nn.LayerNorm(widths[1]))
    if "residual" in parts:
        for block in hybrid.cnn_blocks:
            block.skip = ZeroSkip()
    has_bag = isinstance(network, ArxonomyNetwork)
    if has_bag:
        _remove_branches(network, parts, widths)
    elif "gate" in parts:
        hybrid.fusion = Concatenation(sum(widths))
    if not has_bag and ("title" in parts or "abstract" in parts):
        kept = 1 if "title" in parts else 0  # the place of the text that is still read
        hybrid.fusion = OneText(kept, widths[kept], gated="gate" not in parts)
        hybrid.classifier[0] = nn.LayerNorm(widths[kept])
        hybrid.classifier[2] = nn.Linear(widths[kept], hybrid.classifier[2].out_features)
        init_weights(hybrid.fusion)
        init_weights(hybrid.classifier[2])
    # The branch of the removed text: word vectors pass through to a uniform attention, and no further.
    if "title" in parts:
        hybrid.lstm, hybrid.lstm_attention = PassThrough(), TitleMean(nn.Identity())
    if "abstract" in parts:
        hybrid.cnn_blocks, hybrid.cnn_attention = nn.ModuleList([PassThrough()]), AbstractMean(nn.Identity())


def _remove_branches(network: Any, parts: Collection[str], widths: Sequence[int]) -> None:
    """Remove branches of the network `arxonomy`, its gates, and texts of its bag; `widths` are the texts'."""
    bag, texts = network.bag, [part for part in ("title", "abstract") if part not in parts]
    if "pairs" in parts:
        bag.pairs = None
    bag.reads_title, bag.reads_abstract = "title" in texts, "abstract" in texts
    if "linear" in parts:
        network.linear = None
    if network.linear is not None:
        network.linear.reads_title, network.linear.reads_abstract = bag.reads_title, bag.reads_abstract
    bag_width = len(texts) * bag.words.embedding_dim
    bag.layer_norm = bag.layer_norm if len(texts) == 2 else nn.LayerNorm(bag_width)
    kept = [place for place, part in enumerate(("title", "abstract", "bag")) if part not in parts]
    if "bag" in parts:
        network.bag = NoBag(None if network.linear is None else bag.keys)
    own = [[*widths, bag_width][place] for place in kept]
    if len(kept) < 3 or "gate" in parts:
        network.fusion = SomeBranches(kept, own, gated="gate" not in parts)
        init_weights(network.fusion)
    if len(kept) < 3:
        for name in ("classifier", "listed"):
            setattr(network, name, nn.Linear(sum(own), getattr(network, name).out_features))
            init_weights(getattr(network, name))


def compute_uniform_attention(mask: Tensor, like: Tensor) -> Tensor:
    """(B, T) the same weight for each token, of the type of `like`; zeros for a text without tokens."""
    tokens = mask.to(like.dtype)
    return tokens / tokens.sum(dim=1, keepdim=True).clamp(min=1.0)


class TitleMean(nn.Module):
    """Replaces `MultiHeadSelfAttention`: LayerNorm, then the mean."""

    def __init__(self, layer_norm: nn.Module) -> None:
        super().__init__()
        self.layer_norm = layer_norm

    def forward(self, x: Tensor, keys: Tensor, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, W), mask of keys (B, T), mask of the mean (B, T) -> (B, W), attention (B, T, T)."""
        attention = compute_uniform_attention(keys, x).unsqueeze(1).repeat(1, x.shape[1], 1)  # (B, T, T)
        return masked_mean(self.layer_norm(x), pooled), attention


class AbstractMean(nn.Module):
    """Replaces `MultiHeadGlobalAttention`: the mean, then LayerNorm."""

    def __init__(self, layer_norm: nn.Module) -> None:
        super().__init__()
        self.layer_norm = layer_norm

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, L, A) features and a (B, L) mask -> (B, A), attention (B, L)."""
        return self.layer_norm(masked_mean(x, mask)), compute_uniform_attention(mask, x)


class ZeroSkip(nn.Module):
    """Replaces a block's 1x1 convolution: nothing is added."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, D) to a zero (1,), which fits any shape."""
        return x.new_zeros(1)


class Concatenation(nn.Module):
    """Replaces `GatedFusion`: both texts pass unchanged."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, title: Tensor, abstract: Tensor) -> tuple[Tensor, Tensor]:
        """(B, W) and (B, A) -> fused (B, W+A), fusion weights (B, 2): ones."""
        both = torch.cat([title, abstract], dim=1)  # (B, W+A)
        return self.layer_norm(both), torch.ones_like(both[:, :2])


class OneText(nn.Module):
    """Replaces `GatedFusion`: one text alone, through a gate that sees only it.

    Args:
        place: 0 for the title, 1 for the abstract.
        width: Its width.
        gated: Whether there is a gate; without one the text passes unchanged.
    """

    def __init__(self, place: int, width: int, gated: bool) -> None:
        super().__init__()
        self.place = place
        self.gate = nn.Sequential(nn.Linear(width, width), nn.Sigmoid()) if gated else None
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, title: Tensor, abstract: Tensor) -> tuple[Tensor, Tensor]:
        """Two vectors, of which one is read -> fused (B, W or A), fusion weights (B, 2): 0 of the other."""
        text = (title, abstract)[self.place]  # (B, W or A)
        gate = torch.ones_like(text) if self.gate is None else self.gate(text)  # (B, W or A)
        weights = [torch.zeros_like(gate[:, 0])] * 2
        weights[self.place] = gate.mean(dim=1)
        return self.layer_norm(text * gate), torch.stack(weights, dim=1)


class SomeBranches(nn.Module):
    """Replaces `GatedBranches`: some of its three branches, gated or not.

    Args:
        kept: The places of the branches that are still read.
        widths: Their widths.
        gated: Whether there are gates; without them the branches pass unchanged.
    """

    def __init__(self, kept: Sequence[int], widths: Sequence[int], gated: bool) -> None:
        super().__init__()
        self.kept = kept
        self.gated = GatedBranches(widths) if gated else None
        self.layer_norm = nn.Identity() if gated else nn.LayerNorm(sum(widths))

    def forward(self, branches: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Three vectors (B, W_n), some of them read -> fused (B, sum of these W_n), fusion weights (B, 3)."""
        read = [branches[place] for place in self.kept]
        if self.gated is None:
            fused = torch.cat(read, dim=1)
            weights = torch.ones_like(fused[:, : len(read)])
        else:
            fused, weights = self.gated(read)
        columns = [torch.zeros_like(weights[:, 0])] * len(branches)
        for column, place in enumerate(self.kept):
            columns[place] = weights[:, column]
        return self.layer_norm(fused), torch.stack(columns, dim=1)


class NoBag(nn.Module):
    """Replaces `BagOfWords`, of which the keys (V,) stay where there is a linear branch."""

    keys: Tensor | None

    def __init__(self, keys: Tensor | None) -> None:
        super().__init__()
        self.register_buffer("keys", keys)

    def forward(self, title_ids: Tensor, abstract_ids: Tensor) -> Tensor:
        """(B, T) and (B, L) to (B, 0)."""
        return title_ids[:, :0].float()


class PassThrough(nn.Module):
    """Replaces the layers that read a removed text."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, D), unchanged."""
        return x
