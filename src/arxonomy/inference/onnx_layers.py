"""Layers in the form that ONNX Runtime computes fastest: the same numbers, by other operators.

Each replaces a layer's forward while its network is traced, and uses the layer's own weights. What depends on
weights alone, ONNX Runtime computes once, while it loads.

Shapes: B papers, T or L tokens, D width of a word vector, F filters, A features, N heads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import onnx_ir as ir
import torch
import torch.nn.functional as F
from onnxscript import opset18
from torch import Tensor, nn

from arxonomy.models.batch_norm import MaskedBatchNorm1d
from arxonomy.models.hybrid import MultiHeadGlobalAttention, ResidualBlock
from arxonomy.models.layers import MaskedBiLSTM, TokenConv1d, masked_softmax

op: Any = opset18  # its annotations refuse Python lists, which the exporter takes


def replace_layers(network: nn.Module) -> None:
    """Let the layers of a network in evaluation mode be computed as this module says, once and for all."""
    for module in network.modules():
        if isinstance(module, MaskedBiLSTM | ResidualBlock | MultiHeadGlobalAttention):
            module.forward = _REPLACEMENTS[type(module)](module)  # type: ignore[method-assign]


class _Block:
    """`ResidualBlock` with normalization as a part of the convolutions, and no transposes in between."""

    def __init__(self, block: ResidualBlock) -> None:
        self.block = block

    def __call__(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """(B, L, D) and a (B, L) mask to (B, L, F)."""
        block, tokens = self.block, x.shape[1]
        even = block.conv1.kernel_size[0] % 2 == 0  # makes one position more
        image = x.transpose(1, 2).unsqueeze(2)  # (B, D, 1, L)
        out = F.relu(_convolve(image, block.conv1, block.bn1))  # (B, F, 1, L or L+1)
        if mask is not None:
            out = (out[..., :tokens] if even else out) * mask.to(x.dtype)[:, None, None, :]
        out = _convolve(out, block.conv2, block.bn2)
        out = out[..., :tokens] if even else out  # (B, F, 1, L)
        if isinstance(block.skip, TokenConv1d):  # else it was taken out
            out = out + _convolve(image, block.skip)
        return F.relu(out).squeeze(2).transpose(1, 2)


def _convolve(image: Tensor, conv: TokenConv1d, norm: MaskedBatchNorm1d | None = None) -> Tensor:
    """(B, D, 1, L) to (B, F, 1, L'): a convolution, and a normalization by known statistics in one step."""
    kernel, bias = conv.weight, conv.bias
    assert bias is not None
    if norm is not None:
        assert norm.running_mean is not None and norm.running_var is not None
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)  # (F,)
        kernel, bias = kernel * scale[:, None, None], (bias - norm.running_mean) * scale + norm.bias
    padding, dilation = (0, int(conv.padding[0])), (1, conv.dilation[0])
    return F.conv2d(image, kernel.unsqueeze(2), bias, padding=padding, dilation=dilation)


class _GlobalAttention:
    """`MultiHeadGlobalAttention` with its weighted sum as a product of matrices."""

    def __init__(self, attention: MultiHeadGlobalAttention) -> None:
        self.attention = attention

    def __call__(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, L, A) features and a (B, L) mask -> (B, A), attention (B, L)."""
        layers = self.attention
        scores = layers.attention(x).transpose(1, 2)  # (B, N, L)
        attention = masked_softmax(scores, mask.unsqueeze(1), dim=2).mean(dim=1)  # (B, L)
        context = (attention.unsqueeze(1) @ x).squeeze(1)  # (B, A)
        return layers.layer_norm(layers.projection(context) + context), attention


@torch.library.custom_op("arxonomy::masked_bilstm", mutates_args=())
def _masked_bilstm(x: Tensor, mask: Tensor, weights: Sequence[Tensor], hidden: int, layers: int) -> Tensor:
    """`MaskedBiLSTM` as one operator that the exporter does not look into."""
    raise RuntimeError("only traced, never computed")


@_masked_bilstm.register_fake
def _(x: Tensor, mask: Tensor, weights: Sequence[Tensor], hidden: int, layers: int) -> Tensor:
    return x.new_empty(x.shape[0], x.shape[1], 2 * hidden)


class _BiLSTM:
    def __init__(self, lstm: MaskedBiLSTM) -> None:
        self.lstm = lstm

    def __call__(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, T, D) vectors and a (B, T) mask to (B, T, 2H) states."""
        # PyTorch's own order: for each layer, for each direction: weight_ih, weight_hh, bias_ih, bias_hh.
        lstm = self.lstm
        weights = [getattr(lstm, name) for name in lstm._flat_weights_names]
        states: Tensor = torch.ops.arxonomy.masked_bilstm(x, mask, weights, lstm.hidden_size, lstm.num_layers)
        return states


def _translate_bilstm(x: Any, mask: Any, weights: Sequence[Any], hidden: int, layers: int) -> Any:
    """ONNX's LSTM reads each text backward from its own last token, given the lengths.

    An empty text is read as one word whose vector is zero; its states are masked later, as in PyTorch.
    """
    words = op.ReduceSum(op.Cast(mask, to=ir.DataType.INT64), [1], keepdims=0)  # (B,)
    lengths = op.Cast(op.Max(words, op.Constant(value_int=1)), to=ir.DataType.INT32)  # (B,)
    x = op.Transpose(x, perm=[1, 0, 2])  # (T, B, D)
    for layer in range(layers):
        ahead, back = weights[layer * 8 : layer * 8 + 4], weights[layer * 8 + 4 : layer * 8 + 8]
        # (2, 4H, D or H) each
        w, r = (op.Concat(_reorder_gates(ahead[i]), _reorder_gates(back[i]), axis=0) for i in (0, 1))
        biases = [
            op.Concat(_reorder_gates(way[2]), _reorder_gates(way[3]), axis=1) for way in (ahead, back)
        ]  # 2 x (1, 8H)
        states, _, _ = op.LSTM(
            x, w, r, op.Concat(*biases, axis=0), lengths, direction="bidirectional", hidden_size=hidden
        )  # (T, 2, B, H)
        x = op.Reshape(op.Transpose(states, perm=[0, 2, 1, 3]), [0, 0, 2 * hidden])  # (T, B, 2H)
    return op.Transpose(x, perm=[1, 0, 2])  # (B, T, 2H)


def _reorder_gates(weight: Any) -> Any:
    """PyTorch's gates input, forget, cell, output to ONNX's input, output, forget, cell; one direction."""
    i, f, g, o = op.Split(weight, axis=0, num_outputs=4)
    return op.Unsqueeze(op.Concat(i, o, f, g, axis=0), [0])


_REPLACEMENTS: dict[type[nn.Module], Callable[[Any], Callable[..., Any]]] = {
    MaskedBiLSTM: _BiLSTM,
    ResidualBlock: _Block,
    MultiHeadGlobalAttention: _GlobalAttention,
}

TRANSLATIONS: dict[Any, Callable[..., Any]] = {torch.ops.arxonomy.masked_bilstm.default: _translate_bilstm}
"""Operators that `replace_layers` brings in -> what ONNX has for them."""
