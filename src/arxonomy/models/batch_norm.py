"""Batch normalization that counts tokens alone, and in all processes if several train one network.

Shapes: B papers, T tokens, C channels, N rows. A mask is 1 on tokens and 0 on padding.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


class _Sum(torch.autograd.Function):
    """The sum of a tensor over all processes; its gradient is the sum of theirs."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        total = grads[0].clone()
        dist.all_reduce(total)
        return total


class BatchNorm1d(nn.BatchNorm1d):
    """PyTorch's, with statistics of the batches of all processes where `synchronized` is set.

    As `nn.SyncBatchNorm`, which needs CUDA. Then all processes must call it in training, and equally often;
    one of them may have no rows.
    """

    synchronized = False

    def forward(self, x: Tensor) -> Tensor:
        """(N, C) or (B, C, T) to the same shape, normalized per channel."""
        return self._normalize_together(x) if self.synchronized and self.training else super().forward(x)

    def _normalize_together(self, x: Tensor) -> Tensor:
        assert self.running_mean is not None and self.running_var is not None
        assert self.num_batches_tracked is not None
        # Sums of squares lose no digits if what is added up is near zero, as it is without the last mean.
        rows = x.movedim(1, -1).float() - self.running_mean  # (..., C)
        flat = rows.flatten(0, -2)  # (N, C)
        count = flat.new_full((1,), len(flat))
        sums: Tensor = _Sum.apply(torch.cat([count, flat.sum(dim=0), flat.square().sum(dim=0)]))  # type: ignore[no-untyped-call]
        total = sums[0].detach()
        if total < 2:  # one token has no variance
            return x
        mean, squares = (sums[1:] / total).chunk(2)  # (C,) each
        variance = (squares - mean.square()).clamp(min=0.0)  # (C,)
        normalized = (rows - mean) * (variance + self.eps).rsqrt() * self.weight + self.bias
        with torch.no_grad():
            self.num_batches_tracked += 1
            share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
            self.running_var.lerp_(variance * total / (total - 1), share)
            self.running_mean += share * mean
        return normalized.to(x.dtype).movedim(-1, 1)


def synchronize_batch_norm(network: nn.Module) -> None:
    """Take the statistics of batch normalization from all processes' papers from now on."""
    for module in network.modules():
        if isinstance(module, BatchNorm1d):
            module.synchronized = True


class _Pack(torch.autograd.Function):
    """Rows `places` of x (B*T, C). The gradient is copied back, where `index_select` would add."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, places: Tensor) -> Tensor:
        ctx.save_for_backward(places)
        ctx.rows = len(x)
        return x.index_select(0, places)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (places,) = ctx.saved_tensors
        return grads[0].new_zeros(ctx.rows, grads[0].shape[1]).index_copy_(0, places, grads[0]), None


class _Unpack(torch.autograd.Function):
    """The opposite of `_Pack`: rows (N, C) put at `places` of (B*T, C) zeros."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, places: Tensor, total: int) -> Tensor:
        ctx.save_for_backward(places)
        return rows.new_zeros(total, rows.shape[1]).index_copy_(0, places, rows)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (places,) = ctx.saved_tensors
        return grads[0].index_select(0, places), None, None


class MaskedBatchNorm1d(BatchNorm1d):
    """Batch normalization over (B, T, C), channels last, whose statistics count tokens alone.

    In training the tokens are packed into (N, C), normalized by PyTorch's own kernel and put back,
    with zeros on padding; on a GPU, which would have to wait until N is known, all places are normalized and
    padding has no weight. Parameters and their names are those of `BatchNorm1d`.
    """

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, C) to (B, T, C), normalized per channel; `mask` is (B, T); with none every place counts."""
        if mask is None or not self.training:
            return super().forward(x.transpose(1, 2)).transpose(1, 2)
        if x.device.type != "cpu" and not self.synchronized:
            return self.normalize_places(x, mask)
        places = mask.flatten().nonzero().squeeze(1)  # (N,)
        if len(places) < 2 and not self.synchronized:  # one token has no variance
            return x * mask.to(x.dtype).unsqueeze(-1)
        rows = super().forward(_Pack.apply(x.flatten(0, 1), places))  # type: ignore[no-untyped-call]  # (N, C)
        unpacked: Tensor = _Unpack.apply(rows, places, mask.numel())  # type: ignore[no-untyped-call]
        return unpacked.view(x.shape)

    def normalize_places(self, x: Tensor, mask: Tensor) -> Tensor:
        """Do as `forward` does in training, in steps whose sizes depend on no number of tokens."""
        assert self.running_mean is not None and self.running_var is not None
        assert self.num_batches_tracked is not None
        weights, places = mask.to(torch.float32).unsqueeze(-1), x.float()  # (B, T, 1), (B, T, C)
        total = weights.sum()
        several = total >= 2  # one token has no variance
        mean = (places * weights).sum(dim=(0, 1)) / total.clamp(min=1)  # (C,)
        centered = (places - mean) * weights
        variance = centered.square().sum(dim=(0, 1)) / total.clamp(min=1)  # (C,)
        normalized = centered * (variance + self.eps).rsqrt() * self.weight + self.bias
        with torch.no_grad():
            self.num_batches_tracked += several
            share = 1 / self.num_batches_tracked.clamp(min=1) if self.momentum is None else self.momentum
            share = several * share
            self.running_mean.lerp_(mean, share)
            self.running_var.lerp_(variance * total / (total - 1).clamp(min=1), share)
        return (torch.where(several, normalized, places) * weights).to(x.dtype)
